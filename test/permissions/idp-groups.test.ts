// The IdP's groups as pages show them: as a tree by the parts of their names, and as a list that can be searched.
import fc from 'fast-check'
import { fold } from '@plur-enterprise/scim'
import { expect, test } from 'vitest'
import { countFolders, LEVEL_MAX, readLevels, readSubtree } from '../../src/permissions/idp-group-tree.ts'
import { countIdpGroups, findIdpGroups, type GroupState } from '../../src/permissions/idp-groups.ts'
import { graphOf } from '../support/graph.ts'
import { NOBODY } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'

const server = useServer()

const nodesAt = async (org: Org, prefix: string, separator = '/') => {
  const { work } = graphOf(server, org)
  const nodes: string[] = []
  for (let from: string | undefined = prefix; from !== undefined; ) {
    const level = (await readLevels(work, org.orgId, { levels: [{ prefix, from }], separator })).get(prefix)
    nodes.push(
      ...(level?.nodes ?? []).map(({ label, isGroup, isFolder }) => `${label}${isGroup ? ' group' : ''}${isFolder ? ' folder' : ''}`),
    )
    from = level?.next
  }
  return nodes
}

test('a level holds each part once: groups, folders, and groups with others below them', async () => {
  const org = await server.org()
  for (const name of [
    'Engineering',
    'Engineering-Ops',
    'Engineering/Platform',
    'Engineering/Platform/On-Call',
    'Sales/EMEA',
    'sales/APAC',
    'ÉQUIPE',
  ]) {
    await org.group(name)
  }
  expect((await nodesAt(org, '')).sort()).toEqual(
    ['Engineering group folder', 'Engineering-Ops group', 'sales folder', 'ÉQUIPE group'].sort(),
  )
  expect(await nodesAt(org, 'engineering/')).toEqual(['Platform group folder'])
  expect(await nodesAt(org, 'engineering/platform/')).toEqual(['On-Call group'])
  expect(await nodesAt(org, 'sales/')).toEqual(['APAC group', 'EMEA group'])
  expect(await nodesAt(org, 'nothing/')).toEqual([])
  expect(await nodesAt(org, '', '-')).toContain('Engineering group folder')
})

test('every group is found by walking down from the top, whatever the names are', async () => {
  const part = fc.constantFrom('a', 'A', 'b', 'ab', 'a-b', '.', '', ' ', 'é', '=1+1', '<script>')
  const names = fc.array(
    fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
    { minLength: 1, maxLength: 12 },
  )
  await fc.assert(
    fc.asyncProperty(names, async (wanted) => {
      const org = await server.org()
      const made = new Set<string>()
      for (const name of wanted)
        if ((await org.post('/Groups', { displayName: name, schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'] })).status === 201)
          made.add(fold(name))
      const found: string[] = []
      const descend = async (prefix: string): Promise<void> => {
        const level = (await readLevels(graphOf(server, org).work, org.orgId, { levels: [{ prefix }], separator: '/' })).get(prefix)
        for (const { key, isGroup, isFolder } of level?.nodes ?? []) {
          if (isGroup) found.push(key)
          if (isFolder) await descend(`${key}/`)
        }
      }
      await descend('')
      expect(found.sort()).toEqual([...made].sort())
    }),
    { numRuns: 25 },
  )
})

test('a level of more parts than fit comes page by page', async () => {
  const org = await server.org()
  const { work } = graphOf(server, org)
  const names = Array.from({ length: LEVEL_MAX + 3 }, (_, i) => `T${String(i).padStart(3, '0')}`)
  for (const name of names) {
    await org.group(name)
    await org.group(`${name}/Below`)
  }
  expect(await nodesAt(org, '')).toEqual(names.map((name) => `${name} group folder`))
  const counts = await countFolders(work, org.orgId, { prefixes: ['t000/', 'none/'], separator: '/' })
  expect([...counts]).toEqual([
    ['t000/', { groups: 1, on: 0 }],
    ['none/', { groups: 0, on: 0 }],
  ])
  expect((await readSubtree(work, org.orgId, { prefix: 't000/', separator: '/' })).map(({ name }) => name)).toEqual(['T000', 'T000/Below'])
})

test('groups are found by text and by state, with their people, and of the own organisation only', async () => {
  const org = await server.org()
  const other = await server.org()
  await other.group('Engineering/Secret')
  const { work, select, rules } = graphOf(server, org)
  const alice = await org.user('alice')
  const platform = await org.group('Engineering/Platform', [alice])
  await org.group('Engineering / Platform')
  await org.group('100%')
  await org.patch(`/Groups/${await org.group('Sales')}`, { op: 'add', path: 'members', value: [{ value: NOBODY }, { value: alice }] })
  await rules('Engineering*/**')
  await select(platform)
  const find = async (text: string, state: GroupState = 'all') =>
    (await findIdpGroups(work, org.orgId, { text, state, after: '', limit: 100 })).map(({ name, people }) => `${name} ${people}`)
  expect(await find('')).toEqual(['100% 0', 'Engineering / Platform 0', 'Engineering/Platform 1', 'Sales 1'])
  expect(await find('%')).toEqual(['100% 0'])
  expect(await find('eng', 'on')).toHaveLength(1)
  expect(await find('', 'held')).toHaveLength(1)
  expect(await find('', 'off')).toEqual(['100% 0', 'Sales 1'])
  expect(await find('', 'unknown')).toEqual(['Sales 1'])
  expect(await countIdpGroups(work, org.orgId)).toEqual({ all: 4, on: 1, held: 1, unknown: 1 })
})
