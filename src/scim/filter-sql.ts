// Compiles a resolved SCIM filter to SQL over scim_resources (alias `r`). Values are always parameters, already folded by the
// protocol package with the function that wrote the columns, so that SQL and in-memory evaluation agree.
//
// Plain predicates may be NULL where a value is missing; NULL counts as false, and `not` is written as `is not true`, which keeps the
// logic two-valued (RFC 7644 section 3.4.2.2) and leaves the predicates in a form that indexes serve.
import type { AttributeRef, Comparable, CompareOperator, ElementFilter, ResolvedFilter, ResourceType } from '@plur-enterprise/scim'
import { ENTERPRISE_USER_URN } from '@plur-enterprise/scim'
import { type RawBuilder, sql } from 'kysely'
import { anyMember, memberColumn } from './member-sql.ts'
import { anyGroup, groupColumn } from './user-groups-sql.ts'

export type Predicate = RawBuilder<boolean>

export type FilterContext = {
  readonly orgId: string
  readonly resourceType: ResourceType
  /** Service root that `meta.location` is compared under. */
  readonly baseUrl: string
  /** The resources that are looked at are few already (text-sql.ts). */
  readonly narrowed?: boolean
}

const TRUE: Predicate = sql`true`
const FALSE: Predicate = sql`false`
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Whether a text can be an id of ours: ids are lower-case UUIDs and compare exactly. */
export const isId = (text: string): boolean => UUID.test(text)

export function filterSql(filter: ResolvedFilter, context: FilterContext): Predicate {
  switch (filter.kind) {
    case 'never':
      return FALSE
    case 'and':
    case 'or':
      return join(
        filter.kind,
        filter.filters.map((part) => filterSql(part, context)),
      )
    case 'not':
      return sql`(${filterSql(filter.filter, context)}) is not true`
    case 'present':
      return present(filter.target, context)
    case 'compare':
      return compare(filter.target, filter, context)
    case 'element':
      return element(filter.target, filter.filter, context)
  }
}

export type Comparison = { readonly operator: CompareOperator; readonly value: Comparable }

function join(kind: 'and' | 'or', parts: readonly Predicate[]): Predicate {
  return sql`(${sql.join(parts, kind === 'and' ? sql` and ` : sql` or `)})`
}

/** A text, number or boolean expression of one value against a constant. */
export function compareValue(expression: RawBuilder<unknown>, { operator, value }: Comparison): Predicate {
  const constant =
    typeof value === 'number' ? sql`${value}::numeric` : typeof value === 'boolean' ? sql`${value}::boolean` : sql`${value}::text`
  switch (operator) {
    case 'eq':
      return sql`${expression} = ${constant}`
    case 'ne':
      return sql`${expression} is distinct from ${constant}`
    case 'co':
      return sql`${expression} like ${`%${likeLiteral(value)}%`}`
    case 'sw':
      return sql`${expression} like ${`${likeLiteral(value)}%`}`
    case 'ew':
      return sql`${expression} like ${`%${likeLiteral(value)}`}`
    case 'gt':
      return sql`${expression} > ${constant}`
    case 'ge':
      return sql`${expression} >= ${constant}`
    case 'lt':
      return sql`${expression} < ${constant}`
    case 'le':
      return sql`${expression} <= ${constant}`
  }
}

export const likeLiteral = (value: Comparable): string => String(value).replaceAll(/[\\%_]/g, String.raw`\$&`)

// --- attributes that live in columns of their own ---

/** The column (or expression) of a single-valued attribute that is not read from the comparable document. */
export function columnOf(target: AttributeRef, context: FilterContext): RawBuilder<unknown> | undefined {
  if (isManagerComputed(target)) return managerColumn(target)
  if (target.extension !== undefined) return undefined
  const { name } = target.attribute
  switch (name) {
    case 'id':
      return sql`r.id::text collate "C"`
    case 'externalId':
      return sql`r.external_id`
    case 'userName':
      return sql`r.unique_key`
    case 'displayName':
      return context.resourceType.name === 'Group' ? sql`r.unique_key` : sql`r.display_name_key`
    case 'meta':
      return target.sub === undefined ? undefined : metaColumn(target.sub.name, context)
    default:
      return undefined
  }
}

