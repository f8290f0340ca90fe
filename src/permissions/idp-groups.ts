// The IdP's groups as pages show them: found by text and state, page by page in the order of their names, with how many people each has.
import { type RawBuilder, sql } from 'kysely'
import type { Work } from '../db/work.ts'
import { readGroupsAfter } from './nodes.ts'
import { LISTED, type ListedGroup } from './selecting.ts'
import { type Rule, selector } from './selection.ts'

export type IdpGroup = ListedGroup & {
  /** The name as the directory folds it: what lists are ordered by. */
  readonly key: string
  /** Direct members that are people, counted up to PEOPLE_COUNTED_MAX + 1. */
  readonly people: number
}

/** Past it a page says "more than". */
export const PEOPLE_COUNTED_MAX = 10_000

export const GROUP_STATES = ['all', 'on', 'off', 'held', 'unknown'] as const

/** `on`: opens a scope; `held`: selected but in conflict; `unknown`: with member ids that nobody knows. */
export type GroupState = (typeof GROUP_STATES)[number]

export type GroupSearch = {
  /** Folded; empty for all. */
  readonly text: string
  readonly state: GroupState
  /** The key of the last group seen. */
  readonly after: string
  readonly limit: number
}

const IDP_GROUP = sql`${LISTED}, r.unique_key as key,
  (select count(*)::int from (
    select from scim_group_members m where m.org_id = r.org_id and m.group_id = r.id and m.member_type = 'User' limit ${PEOPLE_COUNTED_MAX + 1}
  ) counted) as people`

const FROM = sql`scim_resources r
  left join group_nodes n on n.org_id = r.org_id and n.scim_group_id = r.id
  left join scopes s on s.org_id = n.org_id and s.id = n.scope_id`

const HAS_UNKNOWN = sql`exists (select from scim_unknown_members u where u.org_id = r.org_id and u.group_id = r.id)`

const STATES: Readonly<Record<GroupState, RawBuilder<unknown>>> = {
  all: sql`true`,
  on: sql`n.path is not null`,
  off: sql`not coalesce(n.selected, false)`,
  held: sql`n.held is not null`,
  unknown: HAS_UNKNOWN,
}

export async function findIdpGroups(work: Work, orgId: string, { text, state, after, limit }: GroupSearch): Promise<readonly IdpGroup[]> {
  // People are counted for the groups of the page only.
  const { rows } = await sql<IdpGroup>`
    with page as (
      select r.id from ${FROM}
      where r.org_id = ${orgId}::uuid and r.type = 'Group' and r.unique_key > ${after} and strpos(r.unique_key, ${text}) > 0 and ${STATES[state]}
      order by r.unique_key limit ${limit}
    )
    select ${IDP_GROUP} from ${FROM} where r.org_id = ${orgId}::uuid and r.id in (select id from page) order by r.unique_key`.execute(
    work.db,
  )
  return rows
}

/** The groups with these keys. */
export async function readIdpGroups(work: Work, orgId: string, keys: readonly string[]): Promise<ReadonlyMap<string, IdpGroup>> {
  const { rows } = await sql<IdpGroup>`
    select ${IDP_GROUP} from ${FROM}
    where r.org_id = ${orgId}::uuid and r.type = 'Group' and r.unique_key = any (${keys}::text[])`.execute(work.db)
  return new Map(rows.map((row) => [row.key, row]))
}

export async function findIdpGroup(work: Work, orgId: string, id: string): Promise<IdpGroup | undefined> {
  const { rows } = await sql<IdpGroup>`
    select ${IDP_GROUP} from ${FROM} where r.org_id = ${orgId}::uuid and r.type = 'Group' and r.id = ${id}::uuid`.execute(work.db)
  return rows[0]
}

export type GroupTotals = Readonly<Record<Exclude<GroupState, 'off'>, number>>

export async function countIdpGroups(work: Work, orgId: string): Promise<GroupTotals> {
  const org = sql`${orgId}::uuid`
  const { rows } = await sql<GroupTotals>`
    select (select coalesce(sum(c.resources), 0)::int from scim_resource_counts c where c.org_id = ${org} and c.type = 'Group') as all,
      (select count(*)::int from group_nodes n where n.org_id = ${org} and n.origin = 'idp' and n.path is not null) as on,
      (select count(*)::int from group_nodes n where n.org_id = ${org} and n.held is not null) as held,
      (select count(distinct u.group_id)::int from scim_unknown_members u where u.org_id = ${org}) as unknown`.execute(work.db)
  const [row] = rows
  if (row === undefined) throw new Error('a query of counts returned no row')
  return row
}

export type Named = { readonly id: string; readonly name: string }

/** Some people of a group, for a first look; those shown are in the order of their names. */
export async function readPeople(
  work: Work,
  orgId: string,
  { groupId, limit }: { groupId: string; limit: number },
): Promise<readonly (Named & { readonly active: boolean; readonly accountId: string | null })[]> {
  const { rows } = await sql<Named & { active: boolean; accountId: string | null }>`
    select * from (
      select r.id::text, a.user_name as name, a.status = 'active' as active, a.id::text as "accountId"
      from scim_group_members m join scim_resources r on r.org_id = m.org_id and r.id = m.member_id
        join accounts a on a.org_id = r.org_id and a.id = r.account_id
      where m.org_id = ${orgId}::uuid and m.group_id = ${groupId}::uuid and m.member_type = 'User'
      order by m.member_id limit ${limit}
    ) shown order by name`.execute(work.db)
  return rows
}

export type UnknownMember = { readonly value: string; readonly namedAt: Date }

/** Ids that the IdP named as members and nobody knows; the latest first. */
export async function readUnknownMembers(work: Work, orgId: string, groupId: string): Promise<readonly UnknownMember[]> {
  const { rows } = await sql<UnknownMember>`
    select u.value, u.named_at as "namedAt" from scim_unknown_members u
    where u.org_id = ${orgId}::uuid and u.group_id = ${groupId}::uuid order by u.named_at desc, u.value limit 100`.execute(work.db)
  return rows
}

export type Decided = {
  readonly all: number
  readonly selected: number
  /** Those that an admin switched one by one, selected or not. */
  readonly byHand: number
  /** How many groups each rule decides; a rule that comes too late decides none. */
  readonly byRule: readonly number[]
}

const BATCH = 5000

/** What rules decide about all groups. Looks at every name. */
export async function countDecided(
  work: Work,
  orgId: string,
  { rules, separator }: { rules: readonly Rule[]; separator: string },
): Promise<Decided> {
  const decide = selector(rules, separator)
  const byRule = rules.map(() => 0)
  let [all, selected, byHand] = [0, 0, 0]
  for (let after = '0'; ; ) {
    const groups = await readGroupsAfter(work, orgId, { after, limit: BATCH })
    for (const { name, switched } of groups) {
      const verdict = decide({ name: name ?? '', switched })
      const place = verdict.rule === undefined ? -1 : rules.indexOf(verdict.rule)
      all += 1
      if (verdict.selected) selected += 1
      if (switched !== null) byHand += 1
      if (place >= 0) byRule[place] = (byRule[place] ?? 0) + 1
    }
    const last = groups.at(-1)
    if (last === undefined || groups.length < BATCH) return { all, selected, byHand, byRule }
    after = last.seq
  }
}
