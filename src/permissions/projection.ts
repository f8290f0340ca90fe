// What the IdP's groups project to: the selected ones stand in the permission graph, each with a scope of its own. Runs in the transaction
// of whatever changed a group or the selection, with the settings held, and looks at no more than the groups concerned and those inside
// them. Members are none of its business: who is in a group is read where the IdP wrote it.
import { append } from '../audit/append.ts'
import type { AuditContext, AuditEvent } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { refreshAbove } from './above.ts'
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
import { seats, type Wish, wish } from './placement.ts'
import { groupScopeName } from './scope.ts'
import { selector, type Verdict } from './selection.ts'
import { type PermissionSettings } from './settings.ts'
import { type Claim, type Obstacle, type Settled, settle } from './settle.ts'
import { takeTurn } from './turn.ts'

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
  const states = await readGroups(work, context.orgId, [...new Set(ids)])
  const chosen = choose(states, settings)
  if (chosen.written.length + chosen.gone.length > 0) await takeTurn(work, context.orgId)
  await writeSelected(work, context, chosen.written)
  await deleteNodesOf(work, context.orgId, chosen.gone)
  const events = [...chosen.events]
  const disturbed = { scimGroupIds: new Set(ids), paths: new Set(chosen.closed) }
  let waiting: readonly string[] = [...ids, ...(await readWaiting(work, context.orgId, chosen.closed))]
  for (let round = 0; waiting.length > 0; round++) {
    if (round >= ROUNDS_MAX) throw new Error('the permission graph does not come to rest')
    const placed = await place(work, context, { settings, ids: waiting })
    events.push(...placed.events)
    for (const id of placed.moved) disturbed.scimGroupIds.add(id)
    for (const path of placed.touched) disturbed.paths.add(path)
    waiting = placed.touched.length === 0 ? [] : await readWaiting(work, context.orgId, placed.touched)
  }
  await refreshAbove(work, context.orgId, { scimGroupIds: [...disturbed.scimGroupIds], paths: [...disturbed.paths] })
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

/** Places groups and those inside them. `touched`: paths where something came, went, or got another reason to wait; `moved`: what did. */
async function place(
  work: Work,
  context: AuditContext,
  { settings, ids }: { settings: PermissionSettings; ids: readonly string[] },
): Promise<Pick<Outcome, 'events' | 'touched' | 'moved'>> {
  const groups = await readSubtrees(work, context.orgId, ids)
  if (groups.length === 0) return { events: [], touched: [], moved: [] }
  const { moves, holds, events, touched, moved } = outcome(await decide(work, context.orgId, { groups, settings }))
  if (moves.length + holds.length > 0) await takeTurn(work, context.orgId)
  // Who is held leaves before others come.
  await writeHolds(work, context.orgId, holds)
  await writeMoves(work, context, moves)
  return { events, touched, moved }
}

/** A group on its way: where it stands and what its scope is called, as of the rounds so far. */
type Standing = {
  readonly group: PlacedGroup
  readonly scopeId: string
  path: string | undefined
  scopePath: string | undefined
  wish: Wish
  settled: Settled | undefined
}

/**
 * Settles who stands where, in rounds: a group follows the one above it once that one has moved, and takes a name once that is free. Nothing
 * is written before everything rests.
 */
