// The command line for people: why they reach what, what ended when they left, who must stay, and whose account a SCIM user takes over.
import { describe, expect, test } from 'vitest'
import { setGroupRole } from '../../src/permissions/selecting.ts'
import { apiAt, keyOf, team } from '../support/api.ts'
import { commandLine } from '../support/command-line.ts'
import { expectError, expectStatus, text, user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

/** A team, and the command line of its organisation. */
async function start() {
  const it = await team(server)
  const plur = commandLine({ PLUR_DATABASE_URL: server.databaseUrl, PLUR_ORG: it.org.slug })
  /** The exit code, and what was printed where it belongs. */
  const said = async (...args: string[]) => {
    const { code, stdout, stderr } = await plur.run(...args)
    return [code, code === 0 ? stdout : stderr] as const
  }
  return { ...it, plur, said }
}

describe('why', () => {
  test('prints every way from the person to the scope as a tree, and who made each step when by which request', async () => {
    const { org, graph, group, said, plur } = await start()
    const outer = await org.group('Company', [group])
    await graph.select(outer)
    const [code, tree] = await said('why', '--user', 'ALICE', '--scope', 'group:company')
    expect(code).toBe(0)
    const [head, member, since, nested, , carries, switched] = tree.split('\n')
    expect(head).toBe('alice only reads group:company')
    expect(member).toBe('└─ member of Engineering/Platform (editor)')
    expect(since).toMatch(new RegExp(`^   │  since 20.+Z, by SCIM token test connection \\(${org.tokenId}\\), request [0-9a-f-]{36}$`))
    expect(nested).toBe('   └─ which is in Company (viewer)')
    expect(carries).toBe('      └─ which carries this scope: read')
    expect(switched).toMatch(/^ +switched on 20.+Z, by admin at the command line, request admin-request$/)
    expect(await plur.json('why', '--user', 'alice', '--scope', 'group:company')).toMatchObject({
      user: 'alice',
      readable: true,
      writable: false,
      paths: [{ steps: [{ kind: 'member' }, { kind: 'nested' }, { kind: 'carries' }] }],
      tokens: { [org.tokenId]: 'test connection' },
    })
  })

  test('joins ways that begin alike, and says which of them write', async () => {
    const { org, graph, group, said } = await start()
    const [one, two] = [await org.group('One', [group]), await org.group('Two', [group])]
    const top = await org.group('Top', [one, two])
    await graph.select(one, two, top)
    await setGroupRole(graph.work, graph.context, { id: top, role: 'editor' })
    const [, tree] = await said('why', '--user', 'alice', '--scope', 'group:top')
    expect(tree).toMatch(/^alice reads and writes group:top\n/)
    expect(tree.match(/member of Engineering\/Platform/g)).toHaveLength(1)
    expect(tree.match(/^ {3}[├└]─ which is in (?=One|Two)/gm)?.sort()).toEqual(['   └─ which is in ', '   ├─ which is in '])
    expect(tree.match(/which carries this scope: read and write/g)).toHaveLength(2)
  })

  test('says so when nothing leads there, when the person is disabled, and who is unknown', async () => {
    const { org, ids, said, plur } = await start()
    expect(await said('why', '--user', 'carol', '--scope', 'group:engineering/platform')).toEqual([
      0,
      'carol does not reach group:engineering/platform: nothing that takes part leads there, or there is no such scope.\n',
    ])
    expectStatus(await org.patch(`/Users/${ids.alice}`, { op: 'replace', path: 'active', value: false }), 200)
    expect(await said('why', '--user', 'alice', '--scope', 'global')).toEqual([0, 'alice is disabled and reaches nothing.\n'])
    expect(await plur.json('why', '--user', 'alice', '--scope', 'global')).toMatchObject({ status: 'disabled', readable: false })
    expect((await said('why', '--user', 'nobody', '--scope', 'global'))[0]).toBe(1)
    expect((await said('why', '--user', 'alice'))[0]).toBe(2)
  })

  test('cannot be made to steer the terminal by what an identity provider calls a group [L1]', async () => {
    const { org, graph, ids, plur } = await start()
    await graph.select(await org.group('Ev\u001b[31mil\u202e', [ids.alice]))
    const { stdout } = await plur.run('why', '--user', 'alice', '--scope', 'group:ev-31mil')
    expect(stdout).toContain(String.raw`member of Ev\u{1b}[31mil\u{202e} (editor)`)
  })
})

describe('user show', () => {
  test('--receipt tells what ended when, how long after the request arrived, and what was kept', async () => {
    const { org, ids, as, scope, plur, said } = await start()
    const alice = await as('alice')
    await alice.learn(`user:${org.slug}:alice`, 'Mine')
    await alice.learn(scope, 'Ours')
    const session = await plur.json<{ id: string; token: string }>('session', 'create', '--user', 'alice')
    expect((await apiAt(server.origin, session.token).get('/me')).status).toBe(200)
    expect(await said('user', 'show', 'alice', '--receipt')).toEqual([1, 'alice never left.\n'])
    expectStatus(await org.patch(`/Users/${ids.alice}`, { op: 'replace', path: 'active', value: false }), 200)
    expect((await apiAt(server.origin, session.token).get('/me')).status).toBe(401)
    const receipt = await plur.json<{ afterMs: number }>('user', 'show', 'alice', '--receipt')
    expect(receipt).toMatchObject({
      because: 'disabled',
      by: { kind: 'scim_token', id: org.tokenId },
      sessions: [{ id: session.id, method: 'cli' }],
      apiKeys: [{ name: 'test' }],
      kept: { ownEngrams: 1, sharedEngrams: 1, episodes: 0, groups: 1 },
      status: 'disabled',
    })
    expect(receipt.afterMs).toBeGreaterThan(0)
    const [code, told] = await said('user', 'show', 'alice', '--receipt')
    expect(code).toBe(0)
    expect(told).toContain(`${receipt.afterMs} ms from the arrival of the request`)
    expect(told).toContain(session.id)
  })

  test('--receipt finds who was deleted by the name they had, also when somebody new has it', async () => {
    const { org, plur, said } = await start()
    const userName = 'zoe@example.com'
    const first = await org.user(userName)
    expectStatus(await org.delete(`/Users/${first}`), 204)
    const receipt = await plur.json<{ accountId: string }>('user', 'show', userName, '--receipt')
    expect(receipt).toMatchObject({ because: 'deleted', userName, status: 'disabled' })
    await org.user(userName)
    expect(await plur.json('user', 'show', userName, '--receipt')).toMatchObject({ accountId: receipt.accountId })
    expect(await said('user', 'show', 'nobody@example.com', '--receipt')).toEqual([1, expect.stringContaining('There is no account')])
  })

  test('--delete-preview tells what a hard deletion would remove, and whether one is to be had', async () => {
    const { org, as, scope, plur, said } = await start()
    const alice = await as('alice')
    await alice.learn(`user:${org.slug}:alice`, 'Mine')
    await alice.learn(scope, 'Ours')
    expect((await alice.post('/episodes', { summary: 'We talked' })).status).toBe(201)
    const preview = { hardDelete: false, ownEngrams: 1, episodes: 1, sharedEngrams: 1, groups: 1, sessions: 0, apiKeys: 1 }
    expect(await plur.json('user', 'show', 'alice', '--delete-preview')).toMatchObject(preview)
    expect((await said('user', 'show', 'alice', '--delete-preview'))[1]).toContain('PLUR_SCIM_HARD_DELETE is off')
    const hard = commandLine({ PLUR_DATABASE_URL: server.databaseUrl, PLUR_ORG: org.slug, PLUR_SCIM_HARD_DELETE: 'true' })
    expect(await hard.json('user', 'show', 'alice', '--delete-preview')).toMatchObject({ ...preview, hardDelete: true })
    expect((await said('user', 'show', 'alice', '--receipt', '--delete-preview'))[0]).toBe(2)
  })
})

describe('user disable and enable', () => {
  test('are for local accounts; keys and sessions that ended stay dead [F3]', async () => {
    const { org, plur, said, as } = await start()
    await server.localAccount(org.orgId, 'dora')
    const dora = await as('dora')
    const { token } = await plur.json<{ token: string }>('session', 'create', '--user', 'dora')
    expect(await plur.json('user', 'disable', 'dora')).toMatchObject({ status: 'disabled', revoked: { sessions: 1, apiKeys: 1 } })
    expect([(await dora.get('/me')).status, (await apiAt(server.origin, token).get('/me')).status]).toEqual([401, 401])
    expect(await said('user', 'disable', 'dora')).toEqual([1, 'dora is disabled already.\n'])
    expect(await plur.json('user', 'show', 'dora', '--receipt')).toMatchObject({ because: 'disabled', by: { kind: 'cli' }, afterMs: null })
    expect(await plur.json('user', 'enable', 'dora')).toMatchObject({ status: 'active' })
    expect([(await dora.get('/me')).status, (await (await as('dora')).get('/me')).status]).toEqual([401, 200])
    expect((await said('user', 'disable', 'alice'))[1]).toMatch(/^alice is managed by your identity provider\./)
  })

  test('leave the last admin and whoever is marked break-glass alone, towards the identity provider too [E9]', async () => {
    const { org, ids, said, plur } = await start()
    await server.localAccount(org.orgId, 'root', { admin: true })
    expect((await said('user', 'disable', 'root'))[1]).toMatch(/last active organisation admin/)
    expect((await said('user', 'admin', 'off', 'root'))[1]).toMatch(/last active organisation admin/)
    expect(await plur.json('user', 'admin', 'on', 'alice')).toMatchObject({ orgRole: 'org_admin' })
    expect(await plur.json('user', 'break-glass', 'on', 'root')).toMatchObject({ breakGlass: true })
    expect(await said('user', 'disable', 'root')).toEqual([1, expect.stringContaining('break-glass off')])
    expect(await plur.json('user', 'break-glass', 'on', 'alice')).toMatchObject({ breakGlass: true })
    expectError(await org.patch(`/Users/${ids.alice}`, { op: 'replace', path: 'active', value: false }), 409)
    expect(await plur.json('user', 'break-glass', 'off', 'alice')).toMatchObject({ breakGlass: false })
    expectStatus(await org.patch(`/Users/${ids.alice}`, { op: 'replace', path: 'active', value: false }), 200)
    expect((await said('user', 'break-glass', 'maybe', 'root'))[0]).toBe(2)
  })

  test('act on whom the name names, also where it is the slug of somebody who was renamed', async () => {
    const { org, plur } = await start()
    const renamed = await org.user('aaron')
    expectStatus(await org.patch(`/Users/${renamed}`, { op: 'replace', path: 'userName', value: 'a-new-name' }), 200)
    const aaron = await server.localAccount(org.orgId, 'aaron')
    expect(await plur.json('user', 'disable', 'aaron')).toMatchObject({ id: aaron })
    expect(await plur.json('user', 'show', 'a-new-name')).toMatchObject({ status: 'active', slug: 'aaron' })
  })
})

describe('user link', () => {
  test('follows the advice of a 409: the next POST takes the account over with its engrams and keys [C2]', async () => {
    const { org, plur, said } = await start()
    const id = await server.localAccount(org.orgId, 'dora', { email: 'dora@example.com' })
    const dora = apiAt(server.origin, await keyOf(server, org, 'dora'))
    const engram = await dora.learn(`user:${org.slug}:dora`, 'Dora explores')
    const pushed = user('dora.d', { emails: [{ value: 'dora@example.com' }] })
    const refused = await org.post('/Users', pushed)
    expectError(refused, 409, 'uniqueness')
    expect(text(refused, '/detail')).toContain('plur user link dora')
    expect(await plur.json('user', 'list', '--collisions')).toMatchObject([{ account: 'dora', pushedAs: 'dora.d', linked: false }])
    expect(await said('user', 'link', 'dora')).toEqual([
      0,
      'The next SCIM create with the user name dora or dora.d takes over this account.\n',
    ])
    expectStatus(await org.post('/Users', pushed), 201)
    expect(await plur.json('user', 'show', 'dora.d')).toMatchObject({ id, origin: 'scim' })
    expect((await dora.get(`/engrams/${engram.id}`)).status).toBe(200)
    expect((await said('user', 'link', 'dora.d'))[1]).toBe('dora.d is managed by an identity provider already.\n')
  })

  test('--former gives somebody who came back the memories of the earlier life', async () => {
    const { org, ids, as, plur } = await start()
    const before = await (await as('alice')).learn(`user:${org.slug}:alice`, 'From the first life')
    expectStatus(await org.delete(`/Users/${ids.alice}`), 204)
    await org.user('alice')
    const [returner] = await plur.json<{ formerId: string }[]>('user', 'list', '--returners')
    expect(await plur.json('user', 'link', 'alice', '--former', returner?.formerId ?? '')).toMatchObject({ id: returner?.formerId })
    expect((await (await as('alice')).get(`/engrams/${before.id}`)).status).toBe(200)
    expect(await plur.json('user', 'list', '--returners')).toEqual([])
  })
})

describe('session', () => {
  test('create prints the token once, list and end go by its id [A4]', async () => {
    const { plur, said } = await start()
    const { id, token } = await plur.json<{ id: string; token: string }>('session', 'create', '--user', 'alice')
    const listed = await plur.json('session', 'list', '--user', 'alice')
    expect(listed).toMatchObject([{ id, method: 'cli', state: 'active' }])
    expect(JSON.stringify(listed)).not.toContain(token.split('_')[3])
    expect((await apiAt(server.origin, token).get('/me')).status).toBe(200)
    expect(await plur.json('session', 'end', id)).toEqual({ id, state: 'ended' })
    expect((await apiAt(server.origin, token).get('/me')).status).toBe(401)
    expect((await said('session', 'end', id))[0]).toBe(1)
  })
})
