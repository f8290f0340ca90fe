// Why somebody reaches a scope, and what a change would open (design section 4; threat E10).
import { describe, expect, test } from 'vitest'
import { grantScope, listGrants, ungrantScope } from '../../src/permissions/grants.ts'
import {
  createLocalGroup,
  deleteLocalGroup,
  getLocalGroup,
  listLocalGroups,
  removeLocalMember,
  renameLocalGroup,
  setLocalMember,
} from '../../src/permissions/local-groups.ts'
import { preview } from '../../src/permissions/preview.ts'
import { setGroupRole, switchGroups } from '../../src/permissions/selecting.ts'
import { explain, PATHS_MAX } from '../../src/permissions/why.ts'
import { graphOf } from '../support/graph.ts'
import { expectStatus } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

async function start() {
  const org = await server.org()
  const graph = graphOf(server, org)
  const [alice, bob] = [await org.user('alice'), await org.user('bob')]
  const why = async (userName: string, scope: string) =>
    explain(graph.work, { orgId: org.orgId, accountId: await graph.accountId(userName) }, scope)
  return { org, graph, alice, bob, why }
}

describe('why', () => {
  test('names every step from the person to the scope with the request and the token behind it', async () => {
    const { org, graph, alice, why } = await start()
    const platform = await org.group('Platform', [alice])
    const engineering = await org.group('Engineering')
    await graph.select(platform, engineering)
    const nesting = { op: 'add', path: 'members', value: [{ value: platform }] }
    expectStatus(await org.patch(`/Groups/${engineering}`, nesting), 204)
    const answer = await why('alice', 'group:engineering')
    const evidence = { tokenId: org.tokenId, requestId: expect.stringMatching(/.+/), at: expect.any(Date) }
    expect(answer).toMatchObject({
      readable: true,
      writable: false,
      truncated: false,
      paths: [
        {
          writable: false,
          steps: [
            { kind: 'member', role: 'editor', group: { name: 'Platform', path: 'engineering/platform', scimGroupId: platform }, evidence },
            { kind: 'nested', by: 'idp', role: 'viewer', group: { name: 'Engineering', path: 'engineering' }, evidence },
            { kind: 'carries', evidence: { requestId: 'admin-request', actor: { kind: 'cli', user: 'admin' } } },
          ],
        },
      ],
    })
    const [nested] = await server.rows(
      `select request_id from audit_log where org_id = $1 and action = 'scim.group.member.add' order by ts desc limit 1`,
      [org.orgId],
    )
    expect(answer.paths[0]?.steps[1]).toMatchObject({ evidence: { requestId: nested?.['request_id'] } })
    const own = await why('alice', 'group:engineering/platform')
    expect(own).toMatchObject({
      writable: true,
      paths: [{ writable: true, steps: [{ kind: 'member' }, { kind: 'carries', named: { tokenId: org.tokenId } }] }],
    })
  })

  test('tells nesting by name, local membership and grants apart', async () => {
    const { org, graph, alice, why } = await start()
    await graph.select(await org.group('Engineering'), await org.group('Engineering/Platform', [alice]))
    await createLocalGroup(graph.work, graph.context, { path: 'crew', role: null })
    await setLocalMember(graph.work, graph.context, { path: 'crew', accountId: await graph.accountId('alice'), role: 'viewer' })
    for (const path of ['engineering', 'crew'])
      await grantScope(graph.work, graph.context, { path, scope: 'project:guardian', role: 'editor' })
    expect(await why('alice', 'project:guardian')).toMatchObject({
      readable: true,
      writable: false,
      paths: [
        {
          steps: [
            { kind: 'member', group: { path: 'crew', origin: 'local' }, evidence: { actor: { kind: 'cli' }, tokenId: null } },
            { kind: 'granted', role: 'editor' },
          ],
        },
        { steps: [{ kind: 'member' }, { kind: 'nested', by: 'name', group: { path: 'engineering' } }, { kind: 'granted' }] },
      ],
    })
  })

  test('says what everybody has, and nothing of what one has not', async () => {
    const { org, graph, bob, why } = await start()
    await graph.select(await org.group('Finance', [bob]))
    expect(await why('alice', `user:${org.slug}:alice`)).toMatchObject({
      readable: true,
      writable: true,
      paths: [{ steps: [{ kind: 'everybody' }] }],
    })
    expect(await why('alice', 'global')).toMatchObject({ readable: true, writable: false })
    for (const scope of ['group:finance', 'group:nowhere', `user:${org.slug}:bob`, 'x'.repeat(1000), '']) {
      expect(await why('alice', scope)).toMatchObject({ readable: false, writable: false, paths: [] })
    }
  })

  test('has every path, and an end where there are too many to read [E5]', async () => {
    const { org, graph, alice, why } = await start()
    const layers: string[][] = []
    for (let layer = 0; layer < 5; layer++) {
      const ids: string[] = []
      for (let i = 0; i < 4; i++) ids.push(await org.group(`L${layer} G${i}`, layers[layer - 1] ?? [alice]))
      layers.push(ids)
    }
    const top = await org.group('Top', layers[4])
    await graph.select(...layers.flat(), top)
    const two = await why('alice', 'group:l1-g0')
    expect(two.paths.length).toBe(4)
    const many = await why('alice', 'group:top')
    expect(many).toMatchObject({ readable: true, truncated: true })
    expect(many.paths.length).toBeLessThanOrEqual(PATHS_MAX)
  })
})

