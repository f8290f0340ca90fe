// /auth: where people sign in, at their identity provider or with a password.
import { fold } from '@plur-enterprise/scim'
import { z } from 'zod'
import { findHolder, type Holder, holdingPassword } from '../auth/passwords.ts'
import { issueSession, type Stage } from '../auth/sessions.ts'
import { listProviders, type SsoProvider } from '../auth/sso-providers.ts'
import { findOrg, type Org } from '../directory/orgs.ts'
import type { AttemptVerdict } from '../http/attempts.ts'
import { HttpError, type HttpResponse } from '../http/message.ts'
import { networkOf } from '../http/rate-limit.ts'
import { seeOther } from '../web/answer.ts'
import { Button, LinkButton } from '../web/components/button.tsx'
import { Field } from '../web/components/field.tsx'
import { Form } from '../web/components/form.tsx'
import { Callout, NoticeBar } from '../web/components/notice-bar.tsx'
import { checkForm, type Entered, NOTHING_ENTERED } from '../web/form.ts'
import { type Page, page } from '../web/pages.ts'
import { accessEnded, Message, SIGN_IN_PATH } from '../web/refusals.tsx'
import { render } from '../web/render.tsx'
import type { Visit } from '../web/visit.ts'
import { arrive, homeOf, wantedPage } from './arrival.ts'
import { accountTarget, contextOf, recordFailure, type SignInServices } from './services.ts'

const NAME_LENGTH_MAX = 256

const SCHEMA = z.object({
  name: z.string().trim().min(1, 'Enter your user name.').max(NAME_LENGTH_MAX, 'This is longer than any user name.'),
  password: z.string().min(1, 'Enter your password.').max(1000, 'This is longer than any password.'),
  org: z.string(),
  next: z.string(),
})

export function signInPage(services: SignInServices): Page<Visit> {
  return page(SIGN_IN_PATH, {
    async show(visit: Visit) {
      const org = await orgNamed(visit, visit.query.get('org'))
      const next = wantedPage(visit.query.get('next'))
      const sessionCookie = visit.cookies.read(visit.request, 'session')
      if (sessionCookie !== undefined) {
        const known = await services.authenticator.authenticate({ authorization: [], sessionCookie })
        const principal = known.kind === 'known' && known.principal.credential.kind === 'session' ? known.principal : undefined
        if (principal?.orgId === org.id) return seeOther(visit, next ?? homeOf(principal.orgRole))
      }
      return answer(visit, { org, next })
    },
    act: (visit: Visit, _, form) => signInWithPassword(services, visit, form),
  })
}

async function orgNamed({ work, homeOrg }: Visit, slug: string | null): Promise<Org> {
  if (slug === null || slug === '' || slug === homeOrg.slug) return homeOrg
  const org = await findOrg(work, slug)
  if (org === undefined)
    throw new HttpError({ status: 404, detail: 'There is no such organisation here. Check the link that brought you.' })
  return org
}

