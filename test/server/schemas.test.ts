// Discovery documents and the `schemas` attribute (RFC 7643 sections 3 and 5 to 8, RFC 7644 section 4; rfc-checklist DSC, SCM, CHR).
import { ENTERPRISE_USER_URN, GROUP_URN, USER_URN } from '@plur-enterprise/scim'
import { describe, expect, test } from 'vitest'
import { at, enterpriseUser, expectError, expectStatus, filterOf, list, number, text, texts, user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'
import { valueAt } from '../support/json-pointer.ts'
import type { ScimClient } from '../support/scim.ts'

const server = useServer()
const TYPES = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'binary', 'reference', 'complex']

type Described = {
  readonly path: string
  readonly attribute: unknown
  readonly name: string
  readonly type: string
  readonly parent: string | undefined
}

/** Every attribute and sub-attribute of /Schemas. */
async function describedAttributes(scim: ScimClient): Promise<Described[]> {
  const all: Described[] = []
  const walk = (attributes: unknown, path: string, parent: string | undefined): void => {
    if (!Array.isArray(attributes)) return
    for (const attribute of attributes as unknown[]) {
      const name = String(valueAt(attribute, '/name'))
      all.push({ path: `${path}.${name}`, attribute, name, type: String(valueAt(attribute, '/type')), parent })
      walk(valueAt(attribute, '/subAttributes'), `${path}.${name}`, name)
    }
  }
  for (const schema of list(await scim.get('/Schemas'), '/Resources'))
    walk(valueAt(schema, '/attributes'), String(valueAt(schema, '/id')), undefined)
  expect(all.length).toBeGreaterThan(50)
  return all
}

const find = (all: Described[], path: string): unknown => all.find((one) => one.path === path)?.attribute

describe('ServiceProviderConfig', () => {
  test('is one object with all that is required, and numbers where numbers are due [DSC-01 DSC-02 DSC-03 DSC-04]', async () => {
    const answer = expectStatus(await (await server.org()).get('/ServiceProviderConfig'), 200)
    expect(at(answer, '/schemas')).toEqual(['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'])
    for (const name of ['patch', 'bulk', 'filter', 'changePassword', 'sort', 'etag'])
      expect(at(answer, `/${name}/supported`)).toBeTypeOf('boolean')
    for (const pointer of ['/bulk/maxOperations', '/bulk/maxPayloadSize', '/filter/maxResults'])
      expect(Number.isInteger(number(answer, pointer))).toBe(true)
  })

  test('promises what the other tests hold it to, and no password [DSC-07 USR-11 PAT-01]', async () => {
    const answer = await (await server.org()).get('/ServiceProviderConfig')
    for (const name of ['patch', 'bulk', 'filter', 'sort', 'etag']) expect(at(answer, `/${name}/supported`)).toBe(true)
    expect(at(answer, '/changePassword/supported')).toBe(false)
  })

  test('names the bearer token as the way in, and no weaker one [DSC-05 AUT-08]', async () => {
    const answer = await (await server.org()).get('/ServiceProviderConfig')
    const schemes = list(answer, '/authenticationSchemes')
    expect(texts(answer, '/authenticationSchemes/*/type')).toEqual(['oauthbearertoken'])
    for (const scheme of schemes)
      for (const name of ['type', 'name', 'description']) expect(valueAt(scheme, `/${name}`)).toBeTypeOf('string')
  })

  test('says how pages are cut, truthfully [CUR-14]', async () => {
    const scim = await server.org()
    const answer = await scim.get('/ServiceProviderConfig')
    expect(answer.json()).toMatchObject({ pagination: { cursor: true, index: true } })
    const page = number(answer, '/pagination/defaultPageSize')
    const most = number(answer, '/pagination/maxPageSize')
    expect(number(answer, '/pagination/cursorTimeout')).toBeGreaterThan(0)
    expect(most).toBeGreaterThanOrEqual(page)
    expect(most).toBe(number(answer, '/filter/maxResults'))
  })

  test('has no securityEvents, because there are none [EVT-01]', async () => {
    expect(at(await (await server.org()).get('/ServiceProviderConfig'), '/securityEvents')).toBeUndefined()
  })
})

