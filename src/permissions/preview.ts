// What a change of the selection would do, before it is done: scopes that open, close or are renamed, people who gain or lose access, and
// conflicts. The change itself is run and undone, so that a preview cannot differ from what happens.
import { sql } from 'kysely'
import type { Work } from '../db/work.ts'
import type { Held } from './nodes.ts'
import { type Carriers, readAbove, type Readers, readReaders } from './readers.ts'
import { groupScopeName } from './scope.ts'
import { holdSettings } from './settings.ts'

/** People by user name; at most PEOPLE_SHOWN_MAX of `count`. */
export type People = { readonly count: number; readonly userNames: readonly string[] }

export type ScopeChange = {
  readonly scope: string
  readonly gain: People
  readonly lose: People
  /** Of those who keep reading, who may write from then on, and who no longer. */
  readonly gainWriting: People
  readonly loseWriting: People
}

export type Preview = {
  readonly opened: readonly { readonly scope: string; readonly group: string }[]
  readonly closed: readonly { readonly scope: string; readonly group: string }[]
  readonly renamed: readonly { readonly from: string; readonly to: string; readonly group: string }[]
  readonly conflicts: readonly {
    readonly group: string
    readonly reason: Held
    readonly scope: string | null
    /** The group that stands there, or the scope that keeps the memories of one that is gone. */
    readonly heldBy: string | null
  }[]
  /** Scopes whose readers or writers change. */
  readonly people: readonly ScopeChange[]
}

export const PEOPLE_SHOWN_MAX = 50

/** Thrown to undo the change; never leaves this module. */
class Undo extends Error {}

/** Runs the change, looks, and undoes it. Holds the settings for as long as that takes. */
export function preview(work: Work, orgId: string, change: (work: Work) => Promise<unknown>): Promise<Preview> {
  return work.atomically(async (tx) => {
    await holdSettings(tx, orgId, 'selection')
    const before = await readState(tx, orgId)
    const { after, above } = await undone(tx, change, async (changed) => {
      const after = await readState(changed, orgId)
      return { after, above: await readAbove(changed, orgId, carriersOf(differing(before, after))) }
    })
    const concerned = merge(above, await readAbove(tx, orgId, carriersOf(differing(before, after))))
    const readersBefore = await readReaders(tx, orgId, concerned)
    const readersAfter = await undone(tx, change, (changed) => readReaders(changed, orgId, concerned))
    return { ...stateChanges(before, after), people: await peopleChanges(tx, orgId, { readersBefore, readersAfter }) }
  })
}

async function undone<T>(work: Work, change: (work: Work) => Promise<unknown>, look: (work: Work) => Promise<T>): Promise<T> {
  const seen: T[] = []
  try {
    await work.atomically(async (changed) => {
      await change(changed)
      seen.push(await look(changed))
      throw new Undo()
    })
  } catch (error) {
    if (!(error instanceof Undo)) throw error
  }
  const [result] = seen
  if (result === undefined) throw new Error('a preview saw nothing')
  return result
}

type NodeState = {
  readonly key: string
  readonly scimGroupId: string | null
  readonly localId: string | null
  readonly name: string
  readonly path: string | null
  readonly role: string | null
  readonly held: Held | null
  readonly wantedPath: string | null
  readonly heldBy: string | null
}

type State = ReadonlyMap<string, NodeState>

async function readState(work: Work, orgId: string): Promise<State> {
  const { rows } = await sql<NodeState>`
    select coalesce(n.scim_group_id, n.id)::text as key, n.scim_group_id::text as "scimGroupId",
      case when n.origin = 'local' then n.id::text end as "localId", n.display_name as name, n.path, n.role, n.held, n.wanted_path as "wantedPath",
      coalesce((select b.display_name from group_nodes b where b.org_id = n.org_id and b.scope_id = n.held_by and b.path is not null),
        (select s.name from scopes s where s.org_id = n.org_id and s.id = n.held_by)) as "heldBy"
    from group_nodes n where n.org_id = ${orgId}::uuid`.execute(work.db)
  return new Map(rows.map((row) => [row.key, row]))
}

/** Groups that come, go or move; with them changes what is open to their members. */
function differing(before: State, after: State): readonly NodeState[] {
  return [...new Map([...before, ...after]).values()].filter(({ key }) => {
    const [old, now] = [before.get(key), after.get(key)]
    return (old?.path ?? null) !== (now?.path ?? null) || (old?.role ?? null) !== (now?.role ?? null)
  })
}

