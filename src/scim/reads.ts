// Reading SCIM resources: one by id, and pages of them. Everything is filtered, sorted, paged and counted in the database; text goes
// through as it is stored.
import type {
  AttributeRef,
  JsonObject,
  Page,
  Position,
  Query,
  ResourceType,
  Selection,
  StoredResource,
  Wanted,
} from '@plur-enterprise/scim'
import { ENTERPRISE_USER_URN } from '@plur-enterprise/scim'
import { type RawBuilder, sql } from 'kysely'
import { unnamed } from '../db/statement-names.ts'
import type { Work } from '../db/work.ts'
import { countResources } from '../directory/resources.ts'
import { columnOf, filterSql, isId, lastModifiedSql, type Predicate, singleValue, versionSql } from './filter-sql.ts'
import { memberJson } from './member-sql.ts'
import { groupsJson } from './user-groups-sql.ts'

export type ReadContext = { readonly work: Work; readonly orgId: string; readonly baseUrl: string }

/** Members read along with their group; larger groups are streamed in batches of STREAM_BATCH. */
const MEMBERS_INLINE_MAX = 500
const STREAM_BATCH = 5000

type Row = {
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

/** The resource, or undefined; ids of any form. */
export async function findResource(
  context: ReadContext,
  resourceType: ResourceType,
  { id, wanted }: { id: string; wanted: Wanted },
): Promise<StoredResource | undefined> {
  if (!isId(id)) return undefined
  const { rows } = await sql<Row>`
    select ${columns([resourceType], wanted, context.baseUrl)}
    from scim_resources r ${joins([resourceType], wanted, context.baseUrl)}
    where r.org_id = ${context.orgId}::uuid and r.id = ${id}::uuid and r.type = ${resourceType.name}`.execute(context.work.db)
  return rows[0] === undefined ? undefined : toStored(rows[0], resourceType, context)
}

export async function queryResources(context: ReadContext, query: Query): Promise<Page> {
  const rows = query.count === 0 ? [] : await readPage(context, query)
  const more = query.page.kind === 'cursor' && rows.length > query.count
  const shown = more ? rows.slice(0, query.count) : rows
  const types = new Map(query.selections.map(({ resourceType }) => [resourceType.name, resourceType]))
  const resources = shown.flatMap((row) => {
    const resourceType = types.get(row.type)
    return resourceType === undefined ? [] : [toStored(row, resourceType, context)]
  })
  const last = shown.at(-1)
  return {
    total: await total(context, query, rows.length),
    resources,
    next: more && last !== undefined ? [last.sort_key, last.seq] : undefined,
  }
}

// --- one row ---

const only = (resourceTypes: readonly ResourceType[]) => (resourceTypes.length === 1 ? resourceTypes[0] : undefined)

/** An expression that depends on the type, for one type or for a mixed scan. */
function byType(
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

function columns(resourceTypes: readonly ResourceType[], wanted: Wanted, baseUrl: string): RawBuilder<unknown> {
  const users = resourceTypes.some((type) => type.name === 'User')
  const groups = wanted.has('groups')
    ? byType(resourceTypes, (type) => (type.computed.includes('groups') ? groupsJson(baseUrl) : sql`null::text`))
    : sql`null::text`
  return sql`r.id::text, r.type, r.json, ${byType(resourceTypes, versionSql)} as version, r.created_at,
    ${byType(resourceTypes, lastModifiedSql)} as last_modified_at,
    ${users ? sql`boss.id::text as boss_id, boss.json::json ->> 'displayName' as boss_name` : sql`null as boss_id, null as boss_name`},
    ${groups} as groups, ${readsMembers(resourceTypes, wanted) ? sql`mm.members, mm.members_read` : sql`null as members, 0 as members_read`}`
}

const readsMembers = (resourceTypes: readonly ResourceType[], wanted: Wanted) =>
  wanted.has('members') && resourceTypes.some((type) => type.collections.includes('members'))

function joins(resourceTypes: readonly ResourceType[], wanted: Wanted, baseUrl: string): RawBuilder<unknown> {
  const users = resourceTypes.some((type) => type.name === 'User')
  const boss = sql`left join scim_resources boss on boss.org_id = r.org_id and boss.id = r.manager_id and boss.type = 'User'`
  const members = sql`left join lateral (
      select string_agg(${memberJson(baseUrl)}, ',' order by m.member_id) as members, count(*)::int as members_read
      from (select * from scim_group_members m where m.org_id = r.org_id and m.group_id = r.id
        order by m.member_id limit ${sql.lit(MEMBERS_INLINE_MAX + 1)}) m
    ) mm on true`
  return sql`${users ? boss : sql``} ${readsMembers(resourceTypes, wanted) ? members : sql``}`
}

function toStored(row: Row, resourceType: ResourceType, context: ReadContext): StoredResource {
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

// --- pages ---

type PageRow = Row & { seq: string; sort_key: string | null }

const typesOf = (query: Query) => query.selections.map(({ resourceType }) => resourceType)

async function readPage(context: ReadContext, query: Query): Promise<readonly PageRow[]> {
  const types = typesOf(query)
  const sort = query.sorted === undefined ? undefined : sortKey(query.selections, context)
  const direction = query.sorted === 'descending' ? sql`desc` : sql`asc`
  const order = sort === undefined ? sql`r.seq` : sql`${sort.expression} ${direction}, r.seq`
  const { page } = query
  const after = page.kind === 'cursor' && page.after !== undefined ? afterPosition(page.after, query.sorted, sort) : sql`true`
  const limit = page.kind === 'cursor' ? query.count + 1 : query.count
  const { rows } = await sql<PageRow>`
    with page as materialized (
      select r.type, r.seq, ${sort === undefined ? sql`null::text` : sql`${sort.expression}`} as sort_key
      from scim_resources r where ${selected(context, query)} and ${after}
      order by ${order} limit ${limit} offset ${page.kind === 'index' ? page.skip : 0}
    )
    select ${columns(types, query.wanted, context.baseUrl)}, r.seq::text, p.sort_key::text
    from page p join scim_resources r on r.org_id = ${context.orgId}::uuid and r.type = p.type and r.seq = p.seq
      ${joins(types, query.wanted, context.baseUrl)}
    order by ${sort === undefined ? sql`` : sql`p.sort_key ${direction},`} p.seq`.execute(connection(context, query))
  return rows
}

/** Clients shape the statement with their filters; only the shapes that IdPs use all day are prepared. */
function connection({ work }: ReadContext, { selections, sorted }: Query) {
  const common = sorted === undefined && selections.every(({ filter }) => filter === undefined || filter.kind === 'compare')
  return common ? work.db : unnamed(work.db)
}

function selected(context: ReadContext, { selections }: Query): Predicate {
  const each = selections.map((selection) => {
    const type = sql<boolean>`r.type = ${selection.resourceType.name}`
    if (selection.filter === undefined) return type
    return sql<boolean>`${type} and ${filterSql(selection.filter, { ...context, resourceType: selection.resourceType })}`
  })
  return sql`r.org_id = ${context.orgId}::uuid and (${sql.join(each, sql` or `)})`
}

/** Exact. An unfiltered total comes from the counters, and one that the page itself shows is not counted again. */
async function total(context: ReadContext, query: Query, read: number): Promise<number> {
  const skip = query.page.kind === 'index' ? query.page.skip : 0
  const fromStart = query.page.kind === 'index' || query.page.after === undefined
  if (fromStart && query.count > 0 && read < query.count && (read > 0 || skip === 0)) return skip + read
  if (query.selections.every(({ filter }) => filter === undefined))
    return countResources(
      context.work.db,
      context.orgId,
      typesOf(query).map(({ name }) => name),
    )
  const { rows } = await sql<{ total: string }>`select count(*) as total from scim_resources r where ${selected(context, query)}`.execute(
    connection(context, query),
  )
  return Number(rows[0]?.total ?? 0)
}

// --- sorting ---

type SortKey = { readonly expression: RawBuilder<unknown>; readonly type: 'text' | 'uuid' | 'numeric' | 'boolean' | 'timestamptz' }

/** PostgreSQL's own place for missing values (last ascending, first descending) is the one of RFC 7644 section 3.4.2.3. */
function sortKey(selections: readonly Selection[], context: ReadContext): SortKey {
  const keys = selections.map(({ resourceType, sortBy }) => ({
    resourceType,
    key: sortBy === undefined ? undefined : sortKeyOf(sortBy, resourceType, context),
  }))
  const type = keys.find(({ key }) => key !== undefined)?.key?.type ?? 'text'
  const expressions = new Map(keys.map(({ resourceType, key }) => [resourceType, key?.expression ?? sql`null`]))
  return {
    type,
    expression: byType(
      selections.map(({ resourceType }) => resourceType),
      (resourceType) => expressions.get(resourceType) ?? sql`null`,
    ),
  }
}

function sortKeyOf(target: AttributeRef, resourceType: ResourceType, context: ReadContext): SortKey {
  const { attribute, sub } = target
  if (attribute.name === 'id' && target.extension === undefined) return { expression: sql`r.id`, type: 'uuid' }
  const column = columnOf(target, { ...context, resourceType })
  if (column !== undefined) return { expression: column, type: sub?.type === 'dateTime' ? 'timestamptz' : 'text' }
  const type = keyType((sub ?? attribute).type)
  if (!attribute.multiValued) return { expression: singleValue(target), type }
  const list = singleValueList(target)
  const main = sql`coalesce(jsonb_path_query_first(${list}, '$[*] ? (@.primary == true)'), ${list} -> 0)`
  const value = sub === undefined ? sql`${list} ->> 0` : sql`${main} ->> ${sql.lit(sub.name)}`
  return { expression: type === 'text' ? sql`(${value}) collate "C"` : sql`(${value})::${sql.raw(type)}`, type }
}

const singleValueList = (target: AttributeRef): RawBuilder<unknown> => {
  const root = target.extension === undefined ? sql`r.comparable` : sql`(r.comparable -> ${sql.lit(target.extension)})`
  return sql`(${root} -> ${sql.lit(target.attribute.name)})`
}

function keyType(type: string): 'text' | 'numeric' | 'boolean' {
  return type === 'integer' || type === 'decimal' ? 'numeric' : type === 'boolean' ? 'boolean' : 'text'
}

/** What comes after the last resource of the page before, in the order of the query. */
function afterPosition(position: Position, sorted: Query['sorted'], sort: SortKey | undefined): Predicate {
  const [key, seq] = position
  const later = sql<boolean>`r.seq > ${String(seq)}::bigint`
  if (sort === undefined) return later
  const { expression } = sort
  if (key === null || key === undefined)
    return sorted === 'ascending' ? sql`(${expression} is null and ${later})` : sql`(${expression} is not null or ${later})`
  const value = sql`${String(key)}::${sql.raw(sort.type)}`
  const tie = sql`(${expression} = ${value} and ${later})`
  return sorted === 'ascending'
    ? sql`(${expression} > ${value} or ${tie} or ${expression} is null)`
    : sql`(${expression} < ${value} or ${tie})`
}
