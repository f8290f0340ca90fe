// /me/why?scope=…: why I can, or cannot, see a scope.
import { listScimTokens } from '../auth/scim-tokens.ts'
import { explain, type Why } from '../permissions/why.ts'
import { Button } from '../web/components/button.tsx'
import { Card } from '../web/components/card.tsx'
import { Field } from '../web/components/field.tsx'
import { Callout } from '../web/components/notice-bar.tsx'
import { WhyPaths } from '../web/components/why-paths.tsx'
import { Layout } from '../web/layout.tsx'
import { page } from '../web/pages.ts'
import { render } from '../web/render.tsx'
import type { MemberVisit } from '../web/visit.ts'

const SCOPE_LENGTH_MAX = 700

export const whyPage = page('/me/why', {
  async show(visit: MemberVisit) {
    const { work, principal, query } = visit
    const scope = query.get('scope')?.trim().slice(0, SCOPE_LENGTH_MAX) ?? ''
    const why = scope === '' ? undefined : await explain(work, principal, scope)
    const tokens = new Map((await listScimTokens(work, principal.orgId)).map(({ id, name }) => [id, name]))
    return render(visit, { title: 'Why can I see this?' }, <WhyView visit={visit} why={why} tokens={tokens} />)
  },
})

type WhyProps = { readonly visit: MemberVisit; readonly why: Why | undefined; readonly tokens: ReadonlyMap<string, string> }

function WhyView({ visit, why, tokens }: WhyProps) {
  return (
    <Layout
      visit={visit}
      title={why === undefined ? 'Why can I see this?' : `Why can I see ${why.scope}?`}
      lead="The way from you to a scope, and who made each step of it."
      trail={[{ href: '/me', label: 'My access' }]}
    >
      {why === undefined ? null : why.readable ? (
        <WhyPaths why={why} person="You" tokens={tokens} />
      ) : (
        <Callout tone="plain" title="You cannot">
          <p>
            No way leads from you to this scope, or there is no such scope. Whoever cannot see a scope is not told which of the two it is.
          </p>
        </Callout>
      )}
      <Card title="Another scope">
        <form method="get" action="/me/why" class="filters">
          <Field name="scope" label="Scope" placeholder="group:engineering/platform" literal required />
          <Button>Explain</Button>
        </form>
      </Card>
    </Layout>
  )
}
