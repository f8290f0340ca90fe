// The table: one row a scenario, on the terminal and in the report.
import Table from 'cli-table3'
import type { Row } from './row.ts'

export const HEAD = ['scenario', 'rate/s', 'p50 ms', 'p99 ms', 'server CPU ms/op', 'memory MB', 'of the limit', 'goal', '', 'note'] as const

const number = (value: number | undefined, digits: number) => (value === undefined ? '' : value.toFixed(digits))
/** Three digits that matter, so that microseconds and seconds fit one column. */
const time = (ms: number | undefined) => (ms === undefined ? '' : ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2))

export function cellsOf({ name, rate, p50, p99, cpuMs, memoryMb, share, goal, note, wrong = false }: Row): readonly string[] {
  return [
    name,
    number(rate, rate !== undefined && rate < 10 ? 1 : 0),
    time(p50),
    time(p99),
    number(cpuMs, 3),
    number(memoryMb, 0),
    share === undefined ? '' : `${(share * 100).toFixed(0)} %`,
    goal?.text.replace(/^(.) (0\.\d+) of/, (_, sign: string, part: string) => `${sign} ${Number(part) * 100} % of`) ?? '',
    wrong ? 'WRONG' : goal === undefined ? '' : goal.met ? 'met' : 'not met',
    note ?? '',
  ]
}

export function printTable(title: string, rows: readonly Row[]): void {
  const table = new Table({ head: [...HEAD], style: { head: [], border: [] } })
  for (const row of rows) table.push([...cellsOf(row)])
  process.stdout.write(`\n${title}\n${table.toString()}\n`)
}
