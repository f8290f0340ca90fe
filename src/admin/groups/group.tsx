// /admin/groups/group?path=…: one group: who is in it, what it opens, what lies near it. What an identity provider manages is shown; what
// was made here can be changed.
import {
  findGraphNode,
  type GraphNode,
  type GroupMember,
  listMembers,
  type PermissionGraph,
  readNeighbourhood,
} from '../../permissions/graph.ts'
import { Badge } from '../../web/components/badge.tsx'
import { Button, Confirm, LinkButton } from '../../web/components/button.tsx'
import { Card, Facts } from '../../web/components/card.tsx'
import { Field, Select } from '../../web/components/field.tsx'
import { Form } from '../../web/components/form.tsx'
import { Pager } from '../../web/components/pager.tsx'
import { Table } from '../../web/components/table.tsx'
import { Time } from '../../web/components/time.tsx'
import { Layout } from '../../web/layout.tsx'
import { page } from '../../web/pages.ts'
import { notThere } from '../../web/path-ids.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { auditHref } from '../audit/address.ts'
import { personHref } from '../users/address.ts'
import { graphHref, GROUP_PATH, groupHref, GROUPS_PATH } from './address.ts'
import { Drawing } from './drawing.tsx'
import { membersInWords, ROLE_CHOICES } from './words.ts'

const MEMBERS_SHOWN = 50
const DRAWN_MAX = 60
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export const groupPage = page('/admin/groups/group', {
  async show(visit: MemberVisit) {
    const { work, principal, query } = visit
    const path = query.get('path')?.replaceAll('\0', '') ?? ''
    const node = await findGraphNode(work, principal.orgId, path)
    if (node === undefined) throw notThere('group')
    const after = query.get('after') ?? ''
    const [graph, members] = await Promise.all([
      readNeighbourhood(work, principal.orgId, { path, limit: DRAWN_MAX }),
      listMembers(work, principal.orgId, { node, after: UUID.test(after) ? after : undefined, limit: MEMBERS_SHOWN + 1 }),
    ])
    return render(
      visit,
      { title: node.path },
      <GroupView visit={visit} node={node} graph={graph} members={members} isFirstPage={after === ''} />,
    )
  },
})

type GroupProps = {
  readonly visit: MemberVisit
  readonly node: GraphNode
  readonly graph: PermissionGraph
  readonly members: readonly GroupMember[]
  readonly isFirstPage: boolean
}

function GroupView({ visit, node, graph, members, isFirstPage }: GroupProps) {
  const isLocal = node.origin === 'local'
  return (
    <Layout
      visit={visit}
      title={node.path}
      lead={isLocal ? 'Made here, and changed here.' : `${node.name} of your identity provider. Its members are changed there.`}
      trail={[{ href: GROUPS_PATH, label: 'Permission graph' }]}
      actions={
        isLocal ? (
          <LocalActions node={node} />
        ) : (
          <LinkButton href="/admin/scim/groups" icon="groups">
            Select and set its role
          </LinkButton>
        )
      }
    >
      <Card>
        <Facts
          facts={[
            { term: 'Scope', value: <code>{`group:${node.path}`}</code> },
            { term: 'Directly in it', value: membersInWords(node) },
            { term: 'Members may', value: roleInWords(node) },
            ...(node.scimGroupId === null ? [] : [{ term: 'SCIM id', value: <code>{node.scimGroupId}</code> }]),
            { term: 'History', value: <a href={auditHref({ target: node.scimGroupId ?? node.id })}>in the audit log</a> },
          ]}
        />
      </Card>
      <Card
        title="Near it"
        actions={
          <LinkButton href={graphHref({ view: 'picture', focus: node.path })} small look="quiet" icon="tree">
            On its own
          </LinkButton>
        }
      >
        <Drawing graph={graph} focus={node.path} />
      </Card>
      <GrantsCard node={node} graph={graph} />
      <MembersCard node={node} members={members} isFirstPage={isFirstPage} />
    </Layout>
  )
}

function roleInWords({ origin, role }: GraphNode): string {
  if (origin === 'local') return 'what their own role says'
  if (role === null) return 'what the default for IdP groups says'
  return role === 'viewer' ? 'read (viewer)' : `read and write (${role})`
}

function LocalActions({ node: { path } }: Pick<GroupProps, 'node'>) {
  return (
    <>
      <LinkButton href={`${GROUPS_PATH}/new?${new URLSearchParams({ inside: path })}`} icon="add">
        Group inside
      </LinkButton>
      <Confirm label="Rename" opener="plain" look="primary" action={`${GROUP_PATH}/rename`} hidden={{ path }} confirm="Rename">
        <Field name="to" label="New path" value={path} required maxLength={600} literal autocomplete="off" />
        <p class="muted">Members and memories stay. Groups inside keep their own places.</p>
      </Confirm>
      <Confirm label="Delete" icon="trash" opener="plain" action={`${GROUP_PATH}/delete`} hidden={{ path }} confirm="Delete the group">
        <p>Its members lose what it opens at once. Its memories are kept, for administrators only.</p>
      </Confirm>
    </>
  )
}

