// Prometheus metrics: how requests go and how the process is. No label comes from a client, so there are few series and no personal data.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Exchange } from './http/rim.ts'

export type Gauges = {
  readonly pool: () => { readonly open: number; readonly idle: number; readonly waiting: number }
  readonly audit: () => { readonly waiting: number; readonly dropped: number }
}

export type Metrics = {
  readonly exchange: (exchange: Exchange) => void
  /** The text that Prometheus reads. */
  readonly expose: () => Promise<string>
  readonly contentType: string
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

export function createMetrics(gauges: Gauges, options: { process: boolean }): Metrics {
  const register = new Registry()
  const registers = [register]
  const durations = new Histogram({
    name: 'plur_http_request_duration_seconds',
    help: 'From the request head to the last byte of the response.',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  })
  const aborted = new Counter({
    name: 'plur_http_requests_aborted_total',
    help: 'Requests whose client left before the response was complete.',
    labelNames: ['route'],
    registers,
  })
  gauge(register, 'plur_db_connections_open', 'Connections to the database.', () => gauges.pool().open)
  gauge(register, 'plur_db_connections_idle', 'Connections that nothing runs on.', () => gauges.pool().idle)
  gauge(register, 'plur_db_requests_waiting', 'Requests that wait for a connection.', () => gauges.pool().waiting)
  gauge(register, 'plur_audit_rows_waiting', 'Audit rows of reads and refusals not written yet.', () => gauges.audit().waiting)
  gauge(
    register,
    'plur_audit_rows_dropped',
    'Audit rows of reads dropped since the start, because the database did not take them.',
    () => gauges.audit().dropped,
  )
  if (options.process) collectDefaultMetrics({ register })
  return {
    exchange({ route = 'unknown', method, status, ms, aborted: left }) {
      durations.observe({ route, method: METHODS.has(method) ? method : 'other', status }, ms / 1000)
      if (left) aborted.inc({ route })
    },
    expose: () => register.metrics(),
    contentType: register.contentType,
  }
}

function gauge(register: Registry, name: string, help: string, read: () => number): void {
  register.registerMetric(
    new Gauge({
      name,
      help,
      registers: [],
      collect() {
        this.set(read())
      },
    }),
  )
}
