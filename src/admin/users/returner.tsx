// /admin/users/<id>/returner: a new account beside the former one it may be the return of, and what moves if they are the same person.
import { z } from 'zod'
import type { Account } from '../../directory/accounts.ts'
import { findScimUser, type ScimUser } from '../../directory/people.ts'
import { type DeletePreview, deletePreview } from '../../memory/retention.ts'
import { userScopeName } from '../../permissions/scope.ts'
import { linkReturner } from '../../lifecycle/linking.ts'
import { carryOut } from '../../web/answer.ts'
import { Confirm } from '../../web/components/button.tsx'
import { Card, Facts } from '../../web/components/card.tsx'
import { Time } from '../../web/components/time.tsx'
import { page } from '../../web/pages.ts'
import { uuidIn } from '../../web/path-ids.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { count, fieldsOf } from './actions.ts'
import { personHref } from './address.ts'
import { getPerson, nameOf, PersonFrame } from './person.tsx'

export const returnerPage = page('/admin/users/:id/returner', {
  async show(visit: MemberVisit, { id }) {
    const now = await getPerson(visit, id)
    const former = await getPerson(visit, visit.query.get('former') ?? '')
    const [newSide, formerSide] = await Promise.all([sideOf(visit, now), sideOf(visit, former)])
    return render(visit, { title: 'The same person?' }, <ReturnerView visit={visit} now={newSide} former={formerSide} />)
  },
  async act(visit, { id }, form) {
    const { id: accountId } = await getPerson(visit, id)
    const formerId = uuidIn(fieldsOf(z.object({ former: z.string() }), form).former, 'account')
    const say = ({ engrams, episodes }: { engrams: number; episodes: number }) =>
      `The two accounts are one: ${count(engrams, 'engram')} and ${count(episodes, 'episode')} of the new one moved to the former.`
    return carryOut(visit, { at: () => personHref(formerId), say, refusedAt: personHref(accountId) }, () =>
      linkReturner(visit.work, visit.context, { accountId, formerId }),
    )
  },
})

type Side = { readonly account: Account; readonly scimUser: ScimUser | undefined; readonly memories: DeletePreview }

async function sideOf({ work, principal: { orgId } }: MemberVisit, account: Account): Promise<Side> {
  const [scimUser, memories] = await Promise.all([
    findScimUser(work, orgId, account.id),
    deletePreview(work, { orgId, accountId: account.id }),
  ])
  return { account, scimUser, memories }
}

function ReturnerView({ visit, now, former }: { readonly visit: MemberVisit; readonly now: Side; readonly former: Side }) {
  const { org } = visit.principal
  return (
    <PersonFrame
      visit={visit}
      account={now.account}
      title="The same person?"
      lead="Names and addresses are given to new people. Look before you link: it cannot be taken back."
    >
      <div class="columns">
        <SideCard title="The new account" side={now} org={org} />
        <SideCard title="The former account" side={former} org={org} />
      </div>
      <Card title="If it is the same person">
        <ul class="moves">
          <li>
            {'The person keeps '}
            <b>{`the former account`}</b>
            {`: its id, its scope ${userScopeName(org, former.account.slug)} and everything remembered there.`}
          </li>
          <li>
            <b>{`${count(now.memories.ownEngrams + now.memories.sharedEngrams, 'engram')} and ${count(now.memories.episodes, 'episode')}`}</b>
            {' that the new account has remembered since move over to it.'}
          </li>
          <li>Name, address, state and groups come from the new account, and go on following the identity provider.</li>
          <li>
            {'Rights here are those of the new account: '}
            <b>{now.account.orgRole === 'org_admin' ? 'administrator' : 'member'}</b>.
          </li>
          <li>Sessions and API keys of both end; none of the former comes back to life.</li>
          <li>
            {'The new account is gone afterwards, and with it the scope '}
            <code>{userScopeName(org, now.account.slug)}</code>.
          </li>
        </ul>
        <Confirm
          label="They are the same person"
          icon="link"
          action={`${personHref(now.account.id)}/returner`}
          hidden={{ former: former.account.id }}
          confirm="Link the two accounts"
          look="primary"
        >
          <p>{`${nameOf(now.account)} gets the memories of ${nameOf(former.account)}. This cannot be taken back.`}</p>
        </Confirm>
        <p class="muted">If it is somebody else, do nothing: the former memories stay where they are, and nobody reads them.</p>
      </Card>
    </PersonFrame>
  )
}

function SideCard({ title, side, org }: { readonly title: string; readonly side: Side; readonly org: string }) {
  const { account, scimUser, memories } = side
  return (
    <Card title={title}>
      <Facts
        facts={[
          { term: 'Name', value: <a href={personHref(account.id)}>{nameOf(account)}</a> },
          { term: 'User name', value: account.userName },
          { term: 'Address', value: account.email ?? 'none' },
          { term: 'externalId', value: scimUser?.externalId ?? 'none now' },
          { term: 'Here since', value: <Time at={account.createdAt} exact /> },
          { term: 'Disabled', value: account.disabledAt === null ? 'no' : <Time at={account.disabledAt} exact /> },
          { term: 'Own scope', value: <code>{userScopeName(org, account.slug)}</code> },
          { term: 'Own engrams', value: memories.ownEngrams.toLocaleString('en') },
          { term: 'In shared scopes', value: memories.sharedEngrams.toLocaleString('en') },
          { term: 'Episodes', value: memories.episodes.toLocaleString('en') },
        ]}
      />
    </Card>
  )
}