describe('a preview', () => {
  test('of switching a group on shows scopes, people and conflicts, and changes nothing', async () => {
    const { org, graph, alice, bob } = await start()
    const engineering = await org.group('Engineering', [bob])
    await graph.select(engineering)
    const platform = await org.group('Engineering/Platform', [alice, bob])
    const double = await org.group('ENGINEERING!', [alice])
    const before = await server.snapshot(org.orgId)
    const shown = await preview(graph.work, org.orgId, (work) =>
      switchGroups(work, graph.context, [
        { id: platform, switched: 'on' },
        { id: double, switched: 'on' },
      ]),
    )
    expect(shown).toEqual({
      opened: [{ scope: 'group:engineering/platform', group: 'Engineering/Platform' }],
      closed: [],
      renamed: [],
      conflicts: [{ group: 'ENGINEERING!', reason: 'taken', scope: 'group:engineering', heldBy: 'Engineering' }],
      people: [
        { scope: 'group:engineering', gain: { count: 1, userNames: ['alice'] }, lose: NOBODY, gainWriting: NOBODY, loseWriting: NOBODY },
        {
          scope: 'group:engineering/platform',
          gain: { count: 2, userNames: ['alice', 'bob'] },
          lose: NOBODY,
          gainWriting: NOBODY,
          loseWriting: NOBODY,
        },
      ],
    })
    expect(await server.snapshot(org.orgId)).toEqual(before)
    expect(await graph.reads('alice')).toEqual([])
  })

  test('of switching off shows who loses what, grants included; who reads by another way does not', async () => {
    const { org, graph, alice, bob } = await start()
    const inner = await org.group('Platform', [alice, bob])
    const outer = await org.group('Engineering', [inner, bob])
    await graph.select(inner, outer)
    await grantScope(graph.work, graph.context, { path: 'engineering/platform', scope: 'project:guardian', role: 'editor' })
    const shown = await preview(graph.work, org.orgId, (work) => switchGroups(work, graph.context, [{ id: inner, switched: 'off' }]))
    expect(shown.closed).toEqual([{ scope: 'group:engineering/platform', group: 'Platform' }])
    const both = { count: 2, userNames: ['alice', 'bob'] }
    expect(shown.people.map(({ scope, lose, gain }) => [scope, lose, gain])).toEqual([
      ['group:engineering', { count: 1, userNames: ['alice'] }, NOBODY],
      ['group:engineering/platform', both, NOBODY],
      ['project:guardian', both, NOBODY],
    ])
  })

  const NOBODY = { count: 0, userNames: [] }

  test('of a role shows who may write from then on', async () => {
    const { org, graph, alice } = await start()
    const id = await org.group('Engineering', [alice])
    await graph.select(id)
    const shown = await preview(graph.work, org.orgId, (work) => setGroupRole(work, graph.context, { id, role: 'viewer' }))
    expect(shown.people).toMatchObject([{ scope: 'group:engineering', lose: NOBODY, loseWriting: { count: 1, userNames: ['alice'] } }])
  })
})

