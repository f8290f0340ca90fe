// Joiners, movers, leavers, nesting, selection, renames and deletions in random order over SCIM and the admin's functions, against a simple
// model of who can read and write what. A failure prints its seed and the shortest series of steps.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLocalGroup, deleteLocalGroup, removeLocalMember, setLocalMember } from '../../src/permissions/local-groups.ts'
import { readReaders } from '../../src/permissions/readers.ts'
import { setGroupRole, switchGroups } from '../../src/permissions/selecting.ts'
import { type Graph, graphOf } from '../support/graph.ts'
import { expectStatus } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'
import { Model, type ModelGroup, type Standing } from './model.ts'

const server = useServer()

const NAMES = ['alice', 'bob', 'carol'] as const
const GROUP_NAMES = ['A', 'B', 'C', 'A/B', 'a / b', 'a!', 'A/B/C', 'B/C', '..', 'D'] as const
const RULES = [[], ['A/**'], ['!A/B', 'A/**', 'B'], ['**'], ['!B', '**']] as const

type Real = { readonly org: Org; readonly graph: Graph }
type Command = fc.AsyncCommand<Model, Real>

/** Runs a step on both, judges where the groups came to rest, and compares what follows from it. */
abstract class Step implements Command {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
  abstract check(model: Readonly<Model>): boolean
  abstract act(model: Model, real: Real): Promise<void>
  async run(model: Model, real: Real): Promise<void> {
    await this.act(model, real)
    await compare(model, real)
  }
  toString(): string {
    return this.name
  }
}

function step(name: string, check: (model: Readonly<Model>) => boolean, act: (model: Model, real: Real) => Promise<void>): Command {
  return new (class extends Step {
    check = check
    act = act
  })(name)
}

async function compare(model: Model, real: Real): Promise<void> {
  const { org, graph } = real
  expect(model.adopt(await standing(real)), 'where groups stand').toEqual([])
  const names = (paths: Iterable<string>) => [...paths].map((path) => `group:${path}`).sort()
  const scopes = [...(await graph.scopes()).keys()].filter((name) => name.startsWith('group:')).sort()
  expect(scopes, 'all scopes').toEqual(names(model.scopes()))
  const expectedReaders = new Map<string, string[]>()
  for (const [name, { id, active }] of model.people) {
    const access = active ? model.access(id) : new Map<string, boolean>()
    const accountId = await graph.accountId(name)
    for (const path of access.keys()) expectedReaders.set(`group:${path}`, [...(expectedReaders.get(`group:${path}`) ?? []), accountId])
    expect(await graph.reads(name), `what ${name} reads`).toEqual(names(access.keys()))
    expect(await graph.writes(name), `what ${name} writes`).toEqual(
      names([...access].flatMap(([path, writable]) => (writable ? [path] : []))),
    )
  }
  const climbed = await server.rows(
    `select coalesce(n.scim_group_id, n.id)::text as key, array(select coalesce(a.scim_group_id, a.id)::text from group_nodes a
       where a.org_id = n.org_id and a.id = any (n.above) order by 1) as above, cardinality(n.above) as count
     from group_nodes n where n.org_id = $1 and n.path is not null order by 1`,
    [org.orgId],
  )
  const expectedAbove = [...model.groups.values()].flatMap((group) => {
    const above = [...model.above(group)].map(({ key }) => key).sort()
    return group.path === undefined ? [] : [{ key: group.key, above, count: above.length }]
  })
  expect(climbed, 'what is above').toEqual(expectedAbove.sort((a, b) => (a.key < b.key ? -1 : 1)))
  const live = [...model.groups.values()].filter(({ path }) => path !== undefined)
  const carriers = {
    scimGroupIds: live.filter(({ local }) => !local).map(({ key }) => key),
    localIds: live.filter(({ local }) => local).map(({ key }) => key),
  }
  const readers = await readReaders(graph.work, org.orgId, { carriers, grantedScopeIds: [] })
  for (const { scope, readers: found } of readers)
    expect([...found].sort(), `who reads ${scope}`).toEqual((expectedReaders.get(scope) ?? []).sort())
}

/** Where the groups really stand. */
async function standing({ org }: Real): Promise<ReadonlyMap<string, Standing>> {
  const found = await server.rows(
    `select coalesce(n.scim_group_id, n.id)::text as key, n.path, substr(s.name, length('group:') + 1) as scope, n.scope_id::text as "scopeId"
     from group_nodes n left join scopes s on s.org_id = n.org_id and s.id = n.scope_id where n.org_id = $1`,
    [org.orgId],
  )
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
  return new Map(
    found.map(({ key, path, scope, scopeId }) => [String(key), { path: text(path), scope: text(scope), scopeId: text(scopeId) }]),
  )
}

