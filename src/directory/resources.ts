// The SQL of scim_resources and what belongs to it: e-mail keys, counts, tombstones. The functions ending in `Part` are members of a
// bigger WITH statement, so that a whole write with its audit row is one round trip; `from` names the part that decides whether and
// for which rows they act.
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Tables } from '../db/tables.ts'
import type { Work } from '../db/work.ts'
import type { ResourceRecord } from './resource.ts'

/** Counters are split by server process of the database, so that parallel creates do not wait for one row. */
const COUNT_SHARDS = 32

/** Inserts the resource once for the one row of `from`, which gives `account_id`. Returns the times of its making. */
export function insertResourcePart(record: ResourceRecord, from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into scim_resources (org_id, id, type, account_id, manager_id, unique_key, display_name_key, external_id, json, comparable)
    select ${record.orgId}::uuid, ${record.id}::uuid, ${record.type}::text, account_id, ${record.managerId ?? null}::uuid,
      ${record.uniqueKey}::text, ${record.displayNameKey ?? null}::text, ${record.externalId ?? null}::text,
      ${record.json}::text, ${record.comparable}::jsonb
    from ${from}
    returning org_id, id, type, created_at, last_modified_at`
}

/** Overwrites the resource named by the row of `from` (org_id, id) and moves version and time on. */
export function updateResourcePart(record: ResourceRecord, from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    update scim_resources r set manager_id = ${record.managerId ?? null}::uuid, unique_key = ${record.uniqueKey}::text,
      display_name_key = ${record.displayNameKey ?? null}::text, external_id = ${record.externalId ?? null}::text,
      json = ${record.json}::text, comparable = ${record.comparable}::jsonb, version = r.version + 1,
      last_modified_at = greatest(clock_timestamp(), r.last_modified_at + interval '1 ms')
    from ${from} f where r.org_id = f.org_id and r.id = f.id
    returning r.org_id, r.id, r.version, r.created_at, r.last_modified_at`
}

/** Makes the e-mail keys of the resources in `from` exactly the record's. */
export function insertEmailKeysPart(record: ResourceRecord, from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into scim_email_keys (org_id, value_key, resource_id)
    select f.org_id, k.value_key, f.id from ${from} f cross join unnest(${record.emailKeys}::text[]) k (value_key)
    on conflict do nothing`
}

/** Makes the texts that parts of names and addresses are looked for in those of the record, for the resources in `from`. */
export function textsPart(record: ResourceRecord, from: RawBuilder<unknown>): RawBuilder<unknown> {
  const texts = [
    ...new Set([record.uniqueKey, ...(record.displayNameKey === undefined ? [] : [record.displayNameKey]), ...record.emailKeys]),
  ]
  const text = sql`${texts.join('\n')}::text`
  // Asked before, because a row that is not to be changed would be locked, which is a write too.
  return sql`
    insert into scim_texts as t (org_id, resource_id, texts) select f.org_id, f.id, ${text} from ${from} f
    where not exists (select from scim_texts s where s.org_id = f.org_id and s.resource_id = f.id and s.texts = ${text})
    on conflict (org_id, resource_id) do update set texts = excluded.texts`
}

export function deleteTextsPart(from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`delete from scim_texts t using ${from} f where t.org_id = f.org_id and t.resource_id = f.id`
}

/** Removes the keys that the resource no longer has. */
export function deleteEmailKeysPart(gone: readonly string[], from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    delete from scim_email_keys k using ${from} f
    where k.org_id = f.org_id and k.resource_id = f.id and k.value_key = any (${gone}::text[])`
}

/** Counts the rows of `from` (org_id, type) in or out. */
export function countPart(difference: 1 | -1, from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into scim_resource_counts as c (org_id, type, shard, resources)
    select org_id, type, pg_backend_pid() % ${sql.lit(COUNT_SHARDS)}, ${sql.lit(difference)} from ${from}
    on conflict (org_id, type, shard) do update set resources = c.resources + excluded.resources`
}

/** Whether a SCIM user stands for this account. */
export async function hasScimUser(work: Work, orgId: string, accountId: string): Promise<boolean> {
  const { rows } = await sql`select from scim_resources where org_id = ${orgId}::uuid and account_id = ${accountId}::uuid`.execute(work.db)
  return rows.length > 0
}

/** How many resources of these types there are; reads a few rows whatever the size of the directory. */
export async function countResources(db: Kysely<Tables>, orgId: string, types: readonly string[]): Promise<number> {
  const { rows } = await sql<{ total: string }>`
    select coalesce(sum(resources), 0)::text as total from scim_resource_counts where org_id = ${orgId} and type = any (${types}::text[])
  `.execute(db)
  return Number(rows[0]?.total ?? 0)
}

/** Deletes the resources of `from` (org_id, id) and leaves what is needed to know them again. */
export function deleteResourcePart(from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    delete from scim_resources r using ${from} f where r.org_id = f.org_id and r.id = f.id
    returning r.org_id, r.id, r.type, r.account_id, r.external_id, r.comparable`
}

export function tombstonePart(from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into scim_tombstones (org_id, id, type, external_id, account_id)
    select org_id, id, type, external_id, account_id from ${from}`
}

/** Removes all e-mail keys of the deleted resources of `from`; their comparable document names them. */
export function deleteAllEmailKeysPart(from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    delete from scim_email_keys k using ${from} f
      cross join lateral (select array_agg(e ->> 'value') as keys from jsonb_array_elements(f.comparable -> 'emails') e) had
    where k.org_id = f.org_id and k.resource_id = f.id and k.value_key = any (had.keys)`
}
