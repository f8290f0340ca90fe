// Lists as parameters of statements that run all day.
import { type RawBuilder, sql } from 'kysely'

const ARRAYS = { text: sql`text[]`, uuid: sql`uuid[]` } as const

/** Longer lists are worth a plan of their own. */
const SHORT = 100

/**
 * A list as one parameter, as an array expression. The planner does not see the length of a short one: else it finds that a single value makes for a
 * cheaper plan than a list of any length would, and makes a plan for every run, which takes several times as long as running it.
 */
export function list(values: readonly (string | null)[], type: keyof typeof ARRAYS): RawBuilder<unknown> {
  const array = sql`${values}::${ARRAYS[type]}`
  return values.length <= SHORT ? sql`(select ${array})::${ARRAYS[type]}` : array
}
