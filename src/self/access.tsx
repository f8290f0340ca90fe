// /me: what I may read and write, with the way to why.
import { listApiKeys } from '../auth/api-keys.ts'
import { resolveAccess, type ScopeAccess } from '../permissions/access.ts'
import { LinkButton } from '../web/components/button.tsx'
import { Card } from '../web/components/card.tsx'
import { Callout } from '../web/components/notice-bar.tsx'
import { Table } from '../web/components/table.tsx'
import { Right } from '../web/components/why-paths.tsx'
import { Layout } from '../web/layout.tsx'
import { page } from '../web/pages.ts'
import { render } from '../web/render.tsx'
import type { MemberVisit } from '../web/visit.ts'

export const accessPage = page('/me', {
  async show(visit: MemberVisit) {
    const { work, principal } = visit
    const [scopes, keys] = await Promise.all([resolveAccess(work, principal), listApiKeys(work, principal.orgId, principal.accountId)])
    const hasKey = keys.some(({ state }) => state === 'active')
    return render(visit, { title: 'My access' }, <AccessView visit={visit} scopes={scopes} hasKey={hasKey} />)
  },
})

export const whyPath = (scope: string) => `/me/why?${new URLSearchParams({ scope })}`

type AccessProps = { readonly visit: MemberVisit; readonly scopes: readonly ScopeAccess[]; readonly hasKey: boolean }

function AccessView({ visit, scopes, hasKey }: AccessProps) {
  return (
    <Layout visit={visit} title="My access" lead="The memories that you and your agents can use, as of this moment.">
      {hasKey ? null : (
        <Callout tone="info" title="Your agents cannot reach these yet">
          <p>Make an API key and paste the configuration that comes with it into your PLUR client.</p>
          <p class="callout-action">
            <LinkButton href="/me/api-keys#new" icon="key" small>
              Make an API key
            </LinkButton>
          </p>
        </Callout>
      )}
      <Card title="Scopes">
        <Table
          caption="Scopes"
          rows={scopes}
          keyOf={({ name }) => name}
          columns={[
            { label: 'Scope', cell: ({ name }) => <code>{name}</code> },
            { label: 'You can', cell: ({ writable }) => <Right writable={writable} /> },
            {
              label: 'Why',
              kind: 'actions',
              cell: ({ name }) => (
                <a href={whyPath(name)} aria-label={`Why can I see ${name}?`}>
                  Why?
                </a>
              ),
            },
          ]}
        />
      </Card>
    </Layout>
  )
}
