// Why somebody can reach a scope: every path person → group → … → scope, and behind each step the request, the token or admin, and the time
// that made it (design section 4).
import { sql } from 'kysely'
import type { Actor } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { groupsPart, type Person, resolveAccess, type ScopeAccess } from './access.ts'
import { parseScopeName, type Role } from './scope.ts'
import { settingSql } from './settings.ts'

/** What made an edge. A SCIM token stands in `tokenId`; an admin in `actor`. */
export type Evidence = {
  readonly at: Date | null
  readonly requestId: string | null
  readonly tokenId: string | null
  readonly actor: Actor | null
}

export type Group = {
  readonly id: string
  readonly name: string
  readonly path: string
  readonly origin: 'idp' | 'local'
  readonly scimGroupId: string | null
}

export type Step =
  | { readonly kind: 'everybody'; readonly detail: string }
  /** The person is in the group. */
  | { readonly kind: 'member'; readonly group: Group; readonly role: Role; readonly evidence: Evidence }
  /** The group before is in this one: the IdP said so, or its name does. */
  | { readonly kind: 'nested'; readonly by: 'idp' | 'name'; readonly group: Group; readonly role: Role; readonly evidence: Evidence }
  /** The group carries the scope since it was selected. */
  | { readonly kind: 'carries'; readonly evidence: Evidence; readonly named: Evidence }
  | { readonly kind: 'granted'; readonly role: Role; readonly evidence: Evidence }

export type Path = { readonly steps: readonly Step[]; readonly writable: boolean }

export type Why = {
  readonly scope: string
  readonly readable: boolean
  readonly writable: boolean
  readonly paths: readonly Path[]
  /** There are more paths than PATHS_MAX. */
  readonly truncated: boolean
}

export const PATHS_MAX = 100

/** Explains the access of a person to the scope of that name; no path where there is no access. */
export async function explain(work: Work, person: Person, scopeName: string): Promise<Why> {
  const name = parseScopeName(scopeName)
  const access = (await resolveAccess(work, person)).find((scope) => scope.name === name)
  if (access === undefined) return { scope: name ?? scopeName, readable: false, writable: false, paths: [], truncated: false }
  return explainOne(await readGraph(work, person), access)
}

/** Explains every scope that a person can reach, in the order of their names. */
export async function explainAll(work: Work, person: Person): Promise<readonly Why[]> {
  const scopes = await resolveAccess(work, person)
  const graph = await readGraph(work, person)
  return scopes.map((access) => explainOne(graph, access))
}

function explainOne(graph: Graph, access: ScopeAccess): Why {
  const fixed = fixedStep(access)
  const { paths, truncated } =
    fixed === undefined ? walk(graph, access.id) : { paths: [{ steps: [fixed], writable: access.writable }], truncated: false }
  return { scope: access.name, readable: true, writable: access.writable, paths, truncated }
}

function fixedStep({ kind, retained, writable }: ScopeAccess): Step | undefined {
  if (retained) return { kind: 'everybody', detail: 'no group leads to this scope any more; admins of the organisation read what it keeps' }
  if (kind === 'user') return { kind: 'everybody', detail: 'it is the person’s own' }
  if (kind === 'global' || kind === 'org') {
    return {
      kind: 'everybody',
      detail: writable ? 'everybody of the organisation reads it, its admins write it' : 'everybody of the organisation reads it',
    }
  }
  return undefined
}

type Edge = {
  /** Null: the person. */
  readonly from: string | null
  readonly to: string
  readonly by: 'idp' | 'local' | 'name'
  readonly role: Role
  readonly at: Date | null
  readonly requestId: string | null
  readonly tokenId: string | null
  readonly actor: Actor | null
}

type Node = Group & {
  readonly selectedAt: Date | null
  readonly selectedRequestId: string | null
  readonly selectedActor: Actor | null
  readonly placedAt: Date | null
  readonly placedRequestId: string | null
  readonly placedActor: Actor | null
  readonly scopeId: string | null
  readonly grants: readonly Granted[]
}