describe('ResourceTypes', () => {
  test('are listed, each with name, description, endpoint and schema that exist [DSC-09 DSC-10 DSC-11 DSC-14 DSC-23]', async () => {
    const scim = await server.org()
    const answer = expectStatus(await scim.get('/ResourceTypes'), 200)
    expect(at(answer, '/schemas')).toEqual(['urn:ietf:params:scim:api:messages:2.0:ListResponse'])
    expect(texts(answer, '/Resources/*/name')).toEqual(expect.arrayContaining(['Group', 'User']))
    for (const type of list(answer, '/Resources')) {
      for (const name of ['name', 'description', 'endpoint', 'schema']) expect(valueAt(type, `/${name}`)).toMatch(/./)
      expect(valueAt(type, '/endpoint')).toBe(`/${String(valueAt(type, '/name'))}s`)
      expectStatus(await scim.get(String(valueAt(type, '/endpoint'))), 200)
      const extensions = valueAt(type, '/schemaExtensions/*/schema')
      for (const urn of [valueAt(type, '/schema'), ...(Array.isArray(extensions) ? (extensions as unknown[]) : [])]) {
        expect(at(expectStatus(await scim.get(`/Schemas/${String(urn)}`), 200), '/id')).toBe(urn)
      }
    }
  })

  test('one alone is a plain object with its location [DSC-14]', async () => {
    const scim = await server.org()
    const answer = expectStatus(await scim.get('/ResourceTypes/User'), 200)
    expect(answer.json()).toMatchObject({
      name: 'User',
      endpoint: '/Users',
      schema: USER_URN,
      meta: { location: `${scim.base}/ResourceTypes/User` },
    })
  })

  test('do not require the enterprise extension [DSC-12]', async () => {
    const scim = await server.org()
    const extensions = at(await scim.get('/ResourceTypes/User'), '/schemaExtensions')
    expect(extensions).toEqual([{ schema: ENTERPRISE_USER_URN, required: false }])
    await scim.user('plain')
  })
})

