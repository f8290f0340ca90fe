// CPU time and memory of a process and its children, from /proc (Linux).
import { readdirSync, readFileSync } from 'node:fs'

/** Ticks a second of the kernel's accounting. */
const TICKS = 100

function stat(pid: number): { parent: number; ticks: number } | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }
  } catch {
    return undefined
  }
}

/** Milliseconds of CPU that the process itself has used. */
export const cpuMs = (pid: number): number => ((stat(pid)?.ticks ?? 0) * 1000) / TICKS

/** Resident memory of the process in MB. */
export function memoryMb(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

/** The child of `pid` whose command line holds `text`, if any. */
export function childOf(pid: number, text: string): number | undefined {
  return readdirSync('/proc')
    .map(Number)
    .filter((id) => id > 0)
    .find((id) => stat(id)?.parent === pid && commandLine(id).includes(text))
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