/** A scope granted to a group; its time as JSON has it. */
type Granted = {
  readonly scopeId: string
  readonly role: Role
  readonly at: string | null
  readonly requestId: string | null
  readonly actor: Actor | null
}

type Graph = { readonly nodes: ReadonlyMap<string, Node>; readonly edges: ReadonlyMap<string | null, readonly Edge[]> }

/** The person's part of the graph: the groups above them and what leads from one to the next. */
async function readGraph(work: Work, person: Person): Promise<Graph> {
  const orgId = sql`${person.orgId}::uuid`
  const { rows: nodes } = await sql<Node>`
    with ${groupsPart(person)}
    select n.id::text, n.display_name as name, n.path, n.origin, n.scim_group_id::text as "scimGroupId",
      n.selected_at as "selectedAt", n.selected_request_id as "selectedRequestId", n.selected_actor as "selectedActor",
      n.placed_at as "placedAt", n.placed_request_id as "placedRequestId", n.placed_actor as "placedActor",
      n.scope_id::text as "scopeId", coalesce((select json_agg(json_build_object('scopeId', g.scope_id, 'role', g.role, 'at', g.granted_at,
        'requestId', g.granted_request_id, 'actor', g.granted_actor)) from scope_grants g where g.org_id = n.org_id and g.node_id = n.id), '[]') as grants
    from (select distinct id from mine) m join group_nodes n on n.org_id = ${orgId} and n.id = m.id
    order by n.path`.execute(work.db)
  const ids = nodes.map(({ id }) => id)
  const { rows: edges } = await sql<Edge>`
    select null as "from", n.id::text as "to", 'idp' as by, coalesce(n.role, ${settingSql(orgId, 'member_role')}) as role, m.added_at as at,
      m.added_request_id as "requestId", m.added_token_id as "tokenId", null::jsonb as actor
    from scim_resources r join scim_group_members m on m.org_id = r.org_id and m.member_id = r.id
      join group_nodes n on n.org_id = m.org_id and n.scim_group_id = m.group_id and n.id = any (${ids}::uuid[])
    where r.org_id = ${orgId} and r.account_id = ${person.accountId}::uuid
    union all
    select null, l.node_id::text, 'local', l.role, l.added_at, l.added_request_id, null, l.added_actor from local_group_members l
    where l.org_id = ${orgId} and l.account_id = ${person.accountId}::uuid and l.node_id = any (${ids}::uuid[])
    union all
    select c.id::text, p.id::text, 'idp', coalesce(p.role, 'viewer'), m.added_at, m.added_request_id, m.added_token_id, null
    from group_nodes c join scim_group_members m on m.org_id = c.org_id and m.member_id = c.scim_group_id
      join group_nodes p on p.org_id = m.org_id and p.scim_group_id = m.group_id and p.id = any (${ids}::uuid[])
    where c.org_id = ${orgId} and c.id = any (${ids}::uuid[]) and c.id <> p.id
    union all
    select c.id::text, p.id::text, 'name', coalesce(p.role, 'viewer'), c.placed_at, c.placed_request_id, null, c.placed_actor
    from group_nodes c join group_nodes p on p.org_id = c.org_id and p.path = any (c.ancestors) and p.origin = c.origin and p.id = any (${ids}::uuid[])
    where c.org_id = ${orgId} and c.id = any (${ids}::uuid[]) and ${settingSql(orgId, 'nest_by_name')}
      and not exists (select from scim_group_members m where m.org_id = c.org_id and m.member_id = c.scim_group_id and m.group_id = p.scim_group_id)
      -- Of the names above, the nearest that is there; the others follow from it.
      and not exists (select from group_nodes b where b.org_id = c.org_id and b.path = any (c.ancestors) and b.origin = c.origin
        and length(b.path) > length(p.path))
    order by 2, 5`.execute(work.db)
  const grouped = new Map<string | null, Edge[]>()
  for (const edge of edges) {
    const known = grouped.get(edge.from)
    if (known === undefined) grouped.set(edge.from, [edge])
    else known.push(edge)
  }
  return { nodes: new Map(nodes.map((node) => [node.id, node])), edges: grouped }
}

