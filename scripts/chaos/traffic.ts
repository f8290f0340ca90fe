// What identity providers do all day, from several workers at once, each with people of its own: joiners, changes, leavers with a live key
// and session, returners, memberships, Bulk. Every answer goes into the ledger.
import { GROUP_URN, PATCH_OP_URN, USER_URN } from '@plur-enterprise/scim'
import { setTimeout as delay } from 'node:timers/promises'
import { type Acknowledged, edgeOf, type Known, type Ledger, type Person } from './ledger.ts'
import type { Operator } from './operator.ts'
import type { Answer, Lost, Wire } from './wire.ts'

export type TrafficOptions = {
  readonly wire: Wire
  readonly ledger: Ledger
  readonly operator: Operator
  /** Of the servers; each request goes to one of them. */
  readonly origins: () => readonly string[]
  readonly token: string
  readonly groups: readonly string[]
  readonly workers: number
  readonly random: () => number
}

const PEOPLE_OF_WORKER = 24
const BULK_CREATES = 4
/** After an outage an IdP waits; the harness wants to know when it is over. */
const PAUSE_MS = 20
const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'

type Change = { readonly known: readonly (() => void)[]; readonly doubtful: readonly (() => void)[] }

export class Traffic {
  readonly #options: TrafficOptions
  readonly #loops: Promise<void>[] = []
  #stopping = false
  #pause: { readonly over: Promise<void>; readonly end: () => void } | undefined
  #busy = 0
  #serial = 0
  /** Told of the next write that is acknowledged. */
  #watchers: ((at: number) => void)[] = []

  constructor(options: TrafficOptions) {
    this.#options = options
  }

  start(): void {
    for (let n = 0; n < this.#options.workers; n++) this.#loops.push(this.#loop(n))
  }

  /** Lets the requests that run end, and begins no other until `resume`. */
  async pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#pause = { over: promise, end: resolve }
    while (this.#busy > 0) await delay(1)
  }

  resume(): void {
    this.#pause?.end()
    this.#pause = undefined
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.resume()
    await Promise.all(this.#loops)
  }

  /** Resolves with the moment at which the next write is acknowledged, on the clock of performance.now(). */
  nextAcknowledged(): Promise<number> {
    return new Promise((resolve) => this.#watchers.push(resolve))
  }

  async #loop(worker: number): Promise<void> {
    const people: Person[] = []
    while (!this.#stopping) {
      await this.#pause?.over
      if (this.#stopping) return
      this.#busy += 1
      try {
        const went = await this.#one(worker, people)
        if (!went) await delay(PAUSE_MS)
      } finally {
        this.#busy -= 1
      }
      while (people.length > PEOPLE_OF_WORKER) people.shift()
    }
  }

  /** One operation; false when there was an outage. */
  #one(worker: number, people: Person[]): Promise<boolean> {
    const { ledger, random } = this.#options
    const settled = people.filter((person) => ledger.isSettled(person))
    const person = settled[Math.floor(random() * settled.length)]
    const dice = random()
    if (person === undefined || dice < 0.18) return this.#create(worker, people)
    if (dice < 0.26) return this.#bulk(worker, people, person)
    if (!person.active.sure) return this.#return(person)
    if (dice < 0.52) return this.#change(person)
    if (dice < 0.7) return this.#leave(person)
    return this.#member(person)
  }

  async #create(worker: number, people: Person[]): Promise<boolean> {
    const person = this.#newPerson(worker)
    people.push(person)
    return this.#send('POST', '/Users', userOf(person), (answer) => ({
      known: [() => this.#created(person, idIn(answer.body), answer.requestId)],
      doubtful: [() => this.#doubt(person, person.exists, true)],
    }))
  }

