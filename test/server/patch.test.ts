// PATCH over HTTP (RFC 7644 section 3.5.2; rfc-checklist PAT, ADD, REM, REP and the operation × target matrix).
import { describe, expect, test } from 'vitest'
import { at, enterpriseUser, expectError, expectStatus, group, list, NOBODY, patchOf, text, texts, user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'
import type { ScimClient } from '../support/scim.ts'

const server = useServer()
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

/** A rich user, and the means to patch it and to see that nothing changed. */
async function rich() {
  const scim = await server.org()
  const body = enterpriseUser(
    'bob',
    { department: 'D' },
    {
      nickName: 'b',
      name: { givenName: 'Bob', familyName: 'J' },
      emails: [
        { value: 'w@x.io', type: 'work', primary: true },
        { value: 'h@x.io', type: 'home' },
      ],
      addresses: [{ type: 'work', streetAddress: 's', locality: 'l' }],
    },
  )
  const before = expectStatus(await scim.post('/Users', body), 201)
  const path = `/Users/${text(before, '/id')}`
  return { scim, path, before, patch: (...operations: object[]) => scim.patch(path, ...operations) }
}

async function expectUnchanged({ scim, path, before }: { scim: ScimClient; path: string; before: { json: () => unknown } }): Promise<void> {
  expect((await scim.get(path)).json()).toEqual(before.json())
}

describe('the request', () => {
  const operation = { op: 'replace', path: 'nickName', value: 'x' }
  const wrong: [string, unknown][] = [
    ['no schemas', { Operations: [operation] }],
    ['other schemas', { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], Operations: [operation] }],
    ['no operations', { schemas: [PATCH] }],
    ['an empty list of operations', { schemas: [PATCH], Operations: [] }],
    ['one operation without a list', { schemas: [PATCH], Operations: operation }],
    ['an unknown op', { schemas: [PATCH], Operations: [{ ...operation, op: 'move' }] }],
    ['no op', { schemas: [PATCH], Operations: [{ path: 'nickName', value: 'x' }] }],
    ['an op that is no text', { schemas: [PATCH], Operations: [{ ...operation, op: 1 }] }],
    ['an operation that is no object', { schemas: [PATCH], Operations: ['replace'] }],
    ['a path that is no text', { schemas: [PATCH], Operations: [{ ...operation, path: {} }] }],
  ]
  test.each(wrong)('with %s answers 400 invalidSyntax or invalidPath [PAT-02 PAT-03 PAT-04 H2]', async (name, body) => {
    const one = await rich()
    const answer = await one.scim.send('PATCH', one.path, { body: JSON.stringify(body) })
    expectError(answer, 400, name.startsWith('a path') ? 'invalidPath' : 'invalidSyntax')
    await expectUnchanged(one)
  })

  test('takes op in any case [PAT-04]', async () => {
    const one = await rich()
    expect(at(expectStatus(await one.patch({ op: 'Replace', path: 'nickName', value: 'x' }), 200), '/nickName')).toBe('x')
  })

  test('an unknown resource is 404, the collection 405 [PAT-18 URL-07]', async () => {
    const { scim } = await rich()
    expectError(await scim.patch(`/Users/${NOBODY}`, operation), 404)
    const answer = await scim.patch('/Users', operation)
    expectError(answer, 405)
    expect(answer.header('allow')).toMatch(/GET.*POST|POST.*GET/)
  })
})