const keepsMembers = (context: FilterContext) => context.resourceType.collections.length > 0

/** The version as clients see it: of a group it counts the changes of its members too. */
export function versionSql(resourceType: ResourceType): RawBuilder<string> {
  return resourceType.collections.length > 0
    ? sql`(r.version + coalesce((select sum(c.changes) from scim_member_changes c where c.org_id = r.org_id and c.group_id = r.id), 0))::bigint`
    : sql`r.version`
}

/** The time of the last change, of members included. */
export function lastModifiedSql(resourceType: ResourceType): RawBuilder<Date> {
  return resourceType.collections.length > 0
    ? sql`greatest(r.last_modified_at, (select max(c.changed_at) from scim_member_changes c where c.org_id = r.org_id and c.group_id = r.id))`
    : sql`r.last_modified_at`
}

function metaColumn(name: string, context: FilterContext): RawBuilder<unknown> | undefined {
  switch (name) {
    case 'resourceType':
      return sql`${context.resourceType.name}::text collate "C"`
    case 'created':
      return sql`r.created_at`
    case 'lastModified':
      return lastModifiedSql(context.resourceType)
    case 'version':
      return sql`('W/"' || ${versionSql(context.resourceType)} || '"') collate "C"`
    case 'location':
      return sql`(${`${context.baseUrl}${context.resourceType.endpoint}/`}::text || r.id::text) collate "C"`
    default:
      return undefined
  }
}

// --- the comparable document ---

/** The jsonb path of an attribute in the comparable document. */
function documentPath(target: AttributeRef): RawBuilder<unknown> {
  const root = target.extension === undefined ? sql`r.comparable` : sql`(r.comparable -> ${sql.lit(target.extension)})`
  return sql`(${root} -> ${sql.lit(target.attribute.name)})`
}

const SCALAR_CAST = { integer: sql`::numeric`, decimal: sql`::numeric`, boolean: sql`::boolean` } as const

function scalar(text: RawBuilder<unknown>, type: string): RawBuilder<unknown> {
  if (type === 'integer' || type === 'decimal' || type === 'boolean') return sql`(${text})${SCALAR_CAST[type]}`
  return sql`(${text}) collate "C"`
}

/** The single value that a target names: of a simple attribute or of a sub-attribute of a single complex one. */
export function singleValue(target: AttributeRef): RawBuilder<unknown> {
  const path = documentPath(target)
  return target.sub === undefined
    ? scalar(sql`${path} #>> '{}'`, target.attribute.type)
    : scalar(sql`${path} ->> ${sql.lit(target.sub.name)}`, target.sub.type)
}

const elements = (target: AttributeRef) => sql`jsonb_array_elements(${documentPath(target)})`

/** The value of one element `e`, or of its sub-attribute. */
function elementValue(target: AttributeRef): RawBuilder<unknown> {
  return target.sub === undefined
    ? scalar(sql`e #>> '{}'`, target.attribute.type)
    : scalar(sql`e ->> ${sql.lit(target.sub.name)}`, target.sub.type)
}

// --- predicates ---

function present(target: AttributeRef, context: FilterContext): Predicate {
  const { attribute } = target
  if (isMembers(target, context)) return anyMember(context.orgId, target.sub === undefined ? TRUE : sql`${memberColumn(target.sub)} <> ''`)
  if (isUserGroups(target)) return anyGroup(target.sub === undefined ? TRUE : sql`${groupColumn(target.sub)} <> ''`)
  const column = columnOf(target, context)
  if (column !== undefined) return sql`${column} is not null`
  if (attribute.name === 'meta' && target.extension === undefined) return TRUE
  if (attribute.multiValued) {
    if (target.sub === undefined) return sql`jsonb_array_length(${documentPath(target)}) > 0`
    return sql`exists (select from ${elements(target)} e where (e ->> ${sql.lit(target.sub.name)}) <> '')`
  }
  if (attribute.type === 'complex' && target.sub === undefined) return sql`${documentPath(target)} is not null`
  return target.sub === undefined
    ? sql`(${documentPath(target)} #>> '{}') <> ''`
    : sql`(${documentPath(target)} ->> ${sql.lit(target.sub.name)}) <> ''`
}