async function signInWithPassword(services: SignInServices, visit: Visit, form: URLSearchParams): Promise<HttpResponse> {
  const org = await orgNamed(visit, form.get('org'))
  const next = wantedPage(form.get('next'))
  const reading = checkForm(SCHEMA, form)
  if (reading.kind === 'wrong') return answer(visit, { org, next, status: 400, entered: reading })
  const { name, password } = reading.value
  const entered: Entered = { values: { name }, problems: {} }
  const attempts = [
    { kind: 'address', key: networkOf(visit.request.address) },
    { kind: 'password', key: `${org.id}:${fold(name)}` },
  ] as const
  const verdict = await services.attempts.take(attempts)
  if (verdict.kind === 'limited') {
    recordFailure(visit, contextOf(visit, org), { reason: 'throttled', target: accountTarget(undefined) })
    return answer(visit, { org, next, entered, ...tooMany(verdict) })
  }
  const holder = await findHolder(visit.work, org.id, { userNameKey: fold(name) })
  if (!(await services.hasher.matches(holder?.hash ?? null, password)) || holder === undefined || holder.hash === null) {
    const reason = holder === undefined ? 'unknown_name' : holder.hash === null ? 'no_password' : 'wrong_password'
    recordFailure(visit, contextOf(visit, org), { reason, target: accountTarget(holder) })
    return answer(visit, { org, next, entered, status: 403, problem: 'The user name or the password is wrong.' })
  }
  if (holder.status !== 'active') {
    recordFailure(visit, contextOf(visit, org, holder), { reason: 'disabled', target: accountTarget(holder) })
    return accessEnded(visit)
  }
  await services.attempts.succeeded(attempts)
  const stage = stageAfterPassword(holder)
  const { token } = await issueSession(visit.work, contextOf(visit, org, holder), {
    accountId: holder.accountId,
    method: 'password',
    stage,
    holding: holdingPassword(holder.hash),
  })
  return arrive(visit, { token, stage, orgRole: holder.orgRole, next })
}

function stageAfterPassword({ hasTotp, mustChange }: Holder): Stage {
  if (hasTotp) return 'totp'
  return mustChange ? 'password_change' : 'full'
}

/** Whatever was entered: it was not looked at. */
export function tooMany({ retryAfterSeconds }: Extract<AttemptVerdict, { kind: 'limited' }>) {
  const minutes = Math.ceil(retryAfterSeconds / 60)
  return {
    status: 429,
    headers: { 'Retry-After': String(retryAfterSeconds) },
    problem: `Too many attempts. Try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`,
  }
}

type Shown = {
  readonly org: Org
  readonly next: string | undefined
  readonly entered?: Entered
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly problem?: string | undefined
}

async function answer(visit: Visit, { org, next, entered = NOTHING_ENTERED, problem, ...rendering }: Shown): Promise<HttpResponse> {
  const providers = (await listProviders(visit.work, org.id)).filter(({ enabled }) => enabled)
  return render(
    visit,
    { title: 'Sign in', ...rendering },
    <Message title="Sign in" above={<Before visit={visit} problem={problem} />}>
      {org.id === visit.homeOrg.id ? null : <p class="muted">{`Organisation: ${org.slug}`}</p>}
      {providers.length === 0 ? null : <Providers providers={providers} next={next} />}
      <Form action={SIGN_IN_PATH} class="fields" label="Sign in with a password" hidden={{ org: org.slug, next: next ?? '' }}>
        <Field
          name="name"
          label="User name"
          entered={entered}
          autocomplete="username"
          literal
          required
          autofocus={providers.length === 0}
        />
        <Field name="password" label="Password" type="password" entered={entered} autocomplete="current-password" required />
        <Button look={providers.length === 0 ? 'primary' : 'plain'}>Sign in</Button>
      </Form>
    </Message>,
  )
}

/** What was wrong with what was entered, what the last action did, or why one is here again. */
export function Before({ visit, problem }: { readonly visit: Visit; readonly problem: string | undefined }) {
  const notice = problem === undefined ? visit.notice : ({ kind: 'problem', text: problem } as const)
  if (notice !== undefined || !visit.query.has('again')) return <NoticeBar notice={notice} />
  return (
    <Callout tone="info">
      <p>Your session has ended. Sign in again to go on.</p>
    </Callout>
  )
}

function Providers({ providers, next }: { readonly providers: readonly SsoProvider[]; readonly next: string | undefined }) {
  const query = next === undefined ? '' : `?${new URLSearchParams({ next })}`
  return (
    <div class="stack">
      {providers.map(({ id, name }) => (
        <LinkButton key={id} href={`${SIGN_IN_PATH}/oidc/${id}${query}`} look="primary" icon="sign_in">
          {`Continue with ${name}`}
        </LinkButton>
      ))}
      <p class="or">or with a password</p>
    </div>
  )
}
