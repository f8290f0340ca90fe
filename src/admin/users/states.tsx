// What an account is, in a few words.
import type { Account } from '../../directory/accounts.ts'
import { Badge } from '../../web/components/badge.tsx'

export type StatesProps = { readonly account: Pick<Account, 'status' | 'origin' | 'orgRole' | 'breakGlass' | 'prelinkedAt'> }

export function States({ account: { status, origin, orgRole, breakGlass, prelinkedAt } }: StatesProps) {
  return (
    <span class="states">
      <Badge tone={status === 'active' ? 'good' : 'bad'}>{status}</Badge>
      <Badge>{origin === 'scim' ? 'from the IdP' : origin === 'local' ? 'local' : 'former members'}</Badge>
      {orgRole === 'org_admin' ? <Badge tone="info">admin</Badge> : null}
      {breakGlass ? <Badge tone="warn">break-glass</Badge> : null}
      {prelinkedAt === null ? null : <Badge tone="info">linked</Badge>}
    </span>
  )
}
