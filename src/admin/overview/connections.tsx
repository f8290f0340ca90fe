// The connections at a glance: when each was last heard of, and with which outcome.
import type { ScimToken } from '../../auth/scim-tokens.ts'
import { LinkButton } from '../../web/components/button.tsx'
import { Card } from '../../web/components/card.tsx'
import { IDP_NAMES } from '../tokens/idp.ts'
import { isLive, LastRequest, TokenState } from '../tokens/token-state.tsx'

export function ConnectionsCard({ tokens, now }: { readonly tokens: readonly ScimToken[]; readonly now: Date }) {
  const live = tokens.filter(isLive)
  return (
    <Card
      title="Connections"
      actions={
        <LinkButton href="/admin/scim/tokens" small look="quiet">
          All tokens
        </LinkButton>
      }
    >
      {live.length === 0 ? (
        <p>
          No token works any more, so nothing arrives. <a href="/admin/scim/setup">Connect again</a>
        </p>
      ) : (
        <ul class="connections">
          {live.map((token) => (
            <li key={token.id}>
              <div>
                <a class="strong" href={`/admin/scim/tokens/${token.id}`}>
                  {token.name}
                </a>{' '}
                <TokenState token={token} now={now} />
                <p class="muted small">{IDP_NAMES[token.idp]}</p>
              </div>
              <LastRequest token={token} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