function GrantsCard({ node, graph }: Pick<GroupProps, 'node' | 'graph'>) {
  const grants = graph.grants.filter(({ nodeId }) => nodeId === node.id)
  return (
    <Card title="Granted scopes">
      {grants.length === 0 ? <p class="muted">Beside its own scope this group opens nothing further.</p> : null}
      {grants.length === 0 ? null : (
        <Table
          caption="Granted scopes"
          rows={grants}
          keyOf={({ scope }) => scope}
          columns={[
            { label: 'Scope', cell: ({ scope }) => <code>{scope}</code> },
            { label: 'Members may', cell: ({ role }) => (role === 'viewer' ? 'read' : 'read and write, if their role in the group does') },
            {
              label: 'Act',
              kind: 'actions',
              cell: ({ scope }) => (
                <Confirm
                  label="Take back"
                  small
                  action={`${GROUP_PATH}/ungrant`}
                  hidden={{ path: node.path, scope }}
                  confirm={`Take ${scope} back`}
                >
                  <p>Members lose it with their next request. Its memories are kept.</p>
                </Confirm>
              ),
            },
          ]}
        />
      )}
      <Form action={`${GROUP_PATH}/grant`} hidden={{ path: node.path }} class="filters" label="Grant a scope">
        <Field
          name="scope"
          id="grant-scope"
          label="Scope"
          placeholder="project:guardian"
          required
          maxLength={600}
          literal
          autocomplete="off"
        />
        <Select name="role" id="grant-role" label="Role" value="editor" choices={ROLE_CHOICES} />
        <Button icon="add">Grant</Button>
      </Form>
    </Card>
  )
}

function MembersCard({ node, members, isFirstPage }: Pick<GroupProps, 'node' | 'members' | 'isFirstPage'>) {
  const { path, origin } = node
  const shown = members.slice(0, MEMBERS_SHOWN)
  const isLocal = origin === 'local'
  return (
    <Card title="Members">
      {shown.length === 0 ? (
        <p class="muted">Nobody is directly in it.</p>
      ) : (
        <Table
          caption="Members"
          rows={shown.toSorted((a, b) => a.name.localeCompare(b.name, 'en'))}
          keyOf={({ id }) => id}
          columns={[
            { label: 'Name', cell: (member) => <MemberName member={member} /> },
            { label: 'Role', cell: (member) => (isLocal ? <RoleForm path={path} member={member} /> : (member.role ?? 'of the group')) },
            { label: 'Since', cell: ({ addedAt }) => <Time at={addedAt} /> },
            {
              label: 'Act',
              kind: 'actions',
              cell: ({ id, name }) =>
                isLocal ? (
                  <Confirm label="Remove" small action={`${GROUP_PATH}/remove`} hidden={{ path, account: id }} confirm={`Remove ${name}`}>
                    <p>What the group opens closes for this person with the next request.</p>
                  </Confirm>
                ) : null,
            },
          ]}
        />
      )}
      <Pager
        shown={shown.length}
        firstHref={isFirstPage ? undefined : groupHref(path)}
        nextHref={members.length > MEMBERS_SHOWN ? `${groupHref(path)}&after=${shown.at(-1)?.id ?? ''}` : undefined}
      />
      {isLocal ? (
        <Form action={`${GROUP_PATH}/add`} hidden={{ path }} class="filters" label="Add a member">
          <Field name="user" label="User name" required maxLength={256} literal autocomplete="off" />
          <Select name="role" id="member-role" label="Role" value="editor" choices={ROLE_CHOICES} />
          <Button icon="add">Add</Button>
        </Form>
      ) : (
        <p class="muted">Managed by your identity provider: who is added or removed here would quietly come back or go again.</p>
      )}
    </Card>
  )
}

function MemberName({ member: { accountId, name, kind, disabled } }: { readonly member: GroupMember }) {
  return (
    <span class="states">
      {accountId === null ? name : <a href={personHref(accountId)}>{name}</a>}
      {kind === 'group' ? <Badge>group</Badge> : null}
      {disabled ? <Badge tone="bad">disabled</Badge> : null}
    </span>
  )
}

/** One control that is sent when it changes; without script it has a button. */
function RoleForm({ path, member }: { readonly path: string; readonly member: GroupMember }) {
  return (
    <Form action={`${GROUP_PATH}/role`} hidden={{ path, account: member.id }} class="row" label={`Role of ${member.name}`}>
      <select name="role" aria-label={`Role of ${member.name}`} class="narrow">
        {ROLE_CHOICES.map(({ value }) => (
          <option key={value} value={value} selected={value === member.role}>
            {value}
          </option>
        ))}
      </select>
      <Button small look="quiet">
        Set
      </Button>
    </Form>
  )
}
