// What a write brings along, as the relation `input` of a WITH statement: one row for each resource. The statements' texts do not depend on how
// many rows there are, so that each is one prepared statement whether one request is served by it or several that came together.
import { type RawBuilder, sql } from 'kysely'
import { auditJson } from '../audit/append.ts'
import { accountSlug } from './account-slug.ts'
import type { Person, ResourceRecord } from './resource.ts'

export type Input = {
  readonly record: ResourceRecord
  /** Of a user. */
  readonly person?: Person
  /** The account that stands for the user, or will. */
  readonly accountId?: string
  /** Appended to the account's slug when the plain one is taken. */
  readonly slugSuffix?: string
  /** The version that a change was computed from. */
  readonly basedOn?: number
  /** E-mail keys that a change takes away. */
  readonly emailKeysGone?: readonly string[]
  /** For statements that tell facts which only they know: audit context and fact, as JSON. */
  readonly context?: object
  readonly fact?: object
}

/** `input` (org_id, id, type, …): see the columns; `ordinality` is the place among the inputs. */
export function inputPart(inputs: readonly Input[]): RawBuilder<unknown> {
  return sql`
    input as (
      select * from rows from (jsonb_to_recordset(${auditJson(inputs.map(toRow))}::jsonb) as (
        org_id uuid, id uuid, type text, account_id uuid, manager_id uuid, unique_key text, display_name_key text, external_id text, json text,
        comparable jsonb, texts text, email_keys text[], email_keys_gone text[], based_on bigint, user_name text, user_name_key text, slug text,
        display_name text, email text, email_key text, active boolean, context jsonb, fact jsonb
      )) with ordinality as i
    )`
}

function toRow({ record, person, accountId, slugSuffix = '', basedOn, emailKeysGone = [], context, fact }: Input) {
  return {
    org_id: record.orgId,
    id: record.id,
    type: record.type,
    account_id: accountId,
    manager_id: record.managerId,
    unique_key: record.uniqueKey,
    display_name_key: record.displayNameKey,
    external_id: record.externalId,
    json: record.json,
    comparable: record.comparable,
    texts: [...new Set([record.uniqueKey, record.displayNameKey, ...record.emailKeys])].filter((key) => key !== undefined).join('\n'),
    email_keys: record.emailKeys,
    email_keys_gone: emailKeysGone,
    based_on: basedOn,
    ...(person !== undefined && {
      user_name: person.userName,
      user_name_key: person.userNameKey,
      slug: accountSlug(person.userName) + slugSuffix,
      display_name: person.displayName,
      email: person.email,
      email_key: person.emailKey,
      active: person.active,
    }),
    context,
    fact,
  }
}
