// What becomes of memories when a person goes for good (design section 5), or turns out to have two accounts. Each function belongs into
// the transaction that changes the account, before its row goes; what it returns are counts for the audit row.
import { type RawBuilder, sql } from 'kysely'
import type { Work } from '../db/work.ts'

/** An account; the id of its own scope is its id. */
export type Owner = { readonly orgId: string; readonly accountId: string }

export type Erased = { readonly engrams: number; readonly episodes: number }

/** Removes everything in the person's own scope, whoever wrote it, and the person's episodes. Nothing else holds their text. */
export async function eraseOwn(work: Work, { orgId, accountId }: Owner): Promise<Erased> {
  const { rows } = await sql<Erased>`
    with own as (delete from engrams where org_id = ${orgId}::uuid and scope_id = ${accountId}::uuid returning 1),
    told as (delete from episodes where org_id = ${orgId}::uuid and account_id = ${accountId}::uuid returning 1)
    select (select count(*)::integer from own) as engrams, (select count(*)::integer from told) as episodes`.execute(work.db)
  return first(rows)
}

/** What in an engram says who said it, beside the statement itself. */
const ATTRIBUTION = sql`'{attribution,provenance,sources,source,episode_ids,episodic}'::text[]`

/**
 * Gives what the person wrote into scopes that are not their own to the organisation's placeholder identity, and takes out of it what
 * says who said it. The statement stays, and so do scope, strength and times.
 */
export async function reassignShared(work: Work, { orgId, accountId, placeholderId }: Owner & { placeholderId: string }): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    with passed as (
      update engrams e set author_id = ${placeholderId}::uuid, data = e.data - ${ATTRIBUTION}, created_from = null
      where e.org_id = ${orgId}::uuid and e.author_id = ${accountId}::uuid and e.scope_id <> ${accountId}::uuid
      returning 1
    )
    select count(*)::integer as count from passed`.execute(work.db)
  return first(rows).count
}

/** Takes the memories of one account over to another of the same person: its own scope, its authorship, its episodes. */
export async function moveOwn(work: Work, { orgId, fromId, toId }: { orgId: string; fromId: string; toId: string }): Promise<Erased> {
  const { rows } = await sql<Erased>`
    with own as (
      update engrams e set author_id = case when e.author_id = ${fromId}::uuid then ${toId}::uuid else e.author_id end,
        scope_id = case when e.scope_id = ${fromId}::uuid then ${toId}::uuid else e.scope_id end
      where e.org_id = ${orgId}::uuid and (e.author_id = ${fromId}::uuid or e.scope_id = ${fromId}::uuid)
      returning 1
    ),
    told as (update episodes set account_id = ${toId}::uuid where org_id = ${orgId}::uuid and account_id = ${fromId}::uuid returning 1)
    select (select count(*)::integer from own) as engrams, (select count(*)::integer from told) as episodes`.execute(work.db)
  return first(rows)
}

export type DeletePreview = {
  /** Would be removed. */
  readonly ownEngrams: number
  readonly episodes: number
  /** Would pass to the placeholder identity. */
  readonly sharedEngrams: number
}

/** What a hard deletion of the account would do to its memories. */
export async function deletePreview(work: Work, { orgId, accountId }: Owner): Promise<DeletePreview> {
  const count = (table: RawBuilder<unknown>, condition: RawBuilder<unknown>) =>
    sql`(select count(*)::integer from ${table} where org_id = ${orgId}::uuid and ${condition})`
  const { rows } = await sql<DeletePreview>`select
    ${count(sql`engrams`, sql`scope_id = ${accountId}::uuid`)} as "ownEngrams",
    ${count(sql`episodes`, sql`account_id = ${accountId}::uuid`)} as episodes,
    ${count(sql`engrams`, sql`author_id = ${accountId}::uuid and scope_id <> ${accountId}::uuid`)} as "sharedEngrams"`.execute(work.db)
  return first(rows)
}

function first<T>(rows: readonly T[]): T {
  const [row] = rows
  if (row === undefined) throw new Error('a count returned no row')
  return row
}
