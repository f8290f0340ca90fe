// CPU time and memory of a process, from /proc (Linux).
import { readFileSync, writeFileSync } from 'node:fs'

/** Ticks a second of the kernel's accounting. */
const TICKS = 100

/** Milliseconds of CPU that the process has used. */
export function cpuMs(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? []
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS
}

/** Resident memory of the process in MB. */
export const memoryMb = (pid: number): number => sizeMb(pid, 'VmRSS')

/** The most it has been since `forgetPeak`. */
export const peakMb = (pid: number): number => sizeMb(pid, 'VmHWM')

export const forgetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5')

const sizeMb = (pid: number, name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // Other systems than Linux: the columns stay empty.
    return ''
  }
}
