// /admin/scim/tokens/ID: one token, what it did lately, and how it ends.
import { findScimToken, type ScimToken } from '../../auth/scim-tokens.ts'
import { revokeScimToken } from '../../auth/token-lifecycle.ts'
import { readTrail, type TokenTrail } from '../../auth/token-trail.ts'
import { DomainError } from '../../primitives/errors.ts'
import { seeOther } from '../../web/answer.ts'
import { Confirm, LinkButton } from '../../web/components/button.tsx'
import { Card, Facts } from '../../web/components/card.tsx'
import { Callout } from '../../web/components/notice-bar.tsx'
import { Time } from '../../web/components/time.tsx'
import { Layout } from '../../web/layout.tsx'
import { page } from '../../web/pages.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { Refusals } from './refusals.tsx'
import { IDP_NAMES } from './idp.ts'
import { isLive, LastRequest, TokenExpiry, TokenState } from './token-state.tsx'

/** A token of the visitor's organisation; throws `not_found`. */
export async function getToken({ work, principal }: MemberVisit, id: string): Promise<ScimToken> {
  const token = await findScimToken(work, principal.orgId, id)
  if (token === undefined) throw new DomainError('not_found', 'There is no such SCIM token.')
  return token
}

export const tokenPage = page('/admin/scim/tokens/:id', {
  async show(visit: MemberVisit, { id }) {
    const token = await getToken(visit, id)
    const trail = await readTrail(visit.work, visit.principal.orgId, id)
    return render(visit, { title: token.name }, <TokenView visit={visit} token={token} trail={trail} />)
  },
})

export const revokeTokenAction = page('/admin/scim/tokens/:id/revoke', {
  async act(visit: MemberVisit, { id }) {
    const { name } = await revokeScimToken(visit.work, visit.context, id)
    return seeOther(visit, '/admin/scim/tokens', { kind: 'done', text: `${name} is revoked. Requests with it are refused from now on.` })
  },
})

type TokenViewProps = { readonly visit: MemberVisit; readonly token: ScimToken; readonly trail: TokenTrail }

function TokenView({ visit, token, trail }: TokenViewProps) {
  const { id, name, idp } = token
  const auditHref = `/admin/audit?${new URLSearchParams({ channel: 'scim', actor: id })}`
  return (
    <Layout
      visit={visit}
      title={name}
      trail={[{ href: '/admin/scim/tokens', label: 'SCIM tokens' }]}
      actions={isLive(token) ? <TokenActions token={token} /> : undefined}
    >
      <Succession token={token} />
      <Card
        title="The token"
        actions={
          <LinkButton href={auditHref} small icon="audit">
            What it did
          </LinkButton>
        }
      >
        <Facts
          facts={[
            { term: 'State', value: <TokenState token={token} now={visit.clock.now()} /> },
            { term: 'For', value: IDP_NAMES[idp] },
            { term: 'Last request', value: <LastRequest token={token} origin /> },
            { term: 'Created', value: <Time at={token.createdAt} exact /> },
            { term: 'Expires', value: <TokenExpiry token={token} /> },
            {
              term: 'externalId',
              value: token.externalIdImmutable ? 'always stays with one person' : 'may be given to somebody else',
            },
            {
              term: 'Requests',
              value: token.ratePerSecond === null ? 'no limit' : `at most ${token.ratePerSecond} a second in the long run`,
            },
            { term: 'Id', value: <code>{id}</code> },
          ]}
        />
        <p class="muted">
          {isLive(token) ? <a href={`/admin/scim/setup?${new URLSearchParams({ idp, token: id })}`}>Follow its first steps</a> : null}
        </p>
      </Card>
      {trail.refused.length === 0 ? null : (
        <Card title="What was refused lately">
          <Refusals refused={trail.refused} />
        </Card>
      )}
    </Layout>
  )
}

function TokenActions({ token: { id, rotatedTo, lastUsedAt } }: { readonly token: ScimToken }) {
  return (
    <>
      {rotatedTo === null ? (
        <LinkButton href={`/admin/scim/tokens/${id}/rotate`} icon="refresh">
          Rotate
        </LinkButton>
      ) : null}
      <Confirm label="Revoke" icon="off" action={`/admin/scim/tokens/${id}/revoke`} confirm="Revoke the token">
        <p>
          The very next request with it is refused, and this cannot be undone. People and groups stay as they are; changes in the identity
          provider no longer arrive, leavers included.
        </p>
        {lastUsedAt === null ? null : (
          <p>
            It was last used <Time at={lastUsedAt} />.
          </p>
        )}
      </Confirm>
    </>
  )
}

function Succession({ token: { rotatedTo, expiresAt, state } }: { readonly token: ScimToken }) {
  if (rotatedTo === null) return null
  return (
    <Callout tone="info" title="It has a successor">
      <p>
        {state === 'active' && expiresAt !== null ? (
          <>
            Enter <a href={`/admin/scim/tokens/${rotatedTo}`}>the new token</a> in the identity provider. This one ends{' '}
            <Time at={expiresAt} />.
          </>
        ) : (
          <>
            Use <a href={`/admin/scim/tokens/${rotatedTo}`}>the new token</a> instead.
          </>
        )}
      </p>
    </Callout>
  )
}
