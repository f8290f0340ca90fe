// Attributes of kinds that users and groups do not have (RFC 7643 sections 2.3 and 7; rfc-checklist CHR, JSN, PUT, PAT), on a resource
// type made for it.
import { describe, expect, test } from 'vitest'
import { at, expectError, expectStatus, list, text, texts } from '../support/scim.ts'
import { EXTRA_URN, gadget, GADGET_URN, TEST_RESOURCE_TYPES, WIDGET_URN } from '../support/gadget.ts'
import { useServer } from '../support/server.ts'
import type { Org } from '../support/server.ts'

const server = useServer({}, { resourceTypes: TEST_RESOURCE_TYPES })

async function made(more: object = {}, label = 'g'): Promise<{ scim: Org; path: string }> {
  const scim = await server.org()
  return { scim, path: `/Gadgets/${text(expectStatus(await scim.post('/Gadgets', gadget(label, more)), 201), '/id')}` }
}
const labels = (scim: Org, filter: string) =>
  scim
    .get(`/Gadgets?sortBy=label&filter=${encodeURIComponent(filter)}`)
    .then((answer) => list(expectStatus(answer, 200), '/Resources/*/label'))

describe('types', () => {
  test.each([
    ['weight', 1.5],
    ['weight', 1.5e3],
    ['weight', 7],
    ['count', 7],
    ['count', -1],
    ['count', 0],
    ['made', '2011-05-13T04:42:34Z'],
    ['made', '2011-05-13T06:42:34.123456+02:00'],
    ['blob', 'QUJD'],
    ['on', false],
    ['link', 'https://x.io/g'],
  ])('%s takes %j and gives it back [JSN-09 JSN-10 JSN-11 JSN-12 PAT-08]', async (name, value) => {
    const { scim, path } = await made({ [name]: value })
    expect(at(await scim.get(path), `/${name}`)).toEqual(value)
    expect(at(await scim.patch(path, { op: 'replace', path: name, value }), `/${name}`)).toEqual(value)
  })

  test.each([
    ['weight', '1.5'],
    ['count', 1.5],
    ['count', '7'],
    ['made', '2011-05-13'],
    ['made', '2011-05-13T04:42:34'],
    ['made', 'yesterday'],
    ['made', 5],
    ['blob', '@@@'],
    ['blob', 7],
    ['on', 'yes'],
    ['on', 1],
    ['link', 'a b'],
    ['tags', [1]],
    ['counts', ['x']],
    ['box', 'x'],
    ['box', { width: 'x' }],
    ['parts', [{ size: 1.5 }]],
  ])('%s takes no %j [JSN-09 JSN-10 JSN-11 JSN-12 JSN-18]', async (name, value) => {
    const scim = await server.org()
    expectError(await scim.post('/Gadgets', gadget('g', { [name]: value })), 400, 'invalidValue')
  })

  test('whole numbers come back without fraction or exponent [JSN-10]', async () => {
    const { scim, path } = await made({ count: 1_000_000_000_000 })
    expect((await scim.get(path)).text).toMatch(/"count":1000000000000[,}]/)
  })
})

describe('mutability', () => {
  test('readOnly is ignored on create and replace, refused in PATCH [CHR-03 CRE-01 CRE-02 PUT-06 PAT-09]', async () => {
    const { scim, path } = await made({ stamp: 'x' })
    expect(at(await scim.get(path), '/stamp')).toBeUndefined()
    expect(at(expectStatus(await scim.put(path, gadget('g', { stamp: 'x' })), 200), '/stamp')).toBeUndefined()
    expectError(await scim.patch(path, { op: 'add', path: 'stamp', value: 'x' }), 400, 'mutability')
  })

  test('immutable is set once: by create, PUT or PATCH, and then stays [CHR-04 CRE-01 PUT-04 PUT-05 PAT-09]', async () => {
    const { scim, path } = await made({ serial: 'a' })
    expect(at(await scim.get(path), '/serial')).toBe('a')
    expectError(await scim.put(path, gadget('g', { serial: 'b' })), 400, 'mutability')
    expectStatus(await scim.put(path, gadget('g', { serial: 'a', plain: 'p' })), 200)
    for (const operation of [
      { op: 'replace', path: 'serial', value: 'b' },
      { op: 'add', path: 'serial', value: 'b' },
      { op: 'remove', path: 'serial' },
      { op: 'replace', value: { serial: 'b' } },
    ]) {
      expectError(await scim.patch(path, operation), 400, 'mutability')
    }
    expectStatus(await scim.patch(path, { op: 'replace', path: 'serial', value: 'a' }), 200)
    expect(at(await scim.get(path), '/serial')).toBe('a')
    for (const set of ['put', 'patch'] as const) {
      const empty = await made({}, `empty ${set}`)
      const answer =
        set === 'put'
          ? await empty.scim.put(empty.path, gadget(`empty ${set}`, { serial: 'n' }))
          : await empty.scim.patch(empty.path, { op: 'add', path: 'serial', value: 'n' })
      expect(at(expectStatus(answer, 200), '/serial')).toBe('n')
      expectError(await empty.scim.patch(empty.path, { op: 'add', path: 'serial', value: 'o' }), 400, 'mutability')
    }
  })

  test('immutable inside a complex attribute and an extension, too [CHR-04 PUT-04]', async () => {
    const { scim, path } = await made({
      box: { sealed: 's', width: 1 },
      schemas: [GADGET_URN, EXTRA_URN],
      [EXTRA_URN]: { colour: 'red', code: 'c' },
    })
    expectError(await scim.patch(path, { op: 'replace', path: 'box.sealed', value: 't' }), 400, 'mutability')
    expectError(await scim.patch(path, { op: 'replace', path: `${EXTRA_URN}:code`, value: 'd' }), 400, 'mutability')
    expect(at(await scim.patch(path, { op: 'replace', path: 'box.width', value: 2 }), '/box')).toEqual({ sealed: 's', width: 2 })
  })

  test('writeOnly is taken and never shown, nor a filter [CHR-05 CRE-01 PUT-02 PAT-08 B9]', async () => {
    const { scim, path } = await made({ secret: 'HUSH1' })
    const answers = [
      await scim.put(path, gadget('g', { secret: 'HUSH2' })),
      await scim.patch(path, { op: 'replace', path: 'secret', value: 'HUSH3' }),
      await scim.get(`${path}?attributes=secret`),
      await scim.get('/Gadgets?attributes=secret,label'),
    ]
    for (const answer of answers) expect(expectStatus(answer, 200).text).not.toMatch(/HUSH|"secret"/)
    for (const filter of ['secret eq "HUSH3"', 'secret sw "H"', 'secret pr'])
      expectError(await scim.get(`/Gadgets?filter=${encodeURIComponent(filter)}`), 400, 'invalidFilter')
  })
})

describe('returned', () => {
  test('always, default, request and never, in every answer [CHR-06 PRJ-02 PRJ-04 GET-02]', async () => {
    const { scim, path } = await made({ badge: 'b', plain: 'p', notes: 'n', secret: 's' })
    const shown = (answer: { json: () => unknown }) =>
      Object.keys(Object(answer.json()))
        .filter((name) => ['badge', 'plain', 'notes', 'secret'].includes(name))
        .sort()
    expect(shown(await scim.get(path))).toEqual(['badge', 'plain'])
    expect(shown(await scim.get(`${path}?attributes=notes`))).toEqual(['badge', 'notes'])
    expect(shown(await scim.get(`${path}?attributes=label`))).toEqual(['badge'])
    expect(shown(await scim.get(`${path}?excludedAttributes=badge,plain`))).toEqual(['badge'])
    expect(shown(await scim.get(`${path}?attributes=secret`))).toEqual(['badge'])
    const touched = await scim.patch(path, { op: 'replace', path: 'notes', value: 'm' })
    expect(['badge,notes,plain', 'badge,plain']).toContain(shown(touched).join())
    const untouched = await scim.patch(path, { op: 'replace', path: 'plain', value: 'q' })
    expect(shown(untouched)).toEqual(['badge', 'plain'])
    expect(texts(await scim.get('/Gadgets?attributes=notes'), '/Resources/*/notes')).toEqual(['m'])
  })
})

