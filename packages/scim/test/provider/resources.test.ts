import { describe, expect, test } from 'vitest'
import { TEST_URN } from '../test-resource.ts'
import { at, BASE, ENTERPRISE, group, GROUP, harness, holding, matching, patch, someText, USER, user } from './harness.ts'

describe('a creation', () => {
  test('answers 201 with the whole resource and its place [CRE-03 CRE-04 CRE-05 COM-01 COM-13 COM-14 COM-15 COM-18 VER-01 RC-4]', async () => {
    const { send } = harness()
    const body = user('Alice@x.io', {
      id: 'mine',
      externalId: 'e1',
      name: { givenName: 'Zoë 東京 𝒳' },
      groups: [],
      meta: { resourceType: 'Group', location: 'http://evil' },
    })
    const { status, headers, json } = await send('POST', '/Users', { body })
    const location = `${BASE}/Users/${String(at(json, 'id'))}`
    expect(status).toBe(201)
    expect(headers).toEqual({
      'Content-Type': 'application/scim+json; charset=utf-8',
      ETag: 'W/"1"',
      Location: location,
      'Content-Location': location,
    })
    expect(json).toEqual({
      schemas: [USER],
      id: matching(/^0{8}-/),
      externalId: 'e1',
      userName: 'Alice@x.io',
      name: { givenName: 'Zoë 東京 𝒳' },
      active: true,
      meta: {
        resourceType: 'User',
        created: matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        lastModified: at(json, 'meta', 'created'),
        location,
        version: headers['ETag'],
      },
    })
  })

  test('is what a later GET shows [CRE-07 GET-01 GET-03]', async () => {
    const { send } = harness()
    const created = await send('POST', '/Users', { body: user('a', { title: 't', [ENTERPRISE]: { department: 'd' } }) })
    const read = await send('GET', `/Users/${String(at(created.json, 'id'))}`)
    expect(read.status).toBe(200)
    expect(read.json).toEqual(created.json)
    expect(read.headers).toEqual(created.headers)
  })

  test.each([
    ['attributes=userName', ['schemas', 'id', 'userName']],
    ['attributes=USERNAME,meta.location', ['schemas', 'id', 'userName', 'meta']],
    ['excludedAttributes=meta,id,active', ['schemas', 'id', 'userName', 'title']],
  ])('with ?%s answers with a part [CRE-10 PRJ-01 PRJ-03 PRJ-07]', async (query, names) => {
    const { send } = harness()
    const { json } = await send('POST', `/Users?${query}`, { body: user('a', { title: 't' }) })
    expect(Object.keys(json ?? {})).toEqual(names)
  })

  test.each([
    ['no JSON', '{', 'invalidSyntax'],
    ['no object', [], 'invalidSyntax'],
    ['nothing', '', 'invalidSyntax'],
    ['no schemas', { userName: 'x' }, 'invalidSyntax'],
    ['no userName', { schemas: [USER] }, 'invalidValue'],
    ['a member twice', '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"a","username":"b"}', 'invalidSyntax'],
    ['half a character', '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"\\ud800"}', 'invalidValue'],
  ])('from %s is refused [CRE-09 JSN-27 JSN-28 K1 K2]', async (_what, body, scimType) => {
    const { send, log } = harness()
    const answer = await send('POST', '/Users', { body })
    expect(answer).toMatchObject({ status: 400, json: { status: '400', scimType } })
    expect(log()).toEqual([{ operation: holding({ kind: 'create' }), outcome: holding({ scimType }) }])
  })

  test('of what is taken answers 409 uniqueness [CRE-06 USR-02 USR-03 RC-5]', async () => {
    const { send, create } = harness()
    await create('/Users', user('Bob@x.io'))
    expect(await send('POST', '/Users', { body: user('bob@X.io') })).toMatchObject({
      status: 409,
      json: { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '409', scimType: 'uniqueness' },
    })
  })

  test('of a group keeps its members [GRP-02 BLK-14]', async () => {
    const { send, create } = harness()
    const id = await create('/Users', user('a'))
    const { json } = await send('POST', '/Groups', { body: group('g', id) })
    expect(at(json, 'members')).toEqual([{ value: id, $ref: `${BASE}/Users/${id}`, type: 'User' }])
    expect(at(json, 'schemas')).toEqual([GROUP])
  })

  test('applies defaults that null overrides, and each mutability, to any resource type [CRE-01 CRE-02 CRE-08 CHR-03 CHR-05 CHR-06]', async () => {
    const { send } = harness()
    const body = {
      schemas: [TEST_URN],
      code: 'c',
      serial: 'mine',
      origin: 'o',
      secret: 's',
      hidden: 'h',
      badge: 'b',
      notes: 'n',
      mode: null,
      vault: { key: 'k', open: 'o' },
    }
    const { status, json } = await send('POST', '/TestResources?attributes=code', { body })
    expect(status).toBe(201)
    expect(json).toEqual({ schemas: [TEST_URN], id: someText, code: 'c', badge: 'b' })
    const path = `/TestResources/${String(at(json, 'id'))}`
    const read = await send('GET', path)
    expect(read.json).toMatchObject({ origin: 'o', level: 1, badge: 'b', vault: { open: 'o' } })
    for (const name of ['secret', 'hidden', 'notes', 'mode', 'serial']) expect(read.json).not.toHaveProperty(name)
    expect(read.text).not.toMatch(/"(?:s|h|k)"/)
    expect((await send('GET', `${path}?attributes=notes,secret,hidden`)).json).toEqual({
      schemas: [TEST_URN],
      id: someText,
      badge: 'b',
      notes: 'n',
    })
  })

  test('shows what is returned on request when it set it itself [CHR-06]', async () => {
    const { send } = harness()
    const created = await send('POST', '/TestResources', { body: { schemas: [TEST_URN], code: 'c', notes: 'n' } })
    expect(created.json).toMatchObject({ notes: 'n' })
    const path = `/TestResources/${String(at(created.json, 'id'))}`
    expect(
      (await send('PATCH', `${path}?attributes=notes`, { body: patch({ op: 'replace', path: 'notes', value: 'm' }) })).json,
    ).toMatchObject({ notes: 'm' })
    expect(
      (await send('PATCH', `${path}?excludedAttributes=meta`, { body: patch({ op: 'replace', path: 'label', value: 'l' }) })).json,
    ).not.toHaveProperty('notes')
  })
})

