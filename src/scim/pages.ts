// Pages of SCIM resources. Everything is filtered, sorted, paged and counted in the database.
import type { AttributeRef, Page, Position, Query, ResourceType, Selection } from '@plur-enterprise/scim'
import { type RawBuilder, sql } from 'kysely'
import { unnamed } from '../db/statement-names.ts'
import { countResources } from '../directory/resources.ts'
import { columnOf, type Predicate, singleValue } from './filter-sql.ts'
import { findNamed, nameAskedFor } from './point-reads.ts'
import { byType, columns, joins, type ReadContext, type Row, toStored } from './stored.ts'
import { narrowedFilterSql } from './text-sql.ts'

export async function queryResources(context: ReadContext, query: Query): Promise<Page> {
  const { points } = context
  const [{ resourceType } = { resourceType: undefined }] = query.selections
  const name = nameAskedFor(query)
  if (points === undefined || name === undefined || resourceType === undefined) return readPages(context, query)
  const found = await findNamed({ ...context, points }, { resourceType, wanted: query.wanted, name })
  return { total: found === undefined ? 0 : 1, resources: found === undefined ? [] : [found], next: undefined }
}

async function readPages(context: ReadContext, query: Query): Promise<Page> {
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
    return sql<boolean>`${type} and ${narrowedFilterSql(selection.filter, { ...context, resourceType: selection.resourceType })}`
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