  /** Some joiners and a change, in one request. */
  async #bulk(worker: number, people: Person[], changed: Person): Promise<boolean> {
    const created = Array.from({ length: BULK_CREATES }, () => this.#newPerson(worker))
    people.push(...created)
    const title = this.#title()
    const Operations = [
      ...created.map((person, n) => ({ method: 'POST', path: '/Users', bulkId: `b${n}`, data: userOf(person) })),
      { method: 'PATCH', path: `/Users/${changed.id}`, data: replace('title', title) },
    ]
    return this.#send('POST', '/Bulk', { schemas: [BULK], Operations }, (answer) => {
      const results = bulkResults(answer.body)
      const known: (() => void)[] = []
      const doubtful: (() => void)[] = []
      created.forEach((person, n) => {
        const result = results[n]
        if (result?.status === '201') known.push(() => this.#created(person, lastPart(result.location), answer.requestId))
        else doubtful.push(() => this.#doubt(person, person.exists, true))
      })
      if (results[BULK_CREATES]?.status === '200') known.push(() => this.#titled(changed, title, answer.requestId))
      else doubtful.push(() => this.#doubt(changed, changed.title, title))
      return { known, doubtful }
    })
  }

  async #change(person: Person): Promise<boolean> {
    const title = this.#title()
    return this.#send('PATCH', `/Users/${person.id}`, replace('title', title), ({ requestId }) => ({
      known: [() => this.#titled(person, title, requestId)],
      doubtful: [() => this.#doubt(person, person.title, title)],
    }))
  }

  /** Somebody with a live key and session goes; directly after the answer neither may open anything. */
  async #leave(person: Person): Promise<boolean> {
    const { ledger, operator } = this.#options
    person.credentials ??= await operator.mint(person.id ?? '')
    const went = await this.#send('PATCH', `/Users/${person.id}`, replace('active', false), ({ requestId }) => ({
      known: [() => this.#switched(person, false, { kind: 'leave', requestId, target: person.id ?? '' })],
      doubtful: [() => this.#doubt(person, person.active, false)],
    }))
    if (person.credentials !== undefined && ledger.isSettled(person) && !person.active.sure) {
      await this.probe(person.credentials)
      ledger.dead.push(person.credentials)
      person.credentials = undefined
    }
    return went
  }

  async #return(person: Person): Promise<boolean> {
    return this.#send('PATCH', `/Users/${person.id}`, replace('active', true), ({ requestId }) => ({
      known: [() => this.#switched(person, true, { kind: 'return', requestId, target: person.id ?? '' })],
      doubtful: [() => this.#doubt(person, person.active, true)],
    }))
  }

  async #member(person: Person): Promise<boolean> {
    const { ledger, groups, random } = this.#options
    const group = groups[Math.floor(random() * groups.length)] ?? ''
    const member = person.id ?? ''
    const key = edgeOf(group, member)
    const edge = ledger.edge(key)
    if (edge.doubts.length > 0) return true
    const joins = !edge.sure
    const operation = joins
      ? { op: 'add', path: 'members', value: [{ value: member }] }
      : { op: 'remove', path: `members[value eq "${member}"]` }
    return this.#send('PATCH', `/Groups/${group}`, { schemas: [PATCH_OP_URN], Operations: [operation] }, ({ requestId }) => ({
      known: [
        () => {
          edge.sure = joins
          ledger.touchedEdges.add(key)
          ledger.acknowledge({ kind: joins ? 'join' : 'part', requestId, target: group, member })
        },
      ],
      doubtful: [
        () => {
          edge.doubts.push(joins)
          ledger.touchedEdges.add(key)
        },
      ],
    }))
  }

  /** Tries the credentials of somebody who has left, for whom a success is wrong; how often they were plainly refused. */
  async probe({ key, session }: { key: string; session: string }): Promise<number> {
    const { wire, origins, ledger } = this.#options
    const tries = [
      { path: '/api/v1/me', headers: { authorization: `Bearer ${key}` } },
      { path: '/api/v1/me', headers: { authorization: `Bearer ${session}` } },
      { path: '/me', headers: { cookie: `plur_session=${session}` } },
    ]
    let refused = 0
    for (const each of tries) {
      const answer = await wire.send({ origin: this.#pick(origins()), method: 'GET', ...each })
      if (answer.kind === 'answered' && answer.status < 300) ledger.strange.push(`a credential of a leaver was served at ${each.path}`)
      if (answer.kind === 'answered' && [401, 403, 303].includes(answer.status)) refused += 1
    }
    return refused
  }

  #newPerson(worker: number): Person {
    return this.#options.ledger.person(`p${++this.#serial}-w${worker}@chaos.example`, this.#title())
  }

  #title = () => `title ${++this.#serial}`

  #created(person: Person, id: string, requestId: string): void {
    person.id = id
    person.exists.sure = true
    this.#touch(person)
    this.#options.ledger.acknowledge({ kind: 'create', requestId, target: id })
  }

  #titled(person: Person, title: string, requestId: string): void {
    person.title.sure = title
    this.#touch(person)
    this.#options.ledger.acknowledge({ kind: 'change', requestId, target: person.id ?? '' })
  }

  #switched(person: Person, active: boolean, change: Acknowledged): void {
    person.active.sure = active
    this.#touch(person)
    this.#options.ledger.acknowledge(change)
  }

  #doubt<T>(person: Person, known: Known<T>, value: T): void {
    known.doubts.push(value)
    this.#touch(person)
  }

  #touch = (person: Person) => void this.#options.ledger.touched.add(person)

  async #send(method: string, path: string, body: object, judge: (answer: Answer) => Change): Promise<boolean> {
    const { wire, origins, token, ledger } = this.#options
    const headers = { authorization: `Bearer ${token}` }
    const answer = await wire.send({ origin: this.#pick(origins()), method, path: `/scim/v2${path}`, headers, body })
    if (answer.kind === 'answered' && answer.status < 300) {
      const { known, doubtful } = judge(answer)
      for (const effect of [...known, ...doubtful]) effect()
      ledger.counts.doubtful += doubtful.length
      for (const watcher of this.#watchers.splice(0)) watcher(answer.at)
      return true
    }
    this.#noteStrange(method, path, answer)
    if (answer.kind === 'lost' && !answer.sent) return false
    if (answer.kind === 'answered' && answer.status < 500) {
      ledger.counts.refused += 1
      return true
    }
    // What was not done is told as a failure too: nothing of it can be relied on until the database is asked.
    const { doubtful } = judge(NOTHING_KNOWN)
    for (const effect of doubtful) effect()
    ledger.counts.doubtful += doubtful.length
    return false
  }

  /** An outage is a 503 that says when to come again, as SCIM JSON, and nothing else. */
  #noteStrange(method: string, path: string, answer: Answer | Lost): void {
    const { strange } = this.#options.ledger
    const what = `${method} ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '{id}')}`
    if (answer.kind === 'lost') {
      if (answer.reason.startsWith('no answer')) strange.push(`${what}: ${answer.reason}`)
    } else if (answer.status !== 503) strange.push(`${what} answered ${answer.status}: ${answer.body.slice(0, 200)}`)
    else if (answer.retryAfter === undefined) strange.push(`${what} answered 503 without Retry-After`)
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.#options.random() * items.length)]
    if (item === undefined) throw new Error('No server to send to')
    return item
  }
}

