// The page on which a token is seen, once. It answers the form that made the token, is kept by no cache, and its address says nothing.
import type { IssuedToken } from '../../auth/token-lifecycle.ts'
import { Card } from '../../web/components/card.tsx'
import { Copy, SecretOnce } from '../../web/components/copy.tsx'
import { Time } from '../../web/components/time.tsx'
import { Layout, type LayoutProps } from '../../web/layout.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { baseUrlOf, IDP_NAMES } from './idp.ts'

export type NewSecretProps = {
  readonly visit: MemberVisit
  readonly issued: IssuedToken
  readonly trail: NonNullable<LayoutProps['trail']>
}

export function NewSecret({ visit, issued: { token, row }, trail }: NewSecretProps) {
  return (
    <Layout visit={visit} title={row.name} trail={trail}>
      <SecretOnce secret={token} what="SCIM token" doneHref={`/admin/scim/tokens/${row.id}`} />
      <Card title="What goes with it">
        <dl class="entry">
          <div>
            <dt>Base URL</dt>
            <dd>
              <Copy text={baseUrlOf(visit.publicUrl)} what="the base URL" />
            </dd>
          </div>
          <div>
            <dt>For</dt>
            <dd>{IDP_NAMES[row.idp]}</dd>
          </div>
          <div>
            <dt>Expires</dt>
            <dd>{row.expiresAt === null ? 'never' : <Time at={row.expiresAt} exact />}</dd>
          </div>
        </dl>
        <p>
          <a href={`/admin/scim/setup?${new URLSearchParams({ idp: row.idp })}`}>Where to enter it, step by step</a>
        </p>
      </Card>
    </Layout>
  )
}