describe('roles', () => {
  test.each([
    [null, null, ['group:engineering/platform']],
    ['viewer', null, []],
    ['editor', 'editor', ['group:engineering', 'group:engineering/platform']],
    ['viewer', 'admin', ['group:engineering']],
  ] as const)('of the group (%j) and the one above (%j) decide what is written: %j', async (own, above, expected) => {
    const { org, graph, alice } = await start()
    const inner = await org.group('Platform', [alice])
    const outer = await org.group('Engineering', [inner])
    await graph.select(inner, outer)
    await setGroupRole(graph.work, graph.context, { id: inner, role: own })
    await setGroupRole(graph.work, graph.context, { id: outer, role: above })
    expect(await graph.writes('alice')).toEqual(expected)
    expect(await graph.reads('alice')).toEqual(['group:engineering', 'group:engineering/platform'])
  })

  test('by default come from the settings', async () => {
    const { org, graph, alice } = await start()
    await graph.select(await org.group('Engineering', [alice]))
    await graph.settings({ memberRole: 'viewer' })
    expect([await graph.reads('alice'), await graph.writes('alice')]).toEqual([['group:engineering'], []])
  })

  test('only admins of the organisation write what belongs to everybody', async () => {
    const { org, graph } = await start()
    const everybody = async () =>
      (await graph.access('alice')).filter(({ kind }) => kind === 'org' || kind === 'global').map(({ name, writable }) => [name, writable])
    expect(await everybody()).toEqual([
      ['global', false],
      [`org:${org.slug}`, false],
    ])
    await graph.makeAdmin('alice')
    expect(await everybody()).toEqual([
      ['global', true],
      [`org:${org.slug}`, true],
    ])
  })
})

describe('a grant', () => {
  test('makes no more of a member than the group does, and ends with the group', async () => {
    const { org, graph, alice, bob } = await start()
    const [writers, viewers] = [await org.group('Writers', [alice]), await org.group('Viewers', [bob])]
    await graph.select(writers, viewers)
    await setGroupRole(graph.work, graph.context, { id: viewers, role: 'viewer' })
    for (const path of ['writers', 'viewers'])
      await grantScope(graph.work, graph.context, { path, scope: 'project:plur/plur-ai', role: 'editor' })
    expect([await graph.writes('alice'), await graph.writes('bob'), await graph.reads('bob')]).toEqual([
      ['group:writers', 'project:plur/plur-ai'],
      [],
      ['group:viewers', 'project:plur/plur-ai'],
    ])
    await grantScope(graph.work, graph.context, { path: 'writers', scope: 'project:plur/plur-ai', role: 'viewer' })
    expect(await graph.writes('alice')).toEqual(['group:writers'])
    expect((await listGrants(graph.work, org.orgId)).map(({ group, role }) => [group, role])).toEqual([
      ['viewers', 'editor'],
      ['writers', 'viewer'],
    ])
    await ungrantScope(graph.work, graph.context, { path: 'viewers', scope: 'project:plur/plur-ai' })
    await expect(ungrantScope(graph.work, graph.context, { path: 'viewers', scope: 'project:plur/plur-ai' })).rejects.toMatchObject({
      code: 'not_found',
    })
    await graph.unselect(writers)
    expect([await graph.reads('alice'), await graph.reads('bob')]).toEqual([[], ['group:viewers']])
    await graph.makeAdmin('bob')
    expect(await graph.reads('bob')).toContain('project:plur/plur-ai')
  })

  test.each(['group:x', 'org:acme', 'user:a:b', 'project:', 'project:ä', 'global'])('of %j is refused', async (scope) => {
    const { graph } = await start()
    await createLocalGroup(graph.work, graph.context, { path: 'crew', role: null })
    await expect(grantScope(graph.work, graph.context, { path: 'crew', scope, role: 'viewer' })).rejects.toMatchObject({ code: 'invalid' })
  })
})

