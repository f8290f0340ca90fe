// Grants: a group's members may use a further scope, `project:…` or `space:…`, with a role (design section 4). The grant does not make more
// of a member than the group does: who only reads in the group only reads here.
import { sql } from 'kysely'
import { append } from '../audit/append.ts'
import type { AuditContext } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { DomainError } from '../primitives/errors.ts'
import { parseScopeName, type Role } from './scope.ts'
import { holdSettings } from './settings.ts'
import { takeTurn } from './turn.ts'

export type Grant = { readonly group: string; readonly scope: string; readonly role: Role; readonly grantedAt: Date }

export type GrantRequest = {
  /** Path of a group that takes part, of the IdP or local. */
  readonly path: string
  readonly scope: string
  readonly role: Role
}

/** Gives a group a scope, which is made if it is new, or changes the role of a grant. Throws a `DomainError`: `invalid`, `not_found`. */
export async function grantScope(work: Work, context: AuditContext, { path, scope, role }: GrantRequest): Promise<void> {
  const name = parseScopeName(scope)
  if (name === undefined || !/^(project|space):/.test(name)) {
    throw new DomainError('invalid', 'A scope that can be granted is named project:… or space:…, such as project:guardian.')
  }
  return work.atomically(async (tx) => {
    const { orgId } = context
    await holdSettings(tx, orgId, 'selection')
    await takeTurn(tx, orgId)
    const nodeId = await getNode(tx, orgId, path)
    const scopeId = (await findScopeId(tx, orgId, name)) ?? (await createScope(tx, context, name))
    await sql`
      insert into scope_grants (org_id, node_id, scope_id, role, granted_request_id, granted_actor)
      values (${orgId}::uuid, ${nodeId}::uuid, ${scopeId}::uuid, ${role}, ${context.requestId}, ${JSON.stringify(context.actor)}::jsonb)
      on conflict (org_id, node_id, scope_id) do update set role = excluded.role, granted_at = clock_timestamp(),
        granted_request_id = excluded.granted_request_id, granted_actor = excluded.granted_actor`.execute(tx.db)
    await append(tx.db, context, [
      { action: 'scope.grant', target: { kind: 'scope', id: scopeId, name }, outcome: 'success', payload: { group: path, role } },
    ])
  })
}

/** Takes a grant back; the scope keeps its memories. Throws a `DomainError` `not_found`. */
export function ungrantScope(work: Work, context: AuditContext, { path, scope }: Omit<GrantRequest, 'role'>): Promise<void> {
  return work.atomically(async (tx) => {
    const { orgId } = context
    await holdSettings(tx, orgId, 'selection')
    await takeTurn(tx, orgId)
    const nodeId = await getNode(tx, orgId, path)
    const name = parseScopeName(scope)
    const scopeId = name === undefined ? undefined : await findScopeId(tx, orgId, name)
    const { rows } = await sql`
      delete from scope_grants where org_id = ${orgId}::uuid and node_id = ${nodeId}::uuid and scope_id = ${scopeId ?? null}::uuid returning 1`.execute(
      tx.db,
    )
    if (rows.length === 0 || scopeId === undefined || name === undefined) {
      throw new DomainError('not_found', `The group ${path} has no grant of ${scope.slice(0, 100)}.`)
    }
    await append(tx.db, context, [
      { action: 'scope.ungrant', target: { kind: 'scope', id: scopeId, name }, outcome: 'success', payload: { group: path } },
    ])
  })
}

/** All grants of groups that take part, by group and scope. */
export async function listGrants(work: Work, orgId: string): Promise<readonly Grant[]> {
  const { rows } = await sql<Grant>`
    select n.path as "group", s.name as scope, g.role, g.granted_at as "grantedAt" from scope_grants g
      join group_nodes n on n.org_id = g.org_id and n.id = g.node_id and n.path is not null
      join scopes s on s.org_id = g.org_id and s.id = g.scope_id
    where g.org_id = ${orgId}::uuid order by n.path, s.name`.execute(work.db)
  return rows
}

async function getNode(work: Work, orgId: string, path: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`select id::text from group_nodes where org_id = ${orgId}::uuid and path = ${path}`.execute(
    work.db,
  )
  if (rows[0] === undefined) throw new DomainError('not_found', `No group that takes part stands at ${path.slice(0, 100)}.`)
  return rows[0].id
}

async function findScopeId(work: Work, orgId: string, name: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`select id::text from scopes where org_id = ${orgId}::uuid and name = ${name}`.execute(work.db)
  return rows[0]?.id
}

async function createScope(work: Work, context: AuditContext, name: string): Promise<string> {
  const kind = name.slice(0, name.indexOf(':'))
  const { rows } = await sql<{ id: string }>`
    insert into scopes (org_id, kind, name) values (${context.orgId}::uuid, ${kind}, ${name}) returning id::text`.execute(work.db)
  const id = rows[0]?.id ?? ''
  await append(work.db, context, [{ action: 'scope.create', target: { kind: 'scope', id, name }, outcome: 'success', payload: {} }])
  return id
}
