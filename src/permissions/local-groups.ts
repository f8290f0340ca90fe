// Groups that an admin makes here, beside those of the IdP: they stand at a path of their own, and their members are accounts. What an IdP
// manages cannot be changed here (design section 4).
import { sql } from 'kysely'
import { append, auditRowsPart } from '../audit/append.ts'
import type { AuditContext } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { DomainError } from '../primitives/errors.ts'
import { refreshAbove } from './above.ts'
import { readObstacles, readWaiting, writeMoves } from './nodes.ts'
import { isPath, SEGMENTS_MAX } from './path.ts'
import { project } from './projection.ts'
import type { Role } from './scope.ts'
import { holdSettings, markInUse } from './settings.ts'
import { takeTurn } from './turn.ts'

export type LocalGroup = {
  readonly id: string
  readonly path: string
  readonly scopeId: string
  readonly role: Role | null
  readonly members: number
  readonly createdAt: Date
}

const LOCAL_GROUP = sql`n.id::text, n.path, n.scope_id::text as "scopeId", n.role, n.created_at as "createdAt",
  (select count(*)::int from local_group_members l where l.org_id = n.org_id and l.node_id = n.id) as members`

/** By path; every group of the graph has one, so a path of an IdP's group is told apart. */
export async function findLocalGroup(work: Work, orgId: string, path: string): Promise<LocalGroup | undefined> {
  const { rows } = await sql<LocalGroup>`
    select ${LOCAL_GROUP} from group_nodes n where n.org_id = ${orgId}::uuid and n.path = ${path} and n.origin = 'local'`.execute(work.db)
  return rows[0]
}

/** Throws a `DomainError`: `not_found`, or `conflict` for a group that the identity provider manages. */
export async function getLocalGroup(work: Work, orgId: string, path: string): Promise<LocalGroup> {
  const group = await findLocalGroup(work, orgId, path)
  if (group !== undefined) return group
  const { rows } = await sql`select from group_nodes n where n.org_id = ${orgId}::uuid and n.path = ${path}`.execute(work.db)
  if (rows.length > 0) throw new DomainError('conflict', `group:${path} is managed by your identity provider: change it there.`)
  throw new DomainError('not_found', `There is no local group ${path.slice(0, 100)}.`)
}

/** Local groups by path, after the given one. */
export async function listLocalGroups(work: Work, orgId: string, page: { after: string; limit: number }): Promise<readonly LocalGroup[]> {
  const { rows } = await sql<LocalGroup>`
    select ${LOCAL_GROUP} from group_nodes n
    where n.org_id = ${orgId}::uuid and n.origin = 'local' and n.path > ${page.after} order by n.path limit ${page.limit}`.execute(work.db)
  return rows
}

export type NewGroup = {
  readonly path: string
  /** What members of groups nested in it may do; null: read. */
  readonly role: Role | null
  /** A scope of that name which no group carries becomes this group's, memories included. */
  readonly takeOver?: boolean
}

/** Makes a group and its scope. Throws a `DomainError`: `invalid` path, `conflict` when the path is taken or keeps memories. */
export async function createLocalGroup(work: Work, context: AuditContext, { path, role, takeOver = false }: NewGroup): Promise<LocalGroup> {
  if (!isPath(path)) {
    throw new DomainError(
      'invalid',
      `A path has 1 to ${SEGMENTS_MAX} parts of small letters, digits, ".", "_" and "-", such as engineering/platform.`,
    )
  }
  return work.atomically(async (tx) => {
    const { orgId } = context
    await holdSettings(tx, orgId, 'selection')
    await markInUse(tx, orgId)
    const obstacle = (await readObstacles(tx, orgId, [path])).get(path)
    if (obstacle?.live === true) throw new DomainError('conflict', `There is already a group at ${path}.`)
    if (obstacle !== undefined && !takeOver) {
      throw new DomainError(
        'conflict',
        `group:${path} keeps the memories of a group that takes no part any more. Choose another path, or take it over on purpose.`,
      )
    }
    if (obstacle !== undefined) {
      await sql`update group_nodes set scope_id = null where org_id = ${orgId}::uuid and scope_id = ${obstacle.scopeId}::uuid`.execute(
        tx.db,
      )
    }
    const { rows } = await sql<{ id: string }>`
      insert into group_nodes (org_id, origin, display_name, selected, selected_at, selected_request_id, selected_actor, role)
      values (${orgId}::uuid, 'local', ${path}, true, clock_timestamp(), ${context.requestId}, ${JSON.stringify(context.actor)}::jsonb, ${role})
      returning id::text`.execute(tx.db)
    const nodeId = rows[0]?.id ?? ''
    await writeMoves(tx, context, [{ nodeId, scopeId: obstacle?.scopeId ?? crypto.randomUUID(), path, isNew: obstacle === undefined }])
    await refreshAbove(tx, orgId, { scimGroupIds: [], paths: [path] })
    await append(tx.db, context, [
      {
        action: 'group.create',
        target: { kind: 'group', id: nodeId, name: path },
        outcome: 'success',
        payload: { scope: `group:${path}`, tookOver: obstacle !== undefined },
      },
    ])
    return getLocalGroup(tx, orgId, path)
  })
}

