// Who may read and write which memories (design section 4). Resolved in SQL for every call, from the rows as they are committed: a change of
// members, of groups or of an account's state counts from the next call on, in every process.
import { type RawBuilder, sql } from 'kysely'
import type { Work } from '../db/work.ts'
import { GLOBAL_SCOPE_ID, groupScopeName, kindOf, ORG_SCOPE_ID, orgScopeName, type ScopeKind, userScopeName, writes } from './scope.ts'
import { settingSql } from './settings.ts'

export type Person = { readonly orgId: string; readonly accountId: string }

export type ScopeAccess = {
  readonly id: string
  readonly name: string
  readonly kind: ScopeKind
  readonly writable: boolean
  /** No group leads to it any more: it keeps memories, and only admins of the organisation read it. */
  readonly retained: boolean
}

/**
 * A person's groups, as the parts `direct` and `mine (id, role, scope_id, path)` of a WITH statement; a group stands there once for each way
 * to it. Membership in a group is membership in every group above it (above.ts). Groups that take no part (`path` is null) lead nowhere.
 * The ids go in as arrays: one ordered search of an index for all of them, not one for each.
 */
export function groupsPart(person: Person): RawBuilder<unknown> {
  const orgId = sql`${person.orgId}::uuid`
  const accountId = sql`${person.accountId}::uuid`
  return sql`
    direct (id, role, scope_id, path, above) as materialized (
      select n.id, coalesce(n.role, ${settingSql(orgId, 'member_role')}), n.scope_id, n.path, n.above from group_nodes n
      where n.org_id = ${orgId} and n.path is not null and n.scim_group_id = any (array(
        select m.group_id from scim_resources r join scim_group_members m on m.org_id = r.org_id and m.member_id = r.id
        where r.org_id = ${orgId} and r.account_id = ${accountId}))
      union all
      select n.id, l.role, n.scope_id, n.path, n.above from local_group_members l
        join group_nodes n on n.org_id = l.org_id and n.id = l.node_id and n.path is not null
      where l.org_id = ${orgId} and l.account_id = ${accountId}
    ),
    mine (id, role, scope_id, path) as not materialized (
      select d.id, d.role, d.scope_id, d.path from direct d
      union all
      select n.id, coalesce(n.role, 'viewer'), n.scope_id, n.path from group_nodes n
      where n.org_id = ${orgId} and n.path is not null and n.id = any (array(select distinct unnest(d.above) from direct d))
    )`
}

/** Scopes `s` to which no group that takes part leads. */
export const RETAINED = sql<boolean>`(s.kind in ('group', 'project', 'space')
  and not exists (select from group_nodes n where n.org_id = s.org_id and n.scope_id = s.id and n.path is not null)
  and not exists (select from scope_grants g join group_nodes n on n.org_id = g.org_id and n.id = g.node_id and n.path is not null
    where g.org_id = s.org_id and g.scope_id = s.id))`

/** What there is, as text and not as JSON, which costs the database more than finding it: `<r or w><id><name>`, with spaces between. */
type Row = {
  readonly slug: string
  readonly org: string
  readonly orgRole: string
  /** Scopes of groups; once for each way to a group. */
  readonly carried: string | null
  readonly granted: string | null
  readonly retained: string | null
}

/** Every scope the person may read, in the order of their names; none for a disabled or unknown account. One statement. */
export async function resolveAccess(work: Work, person: Person): Promise<readonly ScopeAccess[]> {
  const orgId = sql`${person.orgId}::uuid`
  const state = (mayWrite: RawBuilder<boolean>) => sql`case when ${mayWrite} then 'w' else 'r' end`
  // The scope that a group carries is named after its path. Grants and retained scopes are looked at where there are any.
  const { rows } = await sql<Row>`
    with ${groupsPart(person)},
    grants (node_id, scope_id, role) as materialized (select g.node_id, g.scope_id, g.role from scope_grants g where g.org_id = ${orgId}),
    account as (
      select a.slug, a.org_role, o.slug as org from accounts a join orgs o on o.org_id = a.org_id
      where a.org_id = ${orgId} and a.id = ${person.accountId}::uuid and a.status = 'active'
    )
    select a.slug, a.org, a.org_role as "orgRole",
      (select string_agg(${state(writes(sql`m.role`))} || m.scope_id || ${sql.lit(groupScopeName(''))} || m.path, ' ') from mine m) as carried,
      case when exists (select from grants) then (
        select string_agg(${state(sql<boolean>`${writes(sql`m.role`)} and ${writes(sql`g.role`)}`)} || s.id || s.name, ' ')
        from grants g join mine m on m.id = g.node_id join scopes s on s.org_id = ${orgId} and s.id = g.scope_id) end as granted,
      case when a.org_role = 'org_admin' then (
        select string_agg('r' || s.id || s.name, ' ') from scopes s where s.org_id = ${orgId} and ${RETAINED}) end as retained
    from account a`.execute(work.db)
  const [row] = rows
  if (row === undefined) return []
  const found = new Map(ownScopes(person, row).map((scope) => [scope.name, scope]))
  for (const scope of [...scopesOf(row.carried), ...scopesOf(row.granted), ...scopesOf(row.retained, { retained: true })]) {
    // Once, with the most that any way to it allows.
    const writable = scope.writable || found.get(scope.name)?.writable === true
    found.set(scope.name, { ...scope, writable })
  }
  return [...found.keys()].toSorted().flatMap((name) => found.get(name) ?? [])
}

const UUID_LENGTH = 36

function scopesOf(texts: string | null, { retained } = { retained: false }): readonly ScopeAccess[] {
  if (texts === null) return []
  return texts.split(' ').map((text) => {
    const name = text.slice(1 + UUID_LENGTH)
    return { id: text.slice(1, 1 + UUID_LENGTH), name, kind: kindOf(name), writable: text.startsWith('w'), retained }
  })
}

/** What everybody of an organisation has. */
function ownScopes({ accountId }: Person, { slug, org, orgRole }: Row): readonly ScopeAccess[] {
  const isAdmin = orgRole === 'org_admin'
  return [
    { id: GLOBAL_SCOPE_ID, name: 'global', kind: 'global', writable: isAdmin, retained: false },
    { id: ORG_SCOPE_ID, name: orgScopeName(org), kind: 'org', writable: isAdmin, retained: false },
    { id: accountId, name: userScopeName(org, slug), kind: 'user', writable: true, retained: false },
  ]
}

/** A scope the person may read, by its name; undefined when there is none such, or it is not theirs to read. */
export async function findAccess(work: Work, person: Person, name: string): Promise<ScopeAccess | undefined> {
  return (await resolveAccess(work, person)).find((scope) => scope.name === name)
}