function compare(target: AttributeRef, comparison: Comparison, context: FilterContext): Predicate {
  const { operator, value } = comparison
  if (isMembers(target, context)) return compareMembers(target, comparison, context)
  if (isUserGroups(target)) return compareGroups(target, comparison, context)
  if (isEmailValue(target, context) && operator !== 'ne' && !(context.narrowed === true && isPart(operator)))
    return emailKey(context.orgId, comparison)
  if (target.extension === undefined && target.attribute.name === 'id' && target.sub === undefined && operator === 'eq')
    return isId(String(value)) ? sql`r.id = ${value}::uuid` : FALSE
  if (isMetaTime(target)) return compareTime(target, comparison, context)
  const column = columnOf(target, context)
  if (column !== undefined) return compareValue(column, comparison)
  if (!target.attribute.multiValued) return compareValue(singleValue(target), comparison)
  const some = sql<boolean>`exists (select from ${elements(target)} e where ${compareValue(elementValue(target), comparison)})`
  return operator === 'ne' ? sql`(${some} or coalesce(jsonb_array_length(${documentPath(target)}), 0) = 0)` : some
}

function element(target: AttributeRef, filter: ElementFilter, context: FilterContext): Predicate {
  if (isMembers(target, context)) return anyMember(context.orgId, elementSql(filter, memberColumn))
  if (isUserGroups(target)) return anyGroup(elementSql(filter, groupColumn))
  const some = sql<boolean>`exists (select from ${elements(target)} e where ${elementSql(filter, (sub) => scalar(sql`e ->> ${sql.lit(sub.name)}`, sub.type))})`
  const implied = isEmails(target, context) ? impliedValue(filter) : undefined
  return implied === undefined || (context.narrowed === true && isPart(implied.operator))
    ? some
    : sql`(${emailKey(context.orgId, implied)} and ${some})`
}

type ColumnOfSub = (sub: AttributeRef['attribute']) => RawBuilder<unknown>

/** A filter on one element whose sub-attributes are found by `column`. */
export function elementSql(filter: ElementFilter, column: ColumnOfSub): Predicate {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return join(
        filter.kind,
        filter.filters.map((part) => elementSql(part, column)),
      )
    case 'not':
      return sql`(${elementSql(filter.filter, column)}) is not true`
    case 'present':
      return sql`(${column(filter.sub)})::text <> ''`
    case 'compare':
      return compareValue(column(filter.sub), filter)
  }
}

// --- special attributes ---

const isMembers = (target: AttributeRef, context: FilterContext) =>
  keepsMembers(context) && target.extension === undefined && target.attribute.name === 'members'

const isUserGroups = (target: AttributeRef) =>
  target.extension === undefined && target.attribute.name === 'groups' && target.attribute.mutability === 'readOnly'

export const isEmails = (target: AttributeRef, context: FilterContext) =>
  context.resourceType.name === 'User' && target.extension === undefined && target.attribute.name === 'emails'

export const isEmailValue = (target: AttributeRef, context: FilterContext) => isEmails(target, context) && target.sub?.name === 'value'

const isMetaTime = (target: AttributeRef) =>
  target.extension === undefined && target.attribute.name === 'meta' && target.sub?.type === 'dateTime'

const isManagerComputed = (target: AttributeRef) =>
  target.extension === ENTERPRISE_USER_URN &&
  target.attribute.name === 'manager' &&
  (target.sub?.name === 'displayName' || target.sub?.name === '$ref')

