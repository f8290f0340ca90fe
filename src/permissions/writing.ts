// The right to write, held until what is written is committed (design section 9): what would take it away waits for that commit or is seen
// by the judgement, so that nothing is written after a leaver's answer, an unselection's, or that of a member's removal.
import { sql } from 'kysely'
import type { Work } from '../db/work.ts'
import { DomainError } from '../primitives/errors.ts'
import { findAccess, type Person, type ScopeAccess } from './access.ts'
import { kindOf } from './scope.ts'
import { sharedTurn } from './turn.ts'

export type Writer = Person & { readonly credentialEpoch: number }

/** The account was disabled, or its credential revoked, after the call began: answer as if it had not been let in. */
export class CredentialDied extends DomainError {
  constructor() {
    super('forbidden', 'the credential is no longer valid')
  }
}

/**
 * The scope of that name if the person may write it now, else undefined. Call it in the transaction of the write: until it ends, the account
 * and the ways that lead to the scope stay as they are. Makes the row of a scope that had none. Throws CredentialDied.
 */
export async function lockForWriting(work: Work, writer: Writer, name: string): Promise<ScopeAccess | undefined> {
  await holdAccount(work, writer)
  await holdWays(work, writer, name)
  // Judged by a statement of its own, which sees what was committed while we waited.
  const scope = await findAccess(work, writer, name)
  if (scope === undefined || !scope.writable) return undefined
  await ensureScope(work, writer.orgId, scope)
  return scope
}

/**
 * Locks the account against being disabled until the transaction ends. Alone and not shared: a person's own writes take turns, so that
 * whoever disables the account waits for one of them and not for as long as there are any. Throws CredentialDied.
 */
export async function holdAccount(work: Work, { orgId, accountId, credentialEpoch }: Writer): Promise<void> {
  const { rows } = await sql`
    select from accounts where org_id = ${orgId}::uuid and id = ${accountId}::uuid and status = 'active' and credential_epoch = ${credentialEpoch}
    for no key update`.execute(work.db)
  if (rows.length === 0) throw new CredentialDied()
}

/**
 * Keeps what leads the person to the scope of a group, or to one granted to groups: their own memberships by their rows, which the IdP's
 * requests take away one by one, and everything else by the turn. Parts run in the order of the last line, in which changes lock, too.
 */
async function holdWays(work: Work, { orgId, accountId }: Person, name: string): Promise<void> {
  if (!['group', 'project', 'space'].includes(kindOf(name))) return
  const org = sql`${orgId}::uuid`
  const account = sql`${accountId}::uuid`
  await sql`
    with member as materialized (select r.id from scim_resources r where r.org_id = ${org} and r.account_id = ${account}),
    ends (id) as materialized (
      select n.id from scopes s join group_nodes n on n.org_id = s.org_id and n.scope_id = s.id where s.org_id = ${org} and s.name = ${name}
      union all
      select g.node_id from scopes s join scope_grants g on g.org_id = s.org_id and g.scope_id = s.id where s.org_id = ${org} and s.name = ${name}
    ),
    starts (id, scim_group_id) as materialized (
      select n.id, n.scim_group_id from group_nodes n
      where n.org_id = ${org} and (n.above || n.id) && array(select e.id from ends e) and (
        n.scim_group_id = any (array(select m.group_id from member p join scim_group_members m on m.org_id = ${org} and m.member_id = p.id))
        or n.id = any (array(select l.node_id from local_group_members l where l.org_id = ${org} and l.account_id = ${account})))
    ),
    memberships as materialized (
      select from scim_group_members m where m.org_id = ${org} and m.member_id = (select p.id from member p)
        and m.group_id = any (array(select s.scim_group_id from starts s)) for key share
    ),
    turn as materialized (select ${sharedTurn(orgId)}),
    local_memberships as materialized (
      select from local_group_members l where l.org_id = ${org} and l.account_id = ${account}
        and l.node_id = any (array(select s.id from starts s)) for share
    )
    select (select count(*) from memberships), (select count(*) from turn), (select count(*) from local_memberships)`.execute(work.db)
}

/** Makes the row of a personal or organisation-wide scope; those of groups are there with their group. */
export async function ensureScope(work: Work, orgId: string, { id, kind, name }: Pick<ScopeAccess, 'id' | 'kind' | 'name'>): Promise<void> {
  if (kind === 'group' || kind === 'project' || kind === 'space') return
  await sql`
    insert into scopes (org_id, id, kind, name) values (${orgId}::uuid, ${id}::uuid, ${kind}, ${name}) on conflict (org_id, id) do nothing
  `.execute(work.db)
}
