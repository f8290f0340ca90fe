// /auth/new-password: the last step of those whose password somebody else knows.
import { z } from 'zod'
import { passwordProblem } from '../auth/password-rules.ts'
import { setPassword } from '../auth/passwords.ts'
import { issueSession } from '../auth/sessions.ts'
import type { HttpResponse } from '../http/message.ts'
import { Button } from '../web/components/button.tsx'
import { Form } from '../web/components/form.tsx'
import { NewPasswordFields } from '../web/components/new-password-fields.tsx'
import { checkForm, type Entered, NOTHING_ENTERED } from '../web/form.ts'
import { type Page, page } from '../web/pages.ts'
import { Message } from '../web/refusals.tsx'
import { render } from '../web/render.tsx'
import type { Visit } from '../web/visit.ts'
import { arrive } from './arrival.ts'
import type { SignInServices } from './services.ts'
import { type AtStep, enterStep } from './step.ts'

const PATH = '/auth/new-password'

const SCHEMA = z
  .object({ password: z.string().max(1000, 'This is longer than any password.'), repeated: z.string(), next: z.string() })
  .refine(({ password, repeated }) => password === repeated, { path: ['repeated'], message: 'This is not the same as above.' })

export function newPasswordPage(services: SignInServices): Page<Visit> {
  return page(PATH, {
    async show(visit: Visit) {
      const step = await enterStep(services, visit, { stage: 'password_change', next: visit.query.get('next') })
      return step.kind === 'answer' ? step.response : answer(visit, step, NOTHING_ENTERED)
    },
    async act(visit: Visit, _, form) {
      const step = await enterStep(services, visit, { stage: 'password_change', next: form.get('next') })
      if (step.kind === 'answer') return step.response
      const reading = checkForm(SCHEMA, form)
      if (reading.kind === 'wrong') return answer(visit, step, { values: {}, problems: reading.problems })
      return change(services, visit, { step, password: reading.value.password })
    },
  })
}

async function change(
  { hasher }: SignInServices,
  visit: Visit,
  { step, password }: { step: AtStep; password: string },
): Promise<HttpResponse> {
  const { holder, context, sessionId, method, next } = step
  const { accountId, userName, orgRole } = holder
  const isKnown = () => hasher.matches(holder.hash, password)
  const problem =
    passwordProblem(password, holder) ?? ((await isKnown()) ? 'Choose another password than the one you were given.' : undefined)
  if (problem !== undefined) return answer(visit, step, { values: {}, problems: { password: problem } })
  const hash = await hasher.hash(password)
  const { token } = await visit.work.atomically(async (tx) => {
    await setPassword(tx, context, { accountId, userName, hash, mustChange: false, because: 'first_sign_in', except: sessionId })
    return issueSession(tx, context, { accountId, method, continues: sessionId })
  })
  return arrive(visit, { token, stage: 'full', orgRole, next, notice: { kind: 'done', text: 'Your password is set. Welcome.' } })
}

function answer(visit: Visit, { next }: AtStep, entered: Entered): HttpResponse {
  const isWrong = Object.keys(entered.problems).length > 0
  return render(
    visit,
    { title: 'Choose your password', ...(isWrong ? { status: 400 } : {}) },
    <Message title="Choose your password">
      <p class="muted">The one you signed in with was made for you. From now on you use your own.</p>
      <Form action={PATH} class="fields" hidden={{ next: next ?? '' }}>
        <NewPasswordFields entered={entered} autofocus />
        <Button look="primary">Set password and go on</Button>
      </Form>
    </Message>,
  )
}
