// The User resource (RFC 7643 section 4.1; rfc-checklist USR).
import { describe, expect, test } from 'vitest'
import { valueAt } from '../support/json-pointer.ts'
import { at, expectError, expectStatus, list, text, texts, user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()
const SECRET = 'S3cret-xyz-7731'

describe('userName', () => {
  test.each([undefined, '', '  ', null])('%j is none: 400 invalidValue [USR-01]', async (userName) => {
    expectError(await (await server.org()).post('/Users', { ...user('x'), userName }), 400, 'invalidValue')
  })

  test('cannot be removed [USR-01 REM-07]', async () => {
    const scim = await server.org()
    const id = await scim.user('a')
    expectError(await scim.patch(`/Users/${id}`, { op: 'remove', path: 'userName' }), 400, 'mutability')
    expectError(await scim.patch(`/Users/${id}`, { op: 'replace', path: 'userName', value: null }), 400, 'invalidValue')
    expect(at(await scim.get(`/Users/${id}`), '/userName')).toBe('a')
  })

  test('is unique and found without regard to case, shown as sent [USR-02 USR-03 RC-16]', async () => {
    const scim = await server.org()
    await scim.user('Bob@Example.com')
    expectError(await scim.post('/Users', user('bob@eXample.COM')), 409, 'uniqueness')
    expect(await scim.find('/Users', 'userName eq "BOB@example.com"')).toEqual(['Bob@Example.com'])
  })
})

describe('names', () => {
  test('nothing is made up from the userName [USR-05 USR-06]', async () => {
    const scim = await server.org()
    const created = await scim.get(`/Users/${await scim.user('a', { name: { givenName: 'A', familyName: 'B' } })}`)
    expect(at(created, '/nickName')).toBeUndefined()
    expect([undefined, 'A B', 'a']).toContain(at(created, '/displayName'))
  })

  test('name.formatted is the client’s, and never describes another name [USR-04]', async () => {
    const scim = await server.org()
    const id = await scim.user('a', { name: { givenName: 'A', familyName: 'B' } })
    const patched = await scim.patch(`/Users/${id}`, { op: 'replace', path: 'name.familyName', value: 'C' })
    expect([undefined, 'A C']).toContain(at(patched, '/name/formatted'))
  })
})

describe('locale and time zone', () => {
  test('white space in a locale is refused, an underscore is not [USR-07]', async () => {
    const scim = await server.org()
    const id = await scim.user('a')
    expectError(await scim.patch(`/Users/${id}`, { op: 'replace', path: 'locale', value: 'en US' }), 400, 'invalidValue')
    for (const locale of ['en-US', 'en_US'])
      expect(at(await scim.patch(`/Users/${id}`, { op: 'replace', path: 'locale', value: locale }), '/locale')).toBe(locale)
  })
})

describe('password', () => {
  test('comes back in no answer, is in no table and in no audit row [USR-09 USR-10 USR-11 SEC-07 C5 A4]', async () => {
    const scim = await server.org()
    const created = await scim.post('/Users', user('a', { password: SECRET, title: 't' }))
    const path = `/Users/${text(created, '/id')}`
    const answers = [
      created,
      await scim.put(path, user('a', { password: SECRET })),
      await scim.patch(path, { op: 'replace', value: { title: 'u' } }),
      await scim.get(`${path}?attributes=password`),
      await scim.get('/Users?attributes=userName,password'),
      await scim.post('/Users/.search', { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], attributes: ['password'] }),
      await scim.patch(path, { op: 'replace', path: 'password', value: SECRET }),
    ]
    for (const answer of answers) expect(answer.text).not.toContain(SECRET)
    expect(await server.databaseContains(SECRET)).toBe(false)
  })

  test('a PATCH of it is refused, because none is kept [PAT-21]', async () => {
    const scim = await server.org()
    const id = await scim.user('a')
    expectError(await scim.patch(`/Users/${id}`, { op: 'replace', path: 'password', value: SECRET }), 400, 'invalidPath')
  })

  test.each(['password eq "x"', 'password sw "S"', 'password pr', 'password gt "a"', 'not (password eq "x")'])(
    '%s is no filter [USR-13 FLT-40 B8 B9]',
    async (filter) => {
      const scim = await server.org()
      expectError(await scim.get(`/Users?filter=${encodeURIComponent(filter)}`), 400, 'invalidFilter')
    },
  )

  test('it is no order either [USR-13]', async () => {
    const scim = await server.org()
    await scim.user('a', { password: 'b' })
    await scim.user('b', { password: 'a' })
    const sorted = await scim.get('/Users?sortBy=password')
    if (sorted.status === 200) expect(list(sorted, '/Resources').length).toBe(2)
    else expectError(sorted, 400, 'invalidValue')
  })
})

