// /me/sessions: where I am signed in, and the end of it, for one browser or for all.
import { endSession, endSessions, listSessions, type Session } from '../auth/sessions.ts'
import { seeOther } from '../web/answer.ts'
import { Badge } from '../web/components/badge.tsx'
import { Button, Confirm } from '../web/components/button.tsx'
import { Card } from '../web/components/card.tsx'
import { Form } from '../web/components/form.tsx'
import { Table } from '../web/components/table.tsx'
import { Time } from '../web/components/time.tsx'
import { Layout } from '../web/layout.tsx'
import { page } from '../web/pages.ts'
import { signInPath } from '../web/refusals.tsx'
import { render } from '../web/render.tsx'
import type { MemberVisit } from '../web/visit.ts'
import { deviceName } from './device.ts'

const PATH = '/me/sessions'

export const sessionsPage = page(PATH, {
  async show(visit: MemberVisit) {
    const { work, principal } = visit
    const sessions = (await listSessions(work, principal.orgId, principal.accountId)).filter(({ state }) => state === 'active')
    return render(visit, { title: 'Sessions' }, <SessionsView visit={visit} sessions={sessions} />)
  },
})

export const endSessionAction = page(`${PATH}/:id/end`, {
  async act(visit: MemberVisit, { id }) {
    const { work, context, principal } = visit
    const ended = await endSession(work, context, { id, accountId: principal.accountId, because: 'revoked' })
    return seeOther(
      visit,
      PATH,
      ended ? { kind: 'done', text: 'That browser is signed out.' } : { kind: 'problem', text: 'That session was over already.' },
    )
  },
})

export const endSessionsAction = page(`${PATH}/end-all`, {
  async act(visit: MemberVisit, _, form) {
    const { work, context, principal, cookies } = visit
    const here = form.get('which') === 'others' ? principal.credential.id : undefined
    await endSessions(work, context, { accountId: principal.accountId, except: here })
    if (here !== undefined) return seeOther(visit, PATH, { kind: 'done', text: 'All other browsers are signed out.' })
    const gone = { ...visit, setCookies: [...visit.setCookies, cookies.clear('session')] }
    return seeOther(gone, signInPath(visit, { org: principal.org }), { kind: 'done', text: 'You are signed out everywhere.' })
  },
})

const METHODS: Readonly<Record<string, string>> = {
  password: 'password',
  'password+totp': 'password and authenticator app',
  'password+recovery_code': 'password and recovery code',
  oidc: 'single sign-on',
}

type SessionsProps = { readonly visit: MemberVisit; readonly sessions: readonly Session[] }

function SessionsView({ visit, sessions }: SessionsProps) {
  const isHere = ({ id }: Session) => id === visit.principal.credential.id
  return (
    <Layout
      visit={visit}
      title="Sessions"
      lead="Where you are signed in. A session ends after 12 hours without use, at the latest after 7 days."
      actions={<EndAll others={sessions.length > 1} />}
    >
      <Card>
        <Table
          caption="Sessions"
          rows={sessions}
          keyOf={({ id }) => id}
          columns={[
            {
              label: 'Browser',
              cell: (session) => (
                <span title={session.userAgent ?? undefined}>
                  {deviceName(session.userAgent)} {isHere(session) ? <Badge tone="good">this one</Badge> : null}
                </span>
              ),
            },
            { label: 'Address', cell: ({ ip }) => ip ?? <span class="muted">not kept</span> },
            { label: 'By', cell: ({ method }) => METHODS[method] ?? method },
            { label: 'Signed in', cell: ({ createdAt }) => <Time at={createdAt} /> },
            { label: 'Last seen', cell: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
            {
              label: 'Actions',
              kind: 'actions',
              cell: (session) =>
                isHere(session) ? null : (
                  <Form action={`${PATH}/${session.id}/end`}>
                    <Button look="quiet" small>
                      Sign out
                    </Button>
                  </Form>
                ),
            },
          ]}
        />
      </Card>
    </Layout>
  )
}

function EndAll({ others }: { readonly others: boolean }) {
  return (
    <>
      {others ? (
        <Form action={`${PATH}/end-all`} hidden={{ which: 'others' }}>
          <Button>Sign out everywhere else</Button>
        </Form>
      ) : null}
      <Confirm label="Sign out everywhere" icon="sign_out" action={`${PATH}/end-all`} confirm="Sign out everywhere">
        <p>All browsers are signed out, this one too. API keys go on working; revoke those on their own page.</p>
      </Confirm>
    </>
  )
}
