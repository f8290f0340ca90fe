// The SQL of engrams. Every statement is bound to the scopes it is given; whoever calls has decided them, for writes in this transaction.
import { type RawBuilder, sql } from 'kysely'
import type { Work } from '../db/work.ts'
import {
  changed,
  contentHash,
  createHashOf,
  type Engram,
  type EngramChange,
  type EngramContent,
  type Signal,
  type Status,
} from './engram.ts'
import { memoryId } from './ids.ts'
import { idsOf, type Within } from './place.ts'

/** All columns that make an Engram, of the table `e`. */
export const ENGRAM = sql`e.id, e.scope_id::text as "scopeId", e.status, e.type, e.statement, e.pinned, e.data, e.content_hash as "contentHash",
  e.retrieval_strength as "retrievalStrength", e.storage_strength as "storageStrength", e.frequency, e.last_accessed::text as "lastAccessed",
  e.positive, e.negative, e.neutral, e.write_count as "writeCount", e.version, e.created_at as "createdAt", e.updated_at as "updatedAt"`

/** What feedback does to the strength, as clients do it to their own (contract 5.4). */
const STRENGTH: Readonly<Record<Signal, number>> = { positive: 0.05, negative: -0.1, neutral: 0 }
/** Two of the same id on one day are as good as impossible; more than a few in a row are. */
const ID_ATTEMPTS = 5

/** The rows of an organisation in the given scopes. */
const inside = ({ orgId, scopes }: Within): RawBuilder<unknown> =>
  sql`e.org_id = ${orgId}::uuid and e.scope_id = any (${idsOf(scopes)}::uuid[])`

export type EngramCreate = {
  readonly orgId: string
  readonly authorId: string
  readonly scopeId: string
  readonly content: EngramContent
  readonly now: Date
}

/**
 * Keeps a new engram. The same create sent again finds what it made: clients repeat what they got no answer to. Call it in the
 * transaction that decided that the scope may be written.
 */
export async function createEngram(work: Work, create: EngramCreate): Promise<{ readonly engram: Engram; readonly created: boolean }> {
  const { orgId, authorId, scopeId, content, now } = create
  const createdFrom = createHashOf(content)
  const { rows } = await sql<Engram>`
    update engrams e set write_count = e.write_count + 1
    where (e.org_id, e.id) = (
      select s.org_id, s.id from engrams s
      where s.org_id = ${orgId}::uuid and s.scope_id = ${scopeId}::uuid and s.created_from = ${createdFrom} and s.author_id = ${authorId}::uuid
        and s.status <> 'retired'
      order by s.seq limit 1)
    returning ${ENGRAM}`.execute(work.db)
  const [known] = rows
  if (known !== undefined) return { engram: known, created: false }
  for (let attempt = 0; attempt < ID_ATTEMPTS; attempt++) {
    const { rows: made } = await sql<Engram>`
      insert into engrams as e (org_id, id, scope_id, author_id, type, statement, pinned, data, content_hash, created_from)
      values (${orgId}::uuid, ${memoryId('ENG', now)}, ${scopeId}::uuid, ${authorId}::uuid, ${content.type}, ${content.statement}, ${content.pinned},
        ${JSON.stringify(content.data)}::jsonb, ${contentHash(content.statement)}, ${createdFrom})
      on conflict (org_id, id) do nothing
      returning ${ENGRAM}`.execute(work.db)
    if (made[0] !== undefined) return { engram: made[0], created: true }
  }
  throw new Error('no free engram id was found')
}

/** The engram, retired ones included, if it is in one of the scopes. */
export async function findEngram(work: Work, within: Within & { readonly id: string }): Promise<Engram | undefined> {
  const { rows } = await sql<Engram>`select ${ENGRAM} from engrams e where ${inside(within)} and e.id = ${within.id}`.execute(work.db)
  return rows[0]
}

/** The same, locked for the rest of the transaction. */
export async function lockEngram(work: Work, within: Within & { readonly id: string }): Promise<Engram | undefined> {
  const { rows } = await sql<Engram>`select ${ENGRAM} from engrams e where ${inside(within)} and e.id = ${within.id} for update`.execute(
    work.db,
  )
  return rows[0]
}

export type EngramPage = { readonly engrams: readonly Engram[]; readonly total: number }

/** One page in the order of creation, and how many there are. */
export async function listEngrams(
  work: Work,
  list: Within & { readonly statuses: readonly Status[]; readonly limit: number; readonly offset: number },
): Promise<EngramPage> {
  if (list.scopes.length === 0) return { engrams: [], total: 0 }
  const matching = sql`${inside(list)} and e.status = any (${list.statuses}::text[])`
  const { rows } = await sql<Engram>`
    select ${ENGRAM} from engrams e where ${matching} order by e.seq limit ${list.limit} offset ${list.offset}`.execute(work.db)
  if (rows.length < list.limit && (rows.length > 0 || list.offset === 0)) return { engrams: rows, total: list.offset + rows.length }
  const { rows: counts } = await sql<{ total: number }>`select count(*)::integer as total from engrams e where ${matching}`.execute(work.db)
  return { engrams: rows, total: counts[0]?.total ?? 0 }
}

/** Changes an engram that this transaction has locked. Content that stays the same keeps its version and its time. */
export async function changeEngram(
  work: Work,
  orgId: string,
  { engram, change }: { engram: Engram; change: EngramChange },
): Promise<Engram> {
  const content = changed(engram, change)
  const { rows } = await sql<Engram>`
    update engrams e set status = ${change.status ?? engram.status}, type = ${content.type}, statement = ${content.statement},
      pinned = ${content.pinned}, data = n.data, content_hash = ${contentHash(content.statement)}, created_from = null,
      version = e.version + case when n.is_new then 1 else 0 end,
      updated_at = case when n.is_new or e.status <> ${change.status ?? engram.status} then greatest(clock_timestamp(), e.updated_at) else e.updated_at end
    from (
      select d.data, (o.statement, o.type, o.pinned, o.data) is distinct from (${content.statement}::text, ${content.type}::text, ${content.pinned}::boolean, d.data) as is_new
      from engrams o cross join (select ${JSON.stringify(content.data)}::jsonb as data) d
      where o.org_id = ${orgId}::uuid and o.id = ${engram.id}
    ) n
    where e.org_id = ${orgId}::uuid and e.id = ${engram.id}
    returning ${ENGRAM}`.execute(work.db)
  return only(rows)
}

/** Counts a reader's judgement; it moves the strength and not the content. The engram is locked by this transaction. */
export async function addFeedback(work: Work, orgId: string, { id, signal }: { id: string; signal: Signal }): Promise<Engram> {
  const { rows } = await sql<Engram>`
    update engrams e set positive = e.positive + ${signal === 'positive' ? 1 : 0}, negative = e.negative + ${signal === 'negative' ? 1 : 0},
      neutral = e.neutral + ${signal === 'neutral' ? 1 : 0}, frequency = e.frequency + 1, last_accessed = current_date,
      retrieval_strength = least(1, greatest(0, e.retrieval_strength + ${STRENGTH[signal]}::real))
    where e.org_id = ${orgId}::uuid and e.id = ${id}
    returning ${ENGRAM}`.execute(work.db)
  return only(rows)
}

function only(rows: readonly Engram[]): Engram {
  const [row] = rows
  if (row === undefined) throw new Error('an engram that was locked is gone')
  return row
}
