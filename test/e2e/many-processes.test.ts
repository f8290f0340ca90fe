// Three servers as shipped on one database, as behind a load balancer: what one of them changes holds in all of them with its answer, limits
// are shared, migrations may be begun by several, and they can be replaced one by one while an identity provider works.
import { Agent, request } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { leaversStayOut } from '../../scripts/chaos/leaver.ts'
import { Operator } from '../../scripts/chaos/operator.ts'
import { ServerProcess } from '../../scripts/chaos/server.ts'
import { ANSWER_MS_MAX, Wire } from '../../scripts/chaos/wire.ts'
import { connectionString } from '../../src/db/connection-target.ts'
import { WINDOW_SECONDS } from '../../src/http/rate-limit.ts'
import { apiAt, keyOf, team } from '../support/api.ts'
import { ask } from '../support/embedded.ts'
import { testDatabase } from '../support/database.ts'
import { expectStatus, filterOf, patchOf, scimClient, user } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'
import { signedInAs, webAt } from '../support/web.ts'

const SERVERS = 3
const server = useServer()
let processes: readonly ServerProcess[] = []

beforeAll(async () => {
  processes = await startAll(server.databaseUrl)
})
afterAll(() => Promise.all(processes.map((each) => each.kill())))

async function startAll(url: string): Promise<readonly ServerProcess[]> {
  const all = await Promise.all(Array.from({ length: SERVERS }, () => ServerProcess.with({ PLUR_DATABASE_URL: url })))
  await Promise.all(all.map((each) => each.start()))
  return all
}

const origins = () => processes.map(({ origin }) => origin)
const clientAt = (origin: string, { token, base }: Org) =>
  scimClient({ origin, root: server.root, base: base.replace(server.origin, origin), token })

/** The statuses that a request gets everywhere at once, several times. */
async function everywhere(ask: (origin: string) => Promise<{ readonly status: number }>): Promise<number[]> {
  const answers = await Promise.all([...origins(), ...origins(), ...origins()].map(ask))
  return [...new Set(answers.map(({ status }) => status))]
}

describe.each([0, 1, 2])('what is changed through server %i', (through) => {
  const origin = () => origins()[through] ?? ''

  test('a leaver is out everywhere with the answer [F1 F2 F6]', async () => {
    const it = await team(server)
    const key = await keyOf(server, it.org, 'alice')
    const { jar } = await signedInAs(server, it.org, 'alice')
    const me = (at: string) => apiAt(at, key).get('/me')
    const page = (at: string) => webAt(at, Object.fromEntries(jar)).get('/me')
    expect([await everywhere(me), await everywhere(page)]).toEqual([[200], [200]])
    expectStatus(await clientAt(origin(), it.org).patch(`/Users/${it.ids.alice}`, { op: 'replace', path: 'active', value: false }), 200)
    const [key2, page2] = await Promise.all([everywhere(me), everywhere(page)])
    expect([key2, page2]).toEqual([[401], [403]])
    // Nobody else is.
    expect(await everywhere(async (at) => apiAt(at, await keyOf(server, it.org, 'bob')).get('/me'))).toEqual([200])
  })

  test('a group that is switched off, and a membership that is taken away, open nothing anywhere [F7]', async () => {
    const it = await team(server)
    const [alice, bob] = [await keyOf(server, it.org, 'alice'), await keyOf(server, it.org, 'bob')]
    const engram = await apiAt(server.origin, alice).learn(it.scope, 'Deploys run on Tuesdays')
    const read = (key: string) => (at: string) => apiAt(at, key).get(`/engrams/${engram.id}`)
    expect(await everywhere(read(bob))).toEqual([200])
    await clientAt(origin(), it.org).patch(`/Groups/${it.group}`, { op: 'remove', path: `members[value eq "${it.ids.bob}"]` })
    expect([await everywhere(read(bob)), await everywhere(read(alice))]).toEqual([[404], [200]])
    await server.localAccount(it.org.orgId, 'root', { admin: true })
    const root = webAt(origin(), Object.fromEntries((await signedInAs(server, it.org, 'root')).jar))
    const switched = await root.submit('/admin/scim/groups', '/admin/scim/groups/switch', { to: 'off', id: it.group })
    expect(switched.status).toBe(303)
    expect(await everywhere(read(alice))).toEqual([404])
  })

  test('a revoked key and a revoked token are dead everywhere, and what was created is there for all', async () => {
    const it = await team(server)
    const key = await keyOf(server, it.org, 'alice')
    const alice = webAt(origin(), Object.fromEntries((await signedInAs(server, it.org, 'alice')).jar))
    expect((await alice.submit('/me/api-keys', `/me/api-keys/${key.split('_')[2]}/revoke`)).status).toBe(303)
    expect(await everywhere((at) => apiAt(at, key).get('/me'))).toEqual([401])

    await clientAt(origin(), it.org).user('dora')
    for (const at of origins()) expect(await clientAt(at, it.org).find('/Users', 'userName eq "DORA"')).toEqual(['dora'])
    await server.localAccount(it.org.orgId, 'root', { admin: true })
    const root = webAt(origin(), Object.fromEntries((await signedInAs(server, it.org, 'root')).jar))
    const list = (at: string) => clientAt(at, it.org).get('/Users?count=1')
    expect(await everywhere(list)).toEqual([200])
    const { tokenId } = it.org
    expect((await root.submit(`/admin/scim/tokens/${tokenId}`, `/admin/scim/tokens/${tokenId}/revoke`)).status).toBe(303)
    expect(await everywhere(list)).toEqual([401])
  })
})

