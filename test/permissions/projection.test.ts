// What the IdP's groups project to, over SCIM on a real server (design section 4; threats E1 to E5).
import { describe, expect, test } from 'vitest'
import { graphOf } from '../support/graph.ts'
import { expectStatus, NOBODY } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

async function start() {
  const org = await server.org()
  return { org, graph: graphOf(server, org), alice: await org.user('alice'), bob: await org.user('bob') }
}

const rename = (displayName: string) => ({ op: 'replace', path: 'displayName', value: displayName })
const add = (...ids: string[]) => ({ op: 'add', path: 'members', value: ids.map((value) => ({ value })) })
const remove = (id: string) => ({ op: 'remove', path: `members[value eq "${id}"]` })

describe('a pushed group', () => {
  test('gives nothing until an admin selects it, then everything that the IdP has sent already', async () => {
    const { org, graph, alice } = await start()
    const id = await org.group('Engineering/Platform', [alice])
    expect(await graph.reads('alice')).toEqual([])
    await graph.select(id)
    expect(await graph.reads('alice')).toEqual(['group:engineering/platform'])
    expect(await graph.writes('alice')).toEqual(['group:engineering/platform'])
    expect(await graph.reads('bob')).toEqual([])
    await graph.unselect(id)
    expect(await graph.reads('alice')).toEqual([])
    await graph.select(id)
    expect(await graph.reads('alice')).toEqual(['group:engineering/platform'])
  })

  test('gives and takes with the member rows alone', async () => {
    const { org, graph, alice, bob } = await start()
    const id = await org.group('Engineering', [alice])
    await graph.select(id)
    expectStatus(await org.patch(`/Groups/${id}`, add(bob), remove(alice)), 204)
    expect(await graph.reads('alice')).toEqual([])
    expect(await graph.reads('bob')).toEqual(['group:engineering'])
  })

  test('that a rule selects takes part from its creation, one that none selects does not', async () => {
    const { org, graph, alice } = await start()
    await graph.rules('!Engineering/Secret/**', 'Engineering/**', '!*')
    await org.group('Engineering/Platform', [alice])
    await org.group('Engineering/Secret/Keys', [alice])
    await org.group('Sales', [alice])
    expect(await graph.reads('alice')).toEqual(['group:engineering/platform'])
  })

  test('is not enabled by nesting it in one that is [E4]', async () => {
    const { org, graph, alice } = await start()
    const outer = await org.group('Engineering')
    await graph.rules('Engineering/**')
    const inner = await org.group('Contractors', [alice])
    expectStatus(await org.patch(`/Groups/${outer}`, add(inner)), 204)
    expect(await graph.reads('alice')).toEqual([])
  })
})

describe('renaming', () => {
  test('renames the scope and keeps its id and its members', async () => {
    const { org, graph, alice } = await start()
    const id = await org.group('Engineering/Platform', [alice])
    await graph.select(id)
    const before = (await graph.scopes()).get('group:engineering/platform')
    expectStatus(await org.patch(`/Groups/${id}`, rename('Engineering/Core')), 204)
    expect(await graph.reads('alice')).toEqual(['group:engineering/core'])
    const scopes = await graph.scopes()
    expect(scopes.get('group:engineering/core')).toBe(before)
    expect(scopes.has('group:engineering/platform')).toBe(false)
  })

  test('takes the groups inside along', async () => {
    const { org, graph, alice } = await start()
    const backend = await org.group('Backend', [alice])
    const platform = await org.group('Platform', [backend])
    const engineering = await org.group('Engineering', [platform])
    await graph.select(backend, platform, engineering)
    const before = await graph.scopes()
    expect(await graph.reads('alice')).toEqual(['group:engineering', 'group:engineering/platform', 'group:engineering/platform/backend'])
    expectStatus(await org.patch(`/Groups/${engineering}`, rename('R&D')), 204)
    expect(await graph.reads('alice')).toEqual(['group:r-d', 'group:r-d/platform', 'group:r-d/platform/backend'])
    expect(new Set((await graph.scopes()).values())).toEqual(new Set(before.values()))
  })

  test('onto a path that another group has is held, and gives neither the other’s memories nor its own [E3 E4]', async () => {
    const { org, graph, alice, bob } = await start()
    const finance = await org.group('Finance', [bob])
    const sales = await org.group('Sales', [alice])
    await graph.select(finance, sales)
    expectStatus(await org.patch(`/Groups/${sales}`, rename('FINANCE ')), 204)
    expect(await graph.reads('alice')).toEqual([])
    expect(await graph.reads('bob')).toEqual(['group:finance'])
    expect(await graph.listed(sales)).toMatchObject({
      selected: true,
      open: false,
      held: 'taken',
      wantedScope: 'group:finance',
      heldBy: 'Finance',
    })
    expectStatus(await org.patch(`/Groups/${sales}`, rename('Sales')), 204)
    expect(await graph.reads('alice')).toEqual(['group:sales'])
  })

  test('away from a path lets the one that waits for it in, with a scope of its own [E3]', async () => {
    const { org, graph, alice, bob } = await start()
    const first = await org.group('Engineering', [alice])
    await graph.select(first)
    const scope = (await graph.scopes()).get('group:engineering')
    await graph.select(await org.group('Engineering!', [bob]))
    expect(await graph.reads('bob')).toEqual([])
    expectStatus(await org.patch(`/Groups/${first}`, rename('Research')), 204)
    expect(await graph.reads('alice')).toEqual(['group:research'])
    expect(await graph.reads('bob')).toEqual(['group:engineering'])
    const scopes = await graph.scopes()
    expect(scopes.get('group:research')).toBe(scope)
    expect(scopes.get('group:engineering')).not.toBe(scope)
  })
})

