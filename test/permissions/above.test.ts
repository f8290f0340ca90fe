// What is above each group: kept right by every change (the model test), made by the migration for what was there before, and by every way
// of nesting the same (design section 4; threat E5).
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { MIGRATIONS_DIRECTORY } from '../../src/db/migrate.ts'
import { createLocalGroup, setLocalMember } from '../../src/permissions/local-groups.ts'
import { graphOf } from '../support/graph.ts'
import { expectStatus } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

const above = async (orgId: string) => {
  const rows = await server.rows(
    `select n.path, array(select a.path from group_nodes a where a.org_id = n.org_id and a.id = any (n.above) order by 1) as above
     from group_nodes n where n.org_id = $1 and n.path is not null order by 1`,
    [orgId],
  )
  return Object.fromEntries(rows.map((row) => [String(row['path']), row['above']]))
}

const nest = (id: string) => ({ op: 'add', path: 'members', value: [{ value: id }] })

/** Groups nested by name, by the IdP, in two groups, in a circle, and local ones. */
async function tangle() {
  const org = await server.org()
  const graph = graphOf(server, org)
  const inner = await org.group('Inner')
  const both = await org.group('Both', [inner])
  const [one, other] = [await org.group('One', [both]), await org.group('Other/Deep', [both])]
  const [a, b] = [await org.group('Circle A'), await org.group('Circle B')]
  for (const [group, member] of [
    [a, b],
    [b, a],
    [a, one],
  ] as const)
    expectStatus(await org.patch(`/Groups/${group}`, nest(member)), 204)
  await graph.select(inner, both, one, other, a, b, await org.group('Other'))
  for (const path of ['crew/night', 'crew']) await createLocalGroup(graph.work, graph.context, { path, role: null })
  return { org, graph }
}

const EXPECTED = {
  both: ['circle-a', 'circle-a/one', 'circle-b', 'other', 'other/deep'],
  'both/inner': ['both', 'circle-a', 'circle-a/one', 'circle-b', 'other', 'other/deep'],
  'circle-a': ['circle-b'],
  'circle-a/one': ['circle-a', 'circle-b'],
  'circle-b': ['circle-a'],
  crew: [],
  'crew/night': ['crew'],
  other: [],
  'other/deep': ['other'],
}

test('groups above a group are those it is in by any way, itself left out [E5]', async () => {
  const { org, graph } = await tangle()
  expect(await above(org.orgId)).toEqual(EXPECTED)
  await graph.settings({ nestByName: false })
  const nested = { both: ['circle-a', 'circle-a/one', 'circle-b', 'other/deep'], 'crew/night': [], 'other/deep': [] }
  expect(await above(org.orgId)).toEqual({
    ...EXPECTED,
    ...nested,
    'both/inner': ['both', ...nested.both],
  })
  await graph.settings({ nestByName: true })
  expect(await above(org.orgId)).toEqual(EXPECTED)
})

test('the migration finds what was there before it', async () => {
  const { org } = await tangle()
  const before = await above(org.orgId)
  await server.asOwner(`update group_nodes set above = '{}' where org_id = '${org.orgId}'`)
  const text = readFileSync(path.join(MIGRATIONS_DIRECTORY, '0008_group_above.sql'), 'utf8')
  await server.asOwner(text.slice(text.indexOf('with recursive')))
  expect(await above(org.orgId)).toEqual(before)
})

test('a local member has its own role and not that of the groups nested in its group', async () => {
  const { org, graph } = await tangle()
  await org.user('alice')
  await createLocalGroup(graph.work, graph.context, { path: 'board', role: 'editor' })
  await setLocalMember(graph.work, graph.context, { path: 'board', accountId: await graph.accountId('alice'), role: 'viewer' })
  expect([await graph.reads('alice'), await graph.writes('alice')]).toEqual([['group:board'], []])
})
