// PATCH checks as table rows: a resource before, operations, and the resource after, a refusal, or no change at all.
import type { Members } from '../src/client/client.ts'
import type { Check, Level } from './check.ts'
import type { Need } from './need.ts'
import { ensure, holds, refused, same, status } from './expect.ts'
import { areMade, type Made, type Session } from './session.ts'

/** A value, or what to make of the ids of two users `a` and `b` that exist while the checks run. */
type Of<T> = T | Maker<T>
type Maker<T> = (a: string, b: string) => T

export type PatchCase = {
  readonly id: string
  readonly level: Level
  readonly title: string
  readonly sentence: string
  readonly needs?: readonly Need[]
  readonly on?: 'user' | 'group'
  readonly before?: Of<Members>
  readonly operations: Of<readonly Members[]>
  readonly expect:
    | { readonly after: Of<Members> }
    /** The RFC leaves it open: this afterwards, or 400 with one of the keywords and the resource as before. */
    | { readonly after: Of<Members>; readonly orRefused: readonly string[] }
    /** Success, and not even version or lastModified move. */
    | 'unchanged'
    /** This status with one of these keywords, and the resource as before. */
    | { readonly refused: number | readonly number[]; readonly scimTypes: readonly string[] }
}

/** The check that a row stands for. */
export function patchCheck(row: PatchCase): Check {
  const { id, level, title, sentence } = row
  return { id, level, title, sentence, needs: row.needs ?? [], run: (scim) => runCase(scim, row) }
}

export const BAD_VALUE = { refused: 400, scimTypes: ['invalidValue'] } as const
export const BAD_SYNTAX = { refused: 400, scimTypes: ['invalidSyntax', 'invalidValue'] } as const
export const BAD_PATH = { refused: 400, scimTypes: ['invalidPath'] } as const
export const NO_TARGET = { refused: 400, scimTypes: ['noTarget'] } as const
export const MUTABILITY = { refused: 400, scimTypes: ['mutability'] } as const

async function runCase(scim: Session, row: PatchCase): Promise<void> {
  const [a, b] = await twoUsers(scim)
  const of = <T>(value: Of<T>): T => (isMaker(value) ? value(a.id, b.id) : value)
  const before = of(row.before ?? {})
  const made = row.on === 'group' ? await scim.group(before) : await scim.user(before)
  const stored = await scim.read(made.path)
  const answer = await scim.patch(made.path, of(row.operations))
  const now = await scim.read(made.path)
  if (typeof row.expect === 'object' && 'orRefused' in row.expect && answer.status >= 400) {
    refused(answer, 400, ...row.expect.orRefused)
    same(now, stored, 'the resource after a refused request')
  } else if (row.expect === 'unchanged') {
    status(answer, 200, 204)
    same(now, stored, 'the resource after an operation without effect')
  } else if ('after' in row.expect) {
    status(answer, 200, 204)
    if (answer.status === 200) ensure(answer.json !== undefined, 'a 200 has a body', answer)
    holds(now, of(row.expect.after), answer)
  } else {
    refused(answer, row.expect.refused, ...row.expect.scimTypes)
    same(now, stored, 'the resource after a refused request')
  }
}

function isMaker<T>(value: Of<T>): value is Maker<T> {
  return typeof value === 'function'
}

/** Two users that stay for the whole run. */
export async function twoUsers(scim: Session): Promise<readonly [Made, Made]> {
  const [a, b] = await scim.once('two users', async () => [await scim.user(), await scim.user()], areMade)
  if (a === undefined || b === undefined) throw new Error('two users were made')
  return [a, b]
}
