// The identity that keeps what people wrote for others after they were erased: one account in each organisation, which is nobody. It is
// disabled, has no name that could be asked for, and no slug that a name could turn into; the same id in every organisation.
import { sql } from 'kysely'
import type { Work } from '../db/work.ts'

export const PLACEHOLDER_ID = '00000000-0000-4000-8000-00000000f0f0'

/** Makes it if it is not there; its id. */
export async function ensurePlaceholder(work: Work, orgId: string): Promise<string> {
  await sql`
    insert into accounts (org_id, id, user_name, slug, display_name, origin, status, disabled_at)
    values (${orgId}::uuid, ${PLACEHOLDER_ID}::uuid, 'former member', '.former-member', 'former member', 'placeholder', 'disabled', now())
    on conflict (org_id, id) do nothing`.execute(work.db)
  return PLACEHOLDER_ID
}
