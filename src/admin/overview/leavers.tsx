// Who left within a week, and how soon their access was over.
import type { ListedLeaver } from '../../lifecycle/leavers.ts'
import { Badge } from '../../web/components/badge.tsx'
import { LinkButton } from '../../web/components/button.tsx'
import { Card } from '../../web/components/card.tsx'
import { Table } from '../../web/components/table.tsx'
import { Time } from '../../web/components/time.tsx'

export const LEAVERS_SHOWN = 10

/** One more than are shown says that there are others. */
export function LeaversCard({ leavers }: { readonly leavers: readonly ListedLeaver[] }) {
  return (
    <Card title="Left within 7 days">
      {leavers.length === 0 ? (
        <p class="muted">
          Nobody. When your identity provider disables somebody, their sessions and API keys end with its request, and the receipt is here.
        </p>
      ) : (
        <Table
          caption="People who left"
          rows={leavers.slice(0, LEAVERS_SHOWN)}
          keyOf={({ accountId, at }) => `${accountId} ${at.getTime()}`}
          columns={[
            {
              label: 'Who',
              cell: ({ userName, accountId, erased }) =>
                erased ? (
                  <>
                    {userName} <Badge>erased</Badge>
                  </>
                ) : (
                  <a href={`/admin/users/${accountId}`}>{userName}</a>
                ),
            },
            { label: 'When', cell: ({ at }) => <Time at={at} /> },
            {
              label: 'Access over after',
              cell: ({ afterMs }) => (afterMs === null ? <span class="muted">by hand</span> : msText(afterMs)),
            },
            { label: 'Ended', cell: endedText },
            {
              label: 'Receipt',
              kind: 'actions',
              cell: ({ accountId }) => (
                <LinkButton href={`/admin/users/${accountId}/receipt`} small look="quiet" icon="receipt">
                  Receipt
                </LinkButton>
              ),
            },
          ]}
        />
      )}
      {leavers.length > LEAVERS_SHOWN ? (
        <p>
          <a href="/admin/audit?action=account.disable">All of them</a>
        </p>
      ) : null}
    </Card>
  )
}

const msText = (ms: number) =>
  ms < 10_000 ? `${Math.round(ms).toLocaleString('en')} ms` : `${Math.round(ms / 1000).toLocaleString('en')} s`

function endedText({ sessions, apiKeys }: ListedLeaver): string {
  const parts = [
    ...(sessions === 0 ? [] : [`${sessions} ${sessions === 1 ? 'session' : 'sessions'}`]),
    ...(apiKeys === 0 ? [] : [`${apiKeys} ${apiKeys === 1 ? 'API key' : 'API keys'}`]),
  ]
  return parts.length === 0 ? 'nothing was signed in' : parts.join(', ')
}
