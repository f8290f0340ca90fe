// /me/security: my password, my authenticator app, and where else I sign in.
import { z } from 'zod'
import { passwordProblem } from '../auth/password-rules.ts'
import { findHolder, type Holder, setPassword } from '../auth/passwords.ts'
import { type FactorState, readFactor } from '../auth/second-factor.ts'
import { type Link, listLinks } from '../auth/sso-links.ts'
import type { HttpResponse } from '../http/message.ts'
import { DomainError } from '../primitives/errors.ts'
import { seeOther } from '../web/answer.ts'
import { Button } from '../web/components/button.tsx'
import { Card } from '../web/components/card.tsx'
import { Field } from '../web/components/field.tsx'
import { Form } from '../web/components/form.tsx'
import { NewPasswordFields } from '../web/components/new-password-fields.tsx'
import { Table } from '../web/components/table.tsx'
import { Time } from '../web/components/time.tsx'
import { checkForm, type Entered, NOTHING_ENTERED } from '../web/form.ts'
import { Layout } from '../web/layout.tsx'
import { type Page, page } from '../web/pages.ts'
import { render } from '../web/render.tsx'
import type { MemberVisit } from '../web/visit.ts'
import { currentPasswordProblem } from './current-password.ts'
import { FactorCard } from './factor-card.tsx'
import { SECURITY_PATH } from './paths.ts'
import type { SelfServices } from './services.ts'

export const securityPage = page(SECURITY_PATH, { show: (visit: MemberVisit) => answer(visit, NOTHING_ENTERED) })

const SCHEMA = z
  .object({
    current: z.string().min(1, 'Enter your present password.').max(1000, 'This is longer than any password.'),
    password: z.string().max(1000, 'This is longer than any password.'),
    repeated: z.string(),
  })
  .refine(({ password, repeated }) => password === repeated, { path: ['repeated'], message: 'This is not the same as above.' })

export function changePasswordAction(services: SelfServices): Page<MemberVisit> {
  return page(`${SECURITY_PATH}/password`, {
    async act(visit: MemberVisit, _, form) {
      const reading = checkForm(SCHEMA, form)
      if (reading.kind === 'wrong') return answer(visit, { values: {}, problems: reading.problems })
      const { current, password } = reading.value
      const holder = await getHolder(visit)
      const wrong = (name: string, problem: string) => answer(visit, { values: {}, problems: { [name]: problem } })
      const currentProblem = await currentPasswordProblem(services, visit, { holder, password: current })
      if (currentProblem !== undefined) return wrong('current', currentProblem)
      const problem = passwordProblem(password, holder) ?? (password === current ? 'This is the password you have.' : undefined)
      if (problem !== undefined) return wrong('password', problem)
      const { accountId, userName } = holder
      const hash = await services.hasher.hash(password)
      const except = visit.principal.credential.id
      await setPassword(visit.work, visit.context, { accountId, userName, hash, mustChange: false, because: 'changed', except })
      const text = 'Your password is changed, and all other browsers are signed out.'
      return seeOther(visit, SECURITY_PATH, { kind: 'done', text })
    },
  })
}

/** Whoever looks, with a password. Throws a `DomainError` `conflict` for whom the identity provider asks for it. */
export async function getHolder({ work, principal }: MemberVisit): Promise<Holder> {
  const holder = await findHolder(work, principal.orgId, { accountId: principal.accountId })
  if (holder === undefined || holder.hash === null) {
    throw new DomainError('conflict', 'You have no password here: you sign in at your identity provider.')
  }
  return holder
}

async function answer(visit: MemberVisit, entered: Entered): Promise<HttpResponse> {
  const { work, principal } = visit
  const { orgId, accountId } = principal
  const [holder, factor, links] = await Promise.all([
    findHolder(work, orgId, { accountId }),
    readFactor(work, { orgId, accountId }),
    listLinks(work, orgId, { accountId }),
  ])
  const isWrong = Object.keys(entered.problems).length > 0
  return render(
    visit,
    { title: 'Security', ...(isWrong ? { status: 400 } : {}) },
    <SecurityView visit={visit} hasPassword={(holder?.hash ?? null) !== null} factor={factor} links={links} entered={entered} />,
  )
}

type SecurityProps = {
  readonly visit: MemberVisit
  readonly hasPassword: boolean
  readonly factor: FactorState | undefined
  readonly links: readonly Link[]
  readonly entered: Entered
}

function SecurityView({ visit, hasPassword, factor, links, entered }: SecurityProps) {
  return (
    <Layout visit={visit} title="Security" lead="How you prove that it is you.">
      {hasPassword ? <FactorCard factor={factor} /> : null}
      <Card title="Password">
        {hasPassword ? (
          <Form action={`${SECURITY_PATH}/password`} class="fields">
            <Field name="current" label="Present password" type="password" entered={entered} autocomplete="current-password" required />
            <NewPasswordFields entered={entered} />
            <div>
              <Button look="primary">Change password</Button>
            </div>
          </Form>
        ) : (
          <p>You have no password here. You sign in at your identity provider, whose rules for passwords and second factors apply.</p>
        )}
      </Card>
      {hasPassword && links.length === 0 ? null : <LinksCard links={links} />}
    </Layout>
  )
}

function LinksCard({ links }: { readonly links: readonly Link[] }) {
  return (
    <Card title="Linked sign-ins">
      {links.length === 0 ? (
        <p class="muted">You have not signed in at an identity provider yet. The first time links it to this account.</p>
      ) : (
        <Table
          caption="Linked sign-ins"
          rows={links}
          keyOf={({ providerId }) => providerId}
          columns={[
            { label: 'Identity provider', cell: ({ provider }) => provider },
            { label: 'Subject there', cell: ({ subject }) => <code>{subject}</code> },
            { label: 'Linked', cell: ({ linkedAt }) => <Time at={linkedAt} /> },
            { label: 'Last used', cell: ({ lastUsedAt }) => (lastUsedAt === null ? 'never' : <Time at={lastUsedAt} />) },
          ]}
        />
      )}
    </Card>
  )
}
