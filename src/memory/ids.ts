// Ids as the published clients can carry them (contract 2.2): the day, then digits. Random digits, so that nobody can count what others do.
import { randomInt } from 'node:crypto'

const DIGITS = 10

/** `ENG-2026-11-23-4821907355`, `EPS-…`. */
export function memoryId(prefix: 'ENG' | 'EPS', now: Date): string {
  return `${prefix}-${now.toISOString().slice(0, 10)}-${randomInt(10 ** DIGITS)
    .toString()
    .padStart(DIGITS, '0')}`
}
