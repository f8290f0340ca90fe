// /admin/users/<id>/history: what the audit log tells about somebody, and what they did.
import { searchAudit, type AuditPage } from '../../audit/search.ts'
import type { Account } from '../../directory/accounts.ts'
import { type Named, readNames } from '../../directory/names.ts'
import { idsOfPerson } from '../../directory/people.ts'
import { Card, Empty } from '../../web/components/card.tsx'
import { Pager } from '../../web/components/pager.tsx'
import { Tabs } from '../../web/components/tabs.tsx'
import { page } from '../../web/pages.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { auditHref, positionOf } from '../audit/address.ts'
import { AuditRows, idsIn } from '../audit/rows.tsx'
import { personHref } from './address.ts'
import { getPerson, nameOf, PersonFrame } from './person.tsx'

const ROWS_SHOWN = 30

export const personHistoryPage = page('/admin/users/:id/history', {
  async show(visit: MemberVisit, { id }) {
    const {
      work,
      principal: { orgId },
      query,
    } = visit
    const account = await getPerson(visit, id)
    const by = query.get('side') === 'by'
    const before = positionOf(query)
    const search = by ? { actorKeys: [account.id] } : { targetKeys: await idsOfPerson(work, orgId, account.id) }
    const found = await searchAudit(work, orgId, { search, page: { before, limit: ROWS_SHOWN } })
    const names = await readNames(work, orgId, idsIn(found.rows))
    return render(
      visit,
      { title: `History of ${nameOf(account)}` },
      <HistoryView visit={visit} account={account} found={found} names={names} by={by} isFirstPage={before === undefined} />,
    )
  },
})

type HistoryProps = {
  readonly visit: MemberVisit
  readonly account: Account
  readonly found: AuditPage
  readonly names: ReadonlyMap<string, Named>
  /** What they did, rather than what was done to them. */
  readonly by: boolean
  readonly isFirstPage: boolean
}

function HistoryView({ visit, account, found, names, by, isFirstPage }: HistoryProps) {
  const base = `${personHref(account.id)}/history`
  const here = by ? `${base}?side=by` : base
  const next = found.next === undefined ? undefined : `${here}${by ? '&' : '?'}before=${found.next.micros}-${found.next.id}`
  return (
    <PersonFrame visit={visit} account={account} view="/history">
      <Tabs
        label="Side"
        tabs={[
          { href: base, label: 'What happened to them', current: !by },
          { href: `${base}?side=by`, label: 'What they did', current: by },
        ]}
      />
      <Card>
        {found.rows.length === 0 ? (
          <Empty icon="audit" title="Nothing">
            <p>{by ? 'This account has changed nothing.' : 'The log tells nothing about this account.'}</p>
          </Empty>
        ) : (
          <AuditRows rows={found.rows} names={names} />
        )}
      </Card>
      <p>
        <a href={auditHref(by ? { actor: account.id } : { target: account.id })}>The same in the audit log, to filter and to export</a>
      </p>
      <Pager shown={found.rows.length} firstHref={isFirstPage ? undefined : here} nextHref={next} />
    </PersonFrame>
  )
}
