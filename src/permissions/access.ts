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
    mine (id, role, scope_id, path) as (
      select d.id, d.role, d.scope_id, d.path from direct d
      union all
      select n.id, coalesce(n.role, 'viewer'), n.scope_id, n.path from group_nodes n
      where n.org_id = ${orgId} and n.path is not null and n.id = any (array(select distinct unnest(d.above) from direct d))
    )`
}

/** Scopes to which no group that takes part leads. */
const RETAINED = sql<boolean>`(s.kind in ('group', 'project', 'space')
  and not exists (select from group_nodes n where n.org_id = s.org_id and n.scope_id = s.id and n.path is not null)
  and not exists (select from scope_grants g join group_nodes n on n.org_id = g.org_id and n.id = g.node_id and n.path is not null
    where g.org_id = s.org_id and g.scope_id = s.id))`

/** `scopes`: `<r, w or k><id><name>`, one after another with a space between; a scope comes once for each way to it. */
type Row = { readonly slug: string; readonly org: string; readonly orgRole: string; readonly scopes: string }

/** Every scope the person may read, in the order of their names; none for a disabled or unknown account. One statement. */
export async function resolveAccess(work: Work, person: Person): Promise<readonly ScopeAccess[]> {
  const orgId = sql`${person.orgId}::uuid`
  // Text and not JSON, which costs the database more than all the rest. A scope is named after the path of the group that carries it.
  const { rows } = await sql<Row>`
    with ${groupsPart(person)},
    account as (
      select a.slug, a.org_role, o.slug as org from accounts a join orgs o on o.org_id = a.org_id
      where a.org_id = ${orgId} and a.id = ${person.accountId}::uuid and a.status = 'active'
    ),
    scoped (id, name, state) as (
      select m.scope_id, ${sql.lit(groupScopeName(''))} || m.path, case when ${writes(sql`m.role`)} then 'w' else 'r' end from mine m
      union all
      select s.id, s.name, case when ${writes(sql`m.role`)} and ${writes(sql`g.role`)} then 'w' else 'r' end
      from mine m join scope_grants g on g.org_id = ${orgId} and g.node_id = m.id join scopes s on s.org_id = g.org_id and s.id = g.scope_id
      union all
      select s.id, s.name, 'k' from scopes s
      where s.org_id = ${orgId} and exists (select from account a where a.org_role = 'org_admin') and ${RETAINED}
    )
    select a.slug, a.org, a.org_role as "orgRole", coalesce((select string_agg(s.state || s.id || s.name, ' ') from scoped s), '') as scopes
    from account a`.execute(work.db)
  const [row] = rows
  if (row === undefined) return []
  return [...ownScopes(person, row), ...scopesOf(row)].sort((a, b) => (a.name < b.name ? -1 : 1))
}

const UUID_LENGTH = 36

/** Each scope once, with the most that any way to it allows. */
function scopesOf({ scopes }: Row): Iterable<ScopeAccess> {
  const found = new Map<string, ScopeAccess>()
  if (scopes === '') return []
  for (const text of scopes.split(' ')) {
    const id = text.slice(1, 1 + UUID_LENGTH)
    const name = text.slice(1 + UUID_LENGTH)
    const writable = text.startsWith('w') || found.get(id)?.writable === true
    found.set(id, { id, name, kind: kindOf(name), writable, retained: text.startsWith('k') })
  }
  return found.values()
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
