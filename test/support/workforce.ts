// A company as pages show it: provisioned by Okta, with teams, projects, a leaver, somebody who came back, and a collision.
import { issueApiKey } from '../../src/auth/api-keys.ts'
import { issueSession } from '../../src/auth/sessions.ts'
import { grantScope } from '../../src/permissions/grants.ts'
import { createLocalGroup, setLocalMember } from '../../src/permissions/local-groups.ts'
import { apiAt } from './api.ts'
import { adminContext, graphOf } from './graph.ts'
import { patchOf, user } from './scim.ts'
import type { Org, TestServer } from './server.ts'

const PEOPLE = [
  ['ada.lovelace', 'Ada Lovelace', 'Principal Engineer'],
  ['grace.hopper', 'Grace Hopper', 'Staff Engineer'],
  ['katherine.johnson', 'Katherine Johnson', 'Data Scientist'],
  ['alan.turing', 'Alan Turing', 'Engineer'],
  ['edsger.dijkstra', 'Edsger W. Dijkstra', 'Engineer'],
  ['barbara.liskov', 'Barbara Liskov', 'Architect'],
  ['margaret.hamilton', 'Margaret Hamilton', 'Engineering Manager'],
  ['radia.perlman', 'Radia Perlman', 'Network Engineer'],
  ['zoe.mueller', 'Zoë Müller-Lüdenscheidt', 'Support'],
] as const

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  Engineering: ['margaret.hamilton'],
  'Engineering/Platform': ['ada.lovelace', 'grace.hopper', 'alan.turing'],
  'Engineering/Data': ['katherine.johnson'],
  'Engineering/Network': ['radia.perlman', 'edsger.dijkstra'],
  Support: ['zoe.mueller'],
}

export type Workforce = Awaited<ReturnType<typeof workforce>>

/** Made over SCIM as an IdP would, and by `root`, its admin, as an admin would. */
export async function workforce(server: TestServer) {
  const org = await server.org({ idp: 'okta' })
  const graph = graphOf(server, org)
  const context = adminContext(org)
  const rootId = await server.localAccount(org.orgId, 'root', { admin: true, email: 'root@example.com' })
  const people = new Map<string, string>()
  for (const [userName, displayName, title] of PEOPLE) people.set(userName, await org.user(userName, profile(userName, displayName, title)))
  const scimId = (userName: string) => people.get(userName) ?? ''
  const groups = new Map<string, string>()
  for (const [name, members] of Object.entries(GROUPS)) groups.set(name, await org.group(name, members.map(scimId)))
  await graph.select(...groups.values())
  await createLocalGroup(graph.work, context, { path: 'security-council', role: null })
  await setLocalMember(graph.work, context, {
    path: 'security-council',
    accountId: await graph.accountId('barbara.liskov'),
    role: 'editor',
  })
  await setLocalMember(graph.work, context, { path: 'security-council', accountId: await graph.accountId('ada.lovelace'), role: 'viewer' })
  await grantScope(graph.work, context, { path: 'engineering/platform', scope: 'project:guardian', role: 'editor' })
  await grantScope(graph.work, context, { path: 'security-council', scope: 'project:guardian', role: 'viewer' })
  await grantScope(graph.work, context, { path: 'engineering', scope: 'space:handbook', role: 'editor' })
  const formerOf = async (userName: string): Promise<string> => {
    const rows = await server.rows(`select id from accounts where org_id = $1 and former_user_name_key = $2`, [org.orgId, userName])
    return String(rows[0]?.['id'])
  }
  const it = {
    org,
    graph,
    context,
    rootId,
    scimId,
    groupId: (name: string) => groups.get(name) ?? '',
    accountId: graph.accountId,
    formerOf,
  }
  await work(server, it)
  return it
}

const profile = (userName: string, displayName: string, title: string) => ({
  externalId: `00u-${userName}`,
  displayName,
  title,
  emails: [{ value: `${userName}@example.com`, type: 'work', primary: true }],
})

type Made = {
  readonly org: Org
  readonly graph: ReturnType<typeof graphOf>
  readonly context: ReturnType<typeof adminContext>
  readonly scimId: (userName: string) => string
}

/** What happens in a company: people remember, move, leave, come back, and are taken for others. */
async function work(server: TestServer, { org, graph, context, scimId }: Made): Promise<void> {
  for (const [userName, name] of [
    ['ada.lovelace', 'Laptop'],
    ['ada.lovelace', 'CI of the platform'],
    ['alan.turing', 'Enigma'],
  ] as const) {
    const { key } = await issueApiKey(graph.work, context, {
      accountId: await graph.accountId(userName),
      name,
      lifetimeSeconds: 90 * 86_400,
    })
    const api = apiAt(server.origin, key)
    await api.learn(`user:${org.slug}:${userName}`, `${name} likes tabs`)
    await api.learn('group:engineering/platform', `${name} is deployed on Tuesdays`)
  }
  for (const userName of ['ada.lovelace', 'alan.turing']) {
    await issueSession(
      graph.work,
      { ...context, ip: '203.0.113.7', userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/149.0' },
      {
        accountId: await graph.accountId(userName),
        method: 'oidc',
      },
    )
  }
  await org.patch(
    `/Users/${scimId('grace.hopper')}`,
    { op: 'Replace', path: 'title', value: 'Rear Admiral' },
    { op: 'Replace', path: 'active', value: 'True' },
  )
  await org.post('/Users', user('ada.lovelace'))
  await org.patch(`/Users/${scimId('alan.turing')}`, { op: 'replace', path: 'active', value: false })
  // Somebody was deleted and comes back under the same name.
  await org.delete(`/Users/${scimId('radia.perlman')}`)
  await org.post('/Users', user('radia.perlman', { externalId: 'another-id', displayName: 'Radia Perlman' }))
  // A local account is in the way of one that is provisioned.
  await server.localAccount(org.orgId, 'dora', { email: 'dora@example.com' })
  await org.post('/Users', user('Dora', { displayName: 'Dora the Explorer' }))
  await org.send('PATCH', `/Groups/${'0'.repeat(8)}-0000-4000-8000-000000000000`, {
    body: patchOf({ op: 'add', path: 'members', value: [{ value: scimId('zoe.mueller') }] }),
  })
}
