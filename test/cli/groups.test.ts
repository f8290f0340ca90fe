// The command line for groups of the identity provider: a look before a switch, ordered rules, roles.
import { describe, expect, test } from 'vitest'
import { team } from '../support/api.ts'
import { commandLine } from '../support/command-line.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

async function start() {
  const it = await team(server)
  const plur = commandLine({ PLUR_DATABASE_URL: server.databaseUrl, PLUR_ORG: it.org.slug })
  const group = (...args: string[]) => plur.run('scim-group', ...args)
  return { ...it, plur, run: group, json: <T>(...args: string[]) => plur.json<T>('scim-group', ...args) }
}

const NOBODY = { count: 0, userNames: [] }

describe('scim-group preview', () => {
  test('shows scopes that appear, who gains, and conflicts, and changes nothing', async () => {
    const { org, ids, run, json } = await start()
    await org.group('Finance', [ids.carol])
    await org.group('ENGINEERING / platform', [ids.carol])
    const before = await server.snapshot(org.orgId)
    expect(await json('preview', 'finance')).toEqual({
      opened: [{ scope: 'group:finance', group: 'Finance' }],
      closed: [],
      renamed: [],
      conflicts: [],
      people: [
        { scope: 'group:finance', gain: { count: 1, userNames: ['carol'] }, lose: NOBODY, gainWriting: NOBODY, loseWriting: NOBODY },
      ],
    })
    const { stdout } = await run('preview', 'engineering / platform')
    expect(stdout).toMatch(
      /Conflicts: these groups would take no part:\n.*\n.*group:engineering\/platform belongs to Engineering\/Platform/,
    )
    expect(await server.snapshot(org.orgId)).toEqual(before)
  })

  test('--disable shows who loses access', async () => {
    const { run, json } = await start()
    expect(await json('preview', 'Engineering/Platform', '--disable')).toMatchObject({
      closed: [{ scope: 'group:engineering/platform' }],
      people: [{ lose: { count: 2, userNames: ['alice', 'bob'] } }],
    })
    const { stdout } = await run('preview', 'Engineering/Platform', '--disable')
    expect(stdout).toContain('Scopes that close; their memories stay, for admins only:')
    expect(stdout).toContain('2: alice, bob')
    expect((await run('preview', 'Engineering/Platform')).stdout).toBe('Nothing would change.\n')
    expect(await run('preview', 'Nothing')).toMatchObject({ code: 1, stdout: '' })
  })
})

describe('scim-group rules', () => {
  test('select by name in their order, the first that matches decides; take effect without anything sent again', async () => {
    const { org, ids, graph, json, run } = await start()
    for (const name of ['Engineering/Secret', 'Engineering/Core', 'Sales']) await org.group(name, [ids.carol])
    expect((await run('rules', 'list')).stdout).toMatch(/^No rules/)
    const rules = ['off:Engineering/Secret', 'Engineering/**']
    expect(await json('rules', 'set', ...rules, '--preview')).toMatchObject({ opened: [{ scope: 'group:engineering/core' }] })
    expect(await graph.reads('carol')).toEqual([])
    expect(await json('rules', 'set', ...rules)).toMatchObject({
      rules: [
        { pattern: 'Engineering/Secret', select: false },
        { pattern: 'Engineering/**', select: true },
      ],
    })
    expect(await graph.reads('carol')).toEqual(['group:engineering/core'])
    await json('rules', 'add', 'on:Sales', '--at', '1')
    expect(await graph.reads('carol')).toEqual(['group:engineering/core', 'group:sales'])
    expect((await json<{ rules: unknown[] }>('rules', 'remove', '2')).rules).toEqual([
      { pattern: 'Sales', select: true },
      { pattern: 'Engineering/**', select: true },
    ])
    expect(await graph.reads('carol')).toEqual(['group:engineering/core', 'group:engineering/secret', 'group:sales'])
    const { stdout } = await run('rules', 'list')
    expect(stdout).toMatch(/1 +on +Sales\s*\n *2 +on +Engineering\/\*\*/)
    await json('rules', 'set', '--clear')
    expect(await graph.reads('carol')).toEqual([])
  })

  test('set separator, prefix, default role and nesting by name; every scope keeps its memories', async () => {
    const { as, scope, graph, json } = await start()
    const { id } = await (await as('alice')).learn(scope, 'Stays')
    const set = ['rules', 'set', '--prefix', 'acme', '--separator', '::', '--member-role', 'viewer', '--no-nest-by-name']
    expect(await json(...set)).toMatchObject({ prefix: 'acme', separator: '::', memberRole: 'viewer', nestByName: false })
    expect([await graph.reads('alice'), await graph.writes('alice')]).toEqual([['group:acme/engineering-platform'], []])
    expect((await (await as('alice')).get(`/engrams/${id}`)).body).toMatchObject({ scope: 'group:acme/engineering-platform' })
    expect(await json('rules', 'set', '--prefix', '', '--separator', '/')).toMatchObject({ prefix: '' })
    expect(await graph.reads('alice')).toEqual([scope])
  })

  test.each([
    [['set'], 2, 'Say what to set'],
    [['set', 'off:'], 2, 'Write a pattern'],
    [['set', '*', '--clear'], 2, 'not both'],
    [['set', '--prefix', 'A/../b'], 2, 'A prefix is a path'],
    [['set', '--separator', ''], 2, 'A separator has'],
    [['set', '--member-role', 'owner'], 2, 'Allowed choices'],
    [['add', 'x', '--at', '0'], 2, 'number of a rule'],
    [['remove', '7'], 1, 'There is no rule 7'],
  ])('%j is refused with %i and changes nothing', async (args, code, hint) => {
    const { org, run } = await start()
    const before = await server.snapshot(org.orgId)
    const done = await run('rules', ...args)
    expect([done.code, done.stdout]).toEqual([code, ''])
    expect(done.stderr).toContain(hint)
    expect(await server.snapshot(org.orgId)).toEqual(before)
  })
})

test('scim-group role sets what members may do in the scope of one group', async () => {
  const { graph, scope, json } = await start()
  expect(await json('role', 'Engineering/Platform', 'viewer')).toMatchObject({ role: 'viewer' })
  expect(await graph.writes('alice')).toEqual([])
  expect(await json('role', 'Engineering/Platform', 'default')).toMatchObject({ role: null })
  expect(await graph.writes('alice')).toEqual([scope])
})
