// Who may read and write which memories (design section 4). Resolved in SQL for every call, from the rows as they are committed: a change of
// members, of groups or of an account's state counts from the next call on, in every process.
import { type RawBuilder, sql } from 'kysely'
import type { Work } from '../db/work.ts'
import { DomainError } from '../primitives/errors.ts'
import { GLOBAL_SCOPE_ID, ORG_SCOPE_ID, type ScopeKind, userScopeName, orgScopeName, writes } from './scope.ts'
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
 * A person's groups, as the parts `direct` and `mine (id, role)` of a WITH RECURSIVE statement. Membership in a group is membership in every group it
 * is nested in, by the IdP's nesting or, within one origin, by name. A UNION never visits a group twice, so circles end and time is bounded by the
 * groups above the person. Groups that take no part (`path` is null) lead nowhere.
 */
export function groupsPart(person: Person): RawBuilder<unknown> {
  const orgId = sql`${person.orgId}::uuid`
  return sql`
    direct (id, role) as (
      select n.id, coalesce(n.role, ${settingSql(orgId, 'member_role')}) from scim_resources r
        join scim_group_members m on m.org_id = r.org_id and m.member_id = r.id
        join group_nodes n on n.org_id = m.org_id and n.scim_group_id = m.group_id and n.path is not null
      where r.org_id = ${orgId} and r.account_id = ${person.accountId}::uuid
      union all
      select n.id, l.role from local_group_members l
        join group_nodes n on n.org_id = l.org_id and n.id = l.node_id and n.path is not null
      where l.org_id = ${orgId} and l.account_id = ${person.accountId}::uuid
    ),
    up (id, scim_group_id, origin, ancestors, named) as (
      select n.id, n.scim_group_id, n.origin, n.ancestors, false from direct d join group_nodes n on n.org_id = ${orgId} and n.id = d.id
      union
      select p.id, p.scim_group_id, p.origin, p.ancestors, p.named from up u cross join lateral (
        select n.id, n.scim_group_id, n.origin, n.ancestors, false as named from scim_group_members m
          join group_nodes n on n.org_id = m.org_id and n.scim_group_id = m.group_id and n.path is not null
        where m.org_id = ${orgId} and m.member_id = u.scim_group_id
        union all
        select n.id, n.scim_group_id, n.origin, n.ancestors, true from group_nodes n
        where not u.named and n.org_id = ${orgId} and n.path = any (u.ancestors) and n.origin = u.origin
          and ${settingSql(orgId, 'nest_by_name')}
      ) p
    ),
    mine (id, role) as (
      select d.id, d.role from direct d
      union all
      select u.id, coalesce(n.role, 'viewer') from (select distinct id from up) u join group_nodes n on n.org_id = ${orgId} and n.id = u.id
    )`
}

/** Scopes of groups and of what is granted to them, as `reached (id, writable)`; needs `mine`. */
function reachedPart({ orgId }: Person): RawBuilder<unknown> {
  return sql`
    roles (id, writable) as (select m.id, bool_or(${writes(sql`m.role`)}) from mine m group by m.id),
    reached (id, writable) as (
      select n.scope_id, r.writable from roles r join group_nodes n on n.org_id = ${orgId}::uuid and n.id = r.id
      union all
      select g.scope_id, r.writable and ${writes(sql`g.role`)} from roles r
        join scope_grants g on g.org_id = ${orgId}::uuid and g.node_id = r.id
    )`
}

/** Scopes `s` to which no group that takes part leads. */
export const RETAINED = sql<boolean>`(s.kind in ('group', 'project', 'space')
  and not exists (select from group_nodes n where n.org_id = s.org_id and n.scope_id = s.id and n.path is not null)
  and not exists (select from scope_grants g join group_nodes n on n.org_id = g.org_id and n.id = g.node_id and n.path is not null
    where g.org_id = s.org_id and g.scope_id = s.id))`

type Row = { readonly slug: string; readonly org: string; readonly orgRole: string; readonly scopes: readonly ScopeAccess[] }

