// Whether the audit log is still what it claims to be: append-only, whole by the month, and ready for the rows to come. What a database
// cannot show by itself (that nobody with the rights of its owner was here) is said as well.
import { type RawBuilder, sql } from 'kysely'
import { isRefusedByPrivilege } from '../db/failures.ts'
import type { Work } from '../db/work.ts'

export type Finding = {
  readonly check: string
  /** `note`: nothing is wrong, but it should be known. */
  readonly state: 'ok' | 'note' | 'problem'
  readonly detail: string
}

/** Looks at the whole log of the deployment, whatever the organisation; changes nothing. */
export async function verifyAuditLog(work: Work): Promise<readonly Finding[]> {
  const facts = await readFacts(work)
  return [
    checkTriggers(facts),
    await checkRefusal(work),
    checkRights(facts),
    checkMonths(facts),
    checkBeginning(facts),
    checkDefault(facts),
    checkFuture(facts),
  ]
}

type Facts = {
  readonly role: string
  readonly owns: boolean
  /** Rights that the role should not have, such as `update of audit_log`. */
  readonly excess: readonly string[]
  /** The whole and each of its partitions. */
  readonly tables: readonly { readonly name: string; readonly month: string | null; readonly guarded: boolean }[]
  readonly thisMonth: string
  /** The month of the oldest organisation. */
  readonly firstMonth: string | null
  /** Months that retention let go, as far as the log still tells. */
  readonly dropped: readonly string[]
  /** Of rows that no month's partition took. */
  readonly strayBytes: number
}

async function readFacts(work: Work): Promise<Facts> {
  const { rows } = await sql<Facts>`
    with parts as (
      select 'audit_log'::regclass::oid as oid union all select inhrelid from pg_inherits where inhparent = 'audit_log'::regclass
    ), tables as (
      select c.oid, c.relname::text as name, substring(c.relname from '^audit_log_([0-9]{4}_[0-9]{2})$') as month,
        exists (select from pg_trigger t join pg_proc f on f.oid = t.tgfoid
          where t.tgrelid = c.oid and t.tgname = 'audit_log_append_only' and t.tgenabled in ('O', 'A') and f.proname = 'audit_log_refuse') as guarded
      from parts join pg_class c on c.oid = parts.oid
    )
    select current_user::text as role, (select pg_has_role(relowner, 'usage') from pg_class where oid = 'audit_log'::regclass) as owns,
      array(select r || ' of ' || t.name from tables t, unnest(array['update', 'delete', 'truncate']) r where has_table_privilege(t.oid, r)) as excess,
      (select json_agg(json_build_object('name', name, 'month', replace(month, '_', '-'), 'guarded', guarded) order by name) from tables) as tables,
      to_char(now() at time zone 'UTC', 'YYYY-MM') as "thisMonth",
      (select to_char(min(created_at) at time zone 'UTC', 'YYYY-MM') from orgs) as "firstMonth",
      array(select target ->> 'name' from audit_log where org_id = (select org_id from orgs order by created_at, org_id limit 1)
        and channel = 'system' and outcome = 'success' and action = 'audit.retention') as dropped,
      pg_relation_size('audit_log_default')::float8 as "strayBytes"`.execute(work.db)
  const [facts] = rows
  if (facts === undefined) throw new Error('the catalogue of the database returned no row')
  return facts
}

function checkTriggers({ tables }: Facts): Finding {
  const check = 'a trigger refuses changes'
  const open = tables.filter(({ guarded }) => !guarded).map(({ name }) => name)
  if (open.length === 0) return { check, state: 'ok', detail: `on the log and its ${tables.length - 1} partitions` }
  return { check, state: 'problem', detail: `missing, changed or switched off on ${open.join(', ')}` }
}

