// Groups that were searched for, as a list: whole names, page by page, and several can be switched at once.
import { GROUP_STATES, type GroupState, type IdpGroup } from '../../permissions/idp-groups.ts'
import type { PermissionSettings } from '../../permissions/settings.ts'
import { Empty } from '../../web/components/card.tsx'
import { Pager } from '../../web/components/pager.tsx'
import { type Column, Table } from '../../web/components/table.tsx'
import { groupHref, GroupState as StateOf, Opens, peopleText, RoleText, SwitchButton } from './group-cells.tsx'

export type Search = { readonly text: string; readonly state: GroupState; readonly after: string }

export const PAGE_ROWS = 50

export function parseSearch(query: URLSearchParams): Search {
  const state = GROUP_STATES.find((name) => name === query.get('state')) ?? 'all'
  return { text: (query.get('q') ?? '').trim().slice(0, 200), state, after: query.get('after') ?? '' }
}

export function searchHref({ text, state, after = '' }: Partial<Search>): string {
  const query = new URLSearchParams({
    ...(text === undefined || text === '' ? {} : { q: text }),
    ...(state === undefined || state === 'all' ? {} : { state }),
    ...(after === '' ? {} : { after }),
  })
  return query.size === 0 ? '/admin/scim/groups' : `/admin/scim/groups?${query}`
}

export type ListViewProps = { readonly search: Search; readonly groups: readonly IdpGroup[]; readonly settings: PermissionSettings }

/** One group more than a page holds says that there is a next one. */
export function ListView({ search, groups, settings }: ListViewProps) {
  const shown = groups.slice(0, PAGE_ROWS)
  const last = groups.length > PAGE_ROWS ? shown.at(-1) : undefined
  if (shown.length === 0) return <NoneFound search={search} />
  return (
    <form method="get" action="/admin/scim/groups/switch" class="stack">
      <Table caption="Groups that were found" rows={shown} keyOf={({ id }) => id} columns={columns(settings)} />
      <div class="actions">
        <span class="muted">The ticked ones:</span>
        <button type="submit" class="button plain small" name="to" value="on">
          Switch on…
        </button>
        <button type="submit" class="button plain small" name="to" value="off">
          Switch off…
        </button>
      </div>
      <Pager
        shown={shown.length}
        firstHref={search.after === '' ? undefined : searchHref({ ...search, after: '' })}
        nextHref={last === undefined ? undefined : searchHref({ ...search, after: last.key })}
      />
    </form>
  )
}

const columns = (settings: PermissionSettings): readonly Column<IdpGroup>[] => [
  {
    label: 'Group',
    cell: ({ id, name }) => (
      <span class="checkbox name">
        <input type="checkbox" name="id" value={id} aria-label={`Tick ${name}`} />
        <a href={groupHref(id)}>{name}</a>
      </span>
    ),
  },
  { label: 'Opens', cell: (group) => <Opens group={group} /> },
  { label: 'People', kind: 'number', cell: peopleText },
  { label: 'Role', kind: 'short', cell: (group) => <RoleText group={group} settings={settings} /> },
  { label: 'State', kind: 'short', cell: (group) => <StateOf group={group} /> },
  { label: 'Switch', kind: 'actions', cell: (group) => <SwitchButton group={group} /> },
]

const NONE: Readonly<Record<GroupState, string>> = {
  all: 'No group has this in its name.',
  on: 'No group is on. Open a group to see who would get what, then switch it on.',
  off: 'Every group is on.',
  held: 'No group is in the way of another one.',
  unknown: 'Every member that was pushed is known.',
}

function NoneFound({ search: { text, state } }: { readonly search: Search }) {
  return (
    <Empty icon="search" title="Nothing found">
      <p>{text === '' ? NONE[state] : NONE.all}</p>
      <p>
        <a href="/admin/scim/groups">All groups</a>
      </p>
    </Empty>
  )
}
