// What a corpus step may expect of a body: a pointer, an operator, a value. Pure, so that the expectations can be tested too.
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { valueAt } from './json-pointer.ts'

type Operator = keyof typeof OPERATORS
type Predicate = (actual: unknown, wanted: unknown) => boolean

const isEmpty: Predicate = (actual) =>
  actual === undefined || actual === null || actual === '' || (Array.isArray(actual) && actual.length === 0)
const typeName = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value)

const OPERATORS = {
  equals: (actual, wanted) => isDeepStrictEqual(actual, wanted),
  notEquals: (actual, wanted) => !isDeepStrictEqual(actual, wanted),
  present: (actual) => actual !== undefined && actual !== null && actual !== '',
  absent: (actual) => actual === undefined,
  /** Missing, null, "" or []. */
  empty: isEmpty,
  type: (actual, wanted) => typeName(actual) === wanted,
  length: (actual, wanted) => Array.isArray(actual) && actual.length === wanted,
  /** A substring, or an element that has at least the given members. */
  includes,
  excludes: (actual, wanted) => !includes(actual, wanted),
  /** The same elements in any order, each with at least the given members; a missing list is an empty one. */
  sameSet,
  matches: (actual, wanted) => typeof actual === 'string' && typeof wanted === 'string' && new RegExp(wanted, 'u').test(actual),
  atLeast: (actual, wanted) => typeof actual === 'number' && typeof wanted === 'number' && actual >= wanted,
} satisfies Record<string, Predicate>

const isOperator = (name: string): name is Operator => Object.hasOwn(OPERATORS, name)

export const Assertion = z.strictObject({
  path: z.string(),
  op: z.string().refine(isOperator, { error: 'is not an operator of test/support/assertion.ts' }),
  value: z.unknown().optional(),
})
export type Assertion = { readonly path: string; readonly op: string; readonly value?: unknown }

/** What is wrong with the body, or undefined when the assertion holds. @throws when the operator is unknown. */
export function violation({ path, op, value }: Assertion, body: unknown): string | undefined {
  if (!isOperator(op)) throw new Error(`unknown operator ${op}`)
  const actual = valueAt(body, path)
  if (OPERATORS[op](actual, value)) return undefined
  const wanted = value === undefined ? '' : ` ${JSON.stringify(value)}`
  return `${path || '(body)'} ${op}${wanted}, but it is ${actual === undefined ? 'missing' : JSON.stringify(actual)}`
}

function includes(actual: unknown, wanted: unknown): boolean {
  if (typeof actual === 'string') return typeof wanted === 'string' && actual.includes(wanted)
  return Array.isArray(actual) && actual.some((item) => covers(item, wanted))
}

/** Whether `actual` is `wanted`, or an object with at least its members. */
function covers(actual: unknown, wanted: unknown): boolean {
  if (!isObject(actual) || !isObject(wanted)) return isDeepStrictEqual(actual, wanted)
  const members = new Map<string, unknown>(Object.entries(actual))
  return Object.entries(wanted).every(([name, value]) => covers(members.get(name), value))
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)

function sameSet(found: unknown, wanted: unknown): boolean {
  const actual = found ?? []
  if (!Array.isArray(actual) || !Array.isArray(wanted) || actual.length !== wanted.length) return false
  return wanted.every((item) => actual.some((candidate) => covers(candidate, item)))
}