describe('a retrieval', () => {
  test.each([
    '/Users/00000000-0000-4000-8000-999999999999',
    '/Users/not-a-uuid',
    '/Users/00919288221112222',
    '/Users/%00',
    "/Users/'%20or%201=1",
    '/Groups/__proto__',
  ])('of %s, which is not there, answers 404 [GET-01 OK-73 OK-81 RC-9]', async (path) => {
    const { send } = harness()
    expect(await send('GET', path)).toMatchObject({ status: 404, json: { status: '404', detail: matching(/./) } })
  })

  test('of a user under /Groups answers 404 [COM-03]', async () => {
    const { send, create } = harness()
    expect((await send('GET', `/Groups/${await create('/Users', user('a'))}`)).status).toBe(404)
  })

  test('ignores a filter: one resource is asked for and given [QRY-11]', async () => {
    const { send, create } = harness()
    const id = await create('/Users', user('a'))
    expect((await send('GET', `/Users/${id}?filter=active+eq+false`)).json).toMatchObject({ id, schemas: [USER] })
  })

  test('by HEAD has the headers of GET and no body [URL-09]', async () => {
    const { send, create } = harness()
    const path = `/Users/${await create('/Users', user('a'))}`
    const [get, head] = [await send('GET', path), await send('HEAD', path)]
    expect(head).toMatchObject({ status: 200, text: '', headers: get.headers })
    expect(await send('HEAD', '/Users/nobody')).toMatchObject({ status: 404, text: '' })
    expect(await send('HEAD', '/Users?count=1')).toMatchObject({ status: 200, text: '' })
  })

  test.each(['*', 'W/"1"', '"1"', '"7", W/"1"'])(
    'with If-None-Match: %s answers 304 with the headers of 200 [VER-02 VER-07]',
    async (tag) => {
      const { send, create } = harness()
      const path = `/Users/${await create('/Users', user('a'))}?attributes=userName`
      const { ETag, Location, 'Content-Location': content } = (await send('GET', path)).headers
      const answer = await send('GET', path, { headers: { 'If-None-Match': tag } })
      expect(answer).toMatchObject({ status: 304, text: '' })
      expect(answer.headers).toEqual({ ETag, Location, 'Content-Location': content })
    },
  )

  test('with another tag in If-None-Match answers 200, with a stale If-Match 412 [VER-02 VER-06]', async () => {
    const { send, create } = harness()
    const path = `/Users/${await create('/Users', user('a'))}`
    expect((await send('GET', path, { headers: { 'If-None-Match': '"2"' } })).status).toBe(200)
    expect((await send('GET', path, { headers: { 'If-Match': '"2"', 'If-None-Match': '"1"' } })).status).toBe(412)
  })
})