describe('the answer', () => {
  test('of a user is the whole, of a group nothing but its version [PAT-16 PAT-01 RC-6 RC-7]', async () => {
    const one = await rich()
    const patched = expectStatus(await one.patch({ op: 'replace', path: 'nickName', value: 'x' }), 200)
    expect((await one.scim.get(one.path)).json()).toEqual(patched.json())
    const staff = await one.scim.group('staff')
    const silent = expectStatus(await one.scim.patch(`/Groups/${staff}`, { op: 'replace', path: 'displayName', value: 'x' }), 204)
    expect(silent.header('etag')).toBe((await one.scim.get(`/Groups/${staff}`)).header('etag'))
  })

  test.each(['attributes=displayName', 'excludedAttributes=members'])('with %s holds the group [PAT-17]', async (query) => {
    const scim = await server.org()
    const staff = await scim.group('staff', [await scim.user('a')])
    const answer = await scim.send('PATCH', `/Groups/${staff}?${query}`, {
      body: patchOf({ op: 'replace', path: 'displayName', value: 'x' }),
    })
    expect(expectStatus(answer, 200).json()).toMatchObject({ id: staff, displayName: 'x' })
    expect(at(answer, '/members')).toBeUndefined()
  })

  test('of a refusal is a SCIM error [PAT-15]', async () => {
    const answer = await (await rich()).patch({ op: 'replace', path: 'bogus', value: 1 })
    expectError(answer, 400, 'invalidPath')
    expect(answer.header('content-type')).toMatch(/^application\/scim\+json/)
  })
})

describe('paths', () => {
  test.each([
    'emails[0]',
    '/emails/0',
    'emails[type eq "work"',
    'emails..value',
    '',
    ' ',
    'userName.foo',
    'emails[',
    'emails[]',
    '[x]',
    '.',
    'a[b eq "c"]d',
    '__proto__[primary eq true].x',
    '__proto__',
    'constructor.prototype',
    'toString',
    'bogus',
    'nickName[value eq "x"]',
    'name.givenName.x',
    'urn:x:y',
  ])('"%s" answers 400 invalidPath or invalidFilter [PAT-06 PAT-07 H1 H2]', async (path) => {
    const one = await rich()
    const answer = await one.patch({ op: 'replace', path, value: 'x' })
    expect([400]).toContain(answer.status)
    expect(['invalidPath', 'invalidFilter']).toContain(at(answer, '/scimType'))
    await expectUnchanged(one)
  })

  test('a bad filter inside a path answers 400 invalidFilter [PAT-06]', async () => {
    const one = await rich()
    expectError(await one.patch({ op: 'replace', path: 'emails[type eq work].value', value: 'x@x.io' }), 400, 'invalidFilter')
    expectError(await one.patch({ op: 'replace', path: 'emails[bogus eq "x"].value', value: 'x@x.io' }), 400, 'invalidFilter')
  })

  test('are taken in any case, and may carry their URN [PAT-20 FLT-34 P26]', async () => {
    const one = await rich()
    const patched = await one.patch({ op: 'replace', path: 'EMAILS[TYPE EQ "work"].VALUE', value: 'n@x.io' })
    expect(list(expectStatus(patched, 200), '/emails/*/value')).toEqual(['n@x.io', 'h@x.io'])
    const urn = await one.patch({ op: 'replace', path: 'urn:ietf:params:scim:schemas:core:2.0:User:name.familyName', value: 'K' })
    expect(at(expectStatus(urn, 200), '/name')).toEqual({ givenName: 'Bob', familyName: 'K' })
  })

  test('names of prototypes leave no trace [H1]', async () => {
    const one = await rich()
    for (const value of [
      { __proto__x: 1 },
      JSON.parse('{"__proto__":{"polluted":1}}'),
      { 'constructor.prototype.polluted': 1 },
      { prototype: { polluted: 1 } },
    ] as object[]) {
      await one.patch({ op: 'add', value })
    }
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
    expect((await one.scim.get(one.path)).text).not.toContain('polluted')
  })
})

