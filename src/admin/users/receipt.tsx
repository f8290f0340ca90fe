// /admin/users/<id>/receipt: the proof that a leaver is out: what ended, when, how fast, and what was kept. Made for paper, too; it outlives
// the account.
import { findAccount } from '../../directory/accounts.ts'
import { findReceipt, type Receipt } from '../../lifecycle/receipt.ts'
import { Card, Empty, Facts, Stat } from '../../web/components/card.tsx'
import { Callout } from '../../web/components/notice-bar.tsx'
import { Table } from '../../web/components/table.tsx'
import { Time } from '../../web/components/time.tsx'
import { Layout } from '../../web/layout.tsx'
import { page } from '../../web/pages.ts'
import { notThere, uuidIn } from '../../web/path-ids.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { requestHref } from '../audit/address.ts'
import { actorInWords } from '../audit/words.ts'
import { personHref, USERS_PATH } from './address.ts'

export const receiptPage = page('/admin/users/:id/receipt', {
  async show(visit: MemberVisit, { id }) {
    const {
      work,
      principal: { orgId },
    } = visit
    const accountId = uuidIn(id, 'account')
    const [receipt, account] = await Promise.all([findReceipt(work, orgId, accountId), findAccount(work, orgId, { id: accountId })])
    if (receipt === undefined && account === undefined) throw notThere('account')
    const name = account?.displayName ?? account?.userName ?? receipt?.userName ?? ''
    return render(
      visit,
      { title: `Leaver receipt of ${name}` },
      <ReceiptView visit={visit} receipt={receipt} name={name} accountId={accountId} isBack={account?.status === 'active'} />,
    )
  },
})

type ReceiptProps = {
  readonly visit: MemberVisit
  readonly receipt: Receipt | undefined
  readonly name: string
  readonly accountId: string
  /** The account was enabled again since. */
  readonly isBack: boolean
}

function ReceiptView({ visit, receipt, name, accountId, isBack }: ReceiptProps) {
  const erased = receipt?.because === 'erased'
  return (
    <Layout
      visit={visit}
      title="Leaver receipt"
      lead={name}
      trail={[{ href: USERS_PATH, label: 'People' }, ...(erased ? [] : [{ href: personHref(accountId), label: name }])]}
    >
      {receipt === undefined ? (
        <Card>
          <Empty icon="receipt" title="This account never left">
            <p>A receipt is made when somebody is disabled or deleted.</p>
          </Empty>
        </Card>
      ) : (
        <ReceiptBody receipt={receipt} isBack={isBack} org={visit.principal.org} />
      )}
    </Layout>
  )
}

const WHY: Readonly<Record<Receipt['because'], string>> = {
  disabled: 'was disabled',
  deleted: 'was deleted; the account is disabled and kept',
  erased: 'was deleted for good, with what was theirs alone',
}

function ReceiptBody({ receipt, isBack, org }: { readonly receipt: Receipt; readonly isBack: boolean; readonly org: string }) {
  const { userName, at, because, by, requestId, afterMs, sessions, apiKeys, accountId } = receipt
  return (
    <>
      {isBack ? (
        <Callout tone="info">
          <p>The account has been enabled again since. What is listed here stayed dead.</p>
        </Callout>
      ) : null}
      <Card>
        <p class="receipt-sentence">
          <b>{userName}</b>
          {` ${WHY[because]}, `}
          <Time at={at} exact />
          {`, by ${actorInWords(by)}. From the moment the answer was sent, no request with any of their credentials was served.`}
        </p>
        <div class="stats">
          <Stat
            label="From request to end of access"
            value={afterMs === null ? 'not measured' : `${afterMs.toLocaleString('en')} ms`}
            note={afterMs === null ? 'It was done at the command line or on these pages.' : 'From its arrival, until everything was dead.'}
          />
          <Stat label="Sessions ended" value={sessions.length} />
          <Stat label="API keys revoked" value={apiKeys.length} />
        </div>
        <Facts
          facts={[
            { term: 'Account', value: <code>{accountId}</code> },
            { term: 'Organisation', value: org },
            { term: 'Moment, UTC', value: <code>{at.toISOString()}</code> },
            { term: 'Request', value: <a href={requestHref(requestId)}>{requestId}</a> },
          ]}
        />
      </Card>
      <Ended
        title="Sessions that ended"
        rows={sessions.map(({ id, method, at }) => ({ id, name: method === null ? 'session' : `signed in by ${method}`, at }))}
      />
      <Ended title="API keys that were revoked" rows={apiKeys.map(({ id, name, at }) => ({ id, name: name ?? 'key', at }))} />
      <Kept receipt={receipt} />
    </>
  )
}

type EndedRow = { readonly id: string; readonly name: string; readonly at: Date }

function Ended({ title, rows }: { readonly title: string; readonly rows: readonly EndedRow[] }) {
  return (
    <Card title={title}>
      {rows.length === 0 ? (
        <p class="muted">There was none alive.</p>
      ) : (
        <Table
          caption={title}
          rows={rows}
          keyOf={({ id }) => id}
          columns={[
            { label: 'What', cell: ({ name }) => name },
            { label: 'Id', cell: ({ id }) => <code>{id}</code> },
            { label: 'Moment, UTC', cell: ({ at }) => <code>{at.toISOString()}</code> },
          ]}
        />
      )}
    </Card>
  )
}

function Kept({ receipt: { kept, erased } }: { readonly receipt: Receipt }) {
  if (kept === null) {
    return (
      <Card title="What was removed, and what stayed without their name">
        <Facts facts={countsOf(erased).map(([term, value]) => ({ term, value }))} />
      </Card>
    )
  }
  return (
    <Card title="What was kept">
      <p class="muted">As of now. Nobody but the account itself reads its own memories; it is disabled, so nobody does.</p>
      <Facts
        facts={[
          { term: 'Own engrams', value: kept.ownEngrams.toLocaleString('en') },
          { term: 'Own episodes', value: kept.episodes.toLocaleString('en') },
          { term: 'Engrams in shared scopes', value: kept.sharedEngrams.toLocaleString('en') },
          { term: 'Group memberships', value: kept.groups.toLocaleString('en') },
        ]}
      />
    </Card>
  )
}

const LABELS: Readonly<Record<string, string>> = {
  'erased engrams': 'Own engrams removed',
  'erased episodes': 'Own episodes removed',
  'reassigned engrams': 'Shared engrams that passed to “former member”',
}

/** The counts of an erasure, which the audit row holds as one object in another. */
function countsOf(erased: unknown): readonly (readonly [name: string, value: string])[] {
  return entriesOf(erased).flatMap(([what, counts]) =>
    entriesOf(counts).flatMap(([name, count]) => {
      const label = LABELS[`${what} ${name}`]
      return label === undefined || typeof count !== 'number' ? [] : [[label, count.toLocaleString('en')] as const]
    }),
  )
}

const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : []
