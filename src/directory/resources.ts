// The SQL of scim_resources and what belongs to it: e-mail keys, counts, tombstones. The functions ending in `Part` are members of a
// bigger WITH statement, so that a whole write with its audit row is one round trip: what they write stands in `input` (input.ts), and `from`
// names the part that decides whether and for which rows they act.
import { type RawBuilder, sql } from 'kysely'
import type { Work } from '../db/work.ts'

/** Counters are split by server process of the database, so that parallel creates do not wait for one row. */
const COUNT_SHARDS = 32
/** The counter of a block that no create and no delete writes: what the others held is gathered here. */
const GATHERED_SHARD = -1

/**
 * Inserts the resources of `input` that `from` (id, account_id) names, in the order of `input`, which becomes that of lists. Returns the times
 * of their making.
 */
export function insertResourcesPart(from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into scim_resources (org_id, id, type, account_id, manager_id, unique_key, display_name_key, external_id, json, comparable)
    select i.org_id, i.id, i.type, f.account_id, i.manager_id, i.unique_key, i.display_name_key, i.external_id, i.json, i.comparable
    from ${from} f join input i on i.id = f.id order by i.ordinality
    returning org_id, id, type, seq, created_at, last_modified_at`
}

/** Overwrites the resources that `from` (id) names with those of `input`, and moves version and time on. */
export function updateResourcesPart(from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    update scim_resources r set manager_id = i.manager_id, unique_key = i.unique_key, display_name_key = i.display_name_key,
      external_id = i.external_id, json = i.json, comparable = i.comparable, version = r.version + 1,
      last_modified_at = greatest(clock_timestamp(), r.last_modified_at + interval '1 ms')
    from ${from} f join input i on i.id = f.id where r.org_id = i.org_id and r.id = i.id
    returning r.org_id, r.id, r.version, r.created_at, r.last_modified_at`
}

/** Makes the e-mail keys of the resources in `from` (id) exactly the ones of `input`. */
export function insertEmailKeysPart(from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into scim_email_keys (org_id, value_key, resource_id)
    select i.org_id, k.value_key, i.id from ${from} f join input i on i.id = f.id cross join unnest(i.email_keys) k (value_key)
    on conflict do nothing`
}

/** Adds the texts that parts of names and addresses are looked for in, for the new resources in `from` (id). */
export function insertTextsPart(from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into scim_texts (org_id, resource_id, texts) select i.org_id, i.id, i.texts from ${from} f join input i on i.id = f.id`
}

/** Makes the texts of the resources in `from` (id) those of `input`. */
export function updateTextsPart(from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    update scim_texts t set texts = i.texts from ${from} f join input i on i.id = f.id
    where t.org_id = i.org_id and t.resource_id = i.id and t.texts <> i.texts`
}

export function deleteTextsPart(from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`delete from scim_texts t using ${from} f where t.org_id = f.org_id and t.resource_id = f.id`
}

/** Removes the keys that the resources in `from` (id) no longer have. */
export function deleteEmailKeysPart(from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    delete from scim_email_keys k using ${from} f join input i on i.id = f.id cross join unnest(i.email_keys_gone) g (value_key)
    where k.org_id = i.org_id and k.value_key = g.value_key and k.resource_id = i.id`
}

/** Counts the rows of `from` (org_id, type, seq) in or out, each in the block of its seq. */
export function countPart(difference: 1 | -1, from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into scim_resource_counts as c (org_id, type, block, shard, resources)
    select org_id, type, resource_block(seq), pg_backend_pid() % ${sql.lit(COUNT_SHARDS)}, ${sql.lit(difference)} * count(*)
    from ${from} group by org_id, type, resource_block(seq) order by org_id, type, resource_block(seq)
    on conflict (org_id, type, block, shard) do update set resources = c.resources + excluded.resources`
}

/** Whether a SCIM user stands for this account. */
export async function hasScimUser(work: Work, orgId: string, accountId: string): Promise<boolean> {
  const { rows } = await sql`select from scim_resources where org_id = ${orgId}::uuid and account_id = ${accountId}::uuid`.execute(work.db)
  return rows.length > 0
}

/** How many resources of these types there are, as an expression; reads a few rows whatever the size of the directory. */
export function countedTotal(orgId: string, types: readonly string[]): RawBuilder<string> {
  return sql`(select coalesce(sum(c.resources), 0)::text from scim_resource_counts c
    where c.org_id = ${orgId}::uuid and c.type = any (${types}::text[]))`
}

/**
 * The seq of the resource of a type that has `skip` others before it, as an expression; null past the last one. Whole blocks are skipped by
 * their counts, which are as new as the rows themselves, since each statement sees both at one moment; the rest is a walk along the index.
 */
export function seqAfter(orgId: string, type: string, skip: number): RawBuilder<string> {
  return sql`(
    select s.seq from (
      select b.block, ${skip}::bigint - b.before as rest from (
        select c.block, sum(c.resources) as resources, sum(sum(c.resources)) over (order by c.block) - sum(c.resources) as before
        from scim_resource_counts c where c.org_id = ${orgId}::uuid and c.type = ${type} group by c.block
      ) b where b.before <= ${skip}::bigint and ${skip}::bigint < b.before + b.resources
    ) b cross join lateral (
      select s.seq from scim_resources s where s.org_id = ${orgId}::uuid and s.type = ${type} and s.seq >= b.block
      order by s.seq offset b.rest limit 1
    ) s)`
}

/** Makes one row of the counters that a block got from those who wrote at the same time, so that there is little to add up. */
export async function gatherCounts(work: Work): Promise<void> {
  // Those that somebody is writing are left for the next time. Who comes meanwhile waits for this one statement.
  await sql`
    with spread as (
      select org_id, type, block, shard from scim_resource_counts where shard <> ${sql.lit(GATHERED_SHARD)} for update skip locked
    ), gone as (
      delete from scim_resource_counts c using spread s
      where c.org_id = s.org_id and c.type = s.type and c.block = s.block and c.shard = s.shard
      returning c.org_id, c.type, c.block, c.resources
    )
    insert into scim_resource_counts as c (org_id, type, block, shard, resources)
    select org_id, type, block, ${sql.lit(GATHERED_SHARD)}, sum(resources) from gone group by org_id, type, block order by org_id, type, block
    on conflict (org_id, type, block, shard) do update set resources = c.resources + excluded.resources`.execute(work.db)
}

/** Deletes the resources of `from` (org_id, id) and leaves what is needed to know them again. */
export function deleteResourcePart(from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    delete from scim_resources r using ${from} f where r.org_id = f.org_id and r.id = f.id
    returning r.org_id, r.id, r.type, r.seq, r.account_id, r.external_id, r.comparable`
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