describe('all or nothing', () => {
  test.each([
    ['a readOnly attribute', { op: 'replace', path: 'id', value: 'x' }, 'mutability'],
    ['an unknown path', { op: 'replace', path: 'bogus', value: 'x' }, 'invalidPath'],
    ['a wrong type', { op: 'replace', path: 'active', value: 'maybe' }, 'invalidValue'],
    ['a missing element', { op: 'replace', path: 'emails[type eq "nonexistent"].value', value: 'x@x.io' }, 'noTarget'],
    ['no target', { op: 'remove' }, 'noTarget'],
  ])('%s as operation 3 undoes operations 1 and 2 [PAT-13 PAT-14 H3 P25]', async (_, third, scimType) => {
    const one = await rich()
    expectError(await one.patch({ op: 'replace', path: 'nickName', value: 'new' }, { op: 'remove', path: 'name' }, third), 400, scimType)
    await expectUnchanged(one)
    const audit = await server.rows('select outcome from audit_log where org_id = $1 and action = $2', [one.scim.orgId, 'scim.user.update'])
    expect(audit).toEqual([{ outcome: 'denied' }])
  })

  test('two hundred members and then a mistake add nobody [PAT-14]', async () => {
    const scim = await server.org()
    const staff = await scim.group('staff')
    const etag = (await scim.get(`/Groups/${staff}`)).header('etag')
    const members = await Promise.all(Array.from({ length: 20 }, (_, n) => scim.user(`u${n}`)))
    const add = { op: 'add', path: 'members', value: members.map((value) => ({ value })) }
    expectError(await scim.patch(`/Groups/${staff}`, add, { op: 'replace', path: 'id', value: 'x' }), 400, 'mutability')
    const read = await scim.get(`/Groups/${staff}`)
    expect(at(read, '/members')).toBeUndefined()
    expect(read.header('etag')).toBe(etag)
  })

  test('operations see what the ones before them did [PAT-11]', async () => {
    const one = await rich()
    const patched = await one.patch(
      { op: 'remove', path: 'nickName' },
      { op: 'add', path: 'nickName', value: 'a' },
      { op: 'replace', path: 'nickName', value: 'z' },
    )
    expect(at(expectStatus(patched, 200), '/nickName')).toBe('z')
    const staff = await one.scim.group('staff', [text(one.before, '/id')])
    const other = await one.scim.user('other')
    expectStatus(
      await one.scim.patch(
        `/Groups/${staff}`,
        { op: 'remove', path: 'members' },
        { op: 'add', path: 'members', value: [{ value: other }] },
      ),
      204,
    )
    expect(texts(await one.scim.get(`/Groups/${staff}`), '/members/*/value')).toEqual([other])
  })
})

describe('mutability and types', () => {
  test.each(['id', 'meta.version', 'meta.created', 'groups', 'meta', `${ENTERPRISE}:manager.displayName`])(
    '%s cannot be replaced or removed [PAT-08 PAT-09 CHR-03 ENT-02 REM-07 D3]',
    async (path) => {
      const one = await rich()
      expectError(await one.patch({ op: 'replace', path, value: path === 'groups' ? [] : 'x' }), 400, 'mutability')
      expectError(await one.patch({ op: 'remove', path }), 400, 'mutability')
      await expectUnchanged(one)
    },
  )

  test('an id that is repeated as it is changes nothing; another one is refused [OK-38 D3]', async () => {
    const one = await rich()
    expectStatus(await one.patch({ op: 'replace', value: { id: text(one.before, '/id'), nickName: 'b' } }), 200)
    await expectUnchanged(one)
    expectError(await one.patch({ op: 'replace', value: { id: NOBODY } }), 400, 'mutability')
  })

  test.each([
    ['displayName', {}],
    ['displayName', ['a', 'b']],
    ['name', 'x'],
    ['emails', 'x'],
    ['emails', [{ value: {} }]],
    ['active', 'maybe'],
    ['profileUrl', 'http://a b'],
    [
      'emails',
      [
        { value: 'a@x.io', primary: true },
        { value: 'b@x.io', primary: true },
      ],
    ],
  ])('%s takes no %j [PAT-08 K5]', async (path, value) => {
    const one = await rich()
    for (const op of ['add', 'replace']) expectError(await one.patch({ op, path, value }), 400, 'invalidValue')
    await expectUnchanged(one)
  })

  test('a number for a string is kept as the string it stands for [P4 JSN-07]', async () => {
    const one = await rich()
    expect(at(expectStatus(await one.patch({ op: 'replace', path: 'displayName', value: 5 }), 200), '/displayName')).toBe('5')
  })

  test('a taken userName is refused with 409 [PAT-19 C7]', async () => {
    const one = await rich()
    await one.scim.user('taken')
    expectError(await one.patch({ op: 'replace', path: 'userName', value: 'TAKEN' }), 409, 'uniqueness')
    expectError(await one.patch({ op: 'replace', value: { userName: 'taken' } }), 409, 'uniqueness')
    await expectUnchanged(one)
  })

  test('setting primary takes it from all others [PAT-12 P24 H6]', async () => {
    const operations = [
      { op: 'replace', path: 'emails[type eq "home"].primary', value: true },
      { op: 'add', path: 'emails', value: [{ value: 'n@x.io', primary: true }] },
      { op: 'add', value: { emails: [{ value: 'm@x.io', primary: true }] } },
    ]
    for (const operation of operations) {
      const answer = expectStatus(await (await rich()).patch(operation), 200)
      const primaries = list(answer, '/emails').filter((email) => JSON.stringify(email).includes('"primary":true'))
      expect(primaries).toHaveLength(1)
      expect(JSON.stringify(primaries[0])).not.toContain('w@x.io')
    }
  })
})

