// What a check is: one sentence of an RFC, and a program that finds out over HTTP whether a server keeps it.
import type { Need } from './need.ts'
import type { Session } from './session.ts'

export const LEVELS = ['MUST', 'SHOULD', 'MAY'] as const
/** Strength of the sentence. MAY stands for what the RFC leaves open: such a check takes every sensible answer. */
export type Level = (typeof LEVELS)[number]

export type Check = {
  /** Row of the requirements checklist, such as `PAT-12`; `PAT-12.2` is a second check of the same row. */
  readonly id: string
  readonly level: Level
  readonly title: string
  /** Where it is written and what it says. */
  readonly sentence: string
  readonly needs?: readonly Need[]
  /** @throws CheckFailure when the server does otherwise, CheckSkipped when it cannot be found out. */
  readonly run: (scim: Session) => Promise<void>
}

export type Feature = { readonly name: string; readonly needs?: readonly Need[]; readonly checks: readonly Check[] }
