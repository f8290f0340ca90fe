// attributes and excludedAttributes (RFC 7644 section 3.9; rfc-checklist PRJ).
import { describe, expect, test } from 'vitest'
import { at, enterpriseUser, expectError, expectStatus, patchOf, text, user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'
import { cpuClock } from '../../packages/scim/test/cpu.ts'

const server = useServer()
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const keys = (value: unknown): string[] => Object.keys(Object(value)).sort()

const rich = enterpriseUser(
  'bob',
  { department: 'D', manager: { value: 'x' } },
  { name: { givenName: 'B', familyName: 'J' }, emails: [{ value: 'a@x.io', type: 'work' }], title: 't' },
)

async function bob() {
  const scim = await server.org()
  return { scim, path: `/Users/${text(await scim.post('/Users', rich), '/id')}` }
}

describe('attributes', () => {
  test('names what is shown, besides the minimum [PRJ-01 PRJ-02 COM-02]', async () => {
    const { scim, path } = await bob()
    expect(keys((await scim.get(`${path}?attributes=userName`)).json())).toEqual(['id', 'schemas', 'userName'])
    expect((await scim.get(`${path}?attributes=name.givenName`)).json()).toMatchObject({ name: { givenName: 'B' } })
    expect(at(await scim.get(`${path}?attributes=name.givenName`), '/name')).toEqual({ givenName: 'B' })
    expect(at(await scim.get(`${path}?attributes=emails.type`), '/emails')).toEqual([{ type: 'work' }])
  })

  test('may be qualified, in any case, with blanks after commas [PRJ-05]', async () => {
    const { scim, path } = await bob()
    const answer = await scim.get(`${path}?attributes=${ENTERPRISE}:manager.value,%20USERNAME`)
    expect(keys(answer.json())).toEqual(['id', 'schemas', ENTERPRISE, 'userName'].sort())
    expect(at(answer, `/${ENTERPRISE}`)).toEqual({ manager: { value: 'x' } })
    expect(at(await scim.get(`${path}?attributes=${ENTERPRISE}`), `/${ENTERPRISE}/department`)).toBe('D')
  })

  test('that do not exist are harmless [PRJ-08 G5]', async () => {
    const { scim, path } = await bob()
    for (const name of ['bogus', '__proto__', 'constructor', "a'b", 'urn:ietf:params:scim:schemas:core:2.0:Group:members']) {
      expect(keys(expectStatus(await scim.get(`${path}?attributes=${encodeURIComponent(name)}`), 200).json())).toEqual(['id', 'schemas'])
    }
  })

  test('ten thousand of them are too many [G5]', async () => {
    const { scim } = await bob()
    const names = Array.from({ length: 10_000 }, (_, n) => `a${n}`)
    const answer = await scim.post('/Users/.search', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
      attributes: names,
    })
    expectError(answer, 400, 'invalidValue')
  })
})

describe('excludedAttributes', () => {
  test('takes away, but never the minimum [PRJ-01 PRJ-03 PRJ-04]', async () => {
    const { scim, path } = await bob()
    const answer = await scim.get(`${path}?excludedAttributes=id,userName,schemas,emails`)
    expect(at(answer, '/id')).toBeTypeOf('string')
    expect(at(answer, '/schemas')).toBeDefined()
    expect(at(answer, '/userName')).toBeUndefined()
    expect(at(answer, '/emails')).toBeUndefined()
    expect(at(answer, '/title')).toBe('t')
    expect(at(await scim.get(`${path}?excludedAttributes=name.givenName`), '/name')).toEqual({ familyName: 'J' })
    expect(at(await scim.get(`${path}?excludedAttributes=${ENTERPRISE}`), `/${ENTERPRISE}`)).toBeUndefined()
  })

  test('members of a group are left out of lists, too [PRJ-04 EN-36 RC-21]', async () => {
    const scim = await server.org()
    const staff = await scim.group('staff', [await scim.user('a')])
    for (const path of [`/Groups/${staff}?excludedAttributes=members`, '/Groups?excludedAttributes=members']) {
      expect((await scim.get(path)).text).not.toContain('members')
    }
  })
})

describe('both', () => {
  test('together contradict each other [PRJ-06]', async () => {
    const { scim, path } = await bob()
    expectError(await scim.get(`${path}?attributes=userName&excludedAttributes=emails`), 400, 'invalidValue')
  })

  test('work for every answer that holds a resource [PRJ-07 PRJ-04]', async () => {
    const { scim, path } = await bob()
    const search = { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], attributes: ['userName'] }
    const shown = [
      (await scim.get(`${path}?attributes=userName`)).json(),
      at(await scim.get('/Users?attributes=userName'), '/Resources/0'),
      at(await scim.post('/Users/.search', search), '/Resources/0'),
      (await scim.put(`${path}?attributes=userName`, rich)).json(),
      (await scim.send('PATCH', `${path}?attributes=userName`, { body: patchOf({ op: 'replace', path: 'title', value: 'u' }) })).json(),
      (await scim.post('/Users?attributes=userName', user('other'))).json(),
    ]
    for (const resource of shown) expect(keys(resource)).toEqual(['id', 'schemas', 'userName'])
  })
})

test('leaving out the members of a big group leaves out their rows [PRJ-09 J2]', async () => {
  const scim = await server.org()
  const group = await scim.group('crowd')
  await server.fillGroup(scim.orgId, group, 20_000)
  const cpuMs = cpuClock()
  for (let n = 0; n < 10; n++) expectStatus(await scim.get(`/Groups/${group}?excludedAttributes=members`), 200)
  expect(cpuMs() / 10).toBeLessThan(50)
})
