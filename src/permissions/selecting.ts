// What an admin decides about the IdP's groups: which take part, what their members may do, how names become paths. Each is one transaction
// that projects its consequences; nothing has to be sent again by the IdP.
import { sql } from 'kysely'
import { append } from '../audit/append.ts'
import type { AuditContext } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { DomainError } from '../primitives/errors.ts'
import { refreshAllAbove } from './above.ts'
import { type Held, readGroups, readGroupsAfter, writeRole, writeSwitches, writeTakeOver } from './nodes.ts'
import { project } from './projection.ts'
import type { Role } from './scope.ts'
import { selector, type Switch } from './selection.ts'
import {
  type ChangeOfSettings,
  type HeldSettings,
  holdSettings,
  markInUse,
  type PermissionSettings,
  type SettingsChange,
  writeSettings,
} from './settings.ts'
import { takeTurn } from './turn.ts'

/** A SCIM group as an admin sees it. */
export type ListedGroup = {
  readonly id: string
  readonly name: string
  readonly selected: boolean
  /** The admin's word; null: the rules decide. */
  readonly switched: Switch | null
  readonly role: Role | null
  /** The scope it has or once had. */
  readonly scope: string | null
  readonly scopeId: string | null
  /** Whether it takes part: its scope is open to its members. */
  readonly open: boolean
  readonly held: Held | null
  readonly wantedScope: string | null
  /** The group or the scope in its way. */
  readonly heldBy: string | null
  /** Member ids that the IdP named and nobody knows. */
  readonly unknownMembers: number
}

export type GroupPage = {
  readonly after: string | undefined
  readonly limit: number
  readonly heldOnly?: boolean
  readonly selectedOnly?: boolean
}

/** Of `scim_resources r`, `group_nodes n` and `scopes s`. */
export const LISTED = sql`r.id::text, r.json::json ->> 'displayName' as name, coalesce(n.selected, false) as selected, n.switched, n.role,
  s.name as scope, n.scope_id::text as "scopeId", n.path is not null as open, n.held, 'group:' || n.wanted_path as "wantedScope",
  coalesce((select b.display_name from group_nodes b where b.org_id = n.org_id and b.scope_id = n.held_by and b.path is not null),
    (select b.name from scopes b where b.org_id = n.org_id and b.id = n.held_by)) as "heldBy",
  (select count(*)::int from scim_unknown_members u where u.org_id = r.org_id and u.group_id = r.id) as "unknownMembers"`

/** SCIM groups by name, after the given name. */
export async function listGroups(work: Work, orgId: string, page: GroupPage): Promise<readonly ListedGroup[]> {
  const { rows } = await sql<ListedGroup>`
    select ${LISTED} from scim_resources r
      left join group_nodes n on n.org_id = r.org_id and n.scim_group_id = r.id
      left join scopes s on s.org_id = n.org_id and s.id = n.scope_id
    where r.org_id = ${orgId}::uuid and r.type = 'Group' and r.unique_key > ${page.after ?? ''}
      and (not ${page.heldOnly ?? false}::boolean or n.held is not null) and (not ${page.selectedOnly ?? false}::boolean or n.selected)
    order by r.unique_key limit ${page.limit}`.execute(work.db)
  return rows
}

/** By SCIM id or by name as the directory folds it; undefined when there is none. */
export async function findListedGroup(
  work: Work,
  orgId: string,
  by: { id: string } | { nameKey: string },
): Promise<ListedGroup | undefined> {
  const { rows } = await sql<ListedGroup>`
    select ${LISTED} from scim_resources r
      left join group_nodes n on n.org_id = r.org_id and n.scim_group_id = r.id
      left join scopes s on s.org_id = n.org_id and s.id = n.scope_id
    where r.org_id = ${orgId}::uuid and r.type = 'Group' and ${'id' in by ? sql`r.id = ${by.id}::uuid` : sql`r.unique_key = ${by.nameKey}`}`.execute(
    work.db,
  )
  return rows[0]
}

export type GroupSwitch = {
  readonly id: string
  /** Null: let the rules decide. */
  readonly switched: Switch | null
  /** A retained scope of the group's name becomes this group's, memories included. */
  readonly takeOver?: boolean
}

/** Switches groups on or off, or back to the rules. Throws a `DomainError`: `not_found`, `conflict` when one group alone has nothing to take over. */
export function switchGroups(work: Work, context: AuditContext, switches: readonly GroupSwitch[]): Promise<void> {
  return work.atomically(async (tx) => {
    const settings = await holdSettings(tx, context.orgId, 'selection')
    await markInUse(tx, context.orgId)
    const ids = [...new Set(switches.map(({ id }) => id))]
    const names = new Map((await readGroups(tx, context.orgId, ids)).map(({ id, name }) => [id, name]))
    const words = new Map(switches.map(({ id, switched }) => [id, switched]))
    const named = ids.map((id) => {
      const name = names.get(id)
      if (name === undefined || name === null) throw noGroup(id)
      return { id, name, switched: words.get(id) ?? null }
    })
    await writeSwitches(tx, context.orgId, named)
    await project(tx, context, { settings, ids })
    const isOne = switches.length === 1
    for (const { id, takeOver } of switches) if (takeOver === true) await takeOverScope(tx, context, { id, settings, isOne })
  })
}

