// /admin: what an admin looks at first: who is in, what the identity provider does, who left, and what waits for a decision.
import { type ActivityHour, readActivity } from '../../auth/scim-activity.ts'
import { listScimTokens, type ScimToken } from '../../auth/scim-tokens.ts'
import { countAccounts } from '../../directory/accounts.ts'
import { type Decisions, readDecisions } from '../../lifecycle/decisions.ts'
import { type ListedLeaver, listLeavers } from '../../lifecycle/leavers.ts'
import { countIdpGroups, type GroupTotals } from '../../permissions/idp-groups.ts'
import { LinkButton } from '../../web/components/button.tsx'
import { Card, Empty, Stat } from '../../web/components/card.tsx'
import { Layout } from '../../web/layout.tsx'
import { page } from '../../web/pages.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { ActivityCard, type ActivityProps, findRange, startOf } from './activity.tsx'
import { ConnectionsCard } from './connections.tsx'
import { DecisionsCard } from './decisions.tsx'
import { LEAVERS_SHOWN, LeaversCard } from './leavers.tsx'

const DAY_MS = 24 * 3_600_000
const LEAVER_DAYS = 7

type Model = {
  readonly people: { readonly active: number; readonly disabled: number }
  readonly groups: GroupTotals
  readonly tokens: readonly ScimToken[]
  readonly decisions: Decisions
  readonly leavers: readonly ListedLeaver[]
  readonly activity: ActivityProps
  readonly requestsToday: number
}

export const overviewPage = page('/admin', {
  async show(visit: MemberVisit) {
    return render(visit, { title: 'Overview' }, <OverviewView visit={visit} model={await load(visit)} />)
  },
})

async function load({ work, principal, query, clock }: MemberVisit): Promise<Model> {
  const { orgId } = principal
  const now = clock.now()
  const range = findRange(query.get('range'))
  const start = startOf(range, now)
  const yesterday = new Date(now.getTime() - DAY_MS)
  const hours = await readActivity(work, orgId, start < yesterday ? start : yesterday)
  return {
    people: await countAccounts(work, orgId),
    groups: await countIdpGroups(work, orgId),
    tokens: (await listScimTokens(work, orgId)).toReversed(),
    decisions: await readDecisions(work, orgId),
    leavers: await listLeavers(work, orgId, { since: new Date(now.getTime() - LEAVER_DAYS * DAY_MS), limit: LEAVERS_SHOWN + 1 }),
    activity: { range, start, hours: hours.filter(({ hour }) => hour >= start) },
    requestsToday: requestsSince(hours, yesterday),
  }
}

function requestsSince(hours: readonly ActivityHour[], since: Date): number {
  const late = hours.filter(({ hour }) => hour >= since)
  return late.reduce((sum, { change, read, refused, failed }) => sum + change + read + refused + failed, 0)
}

function OverviewView({ visit, model }: { readonly visit: MemberVisit; readonly model: Model }) {
  const { people, groups, tokens, decisions, leavers, activity, requestsToday } = model
  const now = visit.clock.now()
  return (
    <Layout visit={visit} title="Overview" lead="Who is in, what your identity provider does, and what waits for a decision.">
      {tokens.length === 0 ? <FirstRun /> : null}
      <div class="stats">
        <Stat label="Active people" value={people.active} href="/admin/users?filter=active" />
        <Stat label="Disabled" value={people.disabled} href="/admin/users?filter=disabled" note="memories kept" />
        <Stat
          label="Groups that are on"
          value={groups.on}
          href="/admin/scim/groups?state=on"
          note={`of ${groups.all.toLocaleString('en')} pushed`}
        />
        <Stat label="Requests in 24 hours" value={requestsToday} href="/admin/audit?channel=scim" />
      </div>
      {tokens.length === 0 ? null : (
        <>
          <div class="columns">
            <DecisionsCard decisions={decisions} now={now} />
            <ConnectionsCard tokens={tokens} now={now} />
          </div>
          <ActivityCard {...activity} />
          <LeaversCard leavers={leavers} />
        </>
      )}
    </Layout>
  )
}

function FirstRun() {
  return (
    <Card>
      <Empty icon="setup" title="Connect your identity provider">
        <p>Then nobody has to be added or removed here by hand any more.</p>
        <ol class="steps">
          <li>Make a token and enter it in Okta, Entra or another identity provider. It takes about ten minutes.</li>
          <li>Assign people and push groups there. They appear here.</li>
          <li>Pick the groups whose members shall share memories.</li>
        </ol>
        <LinkButton href="/admin/scim/setup" look="primary" icon="setup">
          Start the setup
        </LinkButton>
      </Empty>
    </Card>
  )
}
