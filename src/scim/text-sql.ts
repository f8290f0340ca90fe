// Filters on parts of userName, displayName and emails.value: an index of trigrams over scim_texts finds the few resources that can match,
// and the filter itself is asked of those only.
import type { AttributeRef, Comparable, CompareOperator, ResolvedFilter } from '@plur-enterprise/scim'
import { sql } from 'kysely'
import { type FilterContext, filterSql, impliedValue, isEmails, isEmailValue, likeLiteral, type Predicate } from './filter-sql.ts'

/** The filter, narrowed down by the texts that whatever fulfils it must have, if any follow from it. */
export function narrowedFilterSql(filter: ResolvedFilter, context: FilterContext): Predicate {
  const found = textsOf(filter, context)
  if (found?.isPart !== true) return filterSql(filter, context)
  const any = sql.join(
    found.texts.map((text) => sql`t.texts like ${`%${likeLiteral(text)}%`}`),
    sql` or `,
  )
  return sql`(r.id in (select t.resource_id from scim_texts t where t.org_id = ${context.orgId}::uuid and (${any}))
    and ${filterSql(filter, { ...context, narrowed: true })})`
}

/** `isPart`: no other index knows them. */
type Texts = { readonly texts: readonly string[]; readonly isPart: boolean }

/** Texts of which whatever fulfils the filter has one at least; undefined when none follow, or none that the index can find. */
function textsOf(filter: ResolvedFilter, context: FilterContext): Texts | undefined {
  switch (filter.kind) {
    case 'compare':
      return isText(filter.target, context) ? textOf(filter) : undefined
    case 'element': {
      const implied = isEmails(filter.target, context) ? impliedValue(filter.filter) : undefined
      return implied === undefined ? undefined : textOf(implied)
    }
    case 'and': {
      const found = filter.filters.map((part) => textsOf(part, context))
      return found.find((each) => each?.isPart === true) ?? found.find((each) => each !== undefined)
    }
    case 'or': {
      const found = filter.filters.map((part) => textsOf(part, context))
      const known = found.filter((each) => each !== undefined)
      // Alternatives are found together here, and one by one nowhere else.
      return known.length < found.length ? undefined : { texts: known.flatMap(({ texts }) => texts), isPart: true }
    }
    case 'not':
    case 'never':
    case 'present':
      return undefined
  }
}

/** Without three letters or digits in a row there is no trigram to look for. */
const FINDABLE = /[\p{L}\p{N}]{3}/u

function textOf({ operator, value }: { operator: CompareOperator; value: Comparable }): Texts | undefined {
  if (typeof value !== 'string' || !FINDABLE.test(value)) return undefined
  switch (operator) {
    case 'co':
    case 'ew':
      return { texts: [value], isPart: true }
    case 'eq':
    case 'sw':
      return { texts: [value], isPart: false }
    case 'ne':
    case 'gt':
    case 'ge':
    case 'lt':
    case 'le':
      return undefined
  }
}

/** Whether the values of the attribute are in scim_texts. */
const isText = (target: AttributeRef, context: FilterContext) =>
  isEmailValue(target, context) ||
  (target.extension === undefined && (target.attribute.name === 'userName' || target.attribute.name === 'displayName'))