const noGroup = (id: string) => new DomainError('not_found', `There is no SCIM group with id ${id.slice(0, 80)}.`)

/** Of several groups, those take over for which there is something. */
async function takeOverScope(
  work: Work,
  context: AuditContext,
  { id, settings, isOne }: { id: string; settings: HeldSettings; isOne: boolean },
): Promise<void> {
  const group = await findListedGroup(work, context.orgId, { id })
  const { rows } = await sql<{ id: string }>`
    select s.id::text from scopes s join group_nodes n on n.org_id = s.org_id and n.held_by = s.id
    where n.org_id = ${context.orgId}::uuid and n.scim_group_id = ${id}::uuid and n.held = 'retained'`.execute(work.db)
  const [scope] = rows
  if (scope === undefined && !isOne) return
  if (scope === undefined) throw new DomainError('conflict', `${group?.name ?? id} has no retained scope to take over.`)
  if (group?.scope !== null) {
    throw new DomainError(
      'conflict',
      `${group?.name ?? id} has a scope of its own, ${group?.scope ?? ''}: it cannot take over another one.`,
    )
  }
  await takeTurn(work, context.orgId)
  await writeTakeOver(work, context.orgId, { scimGroupId: id, scopeId: scope.id })
  await project(work, context, { settings, ids: [id] })
}

/** Sets what the members of a SCIM group may do in its scope; null: the default. */
export function setGroupRole(work: Work, context: AuditContext, { id, role }: { id: string; role: Role | null }): Promise<void> {
  return work.atomically(async (tx) => {
    await holdSettings(tx, context.orgId, 'selection')
    const group = await findListedGroup(tx, context.orgId, { id })
    if (group === undefined) throw noGroup(id)
    await takeTurn(tx, context.orgId)
    await writeRole(tx, context.orgId, { id, name: group.name, role })
    await append(tx.db, context, [
      {
        action: 'group.update',
        target: { kind: 'scim_group', id, name: group.name },
        outcome: 'success',
        payload: { role: { before: group.role, after: role } },
      },
    ])
  })
}

/** Changes rules, separator, prefix or roles for all groups at once. Throws a `DomainError` `invalid`. */
export function changeSettings(work: Work, context: AuditContext, change: SettingsChange | ChangeOfSettings): Promise<PermissionSettings> {
  return work.atomically(async (tx) => {
    const before = await holdSettings(tx, context.orgId, 'selection')
    await markInUse(tx, context.orgId)
    await takeTurn(tx, context.orgId)
    const settings = await writeSettings(tx, context, { before, change: typeof change === 'function' ? change(before) : change })
    await project(tx, context, { settings, ids: await concerned(tx, context.orgId, { before, settings }) })
    if (before.nestByName !== settings.nestByName) await refreshAllAbove(tx, context.orgId)
    return settings
  })
}

const BATCH = 5000

/** The groups that the new rules select otherwise, and all selected ones when paths are made differently. */
async function concerned(
  work: Work,
  orgId: string,
  { before, settings }: { before: PermissionSettings; settings: PermissionSettings },
): Promise<readonly string[]> {
  const decide = selector(settings.rules, settings.separator)
  const moved = before.separator !== settings.separator || before.prefix !== settings.prefix
  const ids: string[] = []
  for (let after = '0'; ; ) {
    const groups = await readGroupsAfter(work, orgId, { after, limit: BATCH })
    for (const { id, name, switched, selected } of groups) {
      const verdict = decide({ name: name ?? '', switched })
      if (verdict.selected !== selected || (moved && selected)) ids.push(id)
    }
    const last = groups.at(-1)
    if (last === undefined || groups.length < BATCH) return ids
    after = last.seq
  }
}

/** Why a group is held, and what would help. */
export function explainHeld({ held, wantedScope, heldBy }: Pick<ListedGroup, 'held' | 'wantedScope' | 'heldBy'>): string | undefined {
  switch (held) {
    case null:
      return undefined
    case 'taken':
      return `${wantedScope ?? 'its path'} belongs to ${heldBy ?? 'another group'}: rename one of the two in the identity provider.`
    case 'retained':
      return `${wantedScope ?? 'its path'} keeps the memories of a group that takes no part any more: rename this group in the identity provider, or let it take that scope over.`
    case 'unusable':
      return 'a part of its name has none of the characters that a scope may hold (a-z, 0-9, ".", "_", "-"): rename it in the identity provider.'
    case 'too_deep':
      return 'its name has more than 8 parts: rename it in the identity provider.'
  }
}
