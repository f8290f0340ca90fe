// The summary at the end: a table by phase, the first unexpected answers, one sentence.
import Table from 'cli-table3'
import type { SimulationReport } from './simulate.ts'

const KINDS_SHOWN_MAX = 20

/** The report as a person reads it. */
export function simulationText(report: SimulationReport): string {
  const table = new Table({
    head: ['phase', 'requests', 'ok', 'unexpected', 'p50 ms', 'p95 ms'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  })
  for (const { phase, requests, ok, unexpected, p50Ms, p95Ms } of report.phases) table.push([phase, requests, ok, unexpected, p50Ms, p95Ms])
  return `${[table.toString(), ...unexpectedLines(report), conclusion(report)].join('\n')}\n`
}

function unexpectedLines(report: SimulationReport): readonly string[] {
  if (report.unexpected.length === 0) return []
  const lines = report.unexpected
    .slice(0, KINDS_SHOWN_MAX)
    .flatMap(({ phase, method, path, expected, got, detail, times }) => [
      `  ${phase}: ${method} ${path}${times === 1 ? '' : `  (and ${times - 1} more like it)`}`,
      `    expected ${expected}, got ${got}`,
      ...(detail === '' ? [] : [`    ${detail}`]),
    ])
  const more = report.unexpected.length - KINDS_SHOWN_MAX
  return ['', 'Unexpected answers:', ...lines, ...(more > 0 ? [`  … and ${more} other kinds`] : []), '']
}

function conclusion({ idp, connected, ok, users, groups, run, seed, kept, durationMs }: SimulationReport): string {
  if (!connected) return `${idp}: the connection test failed. \`plur doctor\` finds out why.`
  const played = `${idp}: ${users} people and ${groups} groups (@sim-${run}.example, seed ${seed}) in ${(durationMs / 1000).toFixed(1)} s`
  return `${played}; ${kept ? 'they stay on the server' : 'all of them were deleted again'}. ${ok ? 'Every answer was the expected one.' : 'Not every answer was the expected one.'}`
}