describe('nesting', () => {
  test('by the IdP and by name give the same scope path', async () => {
    const { org, graph, alice } = await start()
    const platform = await org.group('Platform', [alice])
    const engineering = await org.group('Engineering', [platform])
    await graph.select(platform, engineering)
    expect(await graph.reads('alice')).toEqual(['group:engineering', 'group:engineering/platform'])
    expect(await graph.writes('alice')).toEqual(['group:engineering/platform'])

    const other = await start()
    const named = await other.org.group('Engineering/Platform', [other.alice])
    const above = await other.org.group('Engineering')
    await other.graph.select(named, above)
    expect(await other.graph.reads('alice')).toEqual(['group:engineering', 'group:engineering/platform'])
    expect(await other.graph.writes('alice')).toEqual(['group:engineering/platform'])
  })

  test('in two selected groups leaves a group at its own name, and gives both', async () => {
    const { org, graph, alice } = await start()
    const platform = await org.group('Platform', [alice])
    const engineering = await org.group('Engineering', [platform])
    const infra = await org.group('Infra', [platform])
    await graph.select(platform, engineering)
    expect(await graph.reads('alice')).toEqual(['group:engineering', 'group:engineering/platform'])
    await graph.select(infra)
    expect(await graph.reads('alice')).toEqual(['group:engineering', 'group:infra', 'group:platform'])
    expectStatus(await org.delete(`/Groups/${engineering}`), 204)
    expect(await graph.reads('alice')).toEqual(['group:infra', 'group:infra/platform'])
    expectStatus(await org.patch(`/Groups/${infra}`, remove(platform)), 204)
    expect(await graph.reads('alice')).toEqual(['group:platform'])
  })

  test('in circles of any length answers and ends [E5]', async () => {
    const { org, graph, alice } = await start()
    const ids: string[] = []
    for (let i = 0; i < 50; i++) ids.push(await org.group(`Circle ${i}`, i === 0 ? [alice] : [ids[i - 1] ?? NOBODY]))
    expectStatus(await org.patch(`/Groups/${ids[0]}`, add(ids[49] ?? NOBODY)), 204)
    expectStatus(await org.patch(`/Groups/${ids[7]}`, add(ids[7] ?? NOBODY)), 204)
    await graph.select(...ids)
    expect((await graph.reads('alice')).length).toBe(50)
    expect(await graph.writes('alice')).toEqual(['group:circle-0'])
  })
})

describe('what stays', () => {
  test.each(['unselected', 'deleted'])('of a group that is %s: its scope, for admins of the organisation only', async (how) => {
    const { org, graph, alice } = await start()
    const id = await org.group('Engineering/Platform', [alice])
    await graph.select(id)
    const scope = (await graph.scopes()).get('group:engineering/platform')
    if (how === 'deleted') expectStatus(await org.delete(`/Groups/${id}`), 204)
    else await graph.unselect(id)
    expect(await graph.reads('alice')).toEqual([])
    await graph.makeAdmin('bob')
    expect(await graph.reads('bob')).toEqual(['group:engineering/platform'])
    expect(await graph.writes('bob')).toEqual([])
    expect((await graph.scopes()).get('group:engineering/platform')).toBe(scope)
  })

  test('is not given to a new group of that name, unless an admin says so', async () => {
    const { org, graph, alice, bob } = await start()
    const id = await org.group('Engineering', [alice])
    await graph.rules('**')
    const scope = (await graph.scopes()).get('group:engineering')
    expectStatus(await org.delete(`/Groups/${id}`), 204)
    const again = await org.group('Engineering', [bob])
    expect(await graph.reads('bob')).toEqual([])
    expect(await graph.listed(again)).toMatchObject({ held: 'retained', wantedScope: 'group:engineering' })
    await graph.takeOver(again)
    expect(await graph.reads('bob')).toEqual(['group:engineering'])
    expect((await graph.scopes()).get('group:engineering')).toBe(scope)
  })
})

