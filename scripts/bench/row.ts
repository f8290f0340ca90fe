// One line of the table: what was measured, and what it was to be.
import type { Sample } from './load.ts'

export type Goal = { readonly text: string; readonly met: boolean }

export type Row = {
  readonly name: string
  /** Operations a second; of the lists and the reconciles, users a second. */
  readonly rate?: number
  readonly p50?: number
  readonly p99?: number
  readonly cpuMs?: number
  /** Resident memory of the server right after. */
  readonly memoryMb?: number
  /** Of the limit that was measured in the same run. */
  readonly share?: number
  readonly note?: string
  readonly goal?: Goal
  /** The answer was wrong: the row measures nothing. */
  readonly wrong?: boolean
}

export const atMost = (value: number, limit: number, unit: string): Goal => ({ text: `≤ ${limit} ${unit}`.trim(), met: value <= limit })

export const atLeast = (value: number, limit: number, unit: string): Goal => ({ text: `≥ ${limit} ${unit}`.trim(), met: value >= limit })

export const measured = (name: string, { rate, p50, p99, cpuMs }: Sample, more: Omit<Partial<Row>, 'name'> = {}): Row => ({
  name,
  rate,
  p50,
  p99,
  ...(Number.isNaN(cpuMs) ? {} : { cpuMs }),
  ...more,
})
