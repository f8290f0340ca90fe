// /admin/scim/tokens: which connections there are, whether they work, and when their tokens end.
import { listScimTokens, type ScimToken } from '../../auth/scim-tokens.ts'
import { LinkButton } from '../../web/components/button.tsx'
import { Card, Empty } from '../../web/components/card.tsx'
import { type Column, Table } from '../../web/components/table.tsx'
import { Time } from '../../web/components/time.tsx'
import { Layout } from '../../web/layout.tsx'
import { page } from '../../web/pages.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { IDP_NAMES } from './idp.ts'
import { isLive, LastRequest, TokenExpiry, TokenState } from './token-state.tsx'

export const tokensPage = page('/admin/scim/tokens', {
  async show(visit: MemberVisit) {
    const tokens = await listScimTokens(visit.work, visit.principal.orgId)
    return render(visit, { title: 'SCIM tokens' }, <TokensView visit={visit} tokens={tokens.toReversed()} />)
  },
})

function TokensView({ visit, tokens }: { readonly visit: MemberVisit; readonly tokens: readonly ScimToken[] }) {
  const now = visit.clock.now()
  const live = tokens.filter(isLive)
  const dead = tokens.filter((token) => !isLive(token))
  return (
    <Layout
      visit={visit}
      title="SCIM tokens"
      lead="One for each connection. A token can provision people and groups, and nothing else: it cannot sign in, nor read a memory."
      actions={
        <LinkButton href="/admin/scim/tokens/new" look="primary" icon="add">
          New token
        </LinkButton>
      }
    >
      <Card>
        {live.length === 0 ? (
          <Empty icon="connection" title={dead.length === 0 ? 'No token yet' : 'No token that works'}>
            <p>An identity provider needs one to push people and groups. The setup makes it and shows where it goes.</p>
            <LinkButton href="/admin/scim/setup" look="primary" icon="setup">
              Connect an identity provider
            </LinkButton>
          </Empty>
        ) : (
          <Table caption="Tokens that work" columns={columns(now)} rows={live} keyOf={({ id }) => id} />
        )}
      </Card>
      {dead.length === 0 ? null : (
        <details class="more">
          <summary>{`${dead.length} that no longer ${dead.length === 1 ? 'works' : 'work'}`}</summary>
          <Card>
            <Table caption="Tokens that no longer work" columns={columns(now)} rows={dead} keyOf={({ id }) => id} />
          </Card>
        </details>
      )}
    </Layout>
  )
}

const columns = (now: Date): readonly Column<ScimToken>[] => [
  {
    label: 'Token',
    cell: ({ id, name }) => (
      <a class="strong" href={`/admin/scim/tokens/${id}`}>
        {name}
      </a>
    ),
  },
  { label: 'For', cell: ({ idp }) => IDP_NAMES[idp] },
  { label: 'Last request', cell: (token) => <LastRequest token={token} origin /> },
  { label: 'Created', cell: ({ createdAt }) => <Time at={createdAt} /> },
  { label: 'Expires', cell: (token) => <TokenExpiry token={token} /> },
  { label: 'State', cell: (token) => <TokenState token={token} now={now} /> },
]
