// A SCIM resource as a row: which columns a representation needs, and the row as the protocol takes it. Text goes through as it is stored.
import type { JsonObject, ResourceType, StoredResource, Wanted } from '@plur-enterprise/scim'
import { ENTERPRISE_USER_URN } from '@plur-enterprise/scim'
import { type RawBuilder, sql } from 'kysely'
import type { Work } from '../db/work.ts'
import { lastModifiedSql, versionSql } from './filter-sql.ts'
import { memberJson } from './member-sql.ts'

export type ReadContext = {
  readonly work: Work
  readonly orgId: string
  readonly baseUrl: string
  /** Where `work` is the pool: single resources are asked for together with other requests. */
  readonly points?: PointReads | undefined
}

export type Question = { readonly resourceType: ResourceType; readonly wanted: Wanted }
export type UniqueColumn = 'id' | 'unique_key'

/** Single rows, asked for together with those of other requests. */
export type PointReads = {
  /** `key`: the organisation's id, a space, and what to look for. */
  readonly find: (by: UniqueColumn, question: Question, key: string) => Promise<Row | undefined>
}

/** Members read along with their group; larger groups are streamed in batches of STREAM_BATCH. */
const MEMBERS_INLINE_MAX = 500
const STREAM_BATCH = 1000

export type Row = {
  id: string
  type: string
  json: string
  version: string
  created_at: Date
  last_modified_at: Date
  boss_id: string | null
  boss_name: string | null
  groups: string | null
  members: string | null
  members_read: number
}

const only = (resourceTypes: readonly ResourceType[]) => (resourceTypes.length === 1 ? resourceTypes[0] : undefined)

/** An expression that depends on the type, for one type or for a mixed scan. */
export function byType(
  resourceTypes: readonly ResourceType[],
  expression: (resourceType: ResourceType) => RawBuilder<unknown>,
): RawBuilder<unknown> {
  const single = only(resourceTypes)
  if (single !== undefined) return expression(single)
  return sql`case r.type ${sql.join(
    resourceTypes.map((type) => sql`when ${sql.lit(type.name)} then ${expression(type)}`),
    sql` `,
  )} end`
}

/** What a representation with these computed attributes is made of; `groupsOfR` for those that the resource `r` is in. */
export function columns(resourceTypes: readonly ResourceType[], wanted: Wanted, groupsOfR: RawBuilder<unknown>): RawBuilder<unknown> {
  const users = resourceTypes.some((type) => type.name === 'User')
  const groups = wanted.has('groups')
    ? byType(resourceTypes, (type) => (type.computed.includes('groups') ? groupsOfR : sql`null::text`))
    : sql`null::text`
  return sql`r.id::text, r.type, r.json, ${byType(resourceTypes, versionSql)} as version, r.created_at,
    ${byType(resourceTypes, lastModifiedSql)} as last_modified_at,
    ${users ? sql`boss.id::text as boss_id, boss.name as boss_name` : sql`null as boss_id, null as boss_name`},
    ${groups} as groups, ${readsMembers(resourceTypes, wanted) ? sql`mm.members, mm.members_read` : sql`null as members, 0 as members_read`}`
}

const readsMembers = (resourceTypes: readonly ResourceType[], wanted: Wanted) =>
  wanted.has('members') && resourceTypes.some((type) => type.collections.includes('members'))

/** Managers among the resources `b`. */
const managers = (condition: RawBuilder<unknown>) =>
  sql`select b.id, b.json::json ->> 'displayName' as name from scim_resources b where ${condition} and b.type = 'User'`

/** The manager of `r`, for a few resources of any organisations. */
export const MANAGER_OF_R: RawBuilder<unknown> = sql`left join lateral (${managers(sql`b.org_id = r.org_id and b.id = r.manager_id`)}) boss on true`

/** The same for each resource `r` of the relation `page`: looked for once, together, whatever the planner thinks of how many there are. */
export function managersOfPage(orgId: string): RawBuilder<unknown> {
  const all = managers(sql`b.org_id = ${orgId}::uuid and b.id = any (array(select manager_id from page))`)
  return sql`left join (with boss as materialized (${all}) select * from boss) boss on boss.id = r.manager_id`
}

/** What `columns` reads beside the resource `r`; `managerOfR` is one of the two above. */
export function joins(
  resourceTypes: readonly ResourceType[],
  wanted: Wanted,
  { baseUrl, managerOfR }: { readonly baseUrl: string; readonly managerOfR: RawBuilder<unknown> },
): RawBuilder<unknown> {
  const users = resourceTypes.some((type) => type.name === 'User')
  const members = sql`left join lateral (
      select string_agg(${memberJson(baseUrl)}, ',' order by m.member_id) as members, count(*)::int as members_read
      from (select * from scim_group_members m where m.org_id = r.org_id and m.group_id = r.id
        order by m.member_id limit ${sql.lit(MEMBERS_INLINE_MAX + 1)}) m
    ) mm on true`
  return sql`${users ? managerOfR : sql``} ${readsMembers(resourceTypes, wanted) ? members : sql``}`
}

export function toStored(row: Row, resourceType: ResourceType, context: ReadContext): StoredResource {
  const elements: Record<string, StoredResource['elements'][string]> = {}
  if (row.groups !== null) elements['groups'] = row.groups
  if (row.members !== null) elements['members'] = row.members_read > MEMBERS_INLINE_MAX ? streamMembers(context, row.id) : row.members
  return {
    resourceType,
    id: row.id,
    version: Number(row.version),
    createdAt: row.created_at,
    lastModifiedAt: row.last_modified_at,
    json: row.json,
    ...(row.boss_id === null ? {} : { overlay: managerOverlay(row.boss_id, row.boss_name, context.baseUrl) }),
    elements,
  }
}

function managerOverlay(id: string, name: string | null, baseUrl: string): JsonObject {
  return { [ENTERPRISE_USER_URN]: { manager: { $ref: `${baseUrl}/Users/${id}`, ...(name === null ? {} : { displayName: name }) } } }
}

/**
 * The members of a large group, batch by batch along the key: memory stays flat and no connection is held while the client reads.
 * Who is a member throughout is in it; who comes or goes meanwhile may be.
 */
async function* streamMembers({ work, orgId, baseUrl }: ReadContext, groupId: string): AsyncGenerator<string> {
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const { rows } = await sql<{ members: string | null; last: string | null; read: number }>`
      select string_agg(${memberJson(baseUrl)}, ',' order by m.member_id) as members, count(*)::int as read,
        (array_agg(m.member_id order by m.member_id desc))[1]::text as last
      from (select * from scim_group_members m where m.org_id = ${orgId}::uuid and m.group_id = ${groupId}::uuid and m.member_id > ${after}::uuid
        order by m.member_id limit ${sql.lit(STREAM_BATCH)}) m`.execute(work.db)
    const [batch] = rows
    if (batch?.members === undefined || batch.members === null || batch.last === null) return
    yield batch.members
    if (batch.read < STREAM_BATCH) return
    after = batch.last
  }
}