const carriersOf = (nodes: readonly NodeState[]): Carriers => ({
  scimGroupIds: nodes.flatMap(({ scimGroupId }) => (scimGroupId === null ? [] : [scimGroupId])),
  localIds: nodes.flatMap(({ localId }) => (localId === null ? [] : [localId])),
})

type Concerned = Awaited<ReturnType<typeof readAbove>>

function merge(one: Concerned, other: Concerned): Concerned {
  const both = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])]
  return {
    carriers: {
      scimGroupIds: both(one.carriers.scimGroupIds, other.carriers.scimGroupIds),
      localIds: both(one.carriers.localIds, other.carriers.localIds),
    },
    grantedScopeIds: both(one.grantedScopeIds, other.grantedScopeIds),
  }
}

function stateChanges(before: State, after: State): Omit<Preview, 'people'> {
  const opened: { scope: string; group: string }[] = []
  const closed: { scope: string; group: string }[] = []
  const renamed: { from: string; to: string; group: string }[] = []
  for (const { key, name } of differing(before, after)) {
    const [from, to] = [before.get(key)?.path ?? null, after.get(key)?.path ?? null]
    if (from === null && to !== null) opened.push({ scope: groupScopeName(to), group: name })
    if (from !== null && to === null) closed.push({ scope: groupScopeName(from), group: name })
    if (from !== null && to !== null && from !== to) renamed.push({ from: groupScopeName(from), to: groupScopeName(to), group: name })
  }
  const conflicts = [...after.values()].flatMap(({ key, name, held, wantedPath, heldBy }) =>
    held === null || before.get(key)?.held === held
      ? []
      : [{ group: name, reason: held, scope: wantedPath === null ? null : groupScopeName(wantedPath), heldBy }],
  )
  return { opened, closed, renamed, conflicts }
}

async function peopleChanges(
  work: Work,
  orgId: string,
  { readersBefore, readersAfter }: { readersBefore: readonly Readers[]; readersAfter: readonly Readers[] },
): Promise<readonly ScopeChange[]> {
  const before = new Map(readersBefore.map((one) => [one.key, one]))
  const after = new Map(readersAfter.map((one) => [one.key, one]))
  const changes = [...new Map([...before, ...after]).values()].map(({ key, scope }) => {
    const [old, now] = [before.get(key) ?? NOBODY, after.get(key) ?? NOBODY]
    const gain = without(now.readers, old.readers)
    const lose = without(old.readers, now.readers)
    return {
      scope,
      gain,
      lose,
      gainWriting: without(without(now.writers, old.writers), gain),
      loseWriting: without(without(old.writers, now.writers), lose),
    }
  })
  const telling = changes.filter(
    ({ gain, lose, gainWriting, loseWriting }) => gain.length + lose.length + gainWriting.length + loseWriting.length > 0,
  )
  const shown = telling.flatMap(({ gain, lose, gainWriting, loseWriting }) =>
    [gain, lose, gainWriting, loseWriting].flatMap((ids) => ids.slice(0, PEOPLE_SHOWN_MAX)),
  )
  const names = await userNames(work, orgId, [...new Set(shown)])
  const people = (ids: readonly string[]): People => ({
    count: ids.length,
    userNames: ids
      .slice(0, PEOPLE_SHOWN_MAX)
      .flatMap((id) => names.get(id) ?? [])
      .sort(),
  })
  return telling.map(({ scope, gain, lose, gainWriting, loseWriting }) => ({
    scope,
    gain: people(gain),
    lose: people(lose),
    gainWriting: people(gainWriting),
    loseWriting: people(loseWriting),
  }))
}

const NOBODY = { readers: [], writers: [] }

function without(these: readonly string[], those: readonly string[]): readonly string[] {
  const known = new Set(those)
  return these.filter((id) => !known.has(id)).sort()
}

async function userNames(work: Work, orgId: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ id: string; name: string }>`
    select id::text, user_name as name from accounts where org_id = ${orgId}::uuid and id = any (${ids}::uuid[])`.execute(work.db)
  return new Map(rows.map(({ id, name }) => [id, name]))
}