/** Stands for an answer that never came: none of its effects is known. */
const NOTHING_KNOWN: Answer = { kind: 'answered', status: 503, body: '{}', requestId: '', retryAfter: undefined, at: 0 }

const userOf = ({ userName, title }: Person) => ({
  schemas: [USER_URN],
  userName,
  externalId: `ext-${userName}`,
  title: title.sure,
  active: true,
  emails: [{ value: userName, type: 'work', primary: true }],
})

export const groupOf = (displayName: string) => ({ schemas: [GROUP_URN], displayName })

const replace = (path: string, value: string | boolean) => ({ schemas: [PATCH_OP_URN], Operations: [{ op: 'replace', path, value }] })

export function idIn(body: string): string {
  const value: unknown = JSON.parse(body)
  if (typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string') return value.id
  throw new Error(`An answer without an id: ${body.slice(0, 200)}`)
}

const lastPart = (location: string) => location.slice(location.lastIndexOf('/') + 1)

type BulkResult = { readonly status: string; readonly location: string }

function bulkResults(body: string): readonly BulkResult[] {
  const value: unknown = JSON.parse(body)
  const list: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'Operations') : undefined
  if (!Array.isArray(list)) return []
  return list.map((each: unknown) => ({ status: textOf(each, 'status'), location: textOf(each, 'location') }))
}

function textOf(value: unknown, name: string): string {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  return typeof found === 'string' ? found : ''
}
