// The resources that are fuzzed: made, looked after, and replaced when a case deleted them.
import { randomUUID } from 'node:crypto'
import { filled, GROUPS, message, USERS, type World } from './target.ts'
import type { Outcome, Wire } from './wire.ts'

const PLAIN = { isHead: false, alone: false } as const

export class Keeper {
  readonly world: World
  readonly #wire: Wire
  readonly #ids = new Map<string, string>()

  constructor(wire: Wire, connection: { readonly host: string; readonly token: string }) {
    this.#wire = wire
    this.world = { ...connection, ids: this.#ids }
  }

  /** Makes what is missing; `anew`: all of it, so that nothing grows for ever. */
  async restore({ anew }: { anew: boolean }): Promise<void> {
    for (const name of [...USERS, ...GROUPS]) {
      const endpoint = name.startsWith('<u') ? '/Users' : '/Groups'
      const path = `${endpoint}/${name}`
      const known = this.#ids.has(name)
      if (known && anew) await this.#send('DELETE', path)
      else if (known && statusOf(await this.#send('GET', path)) === 200) continue
      this.#ids.set(name, await this.#create(endpoint))
    }
  }

  /** Removes what a case created. */
  async clean(outcome: Outcome): Promise<void> {
    if (outcome.kind !== 'answer') return
    const created = outcome.status === 201 ? /^location: \S*\/scim\/v2(\S+)\r?$/im.exec(outcome.head)?.[1] : undefined
    const places = created === undefined ? [] : [created]
    const text = outcome.body.toString()
    if (text.includes(':BulkResponse"')) {
      for (const [, place = ''] of text.matchAll(/"location":"[^"]*\/scim\/v2(\/[A-Za-z]+\/[0-9a-f-]{36})"/g)) places.push(place)
    }
    const kept = new Set(this.#ids.values())
    for (const place of places) if (!kept.has(place.slice(place.lastIndexOf('/') + 1))) await this.#send('DELETE', place)
  }

  async #create(endpoint: string): Promise<string> {
    const body =
      endpoint === '/Users'
        ? {
            schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
            userName: `kept-${randomUUID()}`,
            emails: [{ value: 'a@example.com', type: 'work' }],
          }
        : {
            schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
            displayName: `kept ${randomUUID()}`,
            members: USERS.map((name) => ({ value: filled(this.world, name) })),
          }
    const outcome = await this.#send('POST', endpoint, JSON.stringify(body))
    const id = outcome.kind === 'answer' ? /"id":"([0-9a-f-]{36})"/.exec(outcome.body.toString())?.[1] : undefined
    if (id === undefined) throw new Error(`A resource to be fuzzed could not be made: ${JSON.stringify(outcome)}`)
    return id
  }

  #send(method: string, path: string, body?: string): Promise<Outcome> {
    return this.#wire.send(message(this.world, body === undefined ? { method, path } : { method, path, body }), PLAIN)
  }
}

const statusOf = (outcome: Outcome): number | undefined => (outcome.kind === 'answer' ? outcome.status : undefined)