/** Renames a local group and its scope; memories and members stay. Throws like `createLocalGroup`. */
export async function renameLocalGroup(work: Work, context: AuditContext, { path, to }: { path: string; to: string }): Promise<LocalGroup> {
  if (!isPath(to)) throw new DomainError('invalid', `"${to.slice(0, 100)}" is not a path.`)
  return work.atomically(async (tx) => {
    const { orgId } = context
    const settings = await holdSettings(tx, orgId, 'selection')
    const group = await getLocalGroup(tx, orgId, path)
    if (to === path) return group
    if ((await readObstacles(tx, orgId, [to])).has(to)) throw new DomainError('conflict', `group:${to} is there already.`)
    await takeTurn(tx, orgId)
    await writeMoves(tx, context, [{ nodeId: group.id, scopeId: group.scopeId, path: to, isNew: false }])
    await refreshAbove(tx, orgId, { scimGroupIds: [], paths: [path, to] })
    await sql`update group_nodes set display_name = ${to} where org_id = ${orgId}::uuid and id = ${group.id}::uuid`.execute(tx.db)
    await append(tx.db, context, [
      {
        action: 'scope.rename',
        target: { kind: 'scope', id: group.scopeId, name: `group:${to}` },
        outcome: 'success',
        payload: { before: `group:${path}`, after: `group:${to}` },
      },
    ])
    await project(tx, context, { settings, ids: await readWaiting(tx, orgId, [path]) })
    return getLocalGroup(tx, orgId, to)
  })
}

/** Deletes a local group; its scope keeps the memories, for admins of the organisation only. */
export function deleteLocalGroup(work: Work, context: AuditContext, path: string): Promise<void> {
  return work.atomically(async (tx) => {
    const settings = await holdSettings(tx, context.orgId, 'selection')
    const group = await getLocalGroup(tx, context.orgId, path)
    await takeTurn(tx, context.orgId)
    await sql`delete from group_nodes where org_id = ${context.orgId}::uuid and id = ${group.id}::uuid`.execute(tx.db)
    await refreshAbove(tx, context.orgId, { scimGroupIds: [], paths: [path] })
    await append(tx.db, context, [
      {
        action: 'group.delete',
        target: { kind: 'group', id: group.id, name: path },
        outcome: 'success',
        payload: { members: group.members },
      },
      {
        action: 'scope.close',
        target: { kind: 'scope', id: group.scopeId, name: `group:${path}` },
        outcome: 'success',
        payload: { group: path },
      },
    ])
    await project(tx, context, { settings, ids: await readWaiting(tx, context.orgId, [path]) })
  })
}

/** Makes an account a member, or gives it another role. */
export function setLocalMember(
  work: Work,
  context: AuditContext,
  { path, accountId, role }: { path: string; accountId: string; role: Role },
): Promise<void> {
  return work.atomically(async (tx) => {
    const group = await getLocalGroup(tx, context.orgId, path)
    const { rows } = await sql`
      insert into local_group_members (org_id, node_id, account_id, role, added_request_id, added_actor)
      select a.org_id, ${group.id}::uuid, a.id, ${role}, ${context.requestId}, ${JSON.stringify(context.actor)}::jsonb
      from accounts a where a.org_id = ${context.orgId}::uuid and a.id = ${accountId}::uuid and a.origin <> 'placeholder'
      on conflict (org_id, node_id, account_id) do update set role = excluded.role, added_at = clock_timestamp(),
        added_request_id = excluded.added_request_id, added_actor = excluded.added_actor
      returning account_id`.execute(tx.db)
    if (rows.length === 0) throw new DomainError('not_found', 'There is no such account.')
    await append(tx.db, context, [
      {
        action: 'group.member.add',
        target: { kind: 'group', id: group.id, name: path },
        outcome: 'success',
        payload: { account: accountId, role },
      },
    ])
  })
}

/** Throws a `DomainError` `not_found` when the account is no member. */
export function removeLocalMember(
  work: Work,
  context: AuditContext,
  { path, accountId }: { path: string; accountId: string },
): Promise<void> {
  return work.atomically(async (tx) => {
    const group = await getLocalGroup(tx, context.orgId, path)
    const { rows } = await sql`
      delete from local_group_members where org_id = ${context.orgId}::uuid and node_id = ${group.id}::uuid and account_id = ${accountId}::uuid
      returning account_id`.execute(tx.db)
    if (rows.length === 0) throw new DomainError('not_found', `The account is not a member of ${path}.`)
    await append(tx.db, context, [
      {
        action: 'group.member.remove',
        target: { kind: 'group', id: group.id, name: path },
        outcome: 'success',
        payload: { account: accountId },
      },
    ])
  })
}

/** Takes an account out of all local groups: it is being deleted. */
export async function leaveLocalGroups(work: Work, context: AuditContext, accountId: string): Promise<void> {
  await sql`
    with gone as (
      delete from local_group_members l using group_nodes n
      where l.org_id = ${context.orgId}::uuid and l.account_id = ${accountId}::uuid and n.org_id = l.org_id and n.id = l.node_id
      returning n.id, n.path
    ),
    audited as (${auditRowsPart(context, {
      action: 'group.member.remove',
      target: sql`jsonb_build_object('kind', 'group', 'id', g.id, 'name', g.path)`,
      payload: sql`jsonb_build_object('account', ${accountId}::text, 'reason', 'deleted')`,
      from: sql`gone g`,
    })})
    select from gone`.execute(work.db)
}
