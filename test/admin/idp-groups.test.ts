// Which of the IdP's groups open memories, by the pages and without script (design section 4).
import { expect, test } from 'vitest'
import { keyOf } from '../support/api.ts'
import { graphOf } from '../support/graph.ts'
import { NOBODY } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'
import { signedInAs, webAt, type WebClient } from '../support/web.ts'

const server = useServer()

const GROUPS = '/admin/scim/groups'
const SWITCH = `${GROUPS}/switch`
const RULES = `${GROUPS}/rules`

async function start() {
  const org = await server.org({ idp: 'okta' })
  await server.localAccount(org.orgId, 'root', { admin: true })
  return { org, root: await signedInAs(server, org, 'root'), graph: graphOf(server, org) }
}

/** Sends a form with several values of one name. */
async function post(root: WebClient, on: string, path: string, fields: Fields) {
  const body = new URLSearchParams([
    ['_csrf', await root.tokenOn(on)],
    ...fields.map(([name, value]): [string, string] => [name, value]),
  ]).toString()
  return root.send('POST', path, { body, headers: { 'content-type': 'application/x-www-form-urlencoded' } })
}

/** What a page says, without its markup. */
const words = (text: string) =>
  text
    .replace(/<(head|aside|header)[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&gt;/g, '>')
    .replace(/\s+/g, ' ')

async function engineering(org: Org) {
  const [alice, bob] = [await org.user('alice'), await org.user('bob')]
  return {
    alice,
    bob,
    platform: await org.group('Engineering/Platform', [alice]),
    web: await org.group('Engineering/Web', [bob]),
    sales: await org.group('Sales', []),
  }
}

test('groups stand as a tree, and what the address opens is open', async () => {
  const { org, root } = await start()
  await engineering(org)
  const all = words((await root.get(GROUPS)).text)
  expect(all).toMatch(/Engineering 0 of 2 on .*Platform .* off .*Web .* off .*Sales/)
  const closed = words((await root.get(`${GROUPS}?open=`)).text)
  expect(closed).toContain('Engineering')
  expect(closed).not.toContain('Platform')
  expect(words((await root.get(`${GROUPS}?under=engineering/`)).text)).toMatch(/All groups engineering .*Platform/)
  expect(words((await root.get(`${GROUPS}?q=WEB`)).text)).toMatch(/Engineering\/Web/)
  expect((await root.get(`${GROUPS}?q=WEB`)).text).not.toContain('Platform')
  for (const query of [
    'open=nothing/',
    'under=nothing/',
    'from=zzz',
    'state=nothing',
    'q=%00',
    'after=%F0%9F%98%80',
    'under=%25',
    'open=a&open=a',
  ]) {
    expect((await root.get(`${GROUPS}?${query}`)).status, query).toBe(200)
  }
})

test('before a group is switched on, the page says what opens and for whom, and nothing has happened yet', async () => {
  const { org, root, graph } = await start()
  const { platform } = await engineering(org)
  const before = await graphAsIs(org)
  const foreseen = words((await root.get(`${SWITCH}?id=${platform}&to=on`)).text)
  expect(foreseen).toMatch(/1 scope opens, people gain access to 1 scope, nobody loses access.*group:engineering\/platform.*1 : alice/)
  expect(await graphAsIs(org)).toEqual(before)
  const answer = await post(root, GROUPS, SWITCH, [
    ['to', 'on'],
    ['id', platform],
  ])
  expect([answer.status, answer.location]).toEqual([303, GROUPS])
  expect(words((await root.get(GROUPS)).text)).toContain('Engineering/Platform is on.')
  expect(await graph.reads('alice')).toEqual(['group:engineering/platform'])
  const [row] = await server.rows(`select actor, channel from audit_log where action = 'scim.group.select' and org_id = $1`, [org.orgId])
  expect(row).toMatchObject({ actor: { kind: 'account', name: 'root' }, channel: 'admin' })
  expect(words((await root.get(`${SWITCH}?id=${platform}&to=off`)).text)).toMatch(
    /1 scope closes, nobody gains access, people lose access to 1 scope/,
  )
  await post(root, GROUPS, SWITCH, [
    ['to', 'off'],
    ['id', platform],
  ])
  expect(await graph.reads('alice')).toEqual([])
})

test('a folder is switched as a whole, several groups by ticking them, and back to the rules', async () => {
  const { org, root, graph } = await start()
  const { platform, web } = await engineering(org)
  expect(words((await root.get(`${SWITCH}?under=engineering/&to=on`)).text)).toMatch(/2 groups in engineering .*2 scopes open/)
  await post(root, GROUPS, SWITCH, [
    ['to', 'on'],
    ['under', 'engineering/'],
  ])
  expect([await graph.reads('alice'), await graph.reads('bob')]).toEqual([['group:engineering/platform'], ['group:engineering/web']])
  await post(root, GROUPS, SWITCH, [
    ['to', 'off'],
    ['id', platform],
    ['id', web],
  ])
  expect([await graph.reads('alice'), await graph.reads('bob')]).toEqual([[], []])
  await graph.rules('Engineering/**')
  await post(root, GROUPS, SWITCH, [
    ['to', 'rules'],
    ['id', web],
  ])
  expect([await graph.reads('alice'), await graph.reads('bob')]).toEqual([[], ['group:engineering/web']])
  const none = await root.get(`${SWITCH}?to=on`)
  expect([none.status, none.location]).toEqual([303, GROUPS])
})

test('a group in the way of another one is explained, before and after', async () => {
  const { org, root, graph } = await start()
  const { platform } = await engineering(org)
  const twin = await org.group('engineering / platform')
  await graph.select(platform)
  expect(words((await root.get(`${SWITCH}?id=${twin}&to=on`)).text)).toMatch(/One group will not open.*belongs to .*rename one of the two/)
  await post(root, GROUPS, SWITCH, [
    ['to', 'on'],
    ['id', twin],
  ])
  expect(words((await root.get(`${GROUPS}/${twin}`)).text)).toMatch(
    /It is on, but it cannot open.*group:engineering\/platform belongs to Engineering\/Platform/,
  )
  expect(words((await root.get(`${GROUPS}?state=held`)).text)).toMatch(/engineering \/ platform .*conflict/)
})

/** The group Engineering/Platform was on, and is deleted; its scope stays. */
async function withScopeLeft() {
  const { org, root, graph } = await start()
  const { alice, platform } = await engineering(org)
  await graph.select(platform)
  const scope = (await graph.listed(platform)).scopeId
  await org.delete(`/Groups/${platform}`)
  return { org, root, graph, alice, scope }
}

test('a group takes over the memories that an earlier one left, when the admin says so', async () => {
  const { org, root, graph, alice, scope } = await withScopeLeft()
  const next = await org.group('Engineering/Platform', [alice])
  expect(words((await root.get(`${SWITCH}?id=${next}&to=on`)).text)).toContain('Memories of an earlier group lie there')
  expect(words((await root.get(`${SWITCH}?id=${next}&to=on&takeOver=on`)).text)).toContain('Take over and switch on')
  await post(root, GROUPS, SWITCH, [
    ['to', 'on'],
    ['id', next],
    ['takeOver', 'on'],
  ])
  expect(await graph.listed(next)).toMatchObject({ scopeId: scope, open: true })
})

test('of several groups those take over that can, and the others are switched on', async () => {
  const { org, root, graph, alice, scope } = await withScopeLeft()
  const [next, fresh] = [await org.group('Engineering/Platform', [alice]), await org.group('Engineering/Fresh', [alice])]
  const asked = await root.get(`${SWITCH}?id=${next}&id=${fresh}&to=on&takeOver=on`)
  expect(words(asked.text)).toContain('Take over and switch on')
  expect(asked.text).not.toMatch(/to=(?:off|rules)[^"]*takeOver/)
  await post(root, GROUPS, SWITCH, [
    ['to', 'on'],
    ['id', next],
    ['id', fresh],
    ['takeOver', 'on'],
  ])
  expect(await graph.listed(next)).toMatchObject({ scopeId: scope, open: true })
  expect(await graph.listed(fresh)).toMatchObject({ open: true })
})

/** Everything that decides who reads what. */
const graphAsIs = (org: Org) =>
  server.rows(
    `select (select to_jsonb(p) from permission_settings p where p.org_id = $1) as settings,
      (select jsonb_agg(to_jsonb(n) order by n.id) from group_nodes n where n.org_id = $1) as nodes,
      (select jsonb_agg(to_jsonb(s) order by s.id) from scopes s where s.org_id = $1) as scopes`,
    [org.orgId],
  )

type Fields = readonly (readonly [string, string])[]

const PATHS: Fields = [
  ['separator', '/'],
  ['prefix', ''],
  ['memberRole', 'editor'],
  ['nestByName', 'on'],
]

const rule = (pattern: string, select = 'on'): Fields => [
  ['pattern', pattern],
  ['select', select],
]

test('rules are tried out before they are saved, in the order they have on the page', async () => {
  const { org, root, graph } = await start()
  await engineering(org)
  const before = await graphAsIs(org)
  const entered = [...rule('Engineering/Web', 'off'), ...rule('Engineering/**'), ...rule(''), ...PATHS]
  for (const button of ['preview', 'part']) {
    const { text } = await post(root, RULES, RULES, [...entered, ['do', button]])
    expect(words(text)).toMatch(
      /1 of 3 groups would be on.*Engineering\/Web decides 1: off.*Engineering\/\*\* decides 1: on.*1 scope opens/,
    )
  }
  const moved = await post(root, RULES, RULES, [...entered, ['do', 'up 1']])
  expect([...moved.text.matchAll(/name="pattern"[^>]*value="([^"]*)"/g)].map(([, value]) => value)).toEqual([
    'Engineering/**',
    'Engineering/Web',
  ])
  expect(words(moved.text)).toMatch(/2 of 3 groups would be on.*Engineering\/Web decides 0/)
  const removed = await post(root, RULES, RULES, [...entered, ['do', 'remove 0']])
  expect(words(removed.text)).toContain('2 of 3 groups would be on')
  expect(await graphAsIs(org)).toEqual(before)
  const saved = await post(root, RULES, RULES, [...entered, ['do', 'save']])
  expect([saved.status, saved.location]).toEqual([303, GROUPS])
  expect([await graph.reads('alice'), await graph.reads('bob')]).toEqual([['group:engineering/platform'], []])
})

test('prefix, separator, role and nesting are settings of the same form', async () => {
  const { org, root, graph } = await start()
  await engineering(org)
  const fields: Fields = [...rule('**'), ['separator', '/'], ['prefix', 'acme'], ['memberRole', 'viewer']] as const
  await post(root, RULES, RULES, [...fields, ['do', 'save']])
  expect([await graph.reads('alice'), await graph.writes('alice')]).toEqual([['group:acme/engineering/platform'], []])
  expect((await root.get(RULES)).text).toMatch(/value="acme"/)
})

test.each<[string, Fields, string]>([
  ['a prefix that is no path', [['prefix', 'Not a path']], 'A prefix is a path'],
  ['no separator', [['separator', '']], 'A separator has 1 to 8'],
  ['a pattern too long', rule('p'.repeat(513)), 'A rule has a pattern of 1 to 512'],
  ['201 rules', Array.from({ length: 201 }, () => rule('x')).flat(), 'At most 200 rules'],
])('%s is refused with what was entered, and nothing is saved', async (_, more, text) => {
  const { org, root } = await start()
  await engineering(org)
  const before = await graphAsIs(org)
  const rest = PATHS.filter(([name]) => !more.some(([other]) => other === name))
  for (const [button, status] of [
    ['save', 400],
    ['preview', 200],
  ] as const) {
    const answer = await post(root, RULES, RULES, [...more, ...rest, ['do', button]])
    expect([answer.status, words(answer.text)]).toEqual([status, expect.stringContaining(text)])
  }
  expect((await post(root, RULES, RULES, [['memberRole', 'owner']])).status).toBe(400)
  expect(await graphAsIs(org)).toEqual(before)
})

test('the role of a group is its own, and members nobody knows are listed', async () => {
  const { org, root, graph } = await start()
  const { platform, bob } = await engineering(org)
  await graph.select(platform)
  const path = `${GROUPS}/${platform}`
  await root.submit(path, `${path}/role`, { role: 'viewer' })
  expect(await graph.writes('alice')).toEqual([])
  await root.submit(path, `${path}/role`, { role: 'owner' })
  expect((await root.get(path)).text).toContain('Nothing was changed')
  await root.submit(path, `${path}/role`, { role: '' })
  expect(await graph.writes('alice')).toEqual(['group:engineering/platform'])
  await org.patch(`/Groups/${platform}`, { op: 'add', path: 'members', value: [{ value: NOBODY }, { value: bob }] })
  const text = words((await root.get(path)).text)
  expect(text).toMatch(/alice.*bob.*Members nobody knows \(1\)/)
  expect(text).toContain(NOBODY)
})

test('names are text and nothing else, wherever they stand [L1]', async () => {
  const { org, root, graph } = await start()
  const names = [
    '<script>alert(1)</script>/<b>x',
    '"><img src=x onerror=alert(1)>',
    "=cmd|' /C calc'!A0",
    'javascript:alert(1)',
    'a\u202Eb',
  ]
  const alice = await org.user('<script>alert(2)</script>')
  const ids = await Promise.all(names.map((name) => org.group(name, [alice])))
  await graph.select(...ids)
  const paths = [
    GROUPS,
    `${GROUPS}?q=script`,
    `${GROUPS}?q=<script>`,
    `${RULES}?add=<script>`,
    `${SWITCH}?to=off&${ids.map((id) => `id=${id}`).join('&')}`,
    ...ids.map((id) => `${GROUPS}/${id}`),
  ]
  for (const path of paths) {
    const { text, status } = await root.get(path)
    expect([status, /<script>|<img|<b>|href="(?!\/|#|http|data:)/.test(text)], path).toEqual([200, false])
  }
})

test('nobody but an admin sees or switches groups, and none of another organisation [A9]', async () => {
  const { org, root, graph } = await start()
  const { org: other } = await start()
  const { platform } = await engineering(org)
  const theirs = await other.group('Engineering/Secret')
  const alice = await signedInAs(server, org, 'alice')
  const paths = [GROUPS, RULES, `${SWITCH}?id=${platform}&to=on`, `${GROUPS}/${platform}`]
  for (const path of paths) {
    expect((await alice.get(path)).status, path).toBe(403)
    for (const credential of [org.token, await keyOf(server, org, 'root')]) {
      expect((await webAt(server.origin).get(path, { authorization: `Bearer ${credential}` })).status, path).toBe(401)
    }
  }
  const token = await alice.tokenOn('/me')
  for (const path of [SWITCH, RULES, `${GROUPS}/${platform}/role`]) {
    expect((await alice.post(path, { _csrf: token, id: platform, to: 'on', role: 'admin' })).status, path).toBe(403)
    expect((await root.post(path, { id: platform, to: 'on', role: 'admin' })).status, path).toBe(403)
  }
  for (const path of [`${GROUPS}/${theirs}`, `${SWITCH}?id=${theirs}&to=on`, `${GROUPS}/nothing`, `${GROUPS}/%00`])
    expect((await root.get(path)).status, path).toBe(404)
  expect(
    (
      await post(root, GROUPS, SWITCH, [
        ['to', 'on'],
        ['id', theirs],
      ])
    ).status,
  ).toBe(404)
  expect((await root.submit(GROUPS, `${GROUPS}/${theirs}/role`, { role: 'admin' })).status).toBe(404)
  expect((await root.get(`${GROUPS}?q=secret`)).text).not.toContain('Engineering/Secret')
  expect(await graph.reads('alice')).toEqual([])
})
