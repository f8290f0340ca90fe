// /auth/code and /auth/recovery: the second step of those who set up an authenticator app.
import { z } from 'zod'
import { type Taken, takeRecoveryCode, takeTotpCode } from '../auth/second-factor.ts'
import { issueSession } from '../auth/sessions.ts'
import type { Work } from '../db/work.ts'
import type { HttpResponse } from '../http/message.ts'
import { Button } from '../web/components/button.tsx'
import { Field } from '../web/components/field.tsx'
import { Form } from '../web/components/form.tsx'
import { checkForm, type Entered, NOTHING_ENTERED } from '../web/form.ts'
import { type Page, page } from '../web/pages.ts'
import { Message, signInPath } from '../web/refusals.tsx'
import { render } from '../web/render.tsx'
import type { Visit } from '../web/visit.ts'
import { arrive } from './arrival.ts'
import { accountTarget, recordFailure, type SignInServices } from './services.ts'
import { Before, tooMany } from './sign-in.tsx'
import { type AtStep, enterStep } from './step.ts'

type Kind = 'app' | 'recovery'

const PATHS: Readonly<Record<Kind, string>> = { app: '/auth/code', recovery: '/auth/recovery' }

const SCHEMA = z.object({ code: z.string().trim().min(1, 'Enter a code.').max(100, 'This is longer than any code.'), next: z.string() })

export const codePage = (services: SignInServices) => factorPage(services, 'app')
export const recoveryPage = (services: SignInServices) => factorPage(services, 'recovery')

function factorPage(services: SignInServices, kind: Kind): Page<Visit> {
  return page(PATHS[kind], {
    async show(visit: Visit) {
      const step = await enterStep(services, visit, { stage: 'totp', next: visit.query.get('next') })
      return step.kind === 'answer' ? step.response : answer(visit, { kind, step })
    },
    async act(visit: Visit, _, form) {
      const step = await enterStep(services, visit, { stage: 'totp', next: form.get('next') })
      if (step.kind === 'answer') return step.response
      const reading = checkForm(SCHEMA, form)
      if (reading.kind === 'wrong') return answer(visit, { kind, step, status: 400, entered: { ...reading, values: {} } })
      return takeCode(services, visit, { kind, step, code: reading.value.code })
    },
  })
}

type Tried = { readonly kind: Kind; readonly step: AtStep; readonly code: string }

async function takeCode(services: SignInServices, visit: Visit, { kind, step, code }: Tried): Promise<HttpResponse> {
  const { holder, context, next } = step
  const attempts = [{ kind: 'code', key: `${context.orgId}:${holder.accountId}` }] as const
  const verdict = await services.attempts.take(attempts)
  if (verdict.kind === 'limited') {
    recordFailure(visit, context, { reason: 'throttled', target: accountTarget(holder) })
    return answer(visit, { kind, step, ...tooMany(verdict) })
  }
  const stage = holder.mustChange ? 'password_change' : 'full'
  const outcome = await visit.work.atomically(async (tx) => {
    const taken = await take(tx, { kind, step, code }, { at: visit.clock.now(), sealing: services.sealing })
    if (taken !== 'taken') return { taken }
    const method = `${step.method}+${kind === 'app' ? 'totp' : 'recovery_code'}`
    const { token } = await issueSession(tx, context, { accountId: holder.accountId, method, stage, continues: step.sessionId })
    return { taken, token }
  })
  if (outcome.token === undefined) {
    recordFailure(visit, context, { reason: outcome.taken === 'used' ? 'used_code' : 'wrong_code', target: accountTarget(holder) })
    const problem =
      outcome.taken === 'used' ? 'This code was used before. Wait for the next one.' : 'The code is wrong, or it came too late.'
    return answer(visit, { kind, step, status: 403, problem })
  }
  await services.attempts.succeeded(attempts)
  return arrive(visit, { token: outcome.token, stage, orgRole: holder.orgRole, next })
}

function take(tx: Work, { kind, step, code }: Tried, app: { at: Date; sealing: Uint8Array }): Promise<Taken> {
  const { holder, context } = step
  if (kind === 'app') return takeTotpCode(tx, { orgId: context.orgId, accountId: holder.accountId }, { code, ...app })
  return takeRecoveryCode(tx, context, { owner: { id: holder.accountId, userName: holder.userName }, code })
}

type Shown = {
  readonly kind: Kind
  readonly step: AtStep
  readonly entered?: Entered
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly problem?: string
}

function answer(visit: Visit, { kind, step, entered = NOTHING_ENTERED, problem, ...rendering }: Shown): HttpResponse {
  const title = kind === 'app' ? 'Enter the code' : 'Use a recovery code'
  const query = step.next === undefined ? '' : `?${new URLSearchParams({ next: step.next })}`
  return render(
    visit,
    { title, ...rendering },
    <Message title={title} above={<Before visit={visit} problem={problem} />}>
      <p class="muted">
        {kind === 'app' ? (
          <>
            {'Your authenticator app shows a code of six digits for '}
            <strong>{step.holder.userName}</strong>.
          </>
        ) : (
          'When you set up the authenticator app, you were given codes to keep. Each is good for one sign-in.'
        )}
      </p>
      <Form action={PATHS[kind]} class="fields" hidden={{ next: step.next ?? '' }}>
        {kind === 'app' ? (
          <Field name="code" label="Code" entered={entered} autocomplete="one-time-code" inputMode="numeric" literal required autofocus />
        ) : (
          <Field name="code" label="Recovery code" entered={entered} autocomplete="off" literal required autofocus />
        )}
        <Button look="primary">Sign in</Button>
      </Form>
      <p class="row links">
        {kind === 'app' ? <a href={PATHS.recovery + query}>Use a recovery code</a> : <a href={PATHS.app + query}>Use the app</a>}
        <a href={signInPath(visit, { org: step.context.org, next: step.next })}>Sign in as somebody else</a>
      </p>
    </Message>,
  )
}