describe('add', () => {
  test('needs a value [ADD-01 PAT-05]', async () => {
    const one = await rich()
    expect(['invalidValue', 'invalidSyntax']).toContain(
      at(expectStatus(await one.patch({ op: 'add', path: 'nickName' }), 400), '/scimType'),
    )
  })

  test('without a path merges an object, and takes nothing else [ADD-02]', async () => {
    const one = await rich()
    const answer = expectStatus(await one.patch({ op: 'add', value: { nickName: 'n', emails: [{ value: 'o@x.io', type: 'other' }] } }), 200)
    expect(at(answer, '/nickName')).toBe('n')
    expect(list(answer, '/emails')).toHaveLength(3)
    for (const value of ['x', 5, [], null])
      expect(['invalidSyntax', 'invalidValue']).toContain(at(expectStatus(await one.patch({ op: 'add', value }), 400), '/scimType'))
  })

  test('sets what is missing and replaces what is single [ADD-03 PAT-05]', async () => {
    const one = await rich()
    expect(at(await one.patch({ op: 'add', path: 'title', value: '1' }), '/title')).toBe('1')
    expect(at(await one.patch({ op: 'add', path: 'title', value: '2' }), '/title')).toBe('2')
  })

  test('merges sub-attributes of a complex attribute [ADD-04]', async () => {
    const one = await rich()
    expect(at(await one.patch({ op: 'add', path: 'name', value: { givenName: 'x' } }), '/name')).toEqual({
      givenName: 'x',
      familyName: 'J',
    })
    expectError(await one.patch({ op: 'add', path: 'name', value: 'x' }), 400, 'invalidValue')
  })

  test('appends to many, one object or a list of them [ADD-05]', async () => {
    const scim = await server.org()
    const [a, b] = [await scim.user('a'), await scim.user('b')]
    const staff = await scim.group('staff')
    expectStatus(await scim.patch(`/Groups/${staff}`, { op: 'add', path: 'members', value: [{ value: a }] }), 204)
    expectStatus(await scim.patch(`/Groups/${staff}`, { op: 'add', path: 'members', value: { value: b } }), 204)
    expect(texts(await scim.get(`/Groups/${staff}`), '/members/*/value')).toEqual([a, b].sort())
  })

  test('of what is there changes neither value nor version [ADD-06 ADD-07 REP-10 EN-42 RC-30]', async () => {
    const scim = await server.org()
    const a = await scim.user('a', { title: 't', emails: [{ value: 'a@x.io', type: 'work' }] })
    const staff = await scim.group('staff', [a])
    const before = [await scim.get(`/Groups/${staff}`), await scim.get(`/Users/${a}`)]
    expectStatus(await scim.patch(`/Groups/${staff}`, { op: 'add', path: 'members', value: [{ value: a }] }), 204)
    expectStatus(
      await scim.patch(
        `/Users/${a}`,
        { op: 'add', path: 'emails', value: [{ value: 'a@x.io', type: 'work' }] },
        { op: 'replace', path: 'title', value: 't' },
      ),
      200,
    )
    expect([(await scim.get(`/Groups/${staff}`)).json(), (await scim.get(`/Users/${a}`)).json()]).toEqual(
      before.map((answer) => answer.json()),
    )
  })

  test('through a filter reaches every match, and builds what matches nothing [ADD-08 ADD-09 EN-26]', async () => {
    const one = await rich()
    expect(at(await one.patch({ op: 'add', path: 'emails[type eq "work"].display', value: 'W' }), '/emails/0/display')).toBe('W')
    const built = await one.patch({ op: 'add', path: 'emails[type eq "other"].value', value: 'o@x.io' })
    expect(list(built, '/emails').at(-1)).toEqual({ type: 'other', value: 'o@x.io' })
    expectError(await one.patch({ op: 'add', path: 'emails[type co "nope"].value', value: 'o@x.io' }), 400, 'noTarget')
  })

  test('takes an extension as a whole [ADD-10]', async () => {
    const one = await rich()
    const answer = expectStatus(await one.patch({ op: 'add', path: ENTERPRISE, value: { costCenter: 'c' } }), 200)
    expect(at(answer, `/${ENTERPRISE}`)).toEqual({ department: 'D', costCenter: 'c' })
  })
})

