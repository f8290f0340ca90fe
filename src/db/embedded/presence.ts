// Who uses the server. Each of our processes holds a shared advisory lock in the database `postgres`; a killed process loses it by
// itself. Who leaves and then gets the lock alone was the last and stops the server.
import { setTimeout as delay } from 'node:timers/promises'
import { DatabaseError } from 'pg'
import { endsSession } from '../failures.ts'
import { ensureServer } from './ensure.ts'
import { EmbeddedPostgresError } from './failure.ts'
import { type Joined, type Server, stopServer } from './server.ts'

/** Any number nobody else uses in that database. */
const PRESENCE_LOCK = '5076512983461'
const RETRY_MS_MIN = 50
const RETRY_MS_MAX = 5_000
const RESTART_MS_MAX = 60_000

/** One process's hold on the server: lost with the server, it is taken again with the next one, which it starts if need be. */
export class Presence {
  readonly #server: Server
  #joined: Joined
  #leaving = false
  #rejoining: Promise<void> = Promise.resolve()

  private constructor(server: Server, joined: Joined) {
    this.#server = server
    this.#joined = joined
    this.#watch()
  }

  /** Joins or starts the server and holds on to it. Throws EmbeddedPostgresError. */
  static async join(server: Server): Promise<Presence> {
    return new Presence(server, await hold(server))
  }

  get joined(): Joined {
    return this.#joined
  }

  /** How many other processes of ours use the server. */
  async others(): Promise<number> {
    const { rows } = await this.#joined.session.query<{ holders: number }>(
      `select count(*)::int as holders from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database
        where datname = current_database()) and (classid::bigint << 32) | objid::bigint = ${PRESENCE_LOCK}`,
    )
    return (rows[0]?.holders ?? 1) - 1
  }

  /** Stops the server for all and returns when it is back, started anew. */
  async restart(): Promise<void> {
    const before = this.#joined
    await stopServer(this.#server)
    for (const deadline = Date.now() + RESTART_MS_MAX; this.#joined === before; await delay(RETRY_MS_MIN))
      if (Date.now() > deadline || this.#leaving) throw new EmbeddedPostgresError('the server was stopped and does not come back.')
  }

  /** Lets go, and stops the server when nobody else holds on to it. */
  async leave(): Promise<void> {
    this.#leaving = true
    await this.#rejoining
    const { session } = this.#joined
    if (await isLast(this.#joined)) {
      const gone = await stopServer(this.#server)
      this.#server.log({
        kind: 'stopped',
        level: gone ? 'info' : 'warn',
        message: gone
          ? `stopped the server of ${this.#server.home.cluster}`
          : `the server of ${this.#server.home.cluster} is still stopping`,
      })
    } else this.#server.log({ kind: 'left', level: 'info', message: `left the server of ${this.#server.home.cluster} to others` })
    await session.end()
  }

  #watch(): void {
    this.#joined.session.once('end', () => {
      if (!this.#leaving) this.#rejoining = this.#rejoin()
    })
  }

  async #rejoin(): Promise<void> {
    this.#server.log({ kind: 'lost', level: 'warn', message: `the server of ${this.#server.home.cluster} went away; joining it again` })
    for (let wait = RETRY_MS_MIN; !this.#leaving; wait = Math.min(wait * 2, RETRY_MS_MAX)) {
      try {
        this.#joined = await hold(this.#server)
        this.#watch()
        return
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        this.#server.log({ kind: 'lost', level: 'warn', message: `trying again in ${wait} ms: ${reason}` })
        await delay(wait)
      }
    }
  }
}

/** Joins until the lock is ours: whoever stops the server holds it alone, and ends our session a moment later. */
async function hold(server: Server): Promise<Joined> {
  for (;;) {
    const joined = await ensureServer(server)
    try {
      await joined.session.query(`select pg_advisory_lock_shared(${PRESENCE_LOCK})`)
      return joined
    } catch (error) {
      await joined.session.end()
      if (error instanceof DatabaseError && !endsSession(error, true)) throw error
    }
  }
}

/** Lets go first: two who leave at once and both still held on would each think that the other stays. */
async function isLast({ session }: Joined): Promise<boolean> {
  try {
    await session.query(`select pg_advisory_unlock_shared(${PRESENCE_LOCK})`)
    const { rows } = await session.query<{ alone: boolean }>(`select pg_try_advisory_lock(${PRESENCE_LOCK}) as alone`)
    return rows[0]?.alone === true
  } catch {
    // The server is gone already.
    return false
  }
}