describe('a local group', () => {
  test('lives beside those of the IdP, is renamed and deleted, and keeps its scope', async () => {
    const { org, graph } = await start()
    const accountId = await graph.accountId('alice')
    const { work, context } = graph
    await createLocalGroup(work, context, { path: 'crew/night', role: null })
    await setLocalMember(work, context, { path: 'crew/night', accountId, role: 'editor' })
    const scope = (await graph.scopes()).get('group:crew/night')
    await renameLocalGroup(work, context, { path: 'crew/night', to: 'crew/day' })
    expect(await graph.writes('alice')).toEqual(['group:crew/day'])
    expect((await graph.scopes()).get('group:crew/day')).toBe(scope)
    expect(await listLocalGroups(work, org.orgId, { after: '', limit: 10 })).toMatchObject([{ path: 'crew/day', members: 1 }])
    await removeLocalMember(work, context, { path: 'crew/day', accountId })
    await expect(removeLocalMember(work, context, { path: 'crew/day', accountId })).rejects.toMatchObject({ code: 'not_found' })
    expect(await graph.reads('alice')).toEqual([])
    await deleteLocalGroup(work, context, 'crew/day')
    await expect(createLocalGroup(work, context, { path: 'crew/day', role: null })).rejects.toMatchObject({ code: 'conflict' })
    expect(await createLocalGroup(work, context, { path: 'crew/day', role: null, takeOver: true })).toMatchObject({
      scopeId: scope,
      members: 0,
    })
  })

  test('is not merged with one of the IdP, whichever was first, and neither reads what is above the other by name [E1]', async () => {
    const { org, graph, alice } = await start()
    const { work, context } = graph
    const accountId = await graph.accountId('bob')
    await createLocalGroup(work, context, { path: 'finance', role: 'admin' })
    await setLocalMember(work, context, { path: 'finance', accountId, role: 'admin' })
    await graph.rules('**')
    const pushed = await org.group('Finance', [alice])
    await org.group('Finance/Interns', [alice])
    expect(await graph.listed(pushed)).toMatchObject({ held: 'taken', open: false })
    expect(await graph.reads('alice')).toEqual(['group:finance/interns'])
    expect(await graph.reads('bob')).toEqual(['group:finance'])
    await expect(createLocalGroup(work, context, { path: 'finance/interns', role: null })).rejects.toMatchObject({ code: 'conflict' })
  })

  test('cannot be changed where the IdP manages it [E10]', async () => {
    const { org, graph, alice } = await start()
    await graph.select(await org.group('Engineering', [alice]))
    const accountId = await graph.accountId('bob')
    const { work, context } = graph
    await expect(setLocalMember(work, context, { path: 'engineering', accountId, role: 'editor' })).rejects.toMatchObject({
      code: 'conflict',
    })
    await expect(deleteLocalGroup(work, context, 'engineering')).rejects.toMatchObject({ code: 'conflict' })
    await expect(renameLocalGroup(work, context, { path: 'engineering', to: 'x' })).rejects.toMatchObject({ code: 'conflict' })
    await expect(getLocalGroup(work, org.orgId, 'nowhere')).rejects.toMatchObject({ code: 'not_found' })
  })

  test.each(['', 'A', '../x', 'a//b', 'org:acme', 'a b', '1/2/3/4/5/6/7/8/9'])('cannot be named %j [E2]', async (path) => {
    const { graph } = await start()
    await expect(createLocalGroup(graph.work, graph.context, { path, role: null })).rejects.toMatchObject({ code: 'invalid' })
  })
})