describe('Schemas', () => {
  test('come as one full list, whatever pages or order are asked for [DSC-13 DSC-15]', async () => {
    const scim = await server.org()
    const answer = expectStatus(await scim.get('/Schemas'), 200)
    expect(texts(answer, '/Resources/*/id')).toEqual(expect.arrayContaining([USER_URN, GROUP_URN, ENTERPRISE_USER_URN]))
    expect(number(answer, '/totalResults')).toBe(list(answer, '/Resources').length)
    expect((await scim.get('/Schemas?startIndex=2&count=1&sortBy=name')).json()).toEqual(answer.json())
    expect(number(await scim.get('/ResourceTypes?startIndex=2&count=1&sortOrder=descending'), '/totalResults')).toBe(
      list(await scim.get('/ResourceTypes'), '/Resources').length,
    )
  })

  test('have id, name, description and attributes; no message is among them [DSC-18 SCM-13]', async () => {
    const scim = await server.org()
    for (const schema of list(await scim.get('/Schemas'), '/Resources')) {
      expect(valueAt(schema, '/id')).toMatch(/^urn:/)
      expect(valueAt(schema, '/id')).not.toMatch(/^urn:ietf:params:scim:api:/)
      expect(valueAt(schema, '/name')).toMatch(/./)
      expect(valueAt(schema, '/description')).toMatch(/./)
      expect(Array.isArray(valueAt(schema, '/attributes'))).toBe(true)
    }
    expectError(await scim.get('/Schemas/urn:ietf:params:scim:api:messages:2.0:PatchOp'), 404)
  })

  test('are found by URN in any case; an unknown one is 404 [DSC-17]', async () => {
    const scim = await server.org()
    expect(at(expectStatus(await scim.get(`/Schemas/${USER_URN.toUpperCase()}`), 200), '/id')).toBe(USER_URN)
    expectError(await scim.get('/Schemas/urn:x'), 404)
    expectError(await scim.get('/ResourceTypes/Nope'), 404)
  })

  test('describe every attribute in full, two levels deep at most [DSC-19 DSC-20 JSN-04 JSN-05 JSN-06]', async () => {
    for (const { path, attribute, name, type, parent } of await describedAttributes(await server.org())) {
      expect(valueAt(attribute, '/description'), path).toMatch(/./)
      expect(name === '$ref' || /^[A-Za-z][A-Za-z0-9$_-]*$/.test(name), path).toBe(true)
      expect(TYPES, path).toContain(type)
      expect(valueAt(attribute, '/multiValued'), path).toBeTypeOf('boolean')
      expect(valueAt(attribute, '/required'), path).toBeTypeOf('boolean')
      expect(['readOnly', 'readWrite', 'immutable', 'writeOnly'], path).toContain(valueAt(attribute, '/mutability'))
      expect(['always', 'never', 'default', 'request'], path).toContain(valueAt(attribute, '/returned'))
      if (type !== 'complex') expect(['none', 'server', 'global'], path).toContain(valueAt(attribute, '/uniqueness'))
      if (type === 'string' || type === 'reference' || type === 'binary')
        expect(valueAt(attribute, '/caseExact'), path).toBeTypeOf('boolean')
      if (type === 'complex') expect(Array.isArray(valueAt(attribute, '/subAttributes')), path).toBe(true)
      // The schema of schemas is the one exception: its attributes hold sub-attributes.
      if (parent !== undefined && !path.includes(':Schema.')) expect(type, path).not.toBe('complex')
    }
  })

  test('keep the meaning of type, primary, display, value and $ref [JSN-19 DSC-22]', async () => {
    const meaning = new Map([
      ['type', 'string'],
      ['primary', 'boolean'],
      ['display', 'string'],
      ['$ref', 'reference'],
    ])
    for (const { path, attribute, name, type, parent } of await describedAttributes(await server.org())) {
      const wanted = meaning.get(name)
      if (parent !== undefined && wanted !== undefined) expect(type, path).toBe(wanted)
      const targets = valueAt(attribute, '/referenceTypes')
      if (type === 'reference') expect(Array.isArray(targets) && targets.length > 0, path).toBe(true)
      else expect(targets, path).toBeUndefined()
    }
  })

  test('give the canonical values where there are some [DSC-21 EN-67]', async () => {
    const all = await describedAttributes(await server.org())
    for (const name of ['emails', 'phoneNumbers', 'addresses', 'ims', 'photos', 'groups']) {
      const values = valueAt(find(all, `${USER_URN}.${name}.type`), '/canonicalValues')
      expect(Array.isArray(values) && values.length > 1, name).toBe(true)
    }
  })

  test('carry the corrections of the errata [ENT-03 GRP-01 GRP-06 DSC-22 USR-03 JSN-16]', async () => {
    const all = await describedAttributes(await server.org())
    expect(find(all, `${ENTERPRISE_USER_URN}.manager.value`)).toMatchObject({ caseExact: true })
    expect(find(all, `${ENTERPRISE_USER_URN}.manager.displayName`)).toMatchObject({ mutability: 'readOnly' })
    expect(find(all, `${GROUP_URN}.displayName`)).toMatchObject({ required: true })
    expect(find(all, `${GROUP_URN}.members.display`)).toBeDefined()
    expect(find(all, `${USER_URN}.groups.$ref`)).toMatchObject({ referenceTypes: ['Group'] })
    expect(find(all, `${USER_URN}.userName`)).toMatchObject({ required: true, caseExact: false, uniqueness: 'server' })
    expect(find(all, `${USER_URN}.profileUrl`)).toMatchObject({ caseExact: true })
  })

  test('have no password, because none is kept [USR-09 C5]', async () => {
    expect(find(await describedAttributes(await server.org()), `${USER_URN}.password`)).toBeUndefined()
  })

  test('extensions repeat no core name, common attributes keep their nature [SCM-10 SCM-11]', async () => {
    const all = await describedAttributes(await server.org())
    const top = (urn: string) => all.filter((one) => one.path.startsWith(`${urn}.`) && one.parent === undefined).map((one) => one.name)
    expect(top(ENTERPRISE_USER_URN).filter((name) => top(USER_URN).includes(name))).toEqual([])
    const restated = find(all, `${USER_URN}.externalId`)
    if (restated !== undefined) expect(restated).toMatchObject({ caseExact: true, mutability: 'readWrite' })
  })
})

describe('discovery endpoints', () => {
  test.each(['/ServiceProviderConfig', '/ResourceTypes', '/Schemas'])('%s refuses a filter with 403 [DSC-16]', async (endpoint) => {
    expectError(await (await server.org()).get(`${endpoint}?${filterOf('name eq "User"')}`), 403)
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s is not allowed on them [DSC-08 URL-08]', async (method) => {
    const scim = await server.org()
    for (const path of ['/ServiceProviderConfig', '/ResourceTypes', '/Schemas', '/ResourceTypes/User', `/Schemas/${USER_URN}`]) {
      const answer = await scim.send(method, path, method === 'DELETE' ? {} : { body: {} })
      expectError(answer, 405)
      expect(answer.header('allow')).toMatch(/\bGET\b/)
    }
  })

  test('they need the token like everything else [DSC-06]', async () => {
    for (const path of ['/ServiceProviderConfig', '/ResourceTypes', '/Schemas']) {
      expectError(await server.anonymous().get(path), 401)
    }
  })
})

