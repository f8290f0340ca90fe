// What a check is: one sentence of an RFC, and a program that finds out over HTTP whether a server keeps it.
import type { Exchange } from '../src/client/client.ts'
import type { Session } from './session.ts'

export const LEVELS = ['MUST', 'SHOULD', 'MAY'] as const
/** Strength of the sentence. MAY stands for what the RFC leaves open: such a check takes every sensible answer. */
export type Level = (typeof LEVELS)[number]

/**
 * What the server must offer for a check to make sense: an optional feature of ServiceProviderConfig, a resource type, or an
 * attribute that /Schemas lists (`User.nickName`, `Enterprise.manager`).
 */
export type Need =
  | 'patch'
  | 'bulk'
  | 'filter'
  | 'sort'
  | 'etag'
  | 'index'
  | 'cursor'
  | 'Group'
  | 'Enterprise'
  | `User.${string}`
  | `Group.${string}`
  | `Enterprise.${string}`

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

/** The server does not keep the sentence. */
export class CheckFailure extends Error {
  readonly exchange: Exchange | undefined

  constructor(message: string, exchange?: Exchange) {
    super(message)
    this.name = 'CheckFailure'
    this.exchange = exchange
  }
}

/** The check does not apply to this server. */
export class CheckSkipped extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'CheckSkipped'
  }
}