describe('uniqueness and required', () => {
  test('hold for any type [CHR-07 CRE-09 PUT-07 PAT-08 REM-07]', async () => {
    const { scim, path } = await made()
    expectError(await scim.post('/Gadgets', gadget('G')), 409, 'uniqueness')
    expectError(await scim.post('/Gadgets', { schemas: [GADGET_URN] }), 400, 'invalidValue')
    expectError(await scim.put(path, { schemas: [GADGET_URN], plain: 'p' }), 400, 'invalidValue')
    expectError(await scim.patch(path, { op: 'remove', path: 'label' }), 400, 'mutability')
  })

  test('an extension’s required attribute is needed where the extension is there, the extension where it is required [DSC-12]', async () => {
    const scim = await server.org()
    expectError(await scim.post('/Gadgets', gadget('a', { [EXTRA_URN]: { rank: 1 } })), 400, 'invalidValue')
    expectStatus(await scim.post('/Gadgets', gadget('b')), 201)
    const widget = { schemas: [WIDGET_URN], label: 'w' }
    expectError(await scim.post('/Widgets', widget), 400, 'invalidValue')
    expectError(await scim.post('/Widgets', { ...widget, [EXTRA_URN]: { rank: 1 } }), 400, 'invalidValue')
    const created = expectStatus(await scim.post('/Widgets', { ...widget, [EXTRA_URN]: { colour: 'red' } }), 201)
    expect(at(created, `/${EXTRA_URN}/colour`)).toBe('red')
    expect(texts(created, '/schemas')).toEqual([EXTRA_URN, WIDGET_URN].sort())
  })
})

describe('a type of one’s own', () => {
  test('is discovered with the full set of characteristics [CHR-08 DSC-23 DSC-11]', async () => {
    const scim = await server.org()
    expect(texts(await scim.get('/ResourceTypes'), '/Resources/*/endpoint')).toEqual(['/Gadgets', '/Groups', '/Users', '/Widgets'])
    const schema = expectStatus(await scim.get(`/Schemas/${GADGET_URN}`), 200)
    expect(list(schema, '/attributes')).toContainEqual(
      expect.objectContaining({
        name: 'plain',
        type: 'string',
        multiValued: false,
        required: false,
        caseExact: false,
        mutability: 'readWrite',
        returned: 'default',
        uniqueness: 'none',
      }),
    )
    expect((await scim.get(`/Schemas/${GADGET_URN}`)).text).not.toContain('defaultValue')
  })

  test('is filtered by its types: numbers as numbers, names with every character [FLT-08 FLT-28 FLT-29 FLT-35 SRT-03 JSN-16]', async () => {
    const scim = await server.org()
    for (const [label, count] of [
      ['nine', 9],
      ['ten', 10],
    ] as const) {
      expectStatus(
        await scim.post(
          '/Gadgets',
          gadget(label, {
            count,
            weight: count / 4,
            'my-attr_1': label,
            not: label,
            blob: 'QUJD',
            counts: [count, 1],
            tags: [label, 'All'],
            made: `2020-01-01T00:00:0${count - 9}+01:00`,
          }),
        ),
        201,
      )
    }
    expect(await labels(scim, 'count gt 9')).toEqual(['ten'])
    expect(await labels(scim, 'count eq 1e1')).toEqual(['ten'])
    expect(await labels(scim, 'count eq -1')).toEqual([])
    expect(await labels(scim, 'weight lt 2.4')).toEqual(['nine'])
    expect(await labels(scim, 'my-attr_1 eq "TEN"')).toEqual(['ten'])
    expect(await labels(scim, 'not eq "ten"')).toEqual(['ten'])
    expect(await labels(scim, 'not (not eq "ten")')).toEqual(['nine'])
    expect(await labels(scim, 'counts eq 10')).toEqual(['ten'])
    expect(await labels(scim, 'counts eq 1')).toEqual(['nine', 'ten'])
    expect(await labels(scim, 'tags eq "all"')).toEqual(['nine', 'ten'])
    expect(await labels(scim, 'made eq "2019-12-31T23:00:01.000Z"')).toEqual(['ten'])
    expect(await labels(scim, 'blob eq "QUJD"')).toEqual(['nine', 'ten'])
    for (const filter of ['blob gt "QUJD"', 'blob le "QUJD"', 'on gt true', 'count co "1"', 'count eq "10"', 'made co "2020"']) {
      expectError(await scim.get(`/Gadgets?filter=${encodeURIComponent(filter)}`), 400, 'invalidFilter')
    }
    const sorted = await scim.get('/Gadgets?sortBy=count&sortOrder=descending')
    expect(list(sorted, '/Resources/*/label')).toEqual(['ten', 'nine'])
  })
})