async function decide(
  work: Work,
  orgId: string,
  { groups, settings }: { groups: readonly PlacedGroup[]; settings: PermissionSettings },
): Promise<readonly Standing[]> {
  const standing = new Map(groups.map((group) => [group.id, start(group)]))
  const outside = await readStanding(
    work,
    orgId,
    [...new Set(groups.flatMap(({ parents }) => parents))].filter((id) => !standing.has(id)),
  )
  const own = new Set([...standing.values()].map(({ scopeId }) => scopeId))
  const obstacles = new Map<string, Obstacle | undefined>()
  const seated = seats(groups, settings.separator)
  const standsAt = (id: string) => (standing.has(id) ? standing.get(id)?.path : outside.get(id))
  for (let round = 0; round < ROUNDS_MAX; round++) {
    for (const one of standing.values()) {
      const seat = seated.get(one.group.id)
      if (seat !== undefined) one.wish = wish(seat, seat.under === undefined ? undefined : standsAt(seat.under), settings)
    }
    const claims = [...standing.values()].map(claimOf)
    await addObstacles(work, orgId, { claims, obstacles })
    const settled = settle(claims, (path) => {
      const obstacle = obstacles.get(path)
      return obstacle === undefined || own.has(obstacle.scopeId) ? undefined : obstacle
    })
    const moved = [...standing.values()].filter((one) => go(one, settled.get(one.group.id)))
    if (moved.length === 0) return [...standing.values()]
  }
  throw new Error('the permission graph does not come to rest')
}

function start(group: PlacedGroup): Standing {
  const { path, scopeId, scopeName } = group
  return {
    group,
    scopeId: scopeId ?? crypto.randomUUID(),
    path: path ?? undefined,
    scopePath: scopeName?.slice('group:'.length),
    wish: { kind: 'unusable' },
    settled: undefined,
  }
}

const claimOf = ({ group, scopeId, path, scopePath, wish }: Standing): Claim => ({
  id: group.id,
  order: group.seq,
  path,
  wanted: wish.kind === 'path' ? wish.path : undefined,
  scopeId,
  scopePath,
})

async function addObstacles(
  work: Work,
  orgId: string,
  { claims, obstacles }: { claims: readonly Claim[]; obstacles: Map<string, Obstacle | undefined> },
): Promise<void> {
  const wanted = claims.flatMap(({ wanted }) => (wanted === undefined || obstacles.has(wanted) ? [] : [wanted]))
  if (wanted.length === 0) return
  const found = await readObstacles(work, orgId, wanted)
  for (const path of wanted) obstacles.set(path, found.get(path))
}

/** False when it stays where it is. */
function go(one: Standing, settled: Settled | undefined): boolean {
  const before = one.path
  one.settled = settled
  one.path = settled?.kind === 'placed' ? settled.path : undefined
  if (one.path !== undefined) one.scopePath = one.path
  return one.path !== before
}

type Outcome = { moves: Move[]; holds: Hold[]; events: AuditEvent[]; touched: string[]; moved: string[] }

/** What is to be written, and what is to be told about it; what stays as it was is neither. */
function outcome(standing: readonly Standing[]): Outcome {
  const result: Outcome = { moves: [], holds: [], events: [], touched: [], moved: [] }
  for (const { group, scopeId, wish, settled } of standing) {
    if (settled?.kind === 'placed') move(result, { ...group, scopeId }, settled.path)
    else if (wish.kind !== 'path') hold(result, group, { held: wish.kind, wantedPath: null, heldBy: null })
    else if (settled !== undefined) hold(result, group, { held: settled.reason, wantedPath: wish.path, heldBy: settled.by })
  }
  return result
}

function move({ moves, events, touched, moved }: Outcome, group: PlacedGroup & { scopeId: string }, path: string): void {
  const { nodeId, scopeId, scopeName, name } = group
  if (group.path === path) return
  moves.push({ nodeId, scopeId, path, isNew: scopeName === null })
  moved.push(group.id)
  touched.push(path)
  if (scopeName === null) events.push(scopeEvent('scope.create', { scopeId, path, group: name }))
  else if (scopeName === groupScopeName(path)) events.push(scopeEvent('scope.open', { scopeId, path, group: name }))
  else {
    touched.push(scopeName.slice('group:'.length))
    events.push(scopeEvent('scope.rename', { scopeId, path, group: name, before: scopeName, opened: group.path === null }))
  }
}

function hold({ holds, events, touched, moved }: Outcome, group: PlacedGroup, why: Omit<Hold, 'nodeId'>): void {
  if (group.held === why.held && group.wantedPath === why.wantedPath && group.heldBy === why.heldBy && group.path === null) return
  holds.push({ nodeId: group.nodeId, ...why })
  moved.push(group.id)
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
