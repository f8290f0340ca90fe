// The tables as Kysely types; the truth is in migrations/. Columns that the database fills are optional on insert.
import type { ColumnType, Generated } from 'kysely'

type Time = ColumnType<Date, Date | undefined, Date>
type NullableTime = ColumnType<Date | null, Date | null | undefined, Date | null>
/** jsonb goes in as text and comes out parsed. */
type Json<T> = ColumnType<T, string, string>

export type OrgsTable = { org_id: Generated<string>; slug: string; created_at: Time }

export type AccountsTable = {
  org_id: string
  id: Generated<string>
  user_name: string
  user_name_key: string | null
  former_user_name_key: string | null
  slug: string
  display_name: string | null
  email: string | null
  email_key: string | null
  status: Generated<'active' | 'disabled'>
  org_role: Generated<'member' | 'org_admin'>
  origin: 'local' | 'scim' | 'placeholder'
  break_glass: Generated<boolean>
  prelinked_at: NullableTime
  prelinked_external_id: string | null
  credential_epoch: Generated<number>
  created_at: Time
  disabled_at: NullableTime
}

export type ScimResourcesTable = {
  org_id: string
  id: string
  seq: Generated<string>
  type: string
  account_id: string | null
  manager_id: string | null
  unique_key: string
  display_name_key: string | null
  external_id: string | null
  json: string
  comparable: Json<unknown>
  version: Generated<string>
  created_at: Time
  last_modified_at: Time
}

export type ScimGroupMembersTable = {
  org_id: string
  group_id: string
  member_id: string
  member_type: 'User' | 'Group'
  display: string | null
  display_key: string | null
  added_at: Time
  added_request_id: string | null
  added_token_id: string | null
}

export type ScimTokensTable = {
  org_id: string
  id: string
  name: string
  idp: 'okta' | 'entra' | 'generic'
  secret_hash: Buffer
  external_id_immutable: boolean
  rate_per_second: ColumnType<number | null, number | null | undefined, number | null>
  created_by: string
  created_at: Time
  expires_at: NullableTime
  revoked_at: NullableTime
  rotated_to: string | null
  first_used_at: NullableTime
  last_used_at: NullableTime
  last_used_ip: string | null
  last_used_user_agent: string | null
  last_status: number | null
}

export type AuditLogTable = {
  id: Generated<string>
  ts: Time
  org_id: string
  org: string
  actor: Json<unknown>
  action: string
  target: Json<unknown>
  channel: string
  outcome: 'success' | 'denied' | 'failure'
  payload: Json<unknown>
  ip: string | null
  user_agent: string | null
  request_id: string | null
}

export type ScimTombstonesTable = {
  org_id: string
  id: string
  type: string
  external_id: string | null
  account_id: string | null
  deleted_at: Time
}

export type PossibleReturnersTable = { org_id: string; account_id: string; former_account_id: string; found_at: Time }
export type ScimUnknownMembersTable = { org_id: string; group_id: string; value: string; named_at: Time }

export type ScimCollisionsTable = {
  org_id: string
  account_id: string
  user_name: string
  user_name_key: string
  external_id: string | null
  first_seen_at: Time
  last_seen_at: Time
  times: Generated<number>
}

export type Tables = {
  orgs: OrgsTable
  accounts: AccountsTable
  scim_resources: ScimResourcesTable
  scim_email_keys: { org_id: string; value_key: string; resource_id: string }
  scim_texts: { org_id: string; resource_id: string; texts: string }
  scim_group_members: ScimGroupMembersTable
  scim_member_changes: { org_id: string; group_id: string; shard: number; changes: string; changed_at: Time }
  scim_resource_counts: { org_id: string; type: string; block: string; shard: number; resources: string }
  scim_tombstones: ScimTombstonesTable
  possible_returners: PossibleReturnersTable
  scim_unknown_members: ScimUnknownMembersTable
  scim_collisions: ScimCollisionsTable
  scim_tokens: ScimTokensTable
  scim_activity: { org_id: string; hour: Time; token_id: string; kind: 'change' | 'read' | 'refused' | 'failed'; requests: string }
  rate_limits: { key: string; points: number; expire: string | null }
  audit_log: AuditLogTable
}