function compareMembers(target: AttributeRef, comparison: Comparison, context: FilterContext): Predicate {
  const sub = target.sub
  if (sub === undefined) return FALSE
  if (sub.name === 'value' && comparison.operator === 'eq') {
    const id = String(comparison.value)
    return isId(id)
      ? sql`r.id in (select m.group_id from scim_group_members m where m.org_id = ${context.orgId} and m.member_id = ${id}::uuid)`
      : FALSE
  }
  const some = anyMember(context.orgId, compareValue(memberColumn(sub), comparison))
  return comparison.operator === 'ne' ? sql`(${some} or not ${anyMember(context.orgId, TRUE)})` : some
}

function compareGroups(target: AttributeRef, comparison: Comparison, context: FilterContext): Predicate {
  const sub = target.sub
  if (sub === undefined) return FALSE
  if (sub.name === 'value' && comparison.operator === 'eq') {
    const id = String(comparison.value)
    return isId(id) ? membersBelow(context.orgId, id) : FALSE
  }
  const some = anyGroup(compareValue(groupColumn(sub), comparison))
  return comparison.operator === 'ne' ? sql`(${some} or not ${anyGroup(TRUE)})` : some
}

/** The resource is a direct or nested member of the group; starts from the group, so that it costs the group and not the directory. */
function membersBelow(orgId: string, groupId: string): Predicate {
  return sql`r.id in (
    with recursive below (id) as (
      select m.member_id from scim_group_members m where m.org_id = ${orgId} and m.group_id = ${groupId}::uuid
      union
      select m.member_id from below cross join lateral (
        select m.member_id from scim_group_members m where m.org_id = ${orgId} and m.group_id = below.id offset 0) m
    ) select id from below)`
}

/** No order of an index helps with what stands somewhere inside; who was narrowed down to is quicker asked than all keys. */
const isPart = (operator: CompareOperator) => operator === 'co' || operator === 'ew'

function emailKey(orgId: string, comparison: Comparison): Predicate {
  return sql`r.id in (select k.resource_id from scim_email_keys k where k.org_id = ${orgId} and ${compareValue(sql`k.value_key`, comparison)})`
}

/** A comparison of `value` that every element fulfilling the filter must pass: what the index can serve of it. */
export function impliedValue(filter: ElementFilter): Comparison | undefined {
  if (filter.kind === 'compare' && filter.sub.name === 'value' && filter.operator !== 'ne') return filter
  if (filter.kind !== 'and') return undefined
  for (const part of filter.filters) {
    const implied = impliedValue(part)
    if (implied !== undefined) return implied
  }
  return undefined
}

/** The comparable form of a time is UTC text; the columns are timestamps. */
function compareTime(target: AttributeRef, comparison: Comparison, context: FilterContext): Predicate {
  const column = columnOf(target, context) ?? sql`null::timestamptz`
  const operators = { eq: sql`=`, ne: sql`<>`, gt: sql`>`, ge: sql`>=`, lt: sql`<`, le: sql`<=` } as const
  const { operator, value } = comparison
  if (operator === 'co' || operator === 'sw' || operator === 'ew') return FALSE
  const constant = sql`${String(value)}::timestamptz`
  if (keepsMembers(context) && target.sub?.name === 'lastModified' && (operator === 'gt' || operator === 'ge')) {
    // Written as two conditions, so that the index on the row's own column is of use.
    const changed = sql`exists (select from scim_member_changes c where c.org_id = r.org_id and c.group_id = r.id and c.changed_at ${operators[operator]} ${constant})`
    return sql`(r.last_modified_at ${operators[operator]} ${constant} or ${changed})`
  }
  return sql`${column} ${operators[operator]} ${constant}`
}

/** What the manager's own resource says; a reference to nobody here is shown, and compared, as the client sent it. */
function managerColumn(target: AttributeRef): RawBuilder<unknown> {
  const boss = (column: RawBuilder<unknown>) =>
    sql`(select ${column} from scim_resources boss where boss.org_id = r.org_id and boss.id = r.manager_id and boss.type = 'User')`
  return target.sub?.name === '$ref'
    ? sql`coalesce(${boss(sql`('Users/' || boss.id::text) collate "C"`)}, ${singleValue(target)})`
    : boss(sql`boss.display_name_key`)
}