describe('remove', () => {
  test('needs a path [REM-01 PAT-05 P22]', async () => {
    expectError(await (await rich()).patch({ op: 'remove' }), 400, 'noTarget')
    expectError(await (await rich()).patch({ op: 'remove', value: { nickName: 'b' } }), 400, 'noTarget')
  })

  test('unassigns, and again is no change [REM-02]', async () => {
    const one = await rich()
    const removed = expectStatus(await one.patch({ op: 'remove', path: 'nickName' }), 200)
    expect(at(removed, '/nickName')).toBeUndefined()
    expect((await one.patch({ op: 'remove', path: 'nickName' })).json()).toEqual(removed.json())
  })

  test('tells "all members", "these members" and "this member" apart [REM-03 REM-04 E6 EN-40 OK-48 MX-2]', async () => {
    const scim = await server.org()
    const [a, b, c] = [await scim.user('a'), await scim.user('b'), await scim.user('c')]
    const staff = await scim.group('staff', [a, b, c])
    const path = `/Groups/${staff}`
    const members = async () => texts(await scim.get(path), '/members/*/value')
    expectStatus(await scim.patch(path, { op: 'remove', path: `members[value eq "${a}"]` }), 204)
    expect(await members()).toEqual([b, c].sort())
    expectStatus(await scim.patch(path, { op: 'remove', path: 'members', value: [{ value: b, $ref: null }] }), 204)
    expect(await members()).toEqual([c])
    expectStatus(await scim.patch(path, { op: 'remove', path: 'members', value: [] }), 204)
    expect(await members()).toEqual([c])
    expectStatus(await scim.patch(path, { op: 'remove', path: 'members' }), 204)
    expect(at(await scim.get(path), '/members')).toBeUndefined()
  })

  test('of the last match leaves the attribute unassigned [REM-04 REM-05]', async () => {
    const one = await rich()
    const first = await one.patch({ op: 'remove', path: 'emails[type eq "work" and value ew "x.io"]' })
    expect(list(expectStatus(first, 200), '/emails/*/type')).toEqual(['home'])
    expect(at(await one.patch({ op: 'remove', path: 'emails[type eq "home"]' }), '/emails')).toBeUndefined()
  })

  test('of a sub-attribute keeps the element [REM-05 REM-08]', async () => {
    const one = await rich()
    const answer = await one.patch({ op: 'remove', path: 'emails[type eq "work"].primary' }, { op: 'remove', path: 'name.givenName' })
    expect(at(answer, '/emails/0')).toEqual({ value: 'w@x.io', type: 'work' })
    expect(at(answer, '/name')).toEqual({ familyName: 'J' })
    expect(at(await one.patch({ op: 'remove', path: 'name.familyName' }), '/name')).toBeUndefined()
  })

  test('of what is not there succeeds without a change [REM-06 H5]', async () => {
    const scim = await server.org()
    const staff = await scim.group('staff', [await scim.user('a')])
    const etag = (await scim.get(`/Groups/${staff}`)).header('etag')
    for (const id of [NOBODY, 'not-there'])
      expectStatus(await scim.patch(`/Groups/${staff}`, { op: 'remove', path: `members[value eq "${id}"]` }), 204)
    expect((await scim.get(`/Groups/${staff}`)).header('etag')).toBe(etag)
    const one = await rich()
    expectStatus(await one.patch({ op: 'remove', path: 'emails[type eq "nope"]' }), 200)
    await expectUnchanged(one)
  })

  test.each(['userName', 'id', 'meta', 'groups'])('of %s is refused [REM-07]', async (path) => {
    expectError(await (await rich()).patch({ op: 'remove', path }), 400, 'mutability')
  })

  test('of a group’s name is refused [REM-07 GRP-01]', async () => {
    const scim = await server.org()
    expectError(await scim.patch(`/Groups/${await scim.group('staff')}`, { op: 'remove', path: 'displayName' }), 400, 'mutability')
  })

  test('of an extension, or its last attribute, takes its URN along [REM-09 SCM-08]', async () => {
    for (const path of [ENTERPRISE, `${ENTERPRISE}:department`]) {
      const answer = expectStatus(await (await rich()).patch({ op: 'remove', path }), 200)
      expect(texts(answer, '/schemas')).toEqual(user('x').schemas)
      expect(at(answer, `/${ENTERPRISE}`)).toBeUndefined()
    }
  })
})