describe('a replacement', () => {
  test('answers 200 with the entire new resource [PUT-01 PUT-02 PUT-03 PUT-06 PUT-08 PUT-09 RC-8]', async () => {
    const { send, create } = harness()
    const id = await create('/Users', user('a', { title: 't', nickName: 'n', emails: [{ value: 'a@x.io' }], active: false }))
    const body = user('b', {
      id: 'other',
      displayName: 'B',
      title: null,
      meta: { created: '1999-01-01T00:00:00Z' },
      groups: [{ value: 'x' }],
    })
    const { status, headers, json } = await send('PUT', `/Users/${id}`, { body })
    expect(status).toBe(200)
    expect(headers['ETag']).toBe('W/"2"')
    expect(json).toEqual({
      schemas: [USER],
      id,
      userName: 'b',
      displayName: 'B',
      active: false,
      meta: holding({ version: 'W/"2"' }),
    })
    expect((await send('GET', `/Users/${id}`)).json).toEqual(json)
  })

  test('by the same content changes nothing, whatever the order of values [PUT-11 RC-30]', async () => {
    const { send, create } = harness()
    const id = await create('/Users', user('a', { emails: [{ value: '1@x.io' }, { value: '2@x.io' }] }))
    const { json } = await send('PUT', `/Users/${id}`, { body: user('a', { emails: [{ value: '2@x.io' }, { value: '1@x.io' }] }) })
    expect(at(json, 'meta', 'version')).toBe('W/"1"')
    expect(at(json, 'meta', 'lastModified')).toBe(at(json, 'meta', 'created'))
  })

  test('of a group sets its members, and empties it when it names none [PUT-02 RC-29 KC-3 OK-42]', async () => {
    const { send, create } = harness()
    const [a, b] = [await create('/Users', user('a')), await create('/Users', user('b'))]
    const path = `/Groups/${await create('/Groups', group('g', a))}`
    expect(at((await send('PUT', path, { body: group('g', b) })).json, 'members')).toMatchObject([{ value: b }])
    expect((await send('PUT', path, { body: group('g', b) })).headers['ETag']).toBe('W/"2"')
    expect((await send('PUT', path, { body: group('g') })).json).not.toHaveProperty('members')
  })

  test.each([
    ['of nobody', '/Users/00000000-0000-4000-8000-999999999999', user('z'), 404],
    ['without what is required', undefined, { schemas: [USER] }, 400],
    ['by a taken name', undefined, user('B'), 409],
    ['of an immutable value', '/TestResources', { schemas: [TEST_URN], code: 'c', origin: 'other' }, 400],
  ])('%s is refused and creates or changes nothing [URL-03 PUT-04 PUT-07 PUT-10 CHR-04]', async (_what, path, body, status) => {
    const { send, create } = harness()
    const id = await create('/Users', user('a'))
    await create('/Users', user('b'))
    const test = await create('/TestResources', { schemas: [TEST_URN], code: 'c', origin: 'o' })
    const target = path === '/TestResources' ? `${path}/${test}` : (path ?? `/Users/${id}`)
    const before = (await send('GET', '/')).json
    expect((await send('PUT', target, { body })).status).toBe(status)
    expect((await send('GET', '/')).json).toEqual(before)
  })
})