describe('names', () => {
  test.each([
    ['..', 'unusable'],
    ['/', 'unusable'],
    ['//', 'unusable'],
    ['a//b', 'unusable'],
    ['/a', 'unusable'],
    ['Engineering/../Finance', 'unusable'],
    ['．．/x', 'unusable'],
    ['Ä/ß r&d', 'unusable'],
    ['💥', 'unusable'],
    ['1/2/3/4/5/6/7/8/9', 'too_deep'],
    ['org:acme', 'group:org-acme'],
    ['user:acme:alice', 'group:user-acme-alice'],
    ['global', 'group:global'],
    ['a\\b%2Fc', 'group:a-b-2fc'],
    ['a／b', 'group:a-b'],
    ['💥 team 💥', 'group:team'],
    ['\u202Eevil\u202C', 'group:evil'],
  ])('%j stay below group: or out of the graph [E1 E2]', async (name, expected) => {
    const { org, graph, alice } = await start()
    const id = await org.group(name, [alice])
    await graph.select(id)
    const isScope = expected.startsWith('group:')
    expect(await graph.reads('alice')).toEqual(isScope ? [expected] : [])
    expect(await graph.listed(id)).toMatchObject({ open: isScope, held: isScope ? null : expected })
    for (const scope of (await graph.scopes()).keys()) expect(scope).toMatch(/^group:[a-z0-9._/-]+$/)
  })
})

test('all such names at once: none fails, none stands outside group:, no two at one place [E1 E2 E3]', async () => {
  const { org, graph, alice } = await start()
  const alike = [
    'Engineering/Platform',
    'engineering/PLATFORM ',
    'Engineering / Platform',
    'ENGINEERING/plat\u0131form',
    'Ｅngineering/Platform',
  ]
  const odd = [
    '..',
    '../..',
    '/',
    '.',
    '\\',
    'org:acme',
    'user:acme:alice',
    'global',
    'Ä/ß r&d',
    'ä/ß R&D',
    '𝕲𝖗𝖔𝖚𝖕',
    '🏴‍☠️/👩‍👩‍👧',
    '%2e%2e/x',
    'a\u0000b',
  ]
  const long = ['x'.repeat(10_000), '/'.repeat(10_000), '💥'.repeat(2_500), 'a/'.repeat(5_000)]
  await graph.rules('**')
  const schemas = ['urn:ietf:params:scim:schemas:core:2.0:Group']
  const answers = await Promise.all(
    [...alike, ...odd, ...long].map((displayName) => org.post('/Groups', { schemas, displayName, members: [{ value: alice }] })),
  )
  for (const answer of answers) expect([201, 400, 409], answer.text.slice(0, 200)).toContain(answer.status)
  const nodes = await server.rows('select path, scim_group_id from group_nodes where org_id = $1 and path is not null', [org.orgId])
  expect(new Set(nodes.map(({ path }) => path)).size).toBe(nodes.length)
  const readable = (await graph.access('alice')).map(({ name, kind }) => `${kind} ${name}`)
  const own = ['global global', `org org:${org.slug}`, `user user:${org.slug}:alice`]
  for (const scope of readable.filter((name) => !own.includes(name))) expect(scope).toMatch(/^group group:[a-z0-9._-]+(\/[a-z0-9._-]+)*$/)
  expect(readable.length).toBe(nodes.length + own.length)
  expect(readable.filter((name) => name.includes('engineering'))).toEqual([
    'group group:engineering/plat-form',
    'group group:engineering/platform',
  ])
})

test('long names are cut, and two that are cut alike are not merged [E2 E3]', async () => {
  const { org, graph, alice, bob } = await start()
  const [first, second] = [await org.group(`${'x'.repeat(1900)}1`, [alice]), await org.group(`${'x'.repeat(1900)}2`, [bob])]
  await graph.select(first, second)
  expect(await graph.reads('alice')).toEqual([`group:${'x'.repeat(64)}`])
  expect(await graph.reads('bob')).toEqual([])
  expect(await graph.listed(second)).toMatchObject({ held: 'taken' })
  expect(
    (await org.post('/Groups', { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: 'x'.repeat(10_000) })).status,
  ).toBe(400)
})

describe('settings', () => {
  test('move all groups at once and keep every scope', async () => {
    const { org, graph, alice } = await start()
    const inner = await org.group('Platform', [alice])
    const ids = [inner, await org.group('Engineering', [inner]), await org.group('A::B', [alice])]
    await graph.select(...ids)
    const before = new Set((await graph.scopes()).values())
    await graph.settings({ prefix: 'acme', separator: '::' })
    expect(await graph.reads('alice')).toEqual(['group:acme/a/b', 'group:acme/engineering', 'group:acme/engineering/platform'])
    expect(new Set((await graph.scopes()).values())).toEqual(before)
  })

  test('decide whether members of a group nested by name read what is above', async () => {
    const { org, graph, alice } = await start()
    await graph.select(await org.group('Engineering'), await org.group('Engineering/Platform', [alice]))
    expect(await graph.reads('alice')).toEqual(['group:engineering', 'group:engineering/platform'])
    await graph.settings({ nestByName: false })
    expect(await graph.reads('alice')).toEqual(['group:engineering/platform'])
  })
})
