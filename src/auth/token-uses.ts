// When tokens were last used, written at most once a minute for each token and process.
import type { Work } from '../db/work.ts'
import { noteTokenUses, type TokenUse } from './scim-tokens.ts'

const EVERY_MS = 60_000
/** Tokens remembered; past it the memory starts afresh, which costs a few writes more. */
const TOKENS_MAX = 10_000

export class TokenUses {
  /** By token id, when its use was last taken up, in milliseconds of the epoch. */
  readonly #taken = new Map<string, number>()
  #due = new Map<string, TokenUse>()
  readonly #write: (work: Work, uses: readonly TokenUse[]) => Promise<void>

  /** `write` keeps the uses; by default those of SCIM tokens. */
  constructor(write = noteTokenUses) {
    this.#write = write
  }

  note(use: TokenUse): void {
    const at = use.at.getTime()
    const last = this.#taken.get(use.id)
    if (last !== undefined && at - last < EVERY_MS && at >= last) return
    if (this.#taken.size >= TOKENS_MAX) this.#taken.clear()
    this.#taken.set(use.id, at)
    this.#due.set(use.id, use)
  }

  /** Writes what is due; what fails is tried with the next use. */
  async flush(work: Work): Promise<void> {
    if (this.#due.size === 0) return
    const due = this.#due
    this.#due = new Map()
    try {
      await this.#write(work, [...due.values()])
    } catch (error) {
      for (const id of due.keys()) this.#taken.delete(id)
      throw error
    }
  }
}
