// What the IdP's groups project to: the selected ones stand in the permission graph, each with a scope of its own. Runs in the transaction
// of whatever changed a group or the selection, with the settings held, and looks at no more than the groups concerned and those inside
// them. Members are none of its business: who is in a group is read where the IdP wrote it.
import { append } from '../audit/append.ts'
import type { AuditContext, AuditEvent } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import {
  deleteNodesOf,
  type GroupState,
  type Hold,
  type Move,
  type PlacedGroup,
  readGroups,
  readObstacles,
  readStanding,
  readSubtrees,
  readWaiting,
  writeHolds,
  writeMoves,
  writeSelected,
} from './nodes.ts'
import { type Wish, wishes } from './placement.ts'
import { groupScopeName } from './scope.ts'
import { selector, type Verdict } from './selection.ts'
import { type PermissionSettings } from './settings.ts'
import { type Claim, type Settled, settle } from './settle.ts'

/** Each round places groups that were held; there can be no more rounds than chains of groups waiting for each other. */
const ROUNDS_MAX = 10_000

/**
 * Brings the graph in line with these SCIM groups as they are now: made, renamed, nested otherwise, switched, deleted. Needs
 * `holdSettings`. Work: the groups, those inside them, and held ones that want a path which became free.
 */
export async function project(
  work: Work,
  context: AuditContext,
  { settings, ids }: { settings: PermissionSettings; ids: readonly string[] },
): Promise<void> {
  const states = await readGroups(work, context.orgId, ids)
  const chosen = choose(states, settings)
  await writeSelected(work, context, chosen.written)
  await deleteNodesOf(work, context.orgId, chosen.gone)
  const events = [...chosen.events]
  let waiting: readonly string[] = [...ids, ...(await readWaiting(work, context.orgId, chosen.closed))]
  for (let round = 0; waiting.length > 0; round++) {
    if (round >= ROUNDS_MAX) throw new Error('the permission graph does not come to rest')
    const placed = await place(work, context, { settings, ids: waiting })
    events.push(...placed.events)
    waiting = placed.touched.length === 0 ? [] : await readWaiting(work, context.orgId, placed.touched)
  }
  await append(work.db, context, events)
}

type Chosen = {
  readonly written: { id: string; name: string; selected: boolean }[]
  /** Groups that no longer exist but still have a node. */
  readonly gone: string[]
  /** Paths at which nobody stands any more. */
  readonly closed: string[]
  readonly events: AuditEvent[]
}

/** Which of the groups take part, as far as that or their name changed. */
function choose(states: readonly GroupState[], settings: PermissionSettings): Chosen {
  const decide = selector(settings.rules, settings.separator)
  const chosen: Chosen = { written: [], gone: [], closed: [], events: [] }
  for (const state of states) {
    const { id, name, nodeId, nodeName, path } = state
    if (name === null) {
      if (nodeId !== null) chosen.gone.push(id)
      if (path !== null) close(chosen, state, path)
      continue
    }
    const verdict = decide({ name, switched: state.switched })
    if (verdict.selected === state.selected && (nodeId === null || nodeName === name)) continue
    chosen.written.push({ id, name, selected: verdict.selected })
    if (verdict.selected !== state.selected) chosen.events.push(selection({ id, name }, verdict))
    if (!verdict.selected && path !== null) close(chosen, state, path)
  }
  return chosen
}

function close(chosen: Chosen, { scopeId, nodeName }: GroupState, path: string): void {
  chosen.closed.push(path)
  if (scopeId !== null) chosen.events.push(scopeEvent('scope.close', { scopeId, path, group: nodeName ?? '' }))
}

type Placing = {
  readonly groups: readonly PlacedGroup[]
  readonly settled: ReadonlyMap<string, Settled>
  readonly wishes: ReadonlyMap<string, Wish>
}

/** Places groups and those inside them. `touched`: paths where something came, went, or got another reason to wait. */
async function place(
  work: Work,
  context: AuditContext,
  { settings, ids }: { settings: PermissionSettings; ids: readonly string[] },
): Promise<{ events: AuditEvent[]; touched: string[] }> {
  const groups = await readSubtrees(work, context.orgId, ids)
  if (groups.length === 0) return { events: [], touched: [] }
  const placing = await decide(work, context.orgId, { groups, settings })
  const { moves, holds, events, touched } = outcome(placing)
  // Who is held leaves before others come.
  await writeHolds(work, context.orgId, holds)
  await writeMoves(work, context, moves)
  return { events, touched }
}

