// /admin/users/<id>/deletion: what deleting somebody would do, before anybody does it.
import type { Account } from '../../directory/accounts.ts'
import { type DeletePreview, deletePreview } from '../../memory/retention.ts'
import { Card } from '../../web/components/card.tsx'
import { Table } from '../../web/components/table.tsx'
import { page } from '../../web/pages.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { getPerson, nameOf, PersonFrame } from './person.tsx'

export const deletionPage = page('/admin/users/:id/deletion', {
  async show(visit: MemberVisit, { id }) {
    const account = await getPerson(visit, id)
    const preview = await deletePreview(visit.work, { orgId: visit.principal.orgId, accountId: account.id })
    return render(
      visit,
      { title: `What deleting ${nameOf(account)} would do` },
      <DeletionView visit={visit} account={account} preview={preview} />,
    )
  },
})

type DeletionProps = { readonly visit: MemberVisit; readonly account: Account; readonly preview: DeletePreview }

function DeletionView({ visit, account, preview }: DeletionProps) {
  const { ownEngrams, episodes, sharedEngrams } = preview
  const number = (n: number) => n.toLocaleString('en')
  return (
    <PersonFrame
      visit={visit}
      account={account}
      title="What deleting would do"
      lead="Deleting is for your identity provider: a SCIM DELETE. Which of the two it does is a setting of the server, PLUR_SCIM_HARD_DELETE."
    >
      <Card>
        <Table
          caption="What becomes of what"
          rows={[
            { what: 'The account', soft: 'disabled, kept', hard: 'removed; the audit log keeps its id' },
            { what: 'Sessions and API keys', soft: 'dead', hard: 'dead' },
            { what: `${number(ownEngrams)} engrams in the own scope`, soft: 'kept, read by nobody', hard: 'removed' },
            { what: `${number(episodes)} own episodes`, soft: 'kept, read by nobody', hard: 'removed' },
            {
              what: `${number(sharedEngrams)} engrams written into shared scopes`,
              soft: 'kept',
              hard: 'kept for the team, without a name: they pass to “former member”',
            },
            { what: 'Group memberships', soft: 'removed', hard: 'removed' },
            { what: 'User name and externalId', soft: 'free for somebody new', hard: 'free for somebody new' },
          ]}
          keyOf={({ what }) => what}
          columns={[
            { label: 'What', cell: ({ what }) => <b>{what}</b> },
            { label: 'Deleted softly (default)', cell: ({ soft }) => soft },
            { label: 'Deleted for good (true)', cell: ({ hard }) => hard },
          ]}
        />
      </Card>
      <p class="muted">Disabling somebody keeps everything, memberships included, and can be taken back.</p>
    </PersonFrame>
  )
}
