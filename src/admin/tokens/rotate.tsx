// /admin/scim/tokens/ID/rotate: a successor with the same settings; both work for a while, so that nothing is missed.
import { z } from 'zod'
import type { ScimToken } from '../../auth/scim-tokens.ts'
import { rotateScimToken } from '../../auth/token-lifecycle.ts'
import { Button, LinkButton } from '../../web/components/button.tsx'
import { Card } from '../../web/components/card.tsx'
import { Select } from '../../web/components/field.tsx'
import { Form } from '../../web/components/form.tsx'
import { Callout } from '../../web/components/notice-bar.tsx'
import { checkForm, type Entered, NOTHING_ENTERED } from '../../web/form.ts'
import { Layout } from '../../web/layout.tsx'
import { page } from '../../web/pages.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { NewSecret } from './new-secret.tsx'
import { getToken } from './token.tsx'
import { ExpiryFields, lifetimeSchema, lifetimeSeconds } from './token-form.tsx'

const HOUR = 3600
const OVERLAPS = [
  { value: String(24 * HOUR), label: 'one day' },
  { value: String(7 * 24 * HOUR), label: 'one week' },
  { value: String(30 * 24 * HOUR), label: '30 days' },
  { value: String(HOUR), label: 'one hour' },
  { value: '0', label: 'not at all: it stops now' },
]

const overlapSchema = z.object({
  overlap: z.string().refine((text) => OVERLAPS.some(({ value }) => value === text), 'Choose one of the times.'),
})

export const rotateTokenPage = page('/admin/scim/tokens/:id/rotate', {
  async show(visit: MemberVisit, { id }) {
    const token = await getToken(visit, id)
    return render(visit, { title: `Rotate ${token.name}` }, <RotateView visit={visit} token={token} entered={NOTHING_ENTERED} />)
  },
  async act(visit, { id }, form) {
    const [overlap, life] = [checkForm(overlapSchema, form), checkForm(lifetimeSchema, form)]
    if (overlap.kind === 'wrong' || life.kind === 'wrong') {
      const token = await getToken(visit, id)
      const problems = { ...(overlap.kind === 'wrong' ? overlap.problems : {}), ...(life.kind === 'wrong' ? life.problems : {}) }
      const entered = { values: Object.fromEntries(form), problems }
      return render(visit, { title: `Rotate ${token.name}`, status: 400 }, <RotateView visit={visit} token={token} entered={entered} />)
    }
    const rotation = { id, overlapSeconds: Number(overlap.value.overlap), lifetimeSeconds: lifetimeSeconds(life.value) }
    const issued = await rotateScimToken(visit.work, visit.context, rotation)
    return render(visit, { title: 'Your new SCIM token' }, <NewSecret visit={visit} issued={issued} trail={trailOf(issued.row)} />)
  },
})

const trailOf = ({ id, name }: ScimToken) => [
  { href: '/admin/scim/tokens', label: 'SCIM tokens' },
  { href: `/admin/scim/tokens/${id}`, label: name },
]

type RotateViewProps = { readonly visit: MemberVisit; readonly token: ScimToken; readonly entered: Entered }

function RotateView({ visit, token, entered }: RotateViewProps) {
  const { id, name, state, rotatedTo } = token
  const done = rotatedTo !== null || state === 'revoked'
  return (
    <Layout
      visit={visit}
      title={`Rotate ${name}`}
      trail={trailOf(token)}
      lead="A new token takes the place of this one. Both work for as long as you choose, so that no change of the identity provider gets lost."
    >
      {done ? (
        <Callout tone="warn" title="This token cannot be rotated">
          <p>
            {rotatedTo === null ? (
              <>
                It is revoked. <a href="/admin/scim/tokens/new">Make a new one</a> instead.
              </>
            ) : (
              <>
                It has a successor already: <a href={`/admin/scim/tokens/${rotatedTo}`}>rotate that one</a>.
              </>
            )}
          </p>
        </Callout>
      ) : (
        <Card>
          <ol class="steps">
            <li>Make the new token here and copy it.</li>
            <li>Enter it in the identity provider in place of the old one, and test the connection there.</li>
            <li>The old one ends by itself when the time is over.</li>
          </ol>
          <Form action={`/admin/scim/tokens/${id}/rotate`} class="fields">
            <Select
              name="overlap"
              label="The old token goes on working for"
              entered={entered}
              value={String(7 * 24 * HOUR)}
              choices={OVERLAPS}
              hint="If the old one may have leaked, stop it now."
            />
            <ExpiryFields entered={entered} days={visit.scimTokenDays} />
            <div class="actions">
              <Button look="primary">Make the new token</Button>
              <LinkButton href={`/admin/scim/tokens/${id}`} look="quiet">
                Cancel
              </LinkButton>
            </div>
          </Form>
        </Card>
      )}
    </Layout>
  )
}