const patch = async (org: Org, path: string, ...operations: object[]) => {
  const answer = await org.patch(path, ...operations)
  expect([200, 204], answer.text).toContain(answer.status)
}
const idpGroups = (model: Readonly<Model>): ModelGroup[] => [...model.groups.values()].filter(({ local }) => !local)
const pick = <T>(from: readonly T[], index: number): T | undefined => (from.length === 0 ? undefined : from[index % from.length])
const isNameFree = (model: Readonly<Model>, name: string) =>
  idpGroups(model).every((group) => group.name.toLowerCase() !== name.toLowerCase())

const PERSON = fc.constantFrom(...NAMES)
const INDEX = fc.nat({ max: 20 })

/** A group of the model that the IdP manages, by chance. */
const withGroup = (index: number, name: string, act: (group: ModelGroup, model: Model, real: Real) => Promise<void>): Command =>
  step(
    `${name} (group #${index})`,
    (model) => idpGroups(model).length > 0,
    async (model, real) => {
      const group = pick(idpGroups(model), index)
      if (group !== undefined) await act(group, model, real)
    },
  )

const COMMANDS: fc.Arbitrary<Command>[] = [
  PERSON.map((name) =>
    step(
      `join ${name}`,
      (model) => !model.people.has(name),
      async (model, { org }) => void model.people.set(name, { id: await org.user(name), active: true }),
    ),
  ),
  fc.tuple(PERSON, fc.boolean()).map(([name, active]) =>
    step(
      `${name} active: ${active}`,
      (model) => model.people.has(name),
      async (model, { org }) => {
        const person = model.people.get(name)
        if (person === undefined) return
        await patch(org, `/Users/${person.id}`, { op: 'replace', value: { active: active ? 'True' : 'False' } })
        person.active = active
      },
    ),
  ),
  PERSON.map((name) =>
    step(
      `delete ${name}`,
      (model) => model.people.has(name),
      async (model, { org }) => {
        const id = model.people.get(name)?.id ?? ''
        expectStatus(await org.delete(`/Users/${id}`), 204)
        model.people.delete(name)
        for (const group of model.groups.values()) group.people.delete(id)
      },
    ),
  ),
  fc.constantFrom(...GROUP_NAMES).map((name) =>
    step(
      `group ${name}`,
      (model) => isNameFree(model, name),
      async (model, { org }) => {
        const key = await org.group(name)
        const group: ModelGroup = {
          key,
          name,
          local: false,
          switched: null,
          role: null,
          path: undefined,
          scope: undefined,
          people: new Map(),
          groups: new Set(),
        }
        model.groups.set(key, group)
      },
    ),
  ),
  fc.tuple(INDEX, fc.constantFrom(...GROUP_NAMES)).map(([index, name]) =>
    withGroup(index, `rename to ${name}`, async (group, model, { org }) => {
      if (!isNameFree(model, name)) return
      await patch(org, `/Groups/${group.key}`, { op: 'Replace', path: 'displayName', value: name })
      group.name = name
    }),
  ),
  INDEX.map((index) =>
    withGroup(index, 'delete', async (group, model, { org }) => {
      expectStatus(await org.delete(`/Groups/${group.key}`), 204)
      model.delete(group.key)
    }),
  ),
  fc.tuple(INDEX, PERSON).map(([index, name]) =>
    withGroup(index, `add ${name}`, async (group, model, { org }) => {
      const person = model.people.get(name)
      if (person === undefined) return
      await patch(org, `/Groups/${group.key}`, { op: 'add', path: 'members', value: [{ value: person.id }] })
      group.people.set(person.id, null)
    }),
  ),
  fc.tuple(INDEX, PERSON).map(([index, name]) =>
    withGroup(index, `remove ${name}`, async (group, model, { org }) => {
      const person = model.people.get(name)
      if (person === undefined) return
      await patch(org, `/Groups/${group.key}`, { op: 'remove', path: `members[value eq "${person.id}"]` })
      group.people.delete(person.id)
    }),
  ),
  fc.tuple(INDEX, INDEX).map(([index, inner]) =>
    withGroup(index, `nest #${inner}`, async (group, model, { org }) => {
      const other = pick(idpGroups(model), inner)
      if (other === undefined) return
      await patch(org, `/Groups/${group.key}`, { op: 'add', path: 'members', value: [{ value: other.key }] })
      group.groups.add(other.key)
    }),
  ),
  fc.tuple(INDEX, INDEX).map(([index, inner]) =>
    withGroup(index, `unnest #${inner}`, async (group, model, { org }) => {
      const other = pick(idpGroups(model), inner)
      if (other === undefined) return
      await patch(org, `/Groups/${group.key}`, { op: 'remove', path: 'members', value: [{ value: other.key }] })
      group.groups.delete(other.key)
    }),
  ),
  fc.tuple(INDEX, INDEX, PERSON).map(([index, inner, name]) =>
    withGroup(index, `set members to #${inner} and ${name}`, async (group, model, { org }) => {
      const other = pick(idpGroups(model), inner)
      const person = model.people.get(name)
      const members = [other?.key, person?.id].filter((id) => id !== undefined)
      await patch(org, `/Groups/${group.key}`, { op: 'replace', path: 'members', value: members.map((value) => ({ value })) })
      group.people.clear()
      group.groups.clear()
      if (person !== undefined) group.people.set(person.id, null)
      if (other !== undefined) group.groups.add(other.key)
    }),
  ),
  fc.tuple(INDEX, fc.constantFrom('on' as const, 'off' as const, null)).map(([index, switched]) =>
    withGroup(index, `switch ${switched}`, async (group, _model, { graph }) => {
      await switchGroups(graph.work, graph.context, [{ id: group.key, switched }])
      group.switched = switched
    }),
  ),
  fc.tuple(INDEX, fc.constantFrom('viewer' as const, 'editor' as const, null)).map(([index, role]) =>
    withGroup(index, `role ${role}`, async (group, _model, { graph }) => {
      await setGroupRole(graph.work, graph.context, { id: group.key, role })
      group.role = role
    }),
  ),
  fc.constantFrom(...RULES).map((patterns) =>
    step(
      `rules ${patterns.join(', ')}`,
      () => true,
      async (model, { graph }) => {
        await graph.rules(...patterns)
        model.rules = patterns.map((pattern) => ({ pattern: pattern.replace(/^!/, ''), select: !pattern.startsWith('!') }))
      },
    ),
  ),
  fc.constantFrom('', 'x').map((prefix) =>
    step(
      `prefix ${JSON.stringify(prefix)}`,
      () => true,
      async (model, { graph }) => {
        await graph.settings({ prefix })
        model.prefix = prefix
      },
    ),
  ),
  fc.boolean().map((nestByName) =>
    step(
      `nesting by name: ${nestByName}`,
      () => true,
      async (model, { graph }) => {
        await graph.settings({ nestByName })
        model.nestByName = nestByName
      },
    ),
  ),
  fc
    .tuple(
      fc.constantFrom('a', 'a/b', 'l', 'l/m'),
      PERSON,
      fc.constantFrom('viewer' as const, 'editor' as const),
      fc.constantFrom('editor' as const, null),
    )
    .map(([path, name, role, groupRole]) =>
      step(
        `local ${path} (${groupRole}) with ${name} as ${role}`,
        (model) => model.isFree(path) && model.people.has(name),
        async (model, { graph }) => {
          const { id } = await createLocalGroup(graph.work, graph.context, { path, role: groupRole })
          await setLocalMember(graph.work, graph.context, { path, accountId: await graph.accountId(name), role })
          const people = new Map([[model.people.get(name)?.id ?? '', role]])
          model.groups.set(id, {
            key: id,
            name: path,
            local: true,
            switched: null,
            role: groupRole,
            path,
            scope: path,
            people,
            groups: new Set(),
          })
        },
      ),
    ),
  fc.tuple(INDEX, fc.boolean()).map(([index, empty]) =>
    step(
      `local group #${index} ${empty ? 'emptied' : 'deleted'}`,
      (model) => [...model.groups.values()].some(({ local }) => local),
      async (model, { graph }) => {
        const group = pick(
          [...model.groups.values()].filter(({ local }) => local),
          index,
        )
        if (group === undefined) return
        if (empty) {
          for (const [name, { id }] of model.people)
            if (group.people.delete(id))
              await removeLocalMember(graph.work, graph.context, { path: group.name, accountId: await graph.accountId(name) })
        } else {
          await deleteLocalGroup(graph.work, graph.context, group.name)
          model.delete(group.key)
        }
      },
    ),
  ),
]