/** Every scope the person may read, in the order of their names; none for a disabled or unknown account. One statement. */
export async function resolveAccess(work: Work, person: Person): Promise<readonly ScopeAccess[]> {
  const { rows } = await sql<Row>`
    with recursive ${groupsPart(person)}, ${reachedPart(person)},
    account as (
      select a.org_id, a.slug, a.org_role, o.slug as org from accounts a join orgs o on o.org_id = a.org_id
      where a.org_id = ${person.orgId}::uuid and a.id = ${person.accountId}::uuid and a.status = 'active'
    ),
    scoped as (
      select s.id, s.name, s.kind, bool_or(r.writable) as writable, false as retained
      from reached r join scopes s on s.org_id = ${person.orgId}::uuid and s.id = r.id group by s.id, s.name, s.kind
      union all
      select s.id, s.name, s.kind, false, true from scopes s
      where s.org_id = ${person.orgId}::uuid and exists (select from account a where a.org_role = 'org_admin') and ${RETAINED}
    )
    select a.slug, a.org, a.org_role as "orgRole",
      coalesce((select json_agg(json_build_object('id', x.id, 'name', x.name, 'kind', x.kind, 'writable', x.writable, 'retained', x.retained))
        from scoped x), '[]') as scopes
    from account a`.execute(work.db)
  const [row] = rows
  if (row === undefined) return []
  return [...ownScopes(person, row), ...row.scopes].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** What everybody of an organisation has. */
function ownScopes({ accountId }: Person, { slug, org, orgRole }: Omit<Row, 'scopes'>): readonly ScopeAccess[] {
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

export type Writer = Person & { readonly credentialEpoch: number }

/** The account was disabled, or its credential revoked, after the call began: answer as if it had not been let in. */
export class CredentialDied extends DomainError {
  constructor() {
    super('forbidden', 'the credential is no longer valid')
  }
}

/**
 * The scope of that name if the person may write it now, else undefined. Call it in the transaction of the write: the account and the
 * scope's group stay as they are until it ends, so that nothing is written after a leaver's or an unselection's commit. Makes the row of
 * a scope that had none. Throws CredentialDied.
 */
export async function lockForWriting(work: Work, writer: Writer, name: string): Promise<ScopeAccess | undefined> {
  await holdAccount(work, writer)
  // Locked first and judged afterwards by a statement of its own, which sees what was committed while we waited.
  await sql`
    select from group_nodes n where n.org_id = ${writer.orgId}::uuid and n.id in (
      select o.id from scopes s join group_nodes o on o.org_id = s.org_id and o.scope_id = s.id
      where s.org_id = ${writer.orgId}::uuid and s.name = ${name}
      union all
      select g.node_id from scopes s join scope_grants g on g.org_id = s.org_id and g.scope_id = s.id
      where s.org_id = ${writer.orgId}::uuid and s.name = ${name}
    ) for share`.execute(work.db)
  const scope = await findAccess(work, writer, name)
  if (scope === undefined || !scope.writable) return undefined
  await ensureScope(work, writer.orgId, scope)
  return scope
}

/** Locks the account against being disabled until the transaction ends. Throws CredentialDied. */
export async function holdAccount(work: Work, { orgId, accountId, credentialEpoch }: Writer): Promise<void> {
  const { rows } = await sql`
    select from accounts where org_id = ${orgId}::uuid and id = ${accountId}::uuid and status = 'active' and credential_epoch = ${credentialEpoch}
    for share`.execute(work.db)
  if (rows.length === 0) throw new CredentialDied()
}

/** Makes the row of a personal or organisation-wide scope; those of groups are there with their group. */
export async function ensureScope(work: Work, orgId: string, { id, kind, name }: Pick<ScopeAccess, 'id' | 'kind' | 'name'>): Promise<void> {
  if (kind === 'group' || kind === 'project' || kind === 'space') return
  await sql`
    insert into scopes (org_id, id, kind, name) values (${orgId}::uuid, ${id}::uuid, ${kind}, ${name}) on conflict (org_id, id) do nothing
  `.execute(work.db)
}
