// Audit rows that may be written a little later: reads, and refused credentials. Bounded in memory; each second, at a number of rows and
// on shutdown they go to the database with one statement (design section 7). Rows of writes never come here.
import type { Work } from '../db/work.ts'
import type { Clock } from '../primitives/clock.ts'
import { appendEntries, type AuditEntry } from './append.ts'
import type { AuditContext, AuditEvent, AuthenticationFailure, Target } from './event.ts'

/** Rows kept in memory; past it the oldest go, and a row tells how many. */
const ROWS_MAX = 10_000
/** So many rows waiting are written at once, without waiting for the second to be over. */
const ROWS_AT_ONCE = 500
/** Rows of one statement. */
const ROWS_PER_STATEMENT = 1_000
const INTERVAL_MS = 1_000
/** Different failed authentications kept apart between two writes; past it they are counted together, without address. */
const FAILURES_MAX = 1_000

export type AuditBufferOptions = {
  readonly work: Work
  readonly clock: Clock
  /** Whether reads are recorded at all (PLUR_AUDIT_SCIM_READS). */
  readonly reads: boolean
  /** What else is due each time, after the rows; its failure does not hold them back. */
  readonly alongside: (work: Work) => Promise<void>
  /** Told when rows could not be written; they are kept and tried again. */
  readonly onError: (error: unknown) => void
  readonly rowsMax?: number
}

type Failure = { readonly entry: AuditEntry; readonly reason: AuthenticationFailure; times: number }

/** Rows of one organisation that were never written, and one of their contexts. */
type Dropped = { readonly context: AuditContext; count: number }

export class AuditBuffer {
  readonly #options: AuditBufferOptions
  #rows: AuditEntry[] = []
  #failures = new Map<string, Failure>()
  /** By organisation, what has been dropped since the last write. */
  #dropped = new Map<string, Dropped>()
  #droppedEver = 0
  #writing: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  /** The last write failed: the next attempt waits for the timer. */
  #stuck = false

  constructor(options: AuditBufferOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => this.#writeSoon(), INTERVAL_MS)
  }

  /** Writes what is left. Rejects when that fails; then the rows are lost. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#writing
    await this.flush()
  }

  /** Takes the row of a read, if reads are recorded. */
  recordRead(context: AuditContext, event: AuditEvent): void {
    if (this.#options.reads) this.record(context, event)
  }

  /** Takes a row that has no transaction of its own: a request refused before anything was done. */
  record(context: AuditContext, event: AuditEvent): void {
    if (this.#rows.length >= (this.#options.rowsMax ?? ROWS_MAX)) this.#dropOldest()
    this.#rows.push({ context, event, at: this.#options.clock.now() })
    if (this.#rows.length >= ROWS_AT_ONCE && !this.#stuck) this.#writeSoon()
  }

  /** Takes a failed authentication; equal ones from one address become one row with a count. */
  recordFailure(context: AuditContext, reason: AuthenticationFailure, target: Target): void {
    const full = this.#failures.size >= FAILURES_MAX
    const key = JSON.stringify([context.orgId, context.channel, reason, ...(full ? [] : [context.ip, target.id])])
    const known = this.#failures.get(key)
    if (known !== undefined) {
      known.times += 1
      return
    }
    const event: AuditEvent = {
      action: failureAction(context),
      target: full ? { kind: target.kind } : target,
      outcome: 'denied',
      payload: { reason, times: 1 },
    }
    const kept = full ? { ...context, ip: undefined, userAgent: undefined } : context
    this.#failures.set(key, { entry: { context: kept, event, at: this.#options.clock.now() }, reason, times: 1 })
  }

  /** For the metrics. */
  statistics(): { readonly waiting: number; readonly dropped: number } {
    return { waiting: this.#rows.length + this.#failures.size, dropped: this.#droppedEver }
  }

  /** Writes all rows that wait now. Rejects when the database refuses; the rows are then kept. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing.catch(() => undefined)
    this.#writing = this.#write()
    try {
      await this.#writing
    } finally {
      this.#writing = undefined
    }
  }

  #writeSoon(): void {
    if (this.#writing !== undefined) return
    this.flush().catch(this.#options.onError)
  }

  async #write(): Promise<void> {
    const { work, alongside, onError } = this.#options
    do {
      const rows = this.#rows.splice(0, ROWS_PER_STATEMENT)
      const failures = this.#failures
      const dropped = this.#dropped
      this.#failures = new Map()
      this.#dropped = new Map()
      try {
        await appendEntries(work.db, [...[...failures.values()].map(counted), ...rows, ...[...dropped.values()].map(overflow)])
        this.#stuck = false
      } catch (error) {
        this.#stuck = true
        this.#keep(rows, failures, dropped)
        throw error
      }
    } while (this.#rows.length >= ROWS_AT_ONCE)
    await alongside(work).catch(onError)
  }

  #keep(rows: readonly AuditEntry[], failures: ReadonlyMap<string, Failure>, dropped: ReadonlyMap<string, Dropped>): void {
    this.#rows.unshift(...rows)
    for (const [key, failure] of failures) {
      const newer = this.#failures.get(key)
      if (newer !== undefined) failure.times += newer.times
      this.#failures.set(key, failure)
    }
    for (const [orgId, { context, count }] of dropped) this.#countDropped(orgId, context, count)
    while (this.#rows.length > (this.#options.rowsMax ?? ROWS_MAX)) this.#dropOldest()
  }

  /** A tenth at once, so that a long outage does not move the whole array for every row. */
  #dropOldest(): void {
    const oldest = this.#rows.splice(0, Math.ceil(this.#rows.length / 10))
    this.#droppedEver += oldest.length
    for (const { context } of oldest) this.#countDropped(context.orgId, context, 1)
  }

  #countDropped(orgId: string, context: AuditContext, count: number): void {
    const known = this.#dropped.get(orgId)
    if (known === undefined) this.#dropped.set(orgId, { context, count })
    else known.count += count
  }
}

const failureAction = ({ channel }: AuditContext) => (channel === 'scim' ? 'scim.auth.failed' : 'auth.failed')

function counted({ entry, reason, times }: Failure): AuditEntry {
  const { target } = entry.event
  return { ...entry, event: { action: failureAction(entry.context), target, outcome: 'denied', payload: { reason, times } } }
}

function overflow({ context, count }: Dropped): AuditEntry {
  const { orgId, org, requestId } = context
  const event: AuditEvent = { action: 'audit.overflow', target: { kind: 'audit_log' }, outcome: 'failure', payload: { dropped: count } }
  return { context: { orgId, org, requestId, actor: { kind: 'system' }, channel: 'system' }, event }
}