describe('a modification', () => {
  const nickName = patch({ op: 'replace', path: 'nickName', value: 'n' })

  test('of a user answers 200 with the entire resource [PAT-01 PAT-16 RC-6]', async () => {
    const { send, create } = harness()
    const id = await create('/Users', user('a'))
    const { status, headers, json } = await send('PATCH', `/Users/${id}`, { body: nickName })
    expect([status, headers['ETag'], at(json, 'nickName')]).toEqual([200, 'W/"2"', 'n'])
    expect((await send('GET', `/Users/${id}`)).json).toEqual(json)
  })

  test('of a group answers 204 with the new tag and no body [PAT-16 VER-01 VER-09 RC-7 EN-41]', async () => {
    const { send, create } = harness()
    const [a, id] = [await create('/Users', user('a')), await create('/Groups', group('g'))]
    const answer = await send('PATCH', `/Groups/${id}`, { body: patch({ op: 'add', path: 'members', value: [{ value: a }] }) })
    expect(answer).toMatchObject({ status: 204, text: '', headers: { ETag: 'W/"2"' } })
    expect(answer.headers).not.toHaveProperty('Content-Type')
  })

  test.each([
    ['attributes=displayName', { displayName: 'h', schemas: [GROUP], id: someText }],
    ['excludedAttributes=members,meta', { displayName: 'h', schemas: [GROUP], id: someText }],
  ])('of a group with ?%s answers 200 with what is asked for [PAT-17 PRJ-07 RC-7]', async (query, expected) => {
    const { send, create } = harness()
    const id = await create('/Groups', group('g', await create('/Users', user('a'))))
    const answer = await send('PATCH', `/Groups/${id}?${query}`, { body: patch({ op: 'replace', path: 'displayName', value: 'h' }) })
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual(expected)
  })

  test.each([
    ['adding a member who is one', (id: string) => patch({ op: 'add', path: 'members', value: [{ value: id }] })],
    ['removing one who is none', () => patch({ op: 'remove', path: 'members[value eq "nobody"]' })],
    ['the rename that Okta repeats [OK-38]', () => patch({ op: 'replace', value: { displayName: 'g' } })],
  ])('by %s changes neither version nor time [ADD-06 ADD-07 REM-06 REP-10 RC-30]', async (_what, body) => {
    const { send, create } = harness()
    const member = await create('/Users', user('a'))
    const path = `/Groups/${await create('/Groups', group('g', member))}`
    const before = (await send('GET', path)).json
    expect(await send('PATCH', path, { body: body(member) })).toMatchObject({ status: 204, headers: { ETag: 'W/"1"' } })
    expect((await send('GET', path)).json).toEqual(before)
  })

  test('that fails half way changes nothing and is told to the store once [PAT-13 PAT-14 PAT-15 H3 L3]', async () => {
    const { send, create, log } = harness()
    const id = await create('/Users', user('a'))
    const before = (await send('GET', `/Users/${id}`)).json
    const seen = log().length
    const body = patch({ op: 'replace', path: 'nickName', value: 'n' }, { op: 'replace', path: 'id', value: 'x' })
    expect(await send('PATCH', `/Users/${id}`, { body })).toMatchObject({ status: 400, json: { scimType: 'mutability' } })
    expect((await send('GET', `/Users/${id}`)).json).toEqual(before)
    const refusals = log().slice(seen, -1)
    expect(refusals).toEqual([{ operation: holding({ kind: 'modify', id }), outcome: holding({ scimType: 'mutability' }) }])
  })

  test.each([
    ['of nobody', '/Users/nobody', nickName, 404],
    ['with the body of another message', undefined, { ...nickName, schemas: [USER] }, 400],
    ['without operations', undefined, patch(), 400],
    ['to a taken name', undefined, patch({ op: 'replace', path: 'userName', value: 'B' }), 409],
  ])('%s is refused [PAT-02 PAT-03 PAT-18 PAT-19 SCM-12]', async (_what, path, body, status) => {
    const { send, create } = harness()
    const id = await create('/Users', user('a'))
    await create('/Users', user('b'))
    expect((await send('PATCH', path ?? `/Users/${id}`, { body })).status).toBe(status)
  })
})