/** All paths that pass no group twice, short ones first, up to PATHS_MAX; only groups from which a way leads to the scope are entered. */
function walk(graph: Graph, scopeId: string): { paths: readonly Path[]; truncated: boolean } {
  const leading = leadingTo(graph, scopeId)
  const paths: Path[] = []
  type Partial = { readonly at: string | null; readonly steps: readonly Step[]; readonly seen: ReadonlySet<string> }
  let partial: Partial[] = [{ at: null, steps: [], seen: new Set() }]
  let tried = 0
  while (partial.length > 0) {
    const next: Partial[] = []
    for (const { at, steps, seen } of partial) {
      for (const edge of graph.edges.get(at) ?? []) {
        const node = graph.nodes.get(edge.to)
        if (node === undefined || !leading.has(edge.to) || seen.has(edge.to)) continue
        if (paths.length >= PATHS_MAX || ++tried > TRIES_MAX) return { paths, truncated: true }
        const longer = [...steps, stepOf(edge, node)]
        for (const end of endsOf(node, scopeId)) paths.push({ steps: [...longer, end], writable: writesBy(edge.role, end) })
        next.push({ at: edge.to, steps: longer, seen: new Set([...seen, edge.to]) })
      }
    }
    partial = next
  }
  return { paths: paths.slice(0, PATHS_MAX), truncated: paths.length > PATHS_MAX }
}

/** Steps taken before giving up: a hostile graph has more ways than anybody can read. */
const TRIES_MAX = 20_000

const isWriter = (role: Role): boolean => role !== 'viewer'

const writesBy = (role: Role, end: Step): boolean => isWriter(role) && (end.kind !== 'granted' || isWriter(end.role))

/** The groups from which some way leads to the scope. */
function leadingTo({ nodes, edges }: Graph, scopeId: string): ReadonlySet<string> {
  const into = new Map<string, string[]>()
  for (const list of edges.values()) for (const { from, to } of list) if (from !== null) into.set(to, [...(into.get(to) ?? []), from])
  const leading = new Set([...nodes.values()].filter((node) => endsOf(node, scopeId).length > 0).map(({ id }) => id))
  const due = [...leading]
  for (let id = due.pop(); id !== undefined; id = due.pop()) {
    for (const before of into.get(id) ?? []) {
      if (!leading.has(before)) due.push(before)
      leading.add(before)
    }
  }
  return leading
}

function stepOf({ from, by, role, at, requestId, tokenId, actor }: Edge, node: Node): Step {
  const { id, name, path, origin, scimGroupId } = node
  const group = { id, name, path, origin, scimGroupId }
  const evidence = { at, requestId, tokenId: tokenId ?? tokenOf(actor), actor }
  return from === null
    ? { kind: 'member', group, role, evidence }
    : { kind: 'nested', by: by === 'name' ? 'name' : 'idp', group, role, evidence }
}

const tokenOf = (actor: Actor | null): string | null => (actor?.kind === 'scim_token' ? actor.id : null)

function endsOf(node: Node, scopeId: string): readonly Step[] {
  const made = (at: Date | null, requestId: string | null, actor: Actor | null) => ({ at, requestId, tokenId: tokenOf(actor), actor })
  const ends: Step[] = []
  if (node.scopeId === scopeId) {
    ends.push({
      kind: 'carries',
      evidence: made(node.selectedAt, node.selectedRequestId, node.selectedActor),
      named: made(node.placedAt, node.placedRequestId, node.placedActor),
    })
  }
  for (const { role, at, requestId, actor } of node.grants.filter((grant) => grant.scopeId === scopeId)) {
    ends.push({ kind: 'granted', role, evidence: made(at === null ? null : new Date(at), requestId, actor) })
  }
  return ends
}
