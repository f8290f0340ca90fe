// /me: what I may read and write, and why.
import { resolveAccess, type ScopeAccess } from '../permissions/access.ts'
import { Badge } from '../web/components/badge.tsx'
import { Card } from '../web/components/card.tsx'
import { Table } from '../web/components/table.tsx'
import { Layout } from '../web/layout.tsx'
import { page } from '../web/pages.ts'
import { render } from '../web/render.tsx'
import type { MemberVisit } from '../web/visit.ts'

export const accessPage = page('/me', {
  async show(visit: MemberVisit) {
    const scopes = await resolveAccess(visit.work, visit.principal)
    return render(visit, { title: 'My access' }, <AccessView visit={visit} scopes={scopes} />)
  },
})

function AccessView({ visit, scopes }: { readonly visit: MemberVisit; readonly scopes: readonly ScopeAccess[] }) {
  return (
    <Layout visit={visit} title="My access" lead="The memories that you and your agents can use.">
      <Card title="Scopes">
        <Table
          caption="Scopes"
          rows={scopes}
          keyOf={({ name }) => name}
          columns={[
            { label: 'Scope', cell: ({ name }) => <code>{name}</code> },
            {
              label: 'You can',
              cell: ({ writable }) => <Badge tone={writable ? 'good' : 'info'}>{writable ? 'read and write' : 'read'}</Badge>,
            },
          ]}
        />
      </Card>
    </Layout>
  )
}
