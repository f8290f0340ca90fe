// What the database says at a moment at which nothing is being changed, read as its superuser and around everything of the product.
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'

export type UserRow = {
  readonly id: string
  readonly userName: string
  readonly title: string
  readonly active: boolean
  readonly version: number
  readonly accountId: string
  readonly status: string
  readonly epoch: number
  readonly liveKeys: number
  readonly liveSessions: number
}

export type AuditRow = {
  readonly id: string
  readonly action: string
  readonly target: string
  readonly member: string
  readonly title: string | null
  readonly unchanged: boolean
  readonly requestId: string
  /** Different for different facts of one request. */
  readonly fact: string
}

export type Snapshot = {
  /** By userName: those asked for. */
  readonly users: ReadonlyMap<string, UserRow>
  /** `group member` of every membership. */
  readonly edges: ReadonlySet<string>
  /** Successful changes over SCIM since the snapshot before, in the order they were written. */
  readonly audit: readonly AuditRow[]
  readonly totals: { readonly users: number; readonly names: number; readonly half: number }
}

/** Rows are dated when they are made, which is before they are committed. */
const OVERLAP_SECONDS = 300
const QUIET_MS_MAX = 30_000

export class Observer {
  /** The last audit row that was seen: at a quiet moment none below it can still be committed. */
  #seen = { id: '0', ts: new Date(0) }

  /** Waits until no session of the product is in a statement or a transaction, then reads. */
  async look(url: string, userNames: readonly string[]): Promise<Snapshot> {
    const client = new Client({ connectionString: url, application_name: 'chaos' })
    client.on('error', () => undefined)
    await client.connect()
    try {
      await quiet(client)
      return await this.#read(client, userNames)
    } finally {
      await client.end()
    }
  }

  async #read(client: Client, userNames: readonly string[]): Promise<Snapshot> {
    await client.query('begin isolation level repeatable read read only')
    const users = await client.query<UserRow>(USERS, [userNames])
    const edges = await client.query<{ edge: string }>(`select group_id || ' ' || member_id as edge from scim_group_members`)
    const audit = await client.query<AuditRow>(AUDIT, [this.#seen.id, new Date(this.#seen.ts.getTime() - OVERLAP_SECONDS * 1000)])
    const { rows } = await client.query<Snapshot['totals']>(TOTALS)
    const last = await client.query<{ id: string; ts: Date }>('select id::text, ts from audit_log order by ts desc, id desc limit 1')
    await client.query('commit')
    const newest = audit.rows.at(-1)?.id ?? this.#seen.id
    this.#seen = { id: newest, ts: last.rows[0]?.ts ?? this.#seen.ts }
    const [totals] = rows
    if (totals === undefined) throw new Error('A count without a row')
    return {
      users: new Map(users.rows.map((row) => [row.userName, row])),
      edges: new Set(edges.rows.map(({ edge }) => edge)),
      audit: audit.rows,
      totals,
    }
  }
}

const USERS = `
  select r.id::text, r.json::json ->> 'userName' as "userName", r.json::json ->> 'title' as title,
    (r.json::json ->> 'active')::boolean as active, r.version::int, a.id::text as "accountId", a.status, a.credential_epoch as epoch,
    (select count(*)::int from api_keys k where k.org_id = a.org_id and k.account_id = a.id and k.revoked_at is null) as "liveKeys",
    (select count(*)::int from sessions s where s.org_id = a.org_id and s.account_id = a.id and s.ended_at is null) as "liveSessions"
  from scim_resources r join accounts a on a.org_id = r.org_id and a.id = r.account_id
  where r.type = 'User' and r.unique_key = any ($1::text[])`

const AUDIT = `
  select id::text, action, coalesce(target ->> 'id', '') as target, coalesce(payload -> 'member' ->> 'id', '') as member,
    payload -> 'changes' -> 'title' ->> 'after' as title, coalesce((payload ->> 'unchanged')::boolean, false) as unchanged,
    coalesce(request_id, '') as "requestId", action || ' ' || target::text || ' ' || payload::text as fact
  from audit_log
  where id > $1::bigint and ts >= $2 and channel = 'scim' and outcome = 'success'
    and (action ~ '^scim\\.(user|group)\\.(create|update|disable|enable|delete|restore|member)' or action = 'account.disable')
  order by audit_log.id`

/** half: users whose three states do not agree, whoever they are. */
const TOTALS = `
  select (select count(*)::int from scim_resources where type = 'User') as users,
    (select count(distinct unique_key)::int from scim_resources where type = 'User') as names,
    (select count(*)::int from scim_resources r join accounts a on a.org_id = r.org_id and a.id = r.account_id
      where r.type = 'User' and ((r.json::json ->> 'active')::boolean <> (a.status = 'active')
        or a.status = 'disabled' and exists (select from api_keys k where k.org_id = a.org_id and k.account_id = a.id
          and k.revoked_at is null and k.credential_epoch = a.credential_epoch)
        or a.status = 'disabled' and exists (select from sessions s where s.org_id = a.org_id and s.account_id = a.id
          and s.ended_at is null and s.credential_epoch = a.credential_epoch))) as half`

async function quiet(client: Client): Promise<void> {
  for (const deadline = Date.now() + QUIET_MS_MAX; ; await delay(5)) {
    const { rows } = await client.query<{ busy: number }>(
      `select count(*)::int as busy from pg_stat_activity where application_name = 'plur' and state is distinct from 'idle'`,
    )
    if (rows[0]?.busy === 0) return
    if (Date.now() > deadline) throw new Error(`Sessions of the product are still busy after ${QUIET_MS_MAX / 1000} s without requests.`)
  }
}
