// Writes a filter as text with as few parentheses as possible (RFC 7644 figure 1): the inverse of parsing.
import type { Filter } from './ast.ts'

/** The text of a filter; parsing it gives the same filter again. */
export function printFilter(filter: Filter): string {
  switch (filter.kind) {
    case 'or':
      return filter.filters.map(printFilter).join(' or ')
    case 'and':
      return filter.filters.map((inner) => (inner.kind === 'or' ? `(${printFilter(inner)})` : printFilter(inner))).join(' and ')
    case 'not':
      return `not (${printFilter(filter.filter)})`
    case 'present':
      return `${filter.path} pr`
    case 'compare':
      return `${filter.path} ${filter.operator} ${JSON.stringify(filter.literal)}`
    case 'element':
      return `${filter.path}[${printFilter(filter.filter)}]`
  }
}