test('credentials of leavers are served nowhere after the answer, from 16 connections while it happens [F1 F6]', async () => {
  const operator = await Operator.at(server.databaseUrl)
  const wire = new Wire(64)
  try {
    const place = { servers: processes, operator, wire, token: await operator.token('leavers') }
    const { before, servedBefore, after, served } = await leaversStayOut(place, { requests: 600, connections: 16, people: 3 })
    expect(served).toBe(0)
    expect(after).toBeGreaterThanOrEqual(600)
    expect(servedBefore).toBeGreaterThan(0)
    expect(before).toBeGreaterThanOrEqual(servedBefore)
  } finally {
    wire.close()
    await operator.close()
  }
})

test('a rate limit is one for all of them [J4]', async () => {
  const perSecond = 2
  const org = await server.org({ ratePerSecond: perSecond })
  const from = performance.now()
  const answers = await Promise.all(
    Array.from({ length: 120 }, (_, n) => clientAt(origins()[n % SERVERS] ?? '', org).get(`/Users?${filterOf(`userName eq "${n}"`)}`)),
  )
  const windows = 1 + Math.floor((performance.now() - from) / (WINDOW_SECONDS * 1000))
  const allowed = answers.filter(({ status }) => status === 200)
  const limited = answers.filter(({ status }) => status === 429)
  expect(allowed.length + limited.length).toBe(answers.length)
  expect(allowed.length).toBeGreaterThan(0)
  // Each by itself would allow a whole window's worth.
  expect(allowed.length).toBeLessThanOrEqual(windows * perSecond * WINDOW_SECONDS)
  for (const { header } of limited) expect(Number(header('retry-after'))).toBeGreaterThanOrEqual(1)
})

describe('an empty database', () => {
  let others: readonly ServerProcess[] = []
  afterEach(async () => {
    await Promise.all(others.map((each) => each.kill()))
    others = []
  })

  test('is migrated once by servers that start at the same moment', async () => {
    const empty = await testDatabase({ empty: true })
    try {
      others = await startAll(connectionString(empty.connection))
      const rows = await ask(
        empty.connection,
        `select (select count(*) = count(distinct name) and count(*) > 0 from kysely_migration) as once, (select count(*)::int from orgs) as orgs,
          (select count(*)::int from accounts where org_role = 'org_admin') as admins,
          (select array_agg(action order by action) from audit_log where action in ('org.create', 'account.create')) as told,
          (select count(*)::int from audit_log_default) as strays`,
      )
      expect(rows).toEqual([{ once: true, orgs: 1, admins: 1, told: ['account.create', 'org.create'], strays: 0 }])
    } finally {
      await Promise.all(others.map((each) => each.kill()))
      await empty.drop()
    }
  })
})

