// /admin/users/<id>: who somebody is, what the identity provider says, which groups they are in, and what may be decided here.
import type { Account } from '../../directory/accounts.ts'
import { findScimUser, listMemberships, type Membership, MEMBERSHIPS_MAX, type ScimUser } from '../../directory/people.ts'
import { type ListedCollision, listCollisions, listReturners, type Returner } from '../../lifecycle/linking.ts'
import { userScopeName } from '../../permissions/scope.ts'
import { Badge } from '../../web/components/badge.tsx'
import { LinkButton } from '../../web/components/button.tsx'
import { Card, Facts } from '../../web/components/card.tsx'
import { Callout } from '../../web/components/notice-bar.tsx'
import { Table } from '../../web/components/table.tsx'
import { Time } from '../../web/components/time.tsx'
import { NOTHING_ENTERED } from '../../web/form.ts'
import { page } from '../../web/pages.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { groupHref } from '../groups/address.ts'
import { personHref, returnerHref } from './address.ts'
import { LinkCard, RightsCard, StateCard } from './decisions.tsx'
import { getPerson, nameOf, PersonFrame } from './person.tsx'
import { ProfileForm } from './profile.tsx'
import { attributesOf } from './scim-attributes.ts'

export const personPage = page('/admin/users/:id', {
  async show(visit: MemberVisit, { id }) {
    const model = await load(visit, id)
    return render(visit, { title: nameOf(model.account) }, <PersonOverview visit={visit} {...model} />)
  },
})

type Model = {
  readonly account: Account
  readonly scimUser: ScimUser | undefined
  readonly memberships: readonly Membership[]
  readonly collision: ListedCollision | undefined
  readonly returners: readonly Returner[]
}

async function load(visit: MemberVisit, id: string): Promise<Model> {
  const {
    work,
    principal: { orgId },
  } = visit
  const account = await getPerson(visit, id)
  const [scimUser, memberships, collisions, returners] = await Promise.all([
    findScimUser(work, orgId, account.id),
    listMemberships(work, orgId, account.id),
    account.origin === 'local' ? listCollisions(work, orgId) : [],
    listReturners(work, orgId),
  ])
  return {
    account,
    scimUser,
    memberships,
    collision: collisions.find(({ accountId }) => accountId === account.id),
    returners: returners.filter(({ accountId, formerId }) => accountId === account.id || formerId === account.id),
  }
}

function PersonOverview({ visit, account, scimUser, memberships, collision, returners }: Model & { readonly visit: MemberVisit }) {
  return (
    <PersonFrame visit={visit} account={account} view="">
      {returners.map((returner) => (
        <ReturnerCallout key={`${returner.accountId} ${returner.formerId}`} account={account} returner={returner} />
      ))}
      <div class="columns">
        <div class="stack">
          <ProfileCard account={account} org={visit.principal.org} />
          {scimUser === undefined ? null : <ScimCard scimUser={scimUser} />}
        </div>
        <div class="stack">
          <StateCard account={account} />
          <RightsCard account={account} />
          {account.origin === 'local' ? <LinkCard account={account} collision={collision} /> : null}
        </div>
      </div>
      <GroupsCard memberships={memberships} />
    </PersonFrame>
  )
}

function ReturnerCallout({ account, returner }: { readonly account: Account; readonly returner: Returner }) {
  const isNew = returner.accountId === account.id
  return (
    <Callout tone="warn" title={isNew ? 'This person may have been here before' : 'This person may be back'}>
      <p>
        {isNew
          ? `There is a former account ${returner.former}. If it is the same person, its memories can be given back.`
          : `The account ${returner.account} was created under this name. If it is the same person, it can take these memories over.`}
      </p>
      <p>
        <LinkButton href={returnerHref(returner.accountId, returner.formerId)} small icon="link">
          Compare the two
        </LinkButton>
      </p>
    </Callout>
  )
}

function ProfileCard({ account, org }: { readonly account: Account; readonly org: string }) {
  const { id, userName, displayName, email, slug, createdAt, disabledAt, origin } = account
  return (
    <Card title="Profile">
      {origin === 'scim' ? <p class="muted">Managed by your identity provider. Change it there; the next push brings it here.</p> : null}
      <Facts
        facts={[
          { term: 'Name', value: displayName ?? 'none' },
          { term: 'User name', value: userName },
          { term: 'Address', value: email ?? 'none' },
          { term: 'Own scope', value: <code>{userScopeName(org, slug)}</code> },
          { term: 'Here since', value: <Time at={createdAt} exact /> },
          ...(disabledAt === null ? [] : [{ term: 'Disabled', value: <Time at={disabledAt} exact /> }]),
          { term: 'Account id', value: <code>{id}</code> },
        ]}
      />
      {origin === 'local' ? (
        <details class="unfold">
          <summary>Change name or address</summary>
          <ProfileForm
            action={`${personHref(id)}/profile`}
            entered={NOTHING_ENTERED}
            profile={{ userName, displayName: displayName ?? '', email: email ?? '' }}
            confirm="Save"
          />
        </details>
      ) : null}
    </Card>
  )
}

function ScimCard({ scimUser }: { readonly scimUser: ScimUser }) {
  const { id, externalId, version, createdAt, lastModifiedAt, json } = scimUser
  return (
    <Card title="What the identity provider says">
      <Facts
        facts={[
          ...attributesOf(json).map(([term, value]) => ({ term, value })),
          { term: 'externalId', value: externalId === null ? 'none' : <code>{externalId}</code> },
          { term: 'SCIM id', value: <code>{id}</code> },
          { term: 'Version', value: version },
          { term: 'First pushed', value: <Time at={createdAt} exact /> },
          { term: 'Last changed', value: <Time at={lastModifiedAt} exact /> },
        ]}
      />
    </Card>
  )
}

function GroupsCard({ memberships }: Pick<Model, 'memberships'>) {
  const shown = memberships.slice(0, MEMBERSHIPS_MAX)
  return (
    <Card title="Groups">
      {shown.length === 0 ? (
        <p class="muted">In no group. What everybody may read stands under Access.</p>
      ) : (
        <Table
          caption="Groups"
          rows={shown}
          keyOf={({ origin, name, scimGroupId }) => `${origin} ${scimGroupId ?? name}`}
          columns={[
            { label: 'Group', cell: ({ name, path }) => (path === null ? name : <a href={groupHref(path)}>{name}</a>) },
            { label: 'From', cell: ({ origin }) => <Badge>{origin === 'idp' ? 'identity provider' : 'made here'}</Badge> },
            {
              label: 'Scope',
              cell: ({ path }) => (path === null ? <span class="muted">none: it is not selected</span> : <code>{`group:${path}`}</code>),
            },
            { label: 'Since', cell: ({ addedAt }) => <Time at={addedAt} /> },
          ]}
        />
      )}
      {memberships.length > shown.length ? <p class="muted">{`The first ${shown.length} are shown.`}</p> : null}
    </Card>
  )
}
