// When tokens were last used, written at most once a minute for each token and process; the newest use is written in the end.
import type { Work } from '../db/work.ts'
import { noteTokenUses, type TokenUse } from './scim-tokens.ts'

const EVERY_MS = 60_000
/** Tokens remembered; past it all uses are written at once and the memory starts afresh, which costs a few writes more. */
const TOKENS_MAX = 10_000

type Written = { readonly at: number; readonly worked: boolean }

/** A request that failed after one that worked, or the other way round, is news. */
const worked = ({ status = 200 }: TokenUse) => status < 400

export class TokenUses {
  /** By token id, what was last written, in milliseconds of the epoch. */
  readonly #written = new Map<string, Written>()
  #waiting = new Map<string, TokenUse>()
  readonly #write: (work: Work, uses: readonly TokenUse[]) => Promise<void>

  /** `write` keeps the uses; by default those of SCIM tokens. */
  constructor(write = noteTokenUses) {
    this.#write = write
  }

  note(use: TokenUse): void {
    this.#waiting.set(use.id, use)
  }

  /** Writes what is due, or `everything`; what fails is tried with the next flush. */
  async flush(work: Work, now: Date, { everything = false } = {}): Promise<void> {
    const all = everything || this.#waiting.size > TOKENS_MAX
    const due = [...this.#waiting.values()].filter((use) => all || this.#isDue(use, now.getTime()))
    if (due.length === 0) return
    if (this.#written.size > TOKENS_MAX) this.#written.clear()
    for (const use of due) this.#waiting.delete(use.id)
    try {
      await this.#write(work, due)
    } catch (error) {
      for (const use of due) if (!this.#waiting.has(use.id)) this.#waiting.set(use.id, use)
      throw error
    }
    for (const use of due) this.#written.set(use.id, { at: now.getTime(), worked: worked(use) })
  }

  #isDue(use: TokenUse, now: number): boolean {
    const last = this.#written.get(use.id)
    return last === undefined || now - last.at >= EVERY_MS || now < last.at || worked(use) !== last.worked
  }
}
