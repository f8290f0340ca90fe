// /admin/users/<id>/credentials: what somebody can prove themself with, and the end of it.
import { type ApiKey, listApiKeys } from '../../auth/api-keys.ts'
import { listSessions, type Session } from '../../auth/sessions.ts'
import type { Account } from '../../directory/accounts.ts'
import { Badge } from '../../web/components/badge.tsx'
import { Confirm } from '../../web/components/button.tsx'
import { Card } from '../../web/components/card.tsx'
import type { Tone } from '../../web/components/notice-bar.tsx'
import { Table } from '../../web/components/table.tsx'
import { Time } from '../../web/components/time.tsx'
import { page } from '../../web/pages.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { personHref } from './address.ts'
import { getPerson, nameOf, PersonFrame } from './person.tsx'

/** Of each kind; live ones come first. */
const SHOWN_MAX = 100

export const personCredentialsPage = page('/admin/users/:id/credentials', {
  async show(visit: MemberVisit, { id }) {
    const {
      work,
      principal: { orgId },
    } = visit
    const account = await getPerson(visit, id)
    const [keys, sessions] = await Promise.all([listApiKeys(work, orgId, account.id), listSessions(work, orgId, account.id)])
    return render(
      visit,
      { title: `Keys and sessions of ${nameOf(account)}` },
      <CredentialsView visit={visit} account={account} keys={liveFirst(keys)} sessions={liveFirst(sessions)} />,
    )
  },
})

function liveFirst<T extends { readonly state: string; readonly createdAt: Date }>(rows: readonly T[]): readonly T[] {
  const rank = ({ state }: T) => (state === 'active' ? 0 : 1)
  return rows.toSorted((a, b) => rank(a) - rank(b) || b.createdAt.getTime() - a.createdAt.getTime())
}

type CredentialsProps = {
  readonly visit: MemberVisit
  readonly account: Account
  readonly keys: readonly ApiKey[]
  readonly sessions: readonly Session[]
}

function CredentialsView({ visit, account, keys, sessions }: CredentialsProps) {
  const live = [...keys, ...sessions].filter(({ state }) => state === 'active').length
  const base = personHref(account.id)
  return (
    <PersonFrame visit={visit} account={account} view="/credentials">
      <div class="row spread">
        <p>{live === 0 ? 'Nothing that this account could be used with is alive.' : `${live} of these can be used now.`}</p>
        {live === 0 ? null : (
          <Confirm label="End all of them" icon="off" opener="plain" action={`${base}/revoke`} confirm="End all sessions and keys">
            <p>Every session and key ends at once. The account stays enabled: its owner signs in again and makes new keys.</p>
          </Confirm>
        )}
      </div>
      <Card title="API keys">
        <Keys keys={keys} base={base} />
      </Card>
      <Card title="Sessions">
        <Sessions sessions={sessions} base={base} />
      </Card>
    </PersonFrame>
  )
}

const TONES: Readonly<Record<string, Tone>> = { active: 'good', expired: 'plain', revoked: 'bad', ended: 'plain', dead: 'bad' }

const State = ({ state }: { readonly state: string }) => <Badge tone={TONES[state] ?? 'plain'}>{state}</Badge>

function Keys({ keys, base }: { readonly keys: readonly ApiKey[]; readonly base: string }) {
  if (keys.length === 0) return <p class="muted">No key was ever made.</p>
  return (
    <>
      <Table
        caption="API keys"
        rows={keys.slice(0, SHOWN_MAX)}
        keyOf={({ id }) => id}
        columns={[
          {
            label: 'Key',
            cell: ({ name, id }) => (
              <div>
                {name}
                <p class="subtle">
                  <code>{`plur_sk_${id}_…`}</code>
                </p>
              </div>
            ),
          },
          { label: 'State', cell: ({ state }) => <State state={state} /> },
          { label: 'Made', cell: ({ createdAt }) => <Time at={createdAt} /> },
          { label: 'Expires', cell: ({ expiresAt }) => (expiresAt === null ? 'never' : <Time at={expiresAt} />) },
          {
            label: 'Last used',
            cell: ({ lastUsedAt, lastUsedIp }) =>
              lastUsedAt === null ? (
                <span class="muted">never</span>
              ) : (
                <div>
                  <Time at={lastUsedAt} />
                  {lastUsedIp === null ? null : <p class="subtle">{lastUsedIp}</p>}
                </div>
              ),
          },
          {
            label: 'Act',
            kind: 'actions',
            cell: ({ id, name, state }) =>
              state === 'active' ? (
                <Confirm label="Revoke" small action={`${base}/api-keys/${id}/revoke`} confirm={`Revoke ${name}`}>
                  <p>The next request with this key is refused. It cannot be brought back.</p>
                </Confirm>
              ) : null,
          },
        ]}
      />
      <More all={keys.length} />
    </>
  )
}

function Sessions({ sessions, base }: { readonly sessions: readonly Session[]; readonly base: string }) {
  if (sessions.length === 0) return <p class="muted">Nobody ever signed in as this account.</p>
  return (
    <>
      <Table
        caption="Sessions"
        rows={sessions.slice(0, SHOWN_MAX)}
        keyOf={({ id }) => id}
        columns={[
          {
            label: 'Signed in',
            cell: ({ method, createdAt }) => (
              <div>
                <Time at={createdAt} exact />
                <p class="subtle">{`by ${method}`}</p>
              </div>
            ),
          },
          { label: 'State', cell: ({ state }) => <State state={state} /> },
          { label: 'Last seen', cell: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
          {
            label: 'From',
            cell: ({ ip, userAgent }) => (
              <div>
                {ip ?? <span class="muted">unknown</span>}
                {userAgent === null ? null : <p class="subtle">{userAgent.slice(0, 120)}</p>}
              </div>
            ),
          },
          {
            label: 'Act',
            kind: 'actions',
            cell: ({ id, state }) =>
              state === 'active' ? (
                <Confirm label="End" small action={`${base}/sessions/${id}/end`} confirm="End this session">
                  <p>Whoever uses it has to sign in again.</p>
                </Confirm>
              ) : null,
          },
        ]}
      />
      <More all={sessions.length} />
    </>
  )
}

const More = ({ all }: { readonly all: number }) =>
  all > SHOWN_MAX ? <p class="muted">{`The first ${SHOWN_MAX} of ${all} are shown.`}</p> : null