/** Settles who stands where; repeated while a group is held under which others would have sat. */
async function decide(
  work: Work,
  orgId: string,
  { groups, settings }: { groups: readonly PlacedGroup[]; settings: PermissionSettings },
): Promise<Placing> {
  const own = new Set(groups.map(({ id }) => id))
  const outside = [...new Set(groups.flatMap(({ parents }) => parents))].filter((id) => !own.has(id))
  const standing = outside.length === 0 ? new Map<string, string>() : await readStanding(work, orgId, outside)
  const ownScopes = new Set(groups.flatMap(({ scopeId }) => (scopeId === null ? [] : [scopeId])))
  const newScopes = new Map(groups.flatMap(({ id, scopeId }) => (scopeId === null ? [[id, crypto.randomUUID()] as const] : [])))
  const held = new Set<string>()
  for (;;) {
    const found = wishes(groups, { settings, held, standsAt: (id) => standing.get(id) })
    const claims = groups.map((group) => claimOf(group, found.get(group.id), newScopes.get(group.id)))
    const wanted = claims.flatMap(({ wanted }) => (wanted === undefined ? [] : [wanted]))
    const obstacles = await readObstacles(work, orgId, wanted)
    const settled = settle(claims, (path) => {
      const obstacle = obstacles.get(path)
      return obstacle === undefined || ownScopes.has(obstacle.scopeId) ? undefined : obstacle
    })
    const before = held.size
    for (const wish of found.values()) {
      if (wish.kind === 'path' && wish.under !== undefined && own.has(wish.under) && settled.get(wish.under)?.kind !== 'placed')
        held.add(wish.under)
    }
    if (held.size === before)
      return {
        groups: groups.map((group) => ({ ...group, scopeId: group.scopeId ?? newScopes.get(group.id) ?? null })),
        settled,
        wishes: found,
      }
  }
}

function claimOf({ id, seq, path, scopeId, scopeName }: PlacedGroup, wish: Wish | undefined, newScope: string | undefined): Claim {
  return {
    id,
    order: seq,
    path: path ?? undefined,
    wanted: wish?.kind === 'path' ? wish.path : undefined,
    scopeId: scopeId ?? newScope ?? '',
    scopePath: scopeName === null ? undefined : scopeName.slice('group:'.length),
  }
}

type Outcome = { moves: Move[]; holds: Hold[]; events: AuditEvent[]; touched: string[] }

/** What is to be written, and what is to be told about it; what stays as it was is neither. */
function outcome({ groups, settled, wishes: found }: Placing): Outcome {
  const result: Outcome = { moves: [], holds: [], events: [], touched: [] }
  for (const group of groups) {
    const wish = found.get(group.id)
    const settlement = settled.get(group.id)
    if (settlement?.kind === 'placed') move(result, group, settlement.path)
    else if (settlement?.kind === 'held' && wish?.kind === 'path') {
      hold(result, group, { held: settlement.reason, wantedPath: wish.path, heldBy: settlement.by })
    } else if (wish !== undefined && wish.kind !== 'path') hold(result, group, { held: wish.kind, wantedPath: null, heldBy: null })
  }
  return result
}

function move({ moves, events, touched }: Outcome, group: PlacedGroup, path: string): void {
  const { nodeId, scopeId, scopeName, name } = group
  if (group.path === path || scopeId === null) return
  moves.push({ nodeId, scopeId, path, isNew: scopeName === null })
  touched.push(path)
  if (scopeName === null) events.push(scopeEvent('scope.create', { scopeId, path, group: name }))
  else if (scopeName === groupScopeName(path)) events.push(scopeEvent('scope.open', { scopeId, path, group: name }))
  else {
    touched.push(scopeName.slice('group:'.length))
    events.push(scopeEvent('scope.rename', { scopeId, path, group: name, before: scopeName, opened: group.path === null }))
  }
}

function hold({ holds, events, touched }: Outcome, group: PlacedGroup, why: Omit<Hold, 'nodeId'>): void {
  if (group.held === why.held && group.wantedPath === why.wantedPath && group.heldBy === why.heldBy && group.path === null) return
  holds.push({ nodeId: group.nodeId, ...why })
  if (group.path !== null && group.scopeId !== null) {
    touched.push(group.path)
    events.push(scopeEvent('scope.close', { scopeId: group.scopeId, path: group.path, group: group.name }))
  }
  if (group.held === why.held && group.wantedPath === why.wantedPath) return
  const { held, wantedPath } = why
  events.push({
    action: 'scim.group.hold',
    target: { kind: 'scim_group', id: group.id, name: group.name },
    outcome: 'success',
    payload: { reason: held, ...(wantedPath === null ? {} : { path: wantedPath }) },
  })
}

function selection(group: { id: string; name: string }, { selected, rule }: Verdict): AuditEvent {
  return {
    action: selected ? 'scim.group.select' : 'scim.group.unselect',
    target: { kind: 'scim_group', ...group },
    outcome: 'success',
    payload: rule === undefined ? {} : { rule: rule.pattern },
  }
}

type ScopeFacts = { scopeId: string; path: string; group: string; before?: string; opened?: boolean }

function scopeEvent(action: 'scope.create' | 'scope.open' | 'scope.close' | 'scope.rename', facts: ScopeFacts): AuditEvent {
  const { scopeId, path, group, before, opened = false } = facts
  const payload = { group, ...(before === undefined ? {} : { before, after: groupScopeName(path) }), ...(opened ? { opened } : {}) }
  return { action, target: { kind: 'scope', id: scopeId, name: groupScopeName(path) }, outcome: 'success', payload }
}
