// The sub-attributes of `members` as columns of scim_group_members (alias `m`).
import type { Attribute } from '@plur-enterprise/scim'
import { type RawBuilder, sql } from 'kysely'

/** The comparable form of one sub-attribute of a member. */
export function memberColumn(sub: Attribute): RawBuilder<unknown> {
  switch (sub.name) {
    case 'value':
      return sql`m.member_id::text collate "C"`
    case 'type':
      return sql`lower(m.member_type) collate "C"`
    case 'display':
      return sql`m.display_key`
    case '$ref':
      return sql`(m.member_type || 's/' || m.member_id::text) collate "C"`
    default:
      return sql`null::text`
  }
}

/** Some member of the group `r` fulfils the condition. */
export function anyMember(orgId: string, condition: RawBuilder<boolean>): RawBuilder<boolean> {
  return sql`exists (select from scim_group_members m where m.org_id = ${orgId} and m.group_id = r.id and ${condition})`
}

/** The JSON text of member `m` as clients see it. */
export function memberJson(baseUrl: string): RawBuilder<string> {
  return sql`'{"value":"' || m.member_id || '","$ref":"' || ${baseUrl}::text || '/' || m.member_type || 's/' || m.member_id || '","type":"' || m.member_type || '"'
    || coalesce(',"display":' || to_json(m.display)::text, '') || '}'`
}
