// /admin/scim/groups/ID: one group of the IdP: who is in it, what it opens, what stands in its way.
import { z } from 'zod'
import { type IdpGroup, readPeople, readUnknownMembers, type UnknownMember } from '../../permissions/idp-groups.ts'
import { explainHeld, setGroupRole } from '../../permissions/selecting.ts'
import { type PermissionSettings, readSettings } from '../../permissions/settings.ts'
import { seeOther } from '../../web/answer.ts'
import { Badge } from '../../web/components/badge.tsx'
import { Button, LinkButton } from '../../web/components/button.tsx'
import { Card, Facts } from '../../web/components/card.tsx'
import { Select } from '../../web/components/field.tsx'
import { Form } from '../../web/components/form.tsx'
import { Callout } from '../../web/components/notice-bar.tsx'
import { Table } from '../../web/components/table.tsx'
import { Time } from '../../web/components/time.tsx'
import { checkForm } from '../../web/form.ts'
import { Layout } from '../../web/layout.tsx'
import { page } from '../../web/pages.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { groupHref, ROLE_CHOICES, GroupState, Opens, peopleText, switchHref, whySo } from './group-cells.tsx'
import { getGroup } from './group-id.ts'

const PEOPLE_SHOWN = 50

type Model = {
  readonly group: IdpGroup
  readonly settings: PermissionSettings
  readonly people: Awaited<ReturnType<typeof readPeople>>
  readonly unknown: readonly UnknownMember[]
}

export const groupPage = page('/admin/scim/groups/:id', {
  async show(visit: MemberVisit, { id }) {
    const { work, principal } = visit
    const group = await getGroup(visit, id)
    const model: Model = {
      group,
      settings: await readSettings(work, principal.orgId),
      people: await readPeople(work, principal.orgId, { groupId: id, limit: PEOPLE_SHOWN }),
      unknown: await readUnknownMembers(work, principal.orgId, id),
    }
    return render(visit, { title: group.name }, <GroupView visit={visit} model={model} />)
  },
})

const roleSchema = z.object({ role: z.enum(['', 'viewer', 'editor', 'admin']) })

export const groupRoleAction = page('/admin/scim/groups/:id/role', {
  async act(visit: MemberVisit, { id }, form) {
    const group = await getGroup(visit, id)
    const reading = checkForm(roleSchema, form)
    if (reading.kind === 'wrong') return seeOther(visit, groupHref(id), { kind: 'problem', text: 'That is no role. Nothing was changed.' })
    const { role } = reading.value
    await setGroupRole(visit.work, visit.context, { id, role: role === '' ? null : role })
    const text = `Members of ${group.name} have ${role === '' ? 'the usual role' : `the role ${role}`} now.`
    return seeOther(visit, groupHref(id), { kind: 'done', text })
  },
})

function GroupView({ visit, model }: { readonly visit: MemberVisit; readonly model: Model }) {
  const { group, settings, unknown } = model
  const { id, name, selected, switched } = group
  return (
    <Layout
      visit={visit}
      title={name}
      trail={[{ href: '/admin/scim/groups', label: 'IdP groups' }]}
      actions={
        <>
          {switched === null ? null : (
            <LinkButton href={switchHref({ id, to: 'rules' })} look="quiet">
              Let the rules decide
            </LinkButton>
          )}
          <LinkButton href={switchHref({ id, to: selected ? 'off' : 'on' })} look={selected ? 'plain' : 'primary'}>
            {selected ? 'Switch off' : 'Switch on'}
          </LinkButton>
        </>
      }
    >
      <Conflict group={group} />
      <Card title="The group">
        <Facts
          facts={[
            { term: 'State', value: <GroupState group={group} /> },
            { term: 'Decided', value: whySo(group, settings) },
            { term: 'Opens', value: <Opens group={group} /> },
            { term: 'People', value: peopleText(group) },
          ]}
        />
        <RoleForm group={group} settings={settings} />
      </Card>
      <PeopleCard model={model} />
      {unknown.length === 0 ? null : <UnknownCard unknown={unknown} total={group.unknownMembers} />}
    </Layout>
  )
}

function Conflict({ group }: { readonly group: IdpGroup }) {
  const explained = explainHeld(group)
  if (explained === undefined) return null
  return (
    <Callout tone="warn" title="It is on, but it cannot open">
      <p>{`${group.name} has no scope of its own: ${explained}`}</p>
      {group.held === 'retained' ? (
        <LinkButton href={switchHref({ id: group.id, to: 'on', takeOver: 'on' })} small>
          See what taking over would do
        </LinkButton>
      ) : null}
    </Callout>
  )
}

function RoleForm({ group, settings }: { readonly group: IdpGroup; readonly settings: PermissionSettings }) {
  return (
    <Form action={`${groupHref(group.id)}/role`} class="filters">
      <Select
        name="role"
        label="What members may do in its scope"
        value={group.role ?? ''}
        choices={[{ value: '', label: `as usual: ${settings.memberRole}` }, ...ROLE_CHOICES]}
      />
      <Button>Save</Button>
    </Form>
  )
}

function PeopleCard({ model: { group, people } }: { readonly model: Model }) {
  return (
    <Card title="People">
      {people.length === 0 ? (
        <p class="muted">Nobody is in it. Identity providers send only people who are assigned to the app.</p>
      ) : (
        <ul class="names">
          {people.map(({ id, name, active, accountId }) => (
            <li key={id}>
              {accountId === null ? name : <a href={`/admin/users/${accountId}`}>{name}</a>} {active ? null : <Badge>disabled</Badge>}
            </li>
          ))}
        </ul>
      )}
      {group.people > people.length ? <p class="muted">{`The first ${people.length} of ${peopleText(group)}.`}</p> : null}
    </Card>
  )
}

function UnknownCard({ unknown, total }: { readonly unknown: readonly UnknownMember[]; readonly total: number }) {
  return (
    <Card title={`Members nobody knows (${total.toLocaleString('en')})`} id="unknown">
      <p>
        Your identity provider named these ids as members, but never pushed such people, or deleted them. The others of the same request
        were taken. It heals by itself when they are pushed: assign the people to the app, then push the group again.
      </p>
      <Table
        caption="Ids that nobody knows"
        rows={unknown}
        keyOf={({ value }) => value}
        columns={[
          { label: 'Id', cell: ({ value }) => <code>{value}</code> },
          { label: 'Named', cell: ({ namedAt }) => <Time at={namedAt} /> },
        ]}
      />
      {total > unknown.length ? <p class="muted">{`The latest ${unknown.length}.`}</p> : null}
    </Card>
  )
}
