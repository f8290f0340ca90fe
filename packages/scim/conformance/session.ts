// The verbs that checks are written in. A session remembers what it created, so that nothing stays behind, and the last
// exchanges, so that a failure can show them.
import {
  BULK_REQUEST_URN,
  ENTERPRISE_USER_URN,
  GROUP_URN,
  LIST_RESPONSE_URN,
  PATCH_OP_URN,
  SEARCH_REQUEST_URN,
  USER_URN,
  isObject,
  listAt,
  numberAt,
  queryOf,
  textAt,
  type ClientRequest,
  type Exchange,
  type Members,
  type ScimClient,
} from '../src/client/client.ts'
import type { Capabilities } from './capabilities.ts'
import { CheckFailure } from './verdict.ts'
import { ensure, object, status } from './expect.ts'

export type Headers = Readonly<Record<string, string | null>>
export type Parameters = Readonly<Record<string, string | number | undefined>>

/** A resource that a check made: where it is and what the server answered to its creation. */
export type Made = { readonly id: string; readonly path: string; readonly body: Members; readonly exchange: Exchange }

export type Listed = {
  readonly exchange: Exchange
  readonly body: Members
  readonly total: number | undefined
  readonly resources: readonly unknown[]
  readonly ids: readonly (string | undefined)[]
}

export class Session {
  readonly client: ScimClient
  readonly capabilities: Capabilities
  /** Marks everything of this run, so that several runs share a server. */
  readonly mark: string
  #serial = 0
  #recent: Exchange[] = []
  #created: string[] = []
  #kept: string[] = []
  #keeping = false
  readonly #fixtures = new Map<string, Promise<unknown>>()

  constructor(client: ScimClient, capabilities: Capabilities, mark: string) {
    this.client = client
    this.capabilities = capabilities
    this.mark = mark
  }

  /** The last exchange of the running check. */
  get last(): Exchange | undefined {
    return this.#recent.at(-1)
  }

  /** A name nobody else uses. It looks like an e-mail address because many servers want that of a userName. */
  unique(): string {
    this.#serial += 1
    return `c-${this.mark}-${this.#serial}@conformance.example`
  }

  async send(request: ClientRequest): Promise<Exchange> {
    const exchange = await this.client.send(request)
    this.#recent.push(exchange)
    this.#remember(exchange)
    return exchange
  }

  get(path: string, headers: Headers = {}): Promise<Exchange> {
    return this.send({ method: 'GET', path, headers })
  }

  post(path: string, body: unknown, headers: Headers = {}): Promise<Exchange> {
    return this.send({ method: 'POST', path, body, headers })
  }

  put(path: string, body: unknown, headers: Headers = {}): Promise<Exchange> {
    return this.send({ method: 'PUT', path, body, headers })
  }

  delete(path: string, headers: Headers = {}): Promise<Exchange> {
    return this.send({ method: 'DELETE', path, headers })
  }

  /** Sends a PATCH with these operations and judges nothing. */
  patch(path: string, operations: unknown, headers: Headers = {}): Promise<Exchange> {
    return this.send({ method: 'PATCH', path, body: { schemas: [PATCH_OP_URN], Operations: operations }, headers })
  }

  /** A user's body: schemas, a fresh userName, and these attributes over them. */
  userBody(attributes: Members = {}): Members {
    const extension = Object.hasOwn(attributes, ENTERPRISE_USER_URN) ? [ENTERPRISE_USER_URN] : []
    return { schemas: [USER_URN, ...extension], userName: this.unique(), ...attributes }
  }

  groupBody(attributes: Members = {}): Members {
    return { schemas: [GROUP_URN], displayName: this.unique(), ...attributes }
  }

  user(attributes: Members = {}): Promise<Made> {
    return this.make('/Users', this.userBody(attributes))
  }

  group(attributes: Members = {}): Promise<Made> {
    return this.make('/Groups', this.groupBody(attributes))
  }

  /** Creates a resource; anything but a 201 with an id fails the check. */
  async make(endpoint: string, body: Members): Promise<Made> {
    const exchange = status(await this.post(endpoint, body), 201)
    const id = textAt(exchange.json, 'id')
    ensure(id !== undefined, 'the 201 has no id', exchange)
    return { id, path: `${endpoint}/${id}`, body: object(exchange), exchange }
  }

