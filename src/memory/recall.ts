// Full-text recall: the words of a question, any of them, ranked; only inside the scopes that were decided before.
import { sql } from 'kysely'
import type { Work } from '../db/work.ts'
import type { Engram } from './engram.ts'
import { ENGRAM } from './engrams.ts'
import { idsOf, type Within } from './place.ts'

export const RECALL_LIMIT_MAX = 100
export const RECALL_LIMIT_DEFAULT = 20
/** UTF-16 units; where the published client cuts. */
export const QUERY_LENGTH_MAX = 1_000
/** The whole answer; the published client takes a larger one for an outage (contract 5.5). */
export const RECALL_BYTES_MAX = 128 * 1024

export type Recalled = Engram & {
  /** 0 to 1. */
  readonly score: number
}

/**
 * Active engrams that hold a word of the query, best first. A match counts most in the statement, then in tags, domain and summary, then
 * in the rationale; what proved useful counts a little more. Equal scores: the newest first. A query without a word finds nothing.
 */
export async function recall(
  work: Work,
  search: Within & { readonly query: string; readonly limit: number },
): Promise<readonly Recalled[]> {
  const { orgId, scopes, limit } = search
  const words = plain(search.query)
  if (scopes.length === 0 || words === '') return []
  // The words come from PostgreSQL's own parser and are quoted one by one, so that no character of a query is ever an operator.
  const { rows } = await sql<Recalled>`
    with question as (
      select string_agg('''' || replace(replace(lexeme, '\\', '\\\\'), '''', '''''') || '''', ' | ')::tsquery as words
      from unnest(to_tsvector('pg_catalog.english', ${words}::text))
    ), found as (
      select e.id, e.seq, round(ts_rank('{0.1, 0.3, 0.6, 1.0}', e.search, q.words, 1 | 32) * (0.5 + 0.5 * e.retrieval_strength) * 1e6) / 1e6 as score
      from engrams e cross join question q
      where e.org_id = ${orgId}::uuid and e.scope_id = any (${idsOf(scopes)}::uuid[]) and e.status = 'active' and e.search @@ q.words
      order by score desc, e.seq desc limit ${limit}
    )
    select ${ENGRAM}, f.score from found f join engrams e on e.org_id = ${orgId}::uuid and e.id = f.id
    order by f.score desc, f.seq desc`.execute(work.db)
  return rows
}

/** U+0000 and half characters, which no text column can hold, separate words like a space. */
const plain = (query: string): string => query.toWellFormed().replaceAll('\u0000', ' ').trim()

/** As many of the results, each already JSON, as fit into `bytesMax` together with their commas. A result too long is left out alone. */
export function fitting(results: readonly string[], bytesMax: number): readonly string[] {
  const kept: string[] = []
  let bytes = 0
  for (const result of results) {
    const more = Buffer.byteLength(result) + 1
    if (bytes + more > bytesMax) continue
    bytes += more
    kept.push(result)
  }
  return kept
}