describe('replace', () => {
  test('without a path touches what it names, and takes only an object [REP-01]', async () => {
    const one = await rich()
    const answer = expectStatus(await one.patch({ op: 'replace', value: { active: false, emails: [{ value: 'n@x.io' }] } }), 200)
    expect(answer.json()).toMatchObject({ active: false, nickName: 'b', emails: [{ value: 'n@x.io' }] })
    expect(list(answer, '/emails')).toHaveLength(1)
    for (const value of ['x', 5, []])
      expect(['invalidSyntax', 'invalidValue']).toContain(at(expectStatus(await one.patch({ op: 'replace', value }), 400), '/scimType'))
  })

  test('sets single values, and many as a whole [REP-02 REP-03 E7]', async () => {
    const scim = await server.org()
    const [a, b] = [await scim.user('a'), await scim.user('b')]
    const staff = await scim.group('staff', [a])
    expectStatus(await scim.patch(`/Groups/${staff}`, { op: 'replace', path: 'members', value: [{ value: b }] }), 204)
    expect(texts(await scim.get(`/Groups/${staff}`), '/members/*/value')).toEqual([b])
    expectStatus(await scim.patch(`/Groups/${staff}`, { op: 'replace', path: 'members', value: [] }), 204)
    expect(at(await scim.get(`/Groups/${staff}`), '/members')).toBeUndefined()
    expect(at(await scim.patch(`/Users/${a}`, { op: 'replace', path: 'nickName', value: 'n' }), '/nickName')).toBe('n')
  })

  test('merges a complex attribute; null clears a part [REP-04]', async () => {
    const one = await rich()
    expect(at(await one.patch({ op: 'replace', path: 'name', value: { familyName: 'n' } }), '/name')).toEqual({
      givenName: 'Bob',
      familyName: 'n',
    })
    expect(at(await one.patch({ op: 'replace', path: 'name', value: { familyName: null } }), '/name')).toEqual({ givenName: 'Bob' })
  })

  test('through a filter swaps every match, or one part of it [REP-05 REP-06]', async () => {
    const one = await rich()
    const swapped = await one.patch({ op: 'replace', path: 'addresses[type eq "work"]', value: { type: 'work', locality: 'L' } })
    expect(list(expectStatus(swapped, 200), '/addresses')).toEqual([{ type: 'work', locality: 'L' }])
    expect(
      at(await one.patch({ op: 'replace', path: 'addresses[type eq "work"].streetAddress', value: 's2' }), '/addresses/0/streetAddress'),
    ).toBe('s2')
    const both = await one.patch({ op: 'replace', path: 'emails[value ew "x.io"].display', value: 'd' })
    expect(list(both, '/emails/*/display')).toEqual(['d', 'd'])
  })

  test('through a filter that matches nothing answers noTarget, but a canonical element is made [REP-07 H5 EN-26]', async () => {
    const one = await rich()
    expectError(await one.patch({ op: 'replace', path: 'emails[type eq "nonexistent"].value', value: 'x@x.io' }), 400, 'noTarget')
    expectError(await one.patch({ op: 'replace', path: 'emails[value eq "nobody@x.io"].display', value: 'x' }), 400, 'noTarget')
    await expectUnchanged(one)
    const made = await one.patch({ op: 'replace', path: 'phoneNumbers[type eq "work"].value', value: '+1 555 0100' })
    expect(at(made, '/phoneNumbers')).toEqual([{ type: 'work', value: '+1 555 0100' }])
  })

  test('by null or [] unassigns, unless required [REP-08 P20 P21]', async () => {
    const one = await rich()
    expect(at(await one.patch({ op: 'replace', path: 'nickName', value: null }), '/nickName')).toBeUndefined()
    expect(at(await one.patch({ op: 'replace', path: 'emails', value: [] }), '/emails')).toBeUndefined()
    for (const value of [null, '']) expectError(await one.patch({ op: 'replace', path: 'userName', value }), 400, 'invalidValue')
  })

  test('needs a value [REP-09]', async () => {
    expectError(await (await rich()).patch({ op: 'replace', path: 'title' }), 400, 'invalidValue')
  })

  test('of parts of a member is refused, of members not [REP-11 GRP-03 D4]', async () => {
    const scim = await server.org()
    const [a, b] = [await scim.user('a'), await scim.user('b')]
    const path = `/Groups/${await scim.group('staff', [a])}`
    for (const [sub, value] of [
      ['type', 'Group'],
      ['value', b],
      ['$ref', 'x'],
    ] as const) {
      expectError(await scim.patch(path, { op: 'replace', path: `members[value eq "${a}"].${sub}`, value }), 400, 'mutability')
    }
    expect(texts(await scim.get(path), '/members/*/value')).toEqual([a])
  })

  test('of a group’s name to a taken one is 409 [PAT-19 EN-37]', async () => {
    const scim = await server.org()
    await scim.group('taken')
    const staff = await scim.group('staff')
    expectError(await scim.patch(`/Groups/${staff}`, { op: 'replace', path: 'displayName', value: 'Taken' }), 409, 'uniqueness')
    expect(expectStatus(await scim.put(`/Groups/${staff}`, group('STAFF')), 200).json()).toMatchObject({ displayName: 'STAFF' })
  })
})

test('more operations than the limit answer 413 and do nothing [H4]', async () => {
  const one = await rich()
  const operations = Array.from({ length: 1001 }, (_, n) => ({ op: 'replace', path: 'nickName', value: String(n) }))
  expectError(await one.patch(...operations), 413)
  await expectUnchanged(one)
  expect(at(expectStatus(await one.patch(...operations.slice(1)), 200), '/nickName')).toBe('1000')
})
