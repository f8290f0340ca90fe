// "A leaver stays out": people are disabled over SCIM through one server while their keys and sessions are tried through all of them,
// before, during and after. What is sent after the answer to the change must be refused, everywhere.
import { PATCH_OP_URN, USER_URN } from '@plur-enterprise/scim'
import type { Credentials } from './ledger.ts'
import type { Operator } from './operator.ts'
import { idIn } from './traffic.ts'
import type { Answer, Lost, Wire } from './wire.ts'

/** Where it happens: some servers on one database. */
export type Place = {
  readonly servers: readonly { readonly origin: string }[]
  readonly operator: Operator
  readonly wire: Wire
  readonly token: string
}

export type LeaverResult = {
  /** Sent before the answer to the change was there; either outcome is right. */
  readonly before: number
  /** Of those, served: the credentials were good, and the requests not refused for another reason. */
  readonly servedBefore: number
  /** Sent after the answer. */
  readonly after: number
  /** Of those, served. */
  readonly served: number
  readonly servers: number
  readonly connections: number
}

export type LeaverOptions = {
  /** With dead credentials, for all people together. */
  readonly requests: number
  readonly connections: number
  readonly people: number
}

/** Served as often through each connection before somebody leaves. */
const WARM_REQUESTS = 3

type Leaver = { readonly id: string; readonly credentials: Credentials; goneAt: number }

export async function leaversStayOut(place: Place, { requests, connections, people }: LeaverOptions): Promise<LeaverResult> {
  const counts = { before: 0, servedBefore: 0, after: 0, served: 0 }
  const origins = place.servers.map(({ origin }) => origin)
  let turn = 0
  for (let n = 1; n <= people; n++) {
    const leaver = await makeLeaver(place, n)
    const until = Math.ceil((requests * n) / people)
    const knock = async (connection: number) => {
      const sentAt = performance.now()
      const origin = origins[turn++ % origins.length] ?? ''
      const answer = await tryCredentials(place, { leaver, origin, way: (turn + connection) % 3 })
      const served = answer.kind === 'answered' && answer.status < 300 ? 1 : 0
      if (sentAt < leaver.goneAt) {
        counts.before += 1
        counts.servedBefore += served
      } else {
        counts.after += 1
        counts.served += served
      }
    }
    const each = (run: (connection: number) => Promise<void>) => Promise.all(Array.from({ length: connections }, (_, n) => run(n)))
    for (let round = 0; round < WARM_REQUESTS; round++) await each(knock)
    // The change in the middle of requests that do not wait for it.
    const leaving = leave(place, leaver)
    await each(async (connection) => {
      while (counts.after < until) await knock(connection)
    })
    await leaving
  }
  return { ...counts, servers: origins.length, connections }
}

async function makeLeaver(place: Place, n: number): Promise<Leaver> {
  const body = { schemas: [USER_URN], userName: `leaver-${n}@chaos.example` }
  const answer = await scim(place, 'POST', '/Users', body)
  if (answer.kind === 'lost' || answer.status !== 201) throw new Error(`A person could not be made: ${JSON.stringify(answer)}`)
  const id = idIn(answer.body)
  const credentials = await place.operator.mint(id)
  if (credentials === undefined) throw new Error('The database is away.')
  return { id, credentials, goneAt: Number.POSITIVE_INFINITY }
}

async function leave(place: Place, leaver: Leaver): Promise<void> {
  const Operations = [{ op: 'replace', path: 'active', value: false }]
  const answer = await scim(place, 'PATCH', `/Users/${leaver.id}`, { schemas: [PATCH_OP_URN], Operations })
  if (answer.kind === 'lost' || answer.status !== 200) throw new Error(`A person could not be disabled: ${JSON.stringify(answer)}`)
  leaver.goneAt = answer.at
}

function tryCredentials(place: Place, { leaver, origin, way }: { leaver: Leaver; origin: string; way: number }): Promise<Answer | Lost> {
  const { key, session } = leaver.credentials
  if (way === 0) return place.wire.send({ origin, method: 'GET', path: '/me', headers: { cookie: `plur_session=${session}` } })
  return place.wire.send({ origin, method: 'GET', path: '/api/v1/me', headers: { authorization: `Bearer ${way === 1 ? key : session}` } })
}

function scim({ wire, servers, token }: Place, method: string, path: string, body: object): Promise<Answer | Lost> {
  const headers = { authorization: `Bearer ${token}` }
  return wire.send({ origin: servers[0]?.origin ?? '', method, path: `/scim/v2${path}`, headers, body })
}
