// The permission graph over HTTP, without script: what is shown, what may be changed here and what not, and who is let in (design section 4;
// threats E1, E10, L).
import { describe, expect, test } from 'vitest'
import { keyOf, team } from '../support/api.ts'
import { expectStatus } from '../support/scim.ts'
import { useServer } from '../support/server.ts'
import { signedInAs, webAt, type WebClient } from '../support/web.ts'

const server = useServer()

async function start() {
  const it = await team(server)
  await server.localAccount(it.org.orgId, 'root', { admin: true })
  return { ...it, root: await signedInAs(server, it.org, 'root') }
}

const GROUP = '/admin/groups/group'
const at = (path: string) => `${GROUP}?${new URLSearchParams({ path })}`

const pageOf = async (client: WebClient, path: string): Promise<string> => {
  const answer = await client.get(path)
  expect(answer.status, `${path}: ${answer.text.slice(0, 300)}`).toBe(200)
  return answer.text
}

async function told(client: WebClient, on: string, path: string, fields: Readonly<Record<string, string>>): Promise<string> {
  const answer = await client.submit(on, path, fields)
  expect(answer.status, answer.text.slice(0, 500)).toBe(303)
  const text = await pageOf(client, answer.location ?? '')
  return /class="callout (?:good|bad)"[^>]*>.*?<p>(.*?)<\/p>/s.exec(text)?.[1]?.replaceAll('&quot;', '"') ?? ''
}

async function make(client: WebClient, path: string): Promise<void> {
  expect((await client.submit('/admin/groups/new', '/admin/groups/new', { path })).status).toBe(303)
}