describe('a deletion', () => {
  test('answers 204, and nothing of the resource is left [DEL-01 DEL-02 DEL-03 DEL-04 COM-04 RC-8]', async () => {
    const { send, create } = harness()
    const id = await create('/Users', user('a'))
    const groupPath = `/Groups/${await create('/Groups', group('g', id))}`
    expect(await send('DELETE', `/Users/${id}`)).toEqual({ status: 204, headers: {}, text: '', json: null, isStream: false })
    const body = { PUT: user('a'), PATCH: patch({ op: 'add', path: 'title', value: 't' }), GET: undefined, DELETE: undefined }
    for (const [method, sent] of Object.entries(body)) expect((await send(method, `/Users/${id}`, { body: sent })).status).toBe(404)
    expect((await send('GET', '/Users?filter=userName+eq+"a"')).json).toMatchObject({ totalResults: 0 })
    expect((await send('GET', groupPath)).json).not.toHaveProperty('members')
    expect(await create('/Users', user('a'))).not.toBe(id)
  })
})

describe('a conditional write', () => {
  const writes: [string, unknown][] = [
    ['PUT', user('z')],
    ['PATCH', patch({ op: 'replace', path: 'title', value: 't' })],
    ['DELETE', undefined],
  ]

  test.each(writes)('%s with a stale tag is refused and changes nothing [VER-03 VER-04 DEL-05 H7]', async (method, body) => {
    const { send, create } = harness()
    const path = `/Users/${await create('/Users', user('a'))}`
    const before = (await send('GET', path)).json
    for (const headers of [
      { 'If-Match': 'W/"0"' },
      { 'If-None-Match': '*' },
      { 'If-None-Match': 'W/"1"' },
      { 'If-Match': '"1"', 'If-None-Match': '"1"' },
    ]) {
      expect(await send(method, path, { body, headers })).toMatchObject({ status: 412, json: { status: '412' } })
    }
    for (const headers of [{ 'If-Match': '1' }, { 'If-None-Match': 'W/1' }])
      expect((await send(method, path, { body, headers })).status).toBe(400)
    expect((await send('GET', path)).json).toEqual(before)
  })

  test.each(writes)('%s with the current tag goes through [VER-04 VER-05]', async (method, body) => {
    for (const tag of ['W/"1"', '"1"', '*', '"0", W/"1"']) {
      const { send, create } = harness()
      const path = `/Users/${await create('/Users', user('a'))}`
      expect((await send(method, path, { body, headers: { 'If-Match': tag } })).status).toBeLessThan(300)
    }
  })

  test('of nobody answers 404, whatever the tag [VER-04 VER-06]', async () => {
    const { send } = harness()
    for (const tag of ['*', '"1"']) expect((await send('DELETE', '/Users/nobody', { headers: { 'If-Match': tag } })).status).toBe(404)
  })

  test('by two at once lets one of them win [VER-09]', async () => {
    const { send, create } = harness()
    const path = `/Users/${await create('/Users', user('a'))}`
    const write = (title: string) =>
      send('PATCH', path, { body: patch({ op: 'replace', path: 'title', value: title }), headers: { 'If-Match': 'W/"1"' } })
    const statuses = (await Promise.all([write('x'), write('y')])).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([200, 412]))
  })
})
