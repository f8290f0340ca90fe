// The SQL of permission_settings: how an organisation's IdP groups become scopes. The row is also the lock between those who change groups
// and those who change what is selected.
import { type RawBuilder, sql } from 'kysely'
import { append } from '../audit/append.ts'
import type { AuditContext } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { DomainError } from '../primitives/errors.ts'
import { isPath, type PathSettings } from './path.ts'
import type { Role } from './scope.ts'
import { PATTERN_LENGTH_MAX, type Rule, RULES_MAX } from './selection.ts'

export type PermissionSettings = PathSettings & {
  /** What direct members of an IdP group may do in its scope, unless the group says otherwise. */
  readonly memberRole: Role
  readonly rules: readonly Rule[]
  /** Whether members of `a/b` count as members of `a` by the names alone. */
  readonly nestByName: boolean
}

export const DEFAULT_SETTINGS: PermissionSettings = { separator: '/', prefix: '', memberRole: 'editor', rules: [], nestByName: true }

const SEPARATOR_LENGTH_MAX = 8

const COLUMNS = sql`s.separator, s.prefix, s.member_role as "memberRole", s.rules, s.nest_by_name as "nestByName"`

export async function readSettings(work: Work, orgId: string): Promise<PermissionSettings> {
  const { rows } = await sql<PermissionSettings>`
    select ${COLUMNS} from permission_settings s where s.org_id = ${orgId}::uuid`.execute(work.db)
  return rows[0] ?? DEFAULT_SETTINGS
}

export type HeldSettings = PermissionSettings & {
  /** False: nothing was ever selected, and nothing can be before this transaction ends. */
  readonly inUse: boolean
}

/**
 * Locks the settings until the transaction ends. `groups`: for a change of groups, which other changes of groups need not wait for as long
 * as nothing is selected. `selection`: for a change of what is selected; nobody else changes groups meanwhile. Call it before locking
 * anything else of the organisation.
 */
export async function holdSettings(work: Work, orgId: string, change: 'groups' | 'selection'): Promise<HeldSettings> {
  const { rows } = await sql<HeldSettings>`
    select ${COLUMNS}, s.in_use as "inUse" from hold_permission_settings(${orgId}::uuid, ${change === 'selection'}::boolean) s`.execute(
    work.db,
  )
  const [row] = rows
  if (row === undefined) throw new Error('the settings of permissions could not be locked')
  return row
}

/** Says that something is selected from now on. Under `holdSettings(…, 'selection')`. */
export async function markInUse(work: Work, orgId: string): Promise<void> {
  await sql`update permission_settings set in_use = true where org_id = ${orgId}::uuid and not in_use`.execute(work.db)
}

export type SettingsChange = { readonly [Name in keyof PermissionSettings]?: PermissionSettings[Name] | undefined }

/** A change that depends on what the settings are when it is made. */
export type ChangeOfSettings = (before: PermissionSettings) => SettingsChange

/** Writes the settings with their audit row, under `holdSettings(…, 'selection')`. Throws a `DomainError` `invalid`. */
export async function writeSettings(
  work: Work,
  context: AuditContext,
  { before, change }: { before: PermissionSettings; change: SettingsChange },
): Promise<PermissionSettings> {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
  const after: PermissionSettings = { ...before, ...given }
  check(after)
  await sql`
    update permission_settings set separator = ${after.separator}, prefix = ${after.prefix}, member_role = ${after.memberRole},
      rules = ${JSON.stringify(after.rules)}::jsonb, nest_by_name = ${after.nestByName}
    where org_id = ${context.orgId}::uuid`.execute(work.db)
  const changes = Object.fromEntries(
    SETTING_NAMES.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name])).map((name) => [
      name,
      { before: auditable(before[name]), after: auditable(after[name]) },
    ]),
  )
  const target = { kind: 'permission_settings', name: context.org }
  await append(work.db, context, [{ action: 'permission.settings.update', target, outcome: 'success', payload: { changes } }])
  return after
}

const SETTING_NAMES = ['separator', 'prefix', 'memberRole', 'rules', 'nestByName'] as const

type Setting = PermissionSettings[(typeof SETTING_NAMES)[number]]

const auditable = (value: Setting) => (typeof value === 'string' || typeof value === 'boolean' ? value : value.map((rule) => ({ ...rule })))

function check({ separator, prefix, rules }: PermissionSettings): void {
  if (separator === '' || separator.length > SEPARATOR_LENGTH_MAX || /[\p{Cc}\p{Cf}\p{Cs}]/u.test(separator)) {
    throw new DomainError('invalid', `A separator has 1 to ${SEPARATOR_LENGTH_MAX} visible characters, such as "/".`)
  }
  if (prefix !== '' && !isPath(prefix)) {
    throw new DomainError('invalid', 'A prefix is a path of small letters, digits, ".", "_" and "-", such as "acme".')
  }
  if (rules.length > RULES_MAX) throw new DomainError('limit_exceeded', `At most ${RULES_MAX} rules.`)
  for (const { pattern } of rules) {
    if (pattern.trim() === '' || pattern.length > PATTERN_LENGTH_MAX || /[\p{Cc}\p{Cf}\p{Cs}]/u.test(pattern)) {
      throw new DomainError(
        'invalid',
        `A rule has a pattern of 1 to ${PATTERN_LENGTH_MAX} visible characters, such as "Engineering${separator}**".`,
      )
    }
  }
}

/** A setting inside other statements; the default where an organisation has no row. */
export function settingSql(orgId: RawBuilder<unknown>, name: 'member_role' | 'nest_by_name'): RawBuilder<unknown> {
  const fallback = name === 'member_role' ? sql`'editor'` : sql`true`
  return sql`coalesce((select s.${sql.ref(name)} from permission_settings s where s.org_id = ${orgId}), ${fallback})`
}
