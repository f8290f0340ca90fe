// /admin/users: everybody of the organisation, found by words and by state.
import { countDecisions, type ListedPerson, listPeople, PEOPLE_FILTERS, type PeopleFilter } from '../../directory/people.ts'
import { type ListedCollision, listCollisions, listReturners, type Returner } from '../../lifecycle/linking.ts'
import { Badge } from '../../web/components/badge.tsx'
import { Button, LinkButton } from '../../web/components/button.tsx'
import { Card, Empty } from '../../web/components/card.tsx'
import { Field } from '../../web/components/field.tsx'
import { Form } from '../../web/components/form.tsx'
import { Pager } from '../../web/components/pager.tsx'
import { type Column, Table } from '../../web/components/table.tsx'
import { Tabs } from '../../web/components/tabs.tsx'
import { Time } from '../../web/components/time.tsx'
import { Layout } from '../../web/layout.tsx'
import { page } from '../../web/pages.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { personHref, returnerHref, USERS_PATH, usersHref } from './address.ts'
import { States } from './states.tsx'

const ROWS_SHOWN = 50
const TEXT_MAX = 200

export const usersPage = page('/admin/users', {
  async show(visit: MemberVisit) {
    return render(visit, { title: 'People' }, <UsersView visit={visit} {...(await load(visit))} />)
  },
})

type Model = {
  readonly text: string | undefined
  readonly filter: PeopleFilter | undefined
  readonly people: readonly ListedPerson[]
  readonly next: string | undefined
  readonly isFirstPage: boolean
  readonly decisions: { readonly collisions: number; readonly returners: number }
  readonly collisions: readonly ListedCollision[]
  readonly returners: readonly Returner[]
}

async function load({ work, principal: { orgId }, query }: MemberVisit): Promise<Model> {
  const text = query.get('q')?.trim().replaceAll('\0', '').slice(0, TEXT_MAX) || undefined
  const filter = PEOPLE_FILTERS.find((name) => name === query.get('filter'))
  const after = query.get('after')?.replaceAll('\0', '') || undefined
  const [found, decisions, collisions, returners] = await Promise.all([
    listPeople(work, orgId, { text, filter, after, limit: ROWS_SHOWN + 1 }),
    countDecisions(work, orgId),
    filter === 'collisions' ? listCollisions(work, orgId) : [],
    filter === 'returners' ? listReturners(work, orgId) : [],
  ])
  const people = found.slice(0, ROWS_SHOWN)
  const next = found.length > ROWS_SHOWN ? people.at(-1)?.slug : undefined
  return { text, filter, people, next, isFirstPage: after === undefined, decisions, collisions, returners }
}

function UsersView({ visit, ...model }: Model & { readonly visit: MemberVisit }) {
  const { text, filter, people, next, isFirstPage } = model
  return (
    <Layout
      visit={visit}
      title="People"
      lead="Who is in, who is out, and who waits for your decision."
      actions={
        <LinkButton href={`${USERS_PATH}/new`} icon="add">
          Local account
        </LinkButton>
      }
    >
      <form method="get" action={USERS_PATH} class="search" role="search">
        {filter === undefined ? null : <input type="hidden" name="filter" value={filter} />}
        <Field name="q" label="Name, user name or address" type="search" value={text} maxLength={TEXT_MAX} literal />
        <Button icon="search">Search</Button>
      </form>
      <FilterTabs {...model} />
      <Card>{people.length === 0 ? <Nobody {...model} /> : <People {...model} />}</Card>
      <Pager
        shown={people.length}
        firstHref={isFirstPage ? undefined : usersHref({ q: text, filter })}
        nextHref={next === undefined ? undefined : usersHref({ q: text, filter, after: next })}
      />
    </Layout>
  )
}

const LABELS: Readonly<Record<PeopleFilter, string>> = {
  disabled: 'Disabled',
  local: 'Local',
  admins: 'Admins',
  collisions: 'Collisions',
  returners: 'Possible returners',
}

function FilterTabs({ text, filter, decisions }: Model) {
  const counts: Readonly<Partial<Record<PeopleFilter, number>>> = decisions
  return (
    <Tabs
      label="Who is shown"
      tabs={[
        { href: usersHref({ q: text }), label: 'Everybody', current: filter === undefined },
        ...PEOPLE_FILTERS.map((name) => ({
          href: usersHref({ q: text, filter: name }),
          label: LABELS[name],
          current: filter === name,
          count: counts[name],
        })),
      ]}
    />
  )
}

