// Names of what ids stand for now: people, SCIM resources.
import { sql } from 'kysely'
import type { Work } from '../db/work.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** An account's id, for a person whatever the id was that led here. */
export type Named = { readonly name: string; readonly accountId: string | null }

/** By id; ids that stand for nothing now, or are of another form, are left out. */
export async function readNames(work: Work, orgId: string, ids: readonly string[]): Promise<ReadonlyMap<string, Named>> {
  const uuids = [...new Set(ids)].filter((id) => UUID.test(id))
  if (uuids.length === 0) return new Map()
  const { rows } = await sql<Named & { id: string }>`
    select a.id::text, a.user_name as name, a.id::text as "accountId" from accounts a
    where a.org_id = ${orgId}::uuid and a.id = any (${uuids}::uuid[]) and a.origin <> 'placeholder'
    union all
    select r.id::text, coalesce(r.json::json ->> 'userName', r.json::json ->> 'displayName', r.id::text), r.account_id::text from scim_resources r
    where r.org_id = ${orgId}::uuid and r.id = any (${uuids}::uuid[])`.execute(work.db)
  return new Map(rows.map(({ id, name, accountId }) => [id, { name, accountId }]))
}