/** Tries it on the newest row, through the log and at its partition, in transactions that are undone whatever happens. */
async function checkRefusal(work: Work): Promise<Finding> {
  const check = 'changes are refused when tried'
  const { rows } = await sql<{ partition: string; org: string; ts: string; id: string }>`
    select tableoid::regclass::text as partition, org_id::text as org, ts::text, id::text from audit_log
    order by org_id desc, ts desc, id desc limit 1`.execute(work.db)
  const [row] = rows
  if (row === undefined) return { check, state: 'note', detail: 'the log is empty' }
  const isRow = sql`org_id = ${row.org}::uuid and ts = ${row.ts}::timestamptz and id = ${row.id}::bigint`
  for (const table of ['audit_log', row.partition]) {
    for (const attempt of [sql`update ${sql.ref(table)} set org = org where ${isRow}`, sql`delete from ${sql.ref(table)} where ${isRow}`]) {
      if (!(await isRefused(work, attempt))) return { check, state: 'problem', detail: `a row of ${table} could be changed or deleted` }
    }
  }
  return { check, state: 'ok', detail: `updates and deletions of the newest row, in ${row.partition}` }
}

class Undo extends Error {}

async function isRefused(work: Work, statement: RawBuilder<unknown>): Promise<boolean> {
  try {
    await work.atomically(async (tx) => {
      await statement.execute(tx.db)
      throw new Undo()
    })
  } catch (error) {
    if (error instanceof Undo) return false
    if (isRefusedByPrivilege(error)) return true
    throw error
  }
  return false
}

function checkRights({ role, owns, excess }: Facts): Finding {
  const check = 'the role may only read and append'
  if (owns)
    return {
      check,
      state: 'note',
      detail: `${role} owns the log, and an owner can lift what protects it: let the server work as a role that owns nothing`,
    }
  if (excess.length > 0) return { check, state: 'problem', detail: `${role} has the right to ${excess.join(', ')}` }
  return { check, state: 'ok', detail: `${role} owns nothing and may not update, delete or truncate` }
}

function checkMonths({ tables }: Facts): Finding {
  const check = 'no month is missing'
  const months = monthsOf(tables)
  const [first, last] = [months[0], months.at(-1)]
  if (first === undefined || last === undefined) return { check, state: 'problem', detail: 'the log has no monthly partition' }
  const gaps = monthsBetween(first, last).filter((month) => !months.includes(month))
  if (gaps.length === 0) return { check, state: 'ok', detail: `a partition for each month from ${first} to ${last}` }
  return { check, state: 'problem', detail: `between ${first} and ${last} there is no partition for ${gaps.join(', ')}` }
}

/** Retention goes month by month, and the row that tells of the latest one outlives it: only that one has to be told. */
function checkBeginning({ tables, firstMonth, dropped }: Facts): Finding {
  const check = 'the beginning is accounted for'
  const [first] = monthsOf(tables)
  if (first === undefined || firstMonth === null || firstMonth >= first) {
    return { check, state: 'ok', detail: `the log reaches back to the first organisation, ${firstMonth ?? 'none yet'}` }
  }
  if (dropped.some((month) => following(month) === first)) {
    return { check, state: 'ok', detail: `months before ${first} went by retention, which the log tells` }
  }
  return {
    check,
    state: 'problem',
    detail: `the first organisation is of ${firstMonth}, and nothing tells what became of the months before ${first}`,
  }
}

function checkDefault({ strayBytes }: Facts): Finding {
  const check = 'every row lies in its month'
  if (strayBytes === 0) return { check, state: 'ok', detail: 'the partition for the rest is empty' }
  return { check, state: 'note', detail: `${strayBytes} bytes of rows lie in audit_log_default, which retention never lets go` }
}

function checkFuture({ tables, thisMonth }: Facts): Finding {
  const check = 'the next rows have a place'
  const months = monthsOf(tables)
  const [now, next] = monthsBetween(thisMonth, '9999-12', 2)
  const missing = [now, next].filter((month) => month !== undefined && !months.includes(month))
  if (missing.length === 0) return { check, state: 'ok', detail: `partitions up to ${months.at(-1) ?? ''}` }
  return { check, state: 'problem', detail: `no partition for ${missing.join(', ')}; the server makes them when it starts, and daily` }
}

const monthsOf = (tables: Facts['tables']): readonly string[] => tables.flatMap(({ month }) => month ?? []).sort()

/** Both ends included. */
function monthsBetween(first: string, last: string, max = 12 * 200): readonly string[] {
  const months: string[] = []
  for (let month = first; month <= last && months.length < max; month = following(month)) months.push(month)
  return months
}

function following(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`
}
