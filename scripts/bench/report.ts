// The report: the tables as Markdown, with the machine they are from and a chart beside them.
import { writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type Measurement, shareChart } from './chart.ts'
import { cellsOf, HEAD } from './table.ts'

export function writeReport(file: string, measurements: readonly Measurement[], conditions: readonly string[]): void {
  const chart = `${path.basename(file, '.md')}.svg`
  writeFileSync(path.join(path.dirname(file), chart), shareChart(measurements))
  writeFileSync(file, markdown(measurements, { chart, conditions }))
}

function markdown(measurements: readonly Measurement[], { chart, conditions }: { chart: string; conditions: readonly string[] }): string {
  const goals = measurements.flatMap(({ rows }) => rows.flatMap(({ goal }) => goal ?? []))
  const met = goals.filter((goal) => goal.met).length
  const [cpu] = os.cpus()
  const lines = [
    '# Bench report',
    '',
    'Written by `npm run bench -- --report`. Client, server and database share the machine, and other work may have: read ratios, not absolute rates.',
    '',
    `- ${new Date().toISOString().slice(0, 10)}, ${os.cpus().length} cores (${cpu?.model ?? 'unknown'}), ${Math.round(os.totalmem() / 1024 ** 3)} GB, Node ${process.versions.node}`,
    `- load average at the end: ${os
      .loadavg()
      .map((load) => load.toFixed(1))
      .join(', ')}`,
    ...conditions.map((condition) => `- ${condition}`),
    `- ${met} of ${goals.length} goals met`,
    '',
    `![Part of the limit that each scenario reaches](${chart})`,
    ...measurements.flatMap(({ title, rows }) => ['', `## ${title}`, '', ...table(rows.map(cellsOf))]),
    '',
  ]
  return lines.join('\n')
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(HEAD), `|${HEAD.map((_, i) => (i >= 1 && i <= 6 ? '--:' : '---')).join('|')}|`, ...rows.map(line)]
}