describe('the schemas attribute', () => {
  test('every message and resource has one [SCM-01 SCM-12]', async () => {
    const scim = await server.org()
    const id = await scim.user('s')
    for (const path of [`/Users/${id}`, '/Users', '/Users/nobody', '/ServiceProviderConfig']) {
      expect(list(await scim.get(path), '/schemas').length).toBeGreaterThan(0)
    }
    for (const path of ['/Users', '/Users/nobody']) expect(text(await scim.get(path), '/schemas/0')).toMatch(/^urn:ietf:params:scim:api:/)
  })

  test.each([
    ['missing', undefined],
    ['empty', []],
    ['no list', USER_URN],
    ['the extension alone', [ENTERPRISE_USER_URN]],
    ['of another type', [GROUP_URN]],
  ])('%s answers 400 invalidSyntax on create [SCM-01 SCM-05 D6]', async (_, schemas) => {
    expectError(await (await server.org()).post('/Users', { schemas, userName: 'x' }), 400, 'invalidSyntax')
  })

  test('unknown URNs are dropped, repeated ones kept once, in any order [SCM-02 SCM-03 SCM-04 D5]', async () => {
    const scim = await server.org()
    const extension = { [ENTERPRISE_USER_URN]: { department: 'd' } }
    const unknown = await scim.post('/Users', { schemas: [USER_URN, 'urn:bogus:1', USER_URN], userName: 'a' })
    expect(at(expectStatus(unknown, 201), '/schemas')).toEqual([USER_URN])
    const one = await scim.post('/Users', { schemas: [USER_URN, ENTERPRISE_USER_URN], userName: 'b', ...extension })
    const two = await scim.post('/Users', { schemas: [ENTERPRISE_USER_URN, USER_URN], userName: 'c', ...extension })
    expect(texts(one, '/schemas')).toEqual(texts(two, '/schemas'))
    expect(at(two, `/${ENTERPRISE_USER_URN}/department`)).toBe('d')
  })

  test('extension attributes live under their URN, in any spelling of it [SCM-06 SCM-07]', async () => {
    const scim = await server.org()
    const top = await scim.post('/Users', user('top', { employeeNumber: '1' }))
    if (top.status === 201) expect(top.text).not.toContain('employeeNumber')
    else expectError(top, 400, 'invalidValue')
    const body = { ...user('upper'), [ENTERPRISE_USER_URN.toUpperCase()]: { employeeNumber: '1' } }
    expect(expectStatus(await scim.post('/Users', body), 201).json()).toMatchObject({ [ENTERPRISE_USER_URN]: { employeeNumber: '1' } })
  })

  test('names the extension while it holds something [SCM-08 PAT-10 REM-09]', async () => {
    const scim = await server.org()
    const id = await scim.user('s')
    expect(texts(await scim.get(`/Users/${id}`), '/schemas')).toEqual([USER_URN])
    const added = await scim.patch(`/Users/${id}`, { op: 'add', path: `${ENTERPRISE_USER_URN}:department`, value: 'd' })
    expect(texts(added, '/schemas')).toEqual([USER_URN, ENTERPRISE_USER_URN].sort())
    const removed = await scim.patch(`/Users/${id}`, { op: 'remove', path: `${ENTERPRISE_USER_URN}:department` })
    expect(texts(removed, '/schemas')).toEqual([USER_URN])
  })

  test('common attributes are there whatever it says [SCM-09]', async () => {
    const scim = await server.org()
    await scim.post('/Groups', { schemas: [GROUP_URN], displayName: 'g', externalId: 'x' })
    expect(await scim.find('/Groups', 'externalId eq "x" and meta.resourceType eq "Group"')).toEqual(['g'])
  })

  test('enterprise data is found by the extension’s name [FLT-32]', async () => {
    const scim = await server.org()
    await scim.user('plain')
    await scim.post('/Users', enterpriseUser('rich', { department: 'd' }))
    expect(await scim.find('/Users', `schemas eq "${ENTERPRISE_USER_URN}"`)).toEqual(['rich'])
  })
})
