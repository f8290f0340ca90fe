// The frame of the pages about one person: who it is, and the ways to look at it.
import type { ComponentChildren } from 'preact'
import { type Account, findAccount } from '../../directory/accounts.ts'
import { PLACEHOLDER_ID } from '../../directory/placeholder.ts'
import { LinkButton } from '../../web/components/button.tsx'
import { Tabs } from '../../web/components/tabs.tsx'
import { Layout } from '../../web/layout.tsx'
import { notThere, uuidIn } from '../../web/path-ids.ts'
import type { MemberVisit } from '../../web/visit.ts'
import { personHref, USERS_PATH } from './address.ts'
import { States } from './states.tsx'

const WHAT = 'account'

/** Throws an `HttpError` 404 for ids of other organisations, for those that never were, and for the placeholder, which is nobody. */
export async function getPerson({ work, principal: { orgId } }: MemberVisit, id: string): Promise<Account> {
  const uuid = uuidIn(id, WHAT)
  const account = uuid === PLACEHOLDER_ID ? undefined : await findAccount(work, orgId, { id: uuid })
  if (account === undefined) throw notThere(WHAT)
  return account
}

const VIEWS = [
  ['', 'Overview'],
  ['/access', 'Access'],
  ['/credentials', 'Keys and sessions'],
  ['/history', 'History'],
] as const

export type PersonView = (typeof VIEWS)[number][0]

export const nameOf = ({ displayName, userName }: Pick<Account, 'displayName' | 'userName'>): string => displayName ?? userName

export type PersonFrameProps = {
  readonly visit: MemberVisit
  readonly account: Account
  /** The view that is open; undefined for pages below, which have no tab. */
  readonly view?: PersonView
  readonly title?: string
  readonly lead?: string
  readonly children: ComponentChildren
}

export function PersonFrame({ visit, account, view, title, lead, children }: PersonFrameProps) {
  const base = personHref(account.id)
  const isBelow = view === undefined
  return (
    <Layout
      visit={visit}
      title={title ?? nameOf(account)}
      lead={
        lead ?? [account.userName, ...(account.email === null || account.email === account.userName ? [] : [account.email])].join(' · ')
      }
      trail={[{ href: USERS_PATH, label: 'People' }, ...(isBelow ? [{ href: base, label: nameOf(account) }] : [])]}
      actions={isBelow ? null : <Ways account={account} />}
    >
      {isBelow ? null : (
        <>
          <States account={account} />
          <Tabs label="Views" tabs={VIEWS.map(([path, label]) => ({ href: base + path, label, current: path === view }))} />
        </>
      )}
      {children}
    </Layout>
  )
}

function Ways({ account: { id, status } }: Pick<PersonFrameProps, 'account'>) {
  return (
    <>
      {status === 'disabled' ? (
        <LinkButton href={`${personHref(id)}/receipt`} icon="receipt">
          Leaver receipt
        </LinkButton>
      ) : null}
      <LinkButton href={`${personHref(id)}/deletion`} icon="trash">
        What deleting would do
      </LinkButton>
    </>
  )
}
