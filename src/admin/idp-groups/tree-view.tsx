// The tree of the IdP's groups as a table: indented by depth, folders open by links, every state has an address.
import type { PermissionSettings } from '../../permissions/settings.ts'
import { FOLDER_COUNTED_MAX } from '../../permissions/idp-group-tree.ts'
import { LinkButton } from '../../web/components/button.tsx'
import { Icon } from '../../web/components/icon.tsx'
import { type Column, Table } from '../../web/components/table.tsx'
import { countText, groupHref, GroupState, Opens, peopleText, RoleText, SwitchButton, switchHref } from './group-cells.tsx'
import type { MoreRow, Tree, TreeRow } from './load-tree.ts'

type Row = TreeRow | MoreRow

export type TreeViewProps = { readonly tree: Tree; readonly settings: PermissionSettings }

export function TreeView({ tree, settings }: TreeViewProps) {
  return <Table caption="Groups of the identity provider" rows={tree.rows} keyOf={keyOf} columns={columns(tree, settings)} />
}

const keyOf = (row: Row) => ('node' in row ? `${row.depth} ${row.node.key}` : `more ${row.prefix}`)

const columns = (tree: Tree, settings: PermissionSettings): readonly Column<Row>[] => [
  { label: 'Group', cell: (row) => ('node' in row ? <NodeName row={row} tree={tree} /> : <More row={row} settings={settings} />) },
  { label: 'Opens', cell: (row) => withGroup(row, (group) => <Opens group={group} />) },
  { label: 'People', kind: 'number', cell: (row) => withGroup(row, peopleText) },
  { label: 'Role', kind: 'short', cell: (row) => withGroup(row, (group) => <RoleText group={group} settings={settings} />) },
  { label: 'State', kind: 'short', cell: (row) => ('node' in row ? <NodeState row={row} /> : null) },
  { label: 'Switch', kind: 'actions', cell: (row) => ('node' in row ? <NodeActions row={row} /> : null) },
]

function withGroup<T>(row: Row, show: (group: NonNullable<TreeRow['group']>) => T): T | null {
  return 'node' in row && row.group !== undefined ? show(row.group) : null
}

function NodeName({ row: { node, depth, group, folder }, tree }: { readonly row: TreeRow; readonly tree: Tree }) {
  const label = node.label.trim() === '' ? '(no name)' : node.label
  return (
    <span class={`tree-node depth-${Math.min(depth, 8)}`}>
      {folder === undefined ? <span class="tree-leaf" /> : <Toggle label={label} folder={folder} tree={tree} />}
      {group === undefined ? <span class="tree-folder">{label}</span> : <a href={groupHref(group.id)}>{label}</a>}
    </span>
  )
}

type ToggleProps = { readonly label: string; readonly folder: NonNullable<TreeRow['folder']>; readonly tree: Tree }

function Toggle({ label, folder: { prefix, isOpen }, tree: { open, under } }: ToggleProps) {
  const next = isOpen ? open.filter((other) => !other.startsWith(prefix)) : [...open, prefix]
  const query = new URLSearchParams(next.length === 0 ? [['open', '']] : next.map((one) => ['open', one]))
  if (under !== '') query.set('under', under)
  return (
    <a class={isOpen ? 'tree-toggle open' : 'tree-toggle'} href={`/admin/scim/groups?${query}`} aria-expanded={isOpen}>
      <Icon name="chevron" label={`${isOpen ? 'Close' : 'Open'} ${label}`} />
    </a>
  )
}

function NodeState({ row: { group, folder } }: { readonly row: TreeRow }) {
  if (group !== undefined) return <GroupState group={group} />
  return folder === undefined ? null : <FolderState {...folder} />
}

function FolderState({ groups, on }: { readonly groups: number; readonly on: number }) {
  return <span class="muted">{`${on.toLocaleString('en')} of ${countText(groups, FOLDER_COUNTED_MAX)} on`}</span>
}

function NodeActions({ row: { group, folder } }: { readonly row: TreeRow }) {
  return (
    <span class="row tight end">
      {folder === undefined ? null : (
        <LinkButton href={switchHref({ under: folder.prefix, to: 'on' })} small look="quiet">
          Switch all…
        </LinkButton>
      )}
      {group === undefined ? null : <SwitchButton group={group} />}
    </span>
  )
}

function More({ row: { prefix, from, depth }, settings: { separator } }: { readonly row: MoreRow; readonly settings: PermissionSettings }) {
  const query = new URLSearchParams({ ...(prefix === '' ? {} : { under: prefix }), from })
  const folder = prefix.slice(0, -separator.length)
  return (
    <span class={`tree-node depth-${Math.min(depth, 8)}`}>
      <span class="tree-leaf" />
      <a href={`/admin/scim/groups?${query}`} rel="next">
        {prefix === '' ? 'More groups' : `More in ${folder}`}
      </a>
    </span>
  )
}
