// The chart of the report, as SVG: which part of its limit each scenario reaches, size by size.
import { scaleBand, scaleLinear, scaleOrdinal } from 'd3-scale'
import type { Row } from './row.ts'

export type Measurement = { readonly title: string; readonly rows: readonly Row[] }

const [WIDTH, LEFT, RIGHT, BAR, TOP] = [1000, 290, 60, 14, 56]
/** Of a legend's text: room for the longest title there is. */
const LEGEND_WIDTH = 410
const COLOURS = ['#4c6ef5', '#12b886', '#fab005', '#e64980']

/** What was held against no limit has no place in it. */
export function shareChart(all: readonly Measurement[]): string {
  const measurements = all.filter(({ rows }) => rows.some(({ share }) => share !== undefined))
  const names = [
    ...new Set(measurements.flatMap(({ rows }) => rows.filter(({ share }) => share !== undefined).map(({ name }) => withoutSize(name)))),
  ]
  const titles = measurements.map(({ title }) => title)
  const height = TOP + 20 + names.length * (titles.length * BAR + 10)
  const x = scaleLinear()
    .domain([0, 1])
    .range([LEFT, WIDTH - RIGHT])
    .clamp(true)
  const y = scaleBand()
    .domain(names)
    .range([TOP, height - 20])
    .padding(0.2)
  const inner = scaleBand().domain(titles).range([0, y.bandwidth()]).padding(0.1)
  const colour = scaleOrdinal<string, string>().domain(titles).range(COLOURS)
  const bars = measurements.flatMap(({ title, rows }) =>
    rows.flatMap(({ name, share }) => {
      if (share === undefined) return []
      const top = (y(withoutSize(name)) ?? 0) + (inner(title) ?? 0)
      const middle = top + inner.bandwidth() / 2
      return [
        `<rect x="${LEFT}" y="${round(top)}" width="${round(x(share) - LEFT)}" height="${round(inner.bandwidth())}" fill="${colour(title)}"/>`,
        `<text x="${round(x(share) + 4)}" y="${round(middle)}" dominant-baseline="central">${(share * 100).toFixed(0)} %</text>`,
      ]
    }),
  )
  const labels = names.map(
    (name) =>
      `<text x="${LEFT - 8}" y="${round((y(name) ?? 0) + y.bandwidth() / 2)}" text-anchor="end" dominant-baseline="central">${escaped(name)}</text>`,
  )
  const ticks = x
    .ticks(5)
    .map(
      (tick) =>
        `<line x1="${round(x(tick))}" x2="${round(x(tick))}" y1="${TOP}" y2="${height - 20}" stroke="#ced4da"/><text x="${round(x(tick))}" y="${height - 6}" text-anchor="middle">${(tick * 100).toFixed(0)} %</text>`,
    )
  const legend = titles.map((title, i) => {
    const top = 10 + (i % 2) * 20
    const left = 20 + Math.floor(i / 2) * (LEGEND_WIDTH + 20)
    return `<rect x="${left}" y="${top}" width="12" height="12" fill="${colour(title)}"/><text x="${left + 18}" y="${top + 6}" dominant-baseline="central">${escaped(title)}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" role="img">
<title>Part of the limit measured in the same run</title><rect width="100%" height="100%" fill="#fff"/>
${[...ticks, ...bars, ...labels, ...legend].join('\n')}
</svg>
`
}

/** The same scenario on directories of different sizes has one place. */
const withoutSize = (name: string) => name.replace(/ of \d+/, '')
const round = (value: number) => Math.round(value * 10) / 10
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