describe('addresses and the like', () => {
  test('an e-mail address is found in any case, and has no white space [USR-14]', async () => {
    const scim = await server.org()
    await scim.user('a', { emails: [{ value: 'bjensen@EXAMPLE.COM' }] })
    expect(await scim.find('/Users', 'emails.value eq "bjensen@example.com"')).toEqual(['a'])
    expect(at(await scim.get('/Users'), '/Resources/0/emails/0/value')).toBe('bjensen@EXAMPLE.COM')
    expectError(await scim.post('/Users', user('b', { emails: [{ value: 'two words' }] })), 400, 'invalidValue')
  })

  test.each(['tel:+1-201-555-0123', '+1 555 0100', 'ask the desk'])('the phone number %s comes back unchanged [USR-15]', async (value) => {
    const scim = await server.org()
    const id = await scim.user('a', { phoneNumbers: [{ value, type: 'work' }] })
    expect(at(await scim.get(`/Users/${id}`), '/phoneNumbers/0/value')).toBe(value)
  })

  test('an instant messaging address comes back as sent [USR-16 RC-17]', async () => {
    const scim = await server.org()
    const id = await scim.user('a', { ims: [{ value: ' Bob X ', type: 'xmpp' }] })
    expect(at(await scim.get(`/Users/${id}`), '/ims/0')).toEqual({ value: ' Bob X ', type: 'xmpp' })
  })

  test('photos are http addresses and are never fetched [USR-17 L2]', async () => {
    const scim = await server.org()
    expectError(await scim.post('/Users', user('a', { photos: [{ value: 'file:///etc/passwd' }] })), 400, 'invalidValue')
    expectError(await scim.post('/Users', user('a', { photos: [{ value: 'javascript:alert(1)' }] })), 400, 'invalidValue')
    const trap = await server.trap()
    await scim.user('b', { photos: [{ value: trap.url, type: 'photo' }], profileUrl: trap.url })
    await scim.get('/Users')
    expect(trap.visits()).toBe(0)
  })

  test('a country is kept as the customer typed it [USR-18]', async () => {
    const scim = await server.org()
    const id = await scim.user('a', { addresses: [{ country: 'us', type: 'work' }] })
    expect(at(await scim.get(`/Users/${id}`), '/addresses/0/country')).toBe('us')
  })

  test('a type beyond the canonical ones passes [USR-23]', async () => {
    const scim = await server.org()
    const id = await scim.user('a', { emails: [{ value: 'a@x.io', type: 'vacation' }] })
    expect(at(await scim.get(`/Users/${id}`), '/emails/0/type')).toBe('vacation')
  })
})

describe('groups', () => {
  test('show what is direct and what is indirect, and where it is [USR-19 USR-20 GRP-05]', async () => {
    const scim = await server.org()
    const alice = await scim.user('alice')
    const inner = await scim.group('inner', [alice])
    const outer = await scim.group('outer', [inner])
    const read = await scim.get(`/Users/${alice}`)
    const groups = new Map(list(read, '/groups').map((_, n) => [text(read, `/groups/${n}/value`), text(read, `/groups/${n}/type`)]))
    expect([...groups].sort()).toEqual(
      [
        [inner, 'direct'],
        [outer, 'indirect'],
      ].sort(),
    )
    for (const ref of texts(read, '/groups/*/$ref')) expectStatus(await scim.get(ref.slice(scim.base.length)), 200)
  })

  test('are in a list what they are alone, however people share them and groups nest [USR-19 GRP-05]', async () => {
    const scim = await server.org()
    const people = await Promise.all(['a', 'b', 'c', 'd'].map((name) => scim.user(name)))
    const [a, b, c] = people
    const low = await scim.group('low "1"', [a!, b!])
    const middle = await scim.group('middle', [low, b!])
    const top = await scim.group('top', [middle, c!])
    // In a circle, and b is in it directly and by three ways.
    expectStatus(await scim.patch(`/Groups/${low}`, { op: 'add', path: 'members', value: [{ value: top }] }), 204)
    const alone = await Promise.all(people.map(async (id) => (await scim.get(`/Users/${id}`)).json()))
    expect(alone.map((one) => [0, 1, 2, 3].filter((n) => valueAt(one, `/groups/${n}`) !== undefined).length)).toEqual([3, 3, 3, 0])
    for (const query of ['count=10', 'startIndex=1&count=3', 'cursor=', 'sortBy=userName', 'filter=userName%20pr&startIndex=2']) {
      for (const one of list(await scim.get(`/Users?${query}`), '/Resources')) expect(alone).toContainEqual(one)
    }
    for (const one of list(await scim.get('/'), '/Resources'))
      if (valueAt(one, '/userName') !== undefined) expect(alone).toContainEqual(one)
  })

  test('change only through the group [USR-21 E11 CHR-03]', async () => {
    const scim = await server.org()
    const [alice, staff] = [await scim.user('alice'), await scim.group('staff')]
    expectStatus(await scim.put(`/Users/${alice}`, user('alice', { groups: [{ value: staff }] })), 200)
    for (const op of ['add', 'replace', 'remove']) {
      const operation = op === 'remove' ? { op, path: 'groups' } : { op, path: 'groups', value: [{ value: staff }] }
      expectError(await scim.patch(`/Users/${alice}`, operation), 400, 'mutability')
    }
    expect(at(await scim.get(`/Groups/${staff}`), '/members')).toBeUndefined()
  })
})

describe('certificates', () => {
  const one = server.certificate
  test('exactly one is a value [USR-22 JSN-12]', async () => {
    const scim = await server.org()
    const id = await scim.user('a', { x509Certificates: [{ value: one.toString('base64') }] })
    expect(Buffer.from(text(await scim.get(`/Users/${id}`), '/x509Certificates/0/value'), 'base64')).toEqual(one)
    const unpadded = one.toString('base64').replaceAll('=', '')
    expectStatus(await scim.post('/Users', user('b', { x509Certificates: [{ value: unpadded }] })), 201)
    const two = Buffer.concat([one, one]).toString('base64')
    expectError(await scim.post('/Users', user('c', { x509Certificates: [{ value: two }] })), 400, 'invalidValue')
  })
})

test('active:false disables the account at once, and the resource stays [USR-08 RC-13 F1]', async () => {
  const scim = await server.org()
  const id = await scim.user('leaver')
  expect(at(expectStatus(await scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false }), 200), '/active')).toBe(false)
  expect(at(await scim.get(`/Users/${id}`), '/active')).toBe(false)
  const rows = await server.rows('select status from accounts where org_id = $1', [scim.orgId])
  expect(rows).toEqual([{ status: 'disabled' }])
})