  /** The resource as it is now. */
  async read(path: string): Promise<Members> {
    return object(status(await this.get(path), 200))
  }

  /** A PATCH that must succeed, and the resource afterwards. */
  async change(path: string, ...operations: readonly Members[]): Promise<Members> {
    status(await this.patch(path, operations), 200, 204)
    return this.read(path)
  }

  /** A query that must be answered by a ListResponse (RFC 7644 section 3.4.2). */
  async list(path: string, parameters: Parameters = {}): Promise<Listed> {
    return listed(await this.get(path + queryOf(parameters)))
  }

  /** The same by POST (RFC 7644 section 3.4.3). */
  async search(path: string, members: Members): Promise<Listed> {
    return listed(await this.post(`${path}/.search`, { schemas: [SEARCH_REQUEST_URN], ...members }))
  }

  /** Sends a Bulk job and judges nothing. */
  bulk(operations: unknown, members: Members = {}): Promise<Exchange> {
    return this.post('/Bulk', { schemas: [BULK_REQUEST_URN], ...members, Operations: operations })
  }

  /** A Bulk job that must be processed, and its results. */
  async bulkResults(operations: readonly Members[], members: Members = {}): Promise<readonly unknown[]> {
    return listAt(status(await this.bulk(operations, members), 200).json, 'Operations')
  }

  /** Something several checks look at: made once, kept until the run ends. */
  async once<T>(name: string, make: () => Promise<T>, isFixture: (value: unknown) => value is T): Promise<T> {
    let fixture = this.#fixtures.get(name)
    if (fixture === undefined) {
      this.#keeping = true
      fixture = make().finally(() => {
        this.#keeping = false
      })
      this.#fixtures.set(name, fixture)
    }
    const value = await fixture
    if (!isFixture(value)) throw new Error(`fixture ${name} is of another kind`)
    return value
  }

  /** Forgets the exchanges of the last check and deletes what it made. */
  async finishCheck(): Promise<void> {
    this.#recent = []
    const created = this.#created
    this.#created = []
    await this.#remove(created)
  }

  /** Deletes what was kept for several checks. */
  async finishRun(): Promise<void> {
    await this.#remove(this.#kept)
    this.#kept = []
  }

  async #remove(paths: readonly string[]): Promise<void> {
    for (const path of paths.toReversed()) await this.client.send({ method: 'DELETE', path })
  }

  #remember(exchange: Exchange): void {
    if (exchange.method !== 'POST') return
    const paths = exchange.path.startsWith('/Bulk') ? bulkPaths(exchange) : createdPath(exchange)
    ;(this.#keeping ? this.#kept : this.#created).push(...paths)
  }
}

function createdPath(exchange: Exchange): readonly string[] {
  const id = textAt(exchange.json, 'id')
  const endpoint = exchange.path.split(/[/?]/)[1]
  return exchange.status === 201 && id !== undefined && endpoint !== undefined ? [`/${endpoint}/${id}`] : []
}

function bulkPaths(exchange: Exchange): readonly string[] {
  return listAt(exchange.json, 'Operations').flatMap((result) => {
    const location = textAt(result, 'location')
    return textAt(result, 'method')?.toUpperCase() === 'POST' && location !== undefined
      ? [`/${location.split('/').slice(-2).join('/')}`]
      : []
  })
}

function listed(exchange: Exchange): Listed {
  const body = object(status(exchange, 200))
  if (!listAt(body, 'schemas').includes(LIST_RESPONSE_URN)) throw new CheckFailure('the answer to a query is a ListResponse', exchange)
  const resources = listAt(body, 'Resources')
  return { exchange, body, total: numberAt(body, 'totalResults'), resources, ids: resources.map((resource) => textAt(resource, 'id')) }
}

/** Narrows a fixture that is a list of made resources. */
export function areMade(value: unknown): value is readonly Made[] {
  return Array.isArray(value) && value.every((element) => isObject(element) && typeof element['path'] === 'string')
}