describe('servers that are replaced one by one', () => {
  const WORKERS = 8
  /** A machine with much else to do starts each server slowly; what takes longer hangs. */
  const HANGS_MS = 240_000

  test('answer every request of an identity provider meanwhile', { timeout: HANGS_MS }, async () => {
    const org = await server.org()
    const balancer = new Balancer(processes.map(({ port }) => port))
    const statuses: number[] = []
    let stopping = false
    const work = async (worker: number) => {
      const id = await org.user(`worker-${worker}`)
      for (let n = 0; !stopping; n++) {
        const path = `${server.root}/Users/${id}`
        const title = patchOf({ op: 'replace', path: 'title', value: `title ${n}` })
        statuses.push(await balancer.send({ method: 'PATCH', path, token: org.token, body: title, repeatable: true }))
        statuses.push(await balancer.send({ method: 'GET', path, token: org.token, repeatable: true }))
        const joiner = user(`joiner-${worker}-${n}`)
        statuses.push(
          await balancer.send({ method: 'POST', path: `${server.root}/Users`, token: org.token, body: joiner, repeatable: false }),
        )
      }
    }
    const workers = Promise.all(Array.from({ length: WORKERS }, (_, n) => work(n)))
    const codes: (number | null)[] = []
    const replacing = (async () => {
      for (const each of processes) {
        const answered = statuses.length
        await expect.poll(() => statuses.length - answered, { timeout: 30_000 }).toBeGreaterThan(WORKERS * 3)
        // As a balancer that is told beforehand, or by /readyz; connections that are open stay with whoever has them.
        balancer.leaveOut(each.port)
        codes.push(await each.stop())
        await each.start()
        balancer.takeIn(each.port)
      }
    })().finally(() => {
      stopping = true
    })
    await Promise.all([replacing, workers])
    balancer.close()
    expect(codes).toEqual([0, 0, 0])
    expect([...new Set(statuses)].sort()).toEqual([200, 201])
  })
})

type Sent = {
  readonly method: string
  readonly path: string
  readonly token: string
  readonly body?: object
  /** Doing it twice is doing it once: then a kept connection may be used, and the request repeated when that was closed meanwhile. */
  readonly repeatable: boolean
}

/** What stands between an identity provider and the servers: kept connections for what may be repeated, a fresh one for everything else. */
class Balancer {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })
  #ports: readonly number[]
  #turn = 0

  constructor(ports: readonly number[]) {
    this.#ports = ports
  }

  leaveOut(port: number): void {
    this.#ports = this.#ports.filter((each) => each !== port)
  }

  takeIn(port: number): void {
    this.#ports = [...this.#ports, port]
  }

  close(): void {
    this.#agent.destroy()
  }

  async send(sent: Sent): Promise<number> {
    const port = this.#ports[this.#turn++ % this.#ports.length] ?? 0
    try {
      return await this.#once(port, sent)
    } catch (error) {
      if (error instanceof KeptConnectionClosed && sent.repeatable) return this.send(sent)
      throw error
    }
  }

  #once(port: number, { method, path, token, body, repeatable }: Sent): Promise<number> {
    const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/scim+json' }) }
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, method, path, headers, agent: repeatable ? this.#agent : false }
      const outgoing = request(options, (incoming) => {
        incoming.resume().on('error', reject)
        incoming.on('end', () => resolve(incoming.statusCode ?? 0))
      })
      outgoing.setTimeout(ANSWER_MS_MAX, () => outgoing.destroy(new Error(`${method} ${path} was not answered`)))
      outgoing.on('error', (error) => reject(outgoing.reusedSocket ? new KeptConnectionClosed(error) : error))
      outgoing.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }
}

/** Not a byte of an answer came over a connection that had been used before. */
class KeptConnectionClosed extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause })
    this.name = 'KeptConnectionClosed'
  }
}