/** Something to begin with, so that short series of steps reach far. */
async function furnish(model: Model, real: Real): Promise<void> {
  const { org, graph } = real
  for (const name of NAMES) model.people.set(name, { id: await org.user(name), active: true })
  await graph.rules('**')
  model.rules = [{ pattern: '**', select: true }]
  for (const [i, name] of (['A', 'a!', 'A/B', 'B', 'C'] as const).entries()) {
    const person = model.people.get(NAMES[i % NAMES.length] ?? 'alice')?.id ?? ''
    const key = await org.group(name, [person])
    const people = new Map([[person, null]])
    model.groups.set(key, {
      key,
      name,
      local: false,
      switched: null,
      role: null,
      path: undefined,
      scope: undefined,
      people,
      groups: new Set(),
    })
  }
  expect(model.adopt(await standing(real))).toEqual([])
}

test('after any series of steps everybody reads and writes what the model says', async () => {
  const runs = Number(process.env['PLUR_TEST_MODEL_RUNS'] ?? 25)
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.commands(COMMANDS, { maxCommands: 60, size: 'max' }), async (furnished, commands) => {
      const org = await server.org()
      const setup = async () => {
        const model = new Model()
        const real = { org, graph: graphOf(server, org) }
        if (furnished) await furnish(model, real)
        return { model, real }
      }
      await fc.asyncModelRun(setup, commands)
    }),
    { numRuns: runs, interruptAfterTimeLimit: 400_000 },
  )
}, 600_000)