describe('the graph', () => {
  test('as a tree has each group at its place, folders where there is none, and what else it lies in', async () => {
    const { org, graph, root, group } = await start()
    const deep = await org.group('Sales/EMEA/North')
    const council = await org.group('Council')
    await graph.select(deep, council)
    expectStatus(await org.patch(`/Groups/${council}`, { op: 'add', path: 'members', value: [{ value: group }] }), 204)
    const text = await pageOf(root, '/admin/groups')
    const rows = [...text.matchAll(/<div class="tree-row">.*?<\/svg>(.*?)<\/div>/gs)].map(([, row = '']) =>
      row
        .replaceAll(/<[^>]+>/g, ' ')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
    expect(rows).toEqual([
      'council 0 people from the IdP',
      'engineering no group of its own',
      'platform 2 people from the IdP also inside council',
      'sales no group of its own',
      'emea no group of its own',
      'north 0 people from the IdP',
    ])
  })

  test('as a picture has a box for each group and each granted scope, a line for each nesting and grant, and the same in words', async () => {
    const { org, graph, root } = await start()
    await graph.select(await org.group('Engineering'))
    await told(root, at('engineering/platform'), `${GROUP}/grant`, {
      path: 'engineering/platform',
      scope: 'project:guardian',
      role: 'viewer',
    })
    const text = await pageOf(root, '/admin/groups?view=picture')
    const boxes = [...text.matchAll(/class="graph-box (\w+)[^>]*><title>([^<]+)/g)].map(([, tone, title]) => `${tone} ${title}`)
    expect(boxes.sort()).toEqual(['group engineering/platform: 2 people', 'group engineering: 0 people', 'scope project:guardian'])
    const lines = [...text.matchAll(/class="graph-line (\w+)"[^>]*><title>([^<]+)/g)].map(([, look, title]) => `${look}: ${title}`)
    expect(lines.sort()).toEqual([
      'dashed: project:guardian is granted to engineering/platform as viewer',
      'solid: engineering/platform is inside engineering, by its name',
    ])
    expect(text.replaceAll(/<[^>]+>/g, '')).toContain(
      'engineering/platform has 2 people, is inside engineering, was granted project:guardian as viewer.',
    )
  })

  test('in focus shows what a group is in, what is in it, and who shares a scope with it', async () => {
    const { org, graph, root } = await start()
    await graph.select(
      await org.group('Engineering'),
      await org.group('Engineering/Platform/Storage'),
      await org.group('Elsewhere'),
      await org.group('Partner'),
    )
    for (const path of ['engineering/platform', 'partner']) {
      await told(root, at(path), `${GROUP}/grant`, { path, scope: 'project:guardian', role: 'editor' })
    }
    const boxes = (text: string) => [...text.matchAll(/class="graph-box \w+[^>]*><title>([^<:]+)/g)].map(([, title]) => title)
    const text = await pageOf(root, '/admin/groups?view=picture&focus=engineering%2Fplatform')
    expect(boxes(text).sort()).toEqual(['engineering', 'engineering/platform', 'engineering/platform/storage', 'partner', 'project'])
    expect(await pageOf(root, '/admin/groups?view=picture&focus=nowhere')).toContain('No such group')
  })

  test('survives circles of nesting [E5]', async () => {
    const { org, graph, root } = await start()
    const [a, b] = [await org.group('A'), await org.group('B')]
    expectStatus(await org.patch(`/Groups/${a}`, { op: 'add', path: 'members', value: [{ value: b }, { value: a }] }), 204)
    expectStatus(await org.patch(`/Groups/${b}`, { op: 'add', path: 'members', value: [{ value: a }] }), 204)
    await graph.select(a, b)
    for (const path of ['/admin/groups', '/admin/groups?view=picture', '/admin/groups?view=picture&focus=a', at('a'), at('b')])
      await pageOf(root, path)
  })

  test('is turned by keyset in the order of the tree', async () => {
    const { root } = await start()
    for (let n = 0; n < 104; n++) await make(root, `g/n${String(n).padStart(3, '0')}`)
    const seen: string[] = []
    for (let path: string | undefined = '/admin/groups'; path !== undefined; ) {
      const text: string = await pageOf(root, path)
      seen.push(...[...text.matchAll(/group\?path=([^"]+)"/g)].map(([, found]) => decodeURIComponent(found ?? '')))
      path = /href="([^"]+)"[^>]*rel="next"/.exec(text)?.[1]?.replaceAll('&amp;', '&')
    }
    expect(seen).toEqual(['engineering/platform', ...Array.from({ length: 104 }, (_, n) => `g/n${String(n).padStart(3, '0')}`)])
  })
})

describe('a group of the identity provider', () => {
  test('is shown with its members and cannot be changed here, but may be granted scopes [E10]', async () => {
    const { org, graph, root } = await start()
    const path = 'engineering/platform'
    const text = await pageOf(root, at(path))
    for (const words of ['Its members are changed there', 'href="/admin/scim/groups"', '>alice</a>', '>bob</a>'])
      expect(text).toContain(words)
    for (const action of ['rename', 'delete', 'add', 'remove', 'role']) expect(text).not.toContain(`${GROUP}/${action}`)
    const aliceId = await graph.accountId('alice')
    for (const [action, fields] of [
      ['rename', { to: 'mine' }],
      ['delete', {}],
      ['add', { user: 'carol', role: 'admin' }],
      ['role', { account: aliceId, role: 'admin' }],
      ['remove', { account: aliceId }],
    ] as const) {
      expect(await told(root, at(path), `${GROUP}/${action}`, { path, ...fields }), action).toContain(
        'is managed by your identity provider',
      )
    }
    expect(await graph.reads('carol')).toEqual([])
    expect(await told(root, at(path), `${GROUP}/grant`, { path, scope: 'project:guardian', role: 'editor' })).toBe(
      'project:guardian is granted as editor.',
    )
    expect(await graph.writes('alice')).toEqual(['group:engineering/platform', 'project:guardian'])
    expect(await told(root, at(path), `${GROUP}/ungrant`, { path, scope: 'project:guardian' })).toBe('project:guardian is taken back.')
    expect(await graph.reads('alice')).toEqual(['group:engineering/platform'])
    expect((await org.get('/Groups?filter=displayName+eq+"Engineering/Platform"')).text).toContain('Engineering/Platform')
  })
})

describe('a group made here', () => {
  test('opens and closes what it should with the next call', async () => {
    const { graph, root } = await start()
    await make(root, 'crew')
    const here = at('crew')
    expect(await told(root, here, `${GROUP}/add`, { path: 'crew', user: 'CAROL', role: 'viewer' })).toBe('CAROL is a member as viewer.')
    expect([await graph.reads('carol'), await graph.writes('carol')]).toEqual([['group:crew'], []])
    const carolId = await graph.accountId('carol')
    await told(root, here, `${GROUP}/role`, { path: 'crew', account: carolId, role: 'editor' })
    expect(await graph.writes('carol')).toEqual(['group:crew'])
    const moved = await root.submit(here, `${GROUP}/rename`, { path: 'crew', to: 'ship/crew' })
    expect(moved.location).toBe(at('ship/crew'))
    expect(await graph.writes('carol')).toEqual(['group:ship/crew'])
    await told(root, at('ship/crew'), `${GROUP}/remove`, { path: 'ship/crew', account: carolId })
    expect(await graph.reads('carol')).toEqual([])
    expect(await told(root, at('ship/crew'), `${GROUP}/delete`, { path: 'ship/crew' })).toContain('is deleted')
    expect(await pageOf(root, '/admin/groups')).toContain('<code>group:ship/crew</code>')
  })

  test.each([
    ['Crew', 'A path has 1 to 8 parts'],
    ['../crew', 'A path has 1 to 8 parts'],
    ['', 'A path is needed.'],
    ['engineering/platform', 'There is already a group at engineering/platform.'],
  ])('cannot be at %j', async (path, problem) => {
    const { root } = await start()
    const answer = await root.submit('/admin/groups/new', '/admin/groups/new', { path })
    expect([answer.status, answer.text.includes(problem)]).toEqual([422, true])
  })

  test('takes over what a former group of its name remembers only on purpose', async () => {
    const { org, graph, root, group, as } = await start()
    await (await as('alice')).learn('group:engineering/platform', 'Deploys happen on Tuesdays')
    await graph.unselect(group)
    const answer = await root.submit('/admin/groups/new', '/admin/groups/new', { path: 'engineering/platform' })
    expect([answer.status, answer.text.includes('keeps the memories of a group')]).toEqual([422, true])
    expect((await root.submit('/admin/groups/new', '/admin/groups/new', { path: 'engineering/platform', takeOver: 'on' })).status).toBe(303)
    await told(root, at('engineering/platform'), `${GROUP}/add`, { path: 'engineering/platform', user: 'carol', role: 'viewer' })
    expect(await (await as('carol')).recall('Tuesdays')).toEqual(['Deploys happen on Tuesdays'])
    expect(org.slug).not.toBe('')
  })

  test('says what is wrong on its own page', async () => {
    const { root } = await start()
    await make(root, 'crew')
    for (const [action, fields, problem] of [
      ['add', { user: 'nobody', role: 'viewer' }, 'There is no account with the user name nobody.'],
      ['grant', { scope: 'org:acme', role: 'editor' }, 'A scope that can be granted is named project:… or space:…'],
      ['rename', { to: 'Not A Path' }, '"Not A Path" is not a path.'],
      ['rename', { to: 'engineering/platform' }, 'is there already'],
    ] as const) {
      expect(await told(root, at('crew'), `${GROUP}/${action}`, { path: 'crew', ...fields }), action).toContain(problem)
    }
    for (const [action, fields, status] of [
      ['add', { user: 'alice', role: 'owner' }, 400],
      ['remove', { account: 'x' }, 404],
      ['ungrant', { scope: 'project:none' }, 404],
      ['remove', { account: '00000000-0000-4000-8000-000000000000' }, 404],
    ] as const) {
      expect((await root.submit(at('crew'), `${GROUP}/${action}`, { path: 'crew', ...fields })).status, action).toBe(status)
    }
  })
})

describe('who may come here', () => {
  const PATHS = ['/admin/groups', '/admin/groups?view=picture', '/admin/groups/new', at('engineering/platform')]
  const ACTIONS = ['rename', 'delete', 'add', 'role', 'remove', 'grant', 'ungrant']

  test('admins of the organisation; members, keys and SCIM tokens are refused, forms too [A3 A9 L5]', async () => {
    const { org, graph, root } = await start()
    await make(root, 'crew')
    const member = await signedInAs(server, org, 'bob')
    const key = await keyOf(server, org, 'root')
    for (const path of PATHS) {
      expect((await member.get(path)).status, path).toBe(403)
      expect((await webAt(server.origin).get(path)).status, path).toBe(303)
      for (const credential of [key, org.token]) {
        expect((await webAt(server.origin).get(path, { authorization: `Bearer ${credential}` })).status, path).toBe(401)
      }
    }
    const ownToken = await member.tokenOn('/me')
    const fields = { path: 'crew', to: 'mine', user: 'bob', account: await graph.accountId('bob'), role: 'admin', scope: 'project:x' }
    for (const action of [...ACTIONS.map((name) => `${GROUP}/${name}`), '/admin/groups/new']) {
      expect((await member.post(action, { ...fields, _csrf: ownToken })).status, action).toBe(403)
      for (const token of ['', ownToken]) expect((await root.post(action, { ...fields, _csrf: token })).status, action).toBe(403)
    }
    expect(await graph.reads('bob')).toEqual(['group:engineering/platform'])
    expect(await pageOf(root, at('crew'))).toContain('Nobody is directly in it.')
  })

  test('groups and people of another organisation are not there [B1 B3]', async () => {
    const { graph, root } = await start()
    const other = await team(server)
    await server.localAccount(other.org.orgId, 'boss', { admin: true })
    const boss = await signedInAs(server, other.org, 'boss')
    await make(boss, 'secret-crew')
    await make(root, 'crew')
    expect((await root.get(at('secret-crew'))).status).toBe(404)
    expect(await pageOf(root, '/admin/groups?q=secret')).toContain('No such group')
    const stranger = await other.graph.accountId('alice')
    expect((await root.submit(at('crew'), `${GROUP}/role`, { path: 'crew', account: stranger, role: 'editor' })).status).toBe(404)
    for (const action of ACTIONS) {
      const answer = await root.submit(at('crew'), `${GROUP}/${action}`, {
        path: 'secret-crew',
        to: 'x',
        user: 'alice',
        account: stranger,
        role: 'admin',
        scope: 'project:x',
      })
      expect(answer.status, action).toBe(404)
    }
    expect(await pageOf(boss, at('secret-crew'))).toContain('Nobody is directly in it.')
    expect(await graph.reads('alice')).toEqual(['group:engineering/platform'])
  })

  test('names that would be code elsewhere are text here, in the picture too [L1]', async () => {
    const { org, graph, root } = await start()
    const hostile = 'Evil"><script>alert(1)</script>'
    const id = await org.group(hostile, [await org.user('eve', { displayName: hostile })])
    await graph.select(id)
    const { scope } = await graph.listed(id)
    const path = scope?.slice('group:'.length) ?? ''
    expect(path).toMatch(/^evil-script-alert/)
    for (const page of ['/admin/groups', '/admin/groups?view=picture', at(path)]) {
      const text = await pageOf(root, page)
      expect(text, page).not.toContain('<script>alert')
      expect(text, page).toContain('evil-script-alert')
    }
    expect(await pageOf(root, at(path))).toContain('&lt;script>alert(1)')
  })
})
