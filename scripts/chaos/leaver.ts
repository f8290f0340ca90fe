// "A leaver stays out": people are disabled over SCIM through one server while their keys and sessions are tried through all of them,
// before, during and after. What is sent after the answer to the change must be refused, everywhere.
import type { Credentials } from './ledger.ts'
import type { Stage } from './stage.ts'
import { idIn } from './traffic.ts'
import type { Answer, Lost } from './wire.ts'

export type LeaverResult = {
  readonly requests: number
  /** Sent before the answer to the change was there; either outcome is right. */
  readonly during: number
  /** Sent after it, and served all the same. */
  readonly served: number
  /** Sent before the change and served: the credentials were good. */
  readonly servedBefore: number
  readonly servers: number
  readonly connections: number
}

export type LeaverOptions = { readonly requests: number; readonly connections: number; readonly people: number }

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

type Leaver = { readonly id: string; readonly credentials: Credentials; goneAt: number }

export async function leaversStayOut(stage: Stage, { requests, connections, people }: LeaverOptions): Promise<LeaverResult> {
  const counts = { sent: 0, during: 0, served: 0, servedBefore: 0 }
  const origins = stage.servers.map(({ origin }) => origin)
  for (let n = 0; n < people; n++) {
    const leaver = await makeLeaver(stage, n)
    const until = Math.round((requests * (n + 1)) / people)
    const half = (counts.sent + until) / 2
    let leaving: Promise<void> | undefined
    const knock = async (connection: number) => {
      while (counts.sent < until) {
        const turn = counts.sent++
        // Not at the first: the credentials must be seen to be good before.
        if (turn >= counts.sent - until + half && leaving === undefined && counts.servedBefore > 0) leaving = leave(stage, leaver)
        const sentAt = performance.now()
        const answer = await tryCredentials(stage, { leaver, origin: origins[turn % origins.length] ?? '', way: (turn + connection) % 3 })
        const good = answer.kind === 'answered' && answer.status < 300
        if (sentAt < leaver.goneAt) counts.during += 1
        if (good && sentAt < leaver.goneAt) counts.servedBefore += 1
        if (good && sentAt >= leaver.goneAt) counts.served += 1
      }
    }
    await Promise.all(Array.from({ length: connections }, (_, connection) => knock(connection)))
    await leaving
  }
  const { sent, during, served, servedBefore } = counts
  return { requests: sent, during, served, servedBefore, servers: origins.length, connections }
}

async function makeLeaver(stage: Stage, n: number): Promise<Leaver> {
  const body = { schemas: [USER], userName: `leaver-${n}@chaos.example` }
  const answer = await scim(stage, 'POST', '/Users', body)
  if (answer.kind === 'lost' || answer.status !== 201) throw new Error(`A person could not be made: ${JSON.stringify(answer)}`)
  const id = idIn(answer.body)
  const credentials = await stage.operator.mint(id)
  if (credentials === undefined) throw new Error('The database is away.')
  return { id, credentials, goneAt: Number.POSITIVE_INFINITY }
}

async function leave(stage: Stage, leaver: Leaver): Promise<void> {
  const Operations = [{ op: 'replace', path: 'active', value: false }]
  const answer = await scim(stage, 'PATCH', `/Users/${leaver.id}`, { schemas: [PATCH], Operations })
  if (answer.kind === 'lost' || answer.status !== 200) throw new Error(`A person could not be disabled: ${JSON.stringify(answer)}`)
  leaver.goneAt = answer.at
}

function tryCredentials(stage: Stage, { leaver, origin, way }: { leaver: Leaver; origin: string; way: number }): Promise<Answer | Lost> {
  const { key, session } = leaver.credentials
  if (way === 0) return stage.wire.send({ origin, method: 'GET', path: '/me', headers: { cookie: `plur_session=${session}` } })
  return stage.wire.send({ origin, method: 'GET', path: '/api/v1/me', headers: { authorization: `Bearer ${way === 1 ? key : session}` } })
}

function scim({ wire, servers, token }: Stage, method: string, path: string, body: object): Promise<Answer | Lost> {
  const headers = { authorization: `Bearer ${token}` }
  return wire.send({ origin: servers[0]?.origin ?? '', method, path: `/scim/v2${path}`, headers, body })
}
