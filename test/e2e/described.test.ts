// The published descriptions are true: every operation that they name is asked, with inputs made from their schemas and with broken ones,
// and every answer must be one that they declare: its status, its type, its body.
import { readFileSync } from 'node:fs'
import { GROUP_RESOURCE_TYPE, USER_RESOURCE_TYPE } from '@plur-enterprise/scim'
import { beforeAll, describe, expect, test } from 'vitest'
import { Dice } from '../../scripts/fuzz/dice.ts'
import { API_VERSION, ENDPOINTS } from '../../src/api/endpoints.ts'
import { describe as describeApi } from '../../src/api/openapi.ts'
import { toYaml } from '../../src/primitives/yaml.ts'
import { scimOpenApi } from '../../src/scim/description.ts'
import { keyOf } from '../support/api.ts'
import { broken, type DescribedOperation, type Parameter, readOpenApi } from '../support/openapi.ts'
import { useServer } from '../support/server.ts'

const SAMPLES = 10
const server = useServer()

type Wire = {
  readonly name: string
  readonly root: string
  readonly document: object
  /** A credential, and what stands in the place of a path's parameters. */
  readonly prepare: () => Promise<{
    readonly credential: string
    readonly place: (path: string, dice: Dice) => Promise<string>
    /** What no schema can say of a body, such as which scopes there are. */
    readonly complete: (body: unknown) => unknown
  }>
}

const scim: Wire = {
  name: 'SCIM',
  root: '/scim/v2',
  document: scimOpenApi([USER_RESOURCE_TYPE, GROUP_RESOURCE_TYPE]),
  async prepare() {
    const org = await server.org()
    for (const name of ['a', 'b', 'c']) await org.user(name)
    const names = ['User', 'urn:ietf:params:scim:schemas:core:2.0:User', 'nothing']
    const place = async (path: string, dice: Dice) => {
      const id = path.startsWith('/Groups') ? org.group(`g ${dice.below(1e9)}`) : org.user(`u-${dice.below(1e9)}`)
      return path.replace('{id}', dice.oneIn(5) ? 'nobody' : await id).replace('{name}', dice.pick(['User', ...names]))
    }
    return { credential: org.token, place, complete: (body) => body }
  },
}

const api: Wire = {
  name: 'the API',
  root: '/api/v1',
  document: describeApi(ENDPOINTS, API_VERSION),
  async prepare() {
    const org = await server.org()
    await org.user('alice')
    const key = await keyOf(server, org, 'alice')
    const scope = `user:${org.slug}:alice`
    const learn = async (): Promise<string> => {
      const body = JSON.stringify({ statement: 'a fact', scope, type: 'behavioral' })
      const answer = await fetch(`${server.origin}/api/v1/engrams`, { method: 'POST', body, headers: headersOf(key, 'application/json') })
      return /"id":"([^"]+)"/.exec(await answer.text())?.[1] ?? ''
    }
    const engram = await learn()
    return {
      credential: key,
      place: (path, dice) => Promise.resolve(path.replace('{id}', dice.oneIn(4) ? 'ENG-2026-01-01-001' : engram)),
      complete: (body) => (typeof body === 'object' && body !== null && 'scope' in body ? { ...body, scope } : body),
    }
  },
}

const headersOf = (credential: string | undefined, type: string | undefined): Record<string, string> => ({
  ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
  ...(type === undefined ? {} : { 'content-type': type }),
})

describe.each([scim, api])('the description of $name', ({ root, document, prepare }) => {
  const { operations, problems, sample } = readOpenApi(document)
  let prepared: Awaited<ReturnType<Wire['prepare']>>
  beforeAll(async () => {
    prepared = await prepare()
  })

  const query = (parameters: readonly Parameter[], dice: Dice, isBroken: boolean) => {
    const wanted = parameters.filter((parameter) => parameter.in === 'query' && dice.oneIn(isBroken ? 2 : 3))
    const values = wanted.map(({ name, schema }): [string, string] => {
      const value = sample(schema, dice)
      return [name, String(isBroken && dice.oneIn(2) ? broken(value, dice) : value)]
    })
    return values.length === 0 ? '' : `?${new URLSearchParams(values).toString()}`
  }

  async function ask(operation: DescribedOperation, seed: number): Promise<number> {
    const dice = new Dice(operation.id, seed)
    const isBroken = seed % 2 === 1
    const path = await prepared.place(operation.path, dice)
    const value = operation.body === undefined ? undefined : prepared.complete(sample(operation.body, dice))
    const text = value === undefined ? undefined : JSON.stringify(isBroken ? broken(value, dice) : value)
    const type = isBroken && dice.oneIn(8) ? 'text/plain' : 'application/json'
    const headers = {
      ...headersOf(isBroken && dice.oneIn(8) ? undefined : prepared.credential, text === undefined ? undefined : type),
      ...(isBroken && dice.oneIn(8) ? { accept: 'text/html' } : {}),
      ...(isBroken && dice.oneIn(6) ? { 'if-match': dice.pick(['W/"77"', '*', 'nonsense']) } : {}),
      ...(isBroken && dice.oneIn(6) ? { 'if-none-match': dice.pick(['W/"1"', '*']) } : {}),
    }
    const body = isBroken && dice.oneIn(8) && text !== undefined ? `${text}}` : text
    const target = root + path + query(operation.parameters, dice, isBroken)
    const response = await fetch(server.origin + target, {
      method: operation.method.toUpperCase(),
      headers,
      ...(body === undefined ? {} : { body }),
    })
    const answer = { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
    expect(
      problems(operation, answer),
      `${operation.method} ${target} ${body?.slice(0, 500)} → ${answer.status} ${answer.text.slice(0, 500)}`,
    ).toEqual([])
    return answer.status
  }

  test.each(operations.map((operation) => [`${operation.method.toUpperCase()} ${operation.path}`, operation] as const))(
    '%s is answered as declared, whatever is sent',
    async (_, operation) => {
      const statuses = new Set<number>()
      for (let seed = 0; seed < SAMPLES; seed++) statuses.add(await ask(operation, seed))
      // The inputs make sense to the server: one that the document calls valid succeeds.
      const succeeds = operation.statuses.some((status) => status.startsWith('2'))
      expect(
        [...statuses].some((status) => status < 400),
        [...statuses].join(),
      ).toBe(succeeds)
    },
  )

  test('names every operation once', () => {
    expect(operations.length).toBeGreaterThan(8)
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length)
  })
})

describe('the documents', () => {
  test('of SCIM is served to anybody, as it stands in docs', async () => {
    const response = await fetch(`${server.origin}/scim/openapi.yaml`)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/yaml; charset=utf-8'])
    const text = await response.text()
    expect(text).toBe(toYaml(scim.document))
    expect(readFileSync(new URL('../../docs/scim-openapi.yaml', import.meta.url), 'utf8'), '`npm run openapi` makes it so').toBe(text)
    expect((await fetch(`${server.origin}/scim/openapi.yaml`, { method: 'POST' })).status).toBe(405)
  })

  test('hold no reference that leads nowhere', () => {
    for (const { document } of [scim, api]) {
      const { resolve } = readOpenApi(document)
      const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target ?? '')
      expect(references.length).toBeGreaterThan(5)
      expect(references.filter((target) => resolve({ $ref: target }) === undefined)).toEqual([])
    }
  })
})
