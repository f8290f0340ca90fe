// Stacked bars over time as SVG made on the server: seen without script, by printers and, as a table, by screen readers.
import { scaleBand, scaleLinear } from 'd3-scale'
import { stack } from 'd3-shape'

export type Series = { readonly name: string; readonly tone: 'good' | 'warn' | 'bad' | 'info' }

export type Bar = {
  /** What the bar is about. */
  readonly label: string
  /** Shown below the bar. Where no bar has one, labels are shown, only some when there are many. */
  readonly tick?: string | undefined
  /** By series name. */
  readonly values: Readonly<Record<string, number>>
  /** What the bar stands for, one by one. */
  readonly href?: string
}

export type BarChartProps = { readonly title: string; readonly series: readonly Series[]; readonly bars: readonly Bar[] }

const WIDTH = 720
const HEIGHT = 200
const MARGIN = { top: 8, right: 8, bottom: 24, left: 56 }
const LABELS_MAX = 10
/** A text in the middle of a bar this near to the right edge would be cut. */
const EDGE = 40
const BAR_WIDTH_MAX = 56

export function BarChart({ title, series, bars }: BarChartProps) {
  const totals = bars.map(({ values }) => series.reduce((sum, { name }) => sum + (values[name] ?? 0), 0))
  const y = scaleLinear([0, Math.max(1, ...totals)], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice(4)
  const x = scaleBand(
    bars.map((_, i) => i),
    [MARGIN.left, WIDTH - MARGIN.right],
  ).paddingInner(0.25)
  const width = Math.min(x.bandwidth(), BAR_WIDTH_MAX)
  const left = (i: number) => (x(i) ?? 0) + (x.bandwidth() - width) / 2
  const layers = stack<unknown, Bar, string>()
    .keys(series.map(({ name }) => name))
    .value(({ values }, name) => values[name] ?? 0)([...bars])
  // A picture cannot hold links; the table below it does.
  const linked = bars.some(({ href }) => href !== undefined)
  const described = linked
    ? ({ 'aria-hidden': 'true' } as const)
    : { role: 'img' as const, 'aria-label': `${title}. The table below has the numbers.` }
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} {...described}>
        {y.ticks(4).map((tick) => (
          <g key={tick}>
            <line class="chart-grid" x1={MARGIN.left} x2={WIDTH - MARGIN.right} y1={y(tick)} y2={y(tick)} />
            <text class="chart-tick" x={MARGIN.left - 6} y={y(tick)} dy="0.32em" text-anchor="end">
              {tick.toLocaleString('en')}
            </text>
          </g>
        ))}
        {layers.map((layer, s) =>
          layer.map(([low, high], i) =>
            high > low ? (
              <rect
                key={`${s}-${i}`}
                class={`bar-${series[s]?.tone ?? 'info'}`}
                x={left(i)}
                y={y(low) - heightOf(y(low) - y(high))}
                width={width}
                height={heightOf(y(low) - y(high))}
              >
                <title>{`${bars[i]?.label ?? ''}: ${high - low} ${series[s]?.name ?? ''}`}</title>
              </rect>
            ) : null,
          ),
        )}
        {bars.map(({ label, href }, i) =>
          href === undefined ? null : (
            // For the mouse; the table has the same for the keyboard and for screen readers.
            <a key={label} href={href} tabIndex={-1}>
              <rect class="chart-hit" x={left(i)} y={MARGIN.top} width={width} height={HEIGHT - MARGIN.top - MARGIN.bottom}>
                <title>{summaryOf(series, bars[i])}</title>
              </rect>
            </a>
          ),
        )}
        {ticksOf(bars).map(({ text, i }, n) => {
          const middle = (x(i) ?? 0) + x.bandwidth() / 2
          const atEdge = middle > WIDTH - EDGE
          return (
            <text
              key={i}
              class={n % 3 === 0 ? 'chart-tick' : 'chart-tick minor'}
              x={atEdge ? WIDTH : middle}
              y={HEIGHT - 6}
              text-anchor={atEdge ? 'end' : 'middle'}
            >
              {text}
            </text>
          )
        })}
      </svg>
      <figcaption>
        {series.map(({ name, tone }) => (
          <span key={name} class={`legend bar-${tone}`}>
            {name}
          </span>
        ))}
        <Numbers title={title} series={series} bars={bars} />
      </figcaption>
    </figure>
  )
}

function ticksOf(bars: readonly Bar[]): readonly { readonly text: string; readonly i: number }[] {
  const given = bars.flatMap(({ tick }, i) => (tick === undefined ? [] : [{ text: tick, i }]))
  const every = Math.max(1, Math.ceil(bars.length / LABELS_MAX))
  return given.length > 0 ? given : bars.flatMap(({ label }, i) => (i % every === 0 ? [{ text: label, i }] : []))
}

/** One among thousands is seen, too. */
const heightOf = (height: number): number => Math.max(height, 1.5)

function summaryOf(series: readonly Series[], bar: Bar | undefined): string {
  return `${bar?.label ?? ''}: ${series.map(({ name }) => `${(bar?.values[name] ?? 0).toLocaleString('en')} ${name}`).join(', ')}`
}

function Numbers({ title, series, bars }: BarChartProps) {
  return (
    <details class="chart-numbers">
      <summary>Numbers</summary>
      <table>
        <caption class="unseen">{title}</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {series.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {bars.map(({ label, values, href }) => (
            <tr key={label}>
              <th scope="row">{href === undefined ? label : <a href={href}>{label}</a>}</th>
              {series.map(({ name }) => (
                <td key={name}>{values[name] ?? 0}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}
