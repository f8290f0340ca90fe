// Pages of SCIM resources. Everything is filtered, sorted, paged and counted in the database.
import type { AttributeRef, Page, Position, Query, ResourceType, Selection } from '@plur-enterprise/scim'
import { type RawBuilder, sql } from 'kysely'
import { unnamed } from '../db/statement-names.ts'
import { countedTotal, seqAfter } from '../directory/resources.ts'
import { columnOf, type Predicate, singleValue } from './filter-sql.ts'
import { findNamed, nameAskedFor } from './point-reads.ts'
import { byType, columns, joins, managersOfPage, type ReadContext, type Row, toStored } from './stored.ts'
import { narrowedFilterSql } from './text-sql.ts'
import { groupsOfPage } from './user-groups-sql.ts'

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
    total: await total(context, query, rows),
    resources,
    next: more && last !== undefined ? [last.sort_key, last.seq] : undefined,
  }
}

type PageRow = Row & {
  seq: string
  sort_key: string | null
  /** Of all that the query selects, when the counters know it. */
  total: string | null
}

const typesOf = (query: Query) => query.selections.map(({ resourceType }) => resourceType)

async function readPage(context: ReadContext, query: Query): Promise<readonly PageRow[]> {
  const { orgId, baseUrl } = context
  const { wanted, sorted } = query
  const types = typesOf(query)
  const type = listedType(query)
  const groups = groupsOfPage(orgId, baseUrl)
  const { rows } = await sql<PageRow>`
    with page as materialized (${type === undefined ? chosen(context, query) : listed(context, query, type)})
    select ${columns(types, wanted, groups.column)}, r.seq::text, r.sort_key::text, ${isCounted(query) ? countedOf(context, query) : sql`null`} as total
    from page r ${joins(types, wanted, { baseUrl, managerOfR: managersOfPage(orgId) })}
      ${wanted.has('groups') ? groups.join : sql``}
    order by ${sorted === undefined ? sql`` : sql`r.sort_key ${directionOf(sorted)},`} r.seq`.execute(connection(context, query))
  return rows
}

const limitOf = ({ page, count }: Query) => (page.kind === 'cursor' ? count + 1 : count)

const directionOf = (sorted: 'ascending' | 'descending') => (sorted === 'descending' ? sql`desc` : sql`asc`)

/** What of a resource its representation is made of. */
const PAGE_COLUMNS = sql`r.org_id, r.id, r.type, r.seq, r.json, r.version, r.created_at, r.last_modified_at, r.manager_id`

/** The one type that the query lists all of, in the order of creation: so do clients who compare what they have with what is here. */
function listedType({ selections: [selection, ...others], sorted }: Query): string | undefined {
  const all = sorted === undefined && others.length === 0 && selection?.filter === undefined
  return all ? selection?.resourceType.name : undefined
}

/** A page of such a list, where it begins at once, and by a plan that is made once. */
function listed({ orgId }: ReadContext, query: Query, type: string): RawBuilder<unknown> {
  const limit = limitOf(query)
  // The planner takes a limit that it does not know for a tenth of the table: no plan for any values would look cheap enough to be kept.
  const limitMax = sql.lit(2 ** Math.ceil(Math.log2(limit)))
  return sql`
    select * from (
      select ${PAGE_COLUMNS}, null::text as sort_key from scim_resources r
      where r.org_id = ${orgId}::uuid and r.type = ${type} and ${beginning(orgId, query, type)}
      order by r.seq limit ${limitMax}
    ) r order by r.seq limit ${limit}`
}

function beginning(orgId: string, { page }: Query, type: string): Predicate {
  if (page.kind === 'cursor') return page.after === undefined ? sql`true` : laterThan(page.after)
  return page.skip === 0 ? sql`true` : sql`r.seq >= ${seqAfter(orgId, type, page.skip)}`
}

/** A page of what is filtered, sorted or of several types: walked up to, along what is small of each row. */
function chosen(context: ReadContext, query: Query): RawBuilder<unknown> {
  const { page, sorted } = query
  const sort = sorted === undefined ? undefined : sortKey(query.selections, context)
  const after = page.kind === 'cursor' && page.after !== undefined ? afterPosition(page.after, sorted, sort) : sql`true`
  return sql`
    select ${PAGE_COLUMNS}, p.sort_key from (
      select r.type, r.seq, ${sort === undefined ? sql`null::text` : sql`${sort.expression}`} as sort_key
      from scim_resources r where ${selected(context, query)} and ${after}
      order by ${sort === undefined || sorted === undefined ? sql`` : sql`${sort.expression} ${directionOf(sorted)},`} r.seq
      limit ${limitOf(query)} offset ${page.kind === 'index' ? page.skip : 0}
    ) p join scim_resources r on r.org_id = ${context.orgId}::uuid and r.type = p.type and r.seq = p.seq`
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

/** Whether the counters know the total. */
const isCounted = ({ selections }: Query): boolean => selections.every(({ filter }) => filter === undefined)

const countedOf = ({ orgId }: ReadContext, query: Query): RawBuilder<string> =>
  countedTotal(
    orgId,
    typesOf(query).map(({ name }) => name),
  )

/** Exact. One that the page itself shows is not counted, and an unfiltered one has come along with the page. */
async function total(context: ReadContext, query: Query, rows: readonly PageRow[]): Promise<number> {
  const skip = query.page.kind === 'index' ? query.page.skip : 0
  const fromStart = query.page.kind === 'index' || query.page.after === undefined
  if (fromStart && query.count > 0 && rows.length < query.count && (rows.length > 0 || skip === 0)) return skip + rows.length
  const [first] = rows
  if (first !== undefined && first.total !== null) return Number(first.total)
  const counting = isCounted(query)
    ? sql<{ total: string }>`select ${countedOf(context, query)} as total`.execute(context.work.db)
    : sql<{ total: string }>`select count(*)::text as total from scim_resources r where ${selected(context, query)}`.execute(
        connection(context, query),
      )
  const { rows: counted } = await counting
  return Number(counted[0]?.total ?? 0)
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

const laterThan = ([, seq]: Position): Predicate => sql`r.seq > ${String(seq)}::bigint`

/** What comes after the last resource of the page before, in the order of the query. */
function afterPosition(position: Position, sorted: Query['sorted'], sort: SortKey | undefined): Predicate {
  const [key] = position
  const later = laterThan(position)
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