const NAME: Column<ListedPerson> = {
  label: 'Name',
  cell: ({ id, userName, displayName }) => (
    <div>
      <a href={personHref(id)}>{displayName ?? userName}</a>
      {displayName === null || displayName === userName ? null : <p class="subtle">{userName}</p>}
    </div>
  ),
}

function People({ people, filter, collisions, returners }: Model) {
  if (filter === 'collisions') return <Collisions people={people} collisions={collisions} />
  if (filter === 'returners') return <Returners people={people} returners={returners} />
  return (
    <Table
      caption="People"
      rows={people}
      keyOf={({ id }) => id}
      columns={[
        NAME,
        { label: 'State', cell: (person) => <States account={person} /> },
        { label: 'Address', cell: ({ email }) => email ?? <span class="muted">none</span> },
        {
          label: 'Last active',
          cell: ({ lastActiveAt }) => (lastActiveAt === null ? <span class="muted">never</span> : <Time at={lastActiveAt} />),
        },
      ]}
    />
  )
}

function Collisions({ people, collisions }: Pick<Model, 'people' | 'collisions'>) {
  const of = (id: string) => collisions.find(({ accountId }) => accountId === id)
  return (
    <>
      <p class="muted">
        Your identity provider tried to create these people and ran into a local account. Link the account, and the next attempt takes it
        over with its keys and memories; or rename it, if it is somebody else.
      </p>
      <Table
        caption="Collisions"
        rows={people}
        keyOf={({ id }) => id}
        columns={[
          NAME,
          { label: 'Pushed as', cell: ({ id }) => of(id)?.pushedAs ?? '' },
          { label: 'Attempts', kind: 'number', cell: ({ id }) => of(id)?.times ?? 0 },
          { label: 'Latest', cell: ({ id }) => <Latest at={of(id)?.lastSeenAt} /> },
          {
            label: 'Decide',
            kind: 'actions',
            cell: ({ id, userName }) =>
              of(id)?.linked === true ? (
                <Badge tone="good">linked, waiting for the next attempt</Badge>
              ) : (
                <Form action={`${personHref(id)}/link`} hidden={{ back: 'collisions' }} label={`Link ${userName}`}>
                  <Button look="primary" icon="link" small>
                    Link
                  </Button>
                </Form>
              ),
          },
        ]}
      />
    </>
  )
}

function Latest({ at }: { readonly at: Date | undefined }) {
  return at === undefined ? null : <Time at={at} />
}

function Returners({ people, returners }: Pick<Model, 'people' | 'returners'>) {
  const rows = people.flatMap((person) =>
    returners.filter(({ accountId }) => accountId === person.id).map((returner) => ({ ...person, returner })),
  )
  return (
    <>
      <p class="muted">
        These people were created anew and may have been here before. A name alone proves nothing, so their former memories stay where they
        are until you say that it is the same person.
      </p>
      <Table
        caption="Possible returners"
        rows={rows}
        keyOf={({ id, returner }) => `${id} ${returner.formerId}`}
        columns={[
          { label: 'New account', cell: NAME.cell },
          { label: 'Former account', cell: ({ returner }) => <a href={personHref(returner.formerId)}>{returner.former}</a> },
          { label: 'Noticed', cell: ({ returner }) => <Time at={returner.foundAt} /> },
          {
            label: 'Decide',
            kind: 'actions',
            cell: ({ id, returner }) => (
              <LinkButton href={returnerHref(id, returner.formerId)} small icon="link">
                Compare
              </LinkButton>
            ),
          },
        ]}
      />
    </>
  )
}

const NOBODY: Readonly<Record<PeopleFilter, string>> = {
  disabled: 'Nobody is disabled.',
  local: 'There is no local account: everybody comes from the identity provider.',
  admins: 'There is no administrator.',
  collisions: 'Nothing waits: no local account is in your identity provider’s way.',
  returners: 'Nobody who was created lately may have been here before.',
}

function Nobody({ text, filter }: Model) {
  return (
    <Empty icon="people" title={text === undefined ? 'Nobody here' : 'Nobody found'}>
      <p>
        {text !== undefined
          ? 'Words are searched from their beginnings, and all of them have to be there.'
          : filter === undefined
            ? 'People appear here when your identity provider creates them, or when you make a local account.'
            : NOBODY[filter]}
      </p>
    </Empty>
  )
}
