// Whom and what the audit log means by a name that people type: its rows hold ids, which outlive every rename.
import { fold } from '@plur-enterprise/scim'
import { sql } from 'kysely'
import type { AuditFilter } from '../audit/filter.ts'
import type { AuditSearch } from '../audit/search.ts'
import type { Work } from '../db/work.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** Ids of tokens, keys and sessions. */
const SHORT_ID = /^[A-Za-z0-9]{16}$/

/** The filter with ids in place of names. A name that nobody bears is looked for as it stands in the rows. */
export async function resolveAuditNames(work: Work, orgId: string, filter: AuditFilter): Promise<AuditSearch> {
  const { actor, target, ...search } = filter
  return {
    ...search,
    ...(actor === undefined ? {} : await resolveActor(work, orgId, actor)),
    ...(target === undefined ? {} : await resolveTarget(work, orgId, target)),
  }
}

async function resolveActor(work: Work, orgId: string, actor: string): Promise<Pick<AuditSearch, 'actorKeys' | 'actorName'>> {
  if (UUID.test(actor) || SHORT_ID.test(actor)) return { actorKeys: [actor] }
  const org = sql`${orgId}::uuid`
  const { rows } = await sql<{ key: string }>`
    select a.id::text as key from accounts a where a.org_id = ${org} and (a.user_name_key = ${fold(actor)} or a.slug = ${fold(actor)})
    union select t.id from scim_tokens t where t.org_id = ${org} and lower(t.name) = lower(${actor})
    union (select ${actor}::text from audit_log l where l.org_id = ${org}
      and coalesce(l.actor ->> 'id', l.actor ->> 'user', l.actor ->> 'kind') = ${actor} limit 1)`.execute(work.db)
  return rows.length === 0 ? { actorName: actor } : { actorKeys: rows.map(({ key }) => key) }
}

async function resolveTarget(work: Work, orgId: string, target: string): Promise<Pick<AuditSearch, 'targetKeys' | 'targetName'>> {
  const org = sql`${orgId}::uuid`
  const id = UUID.test(target) || SHORT_ID.test(target) ? target : null
  const uuid = UUID.test(target) ? target : null
  const { rows } = await sql<{ key: string }>`
    with people as (
      select a.id from accounts a where a.org_id = ${org}
        and (a.user_name_key = ${fold(target)} or a.slug = ${fold(target)} or a.id = ${uuid}::uuid)
      union select r.account_id from scim_resources r where r.org_id = ${org} and r.id = ${uuid}::uuid and r.account_id is not null
    )
    select id::text as key from people
    union select r.id::text from people p join scim_resources r on r.org_id = ${org} and r.account_id = p.id
    union select t.id::text from people p join scim_tombstones t on t.org_id = ${org} and t.account_id = p.id
    union select r.id::text from scim_resources r where r.org_id = ${org} and r.type = 'Group' and r.unique_key = ${fold(target)}
    union select t.id from scim_tokens t where t.org_id = ${org} and lower(t.name) = lower(${target})
    union select n.id::text from group_nodes n where n.org_id = ${org} and n.path = ${target.replace(/^group:/, '')}
    union select s.id::text from scopes s where s.org_id = ${org} and s.name = ${target}
    union select ${id}::text where ${id}::text is not null`.execute(work.db)
  return rows.length === 0 ? { targetName: target } : { targetKeys: rows.map(({ key }) => key) }
}
