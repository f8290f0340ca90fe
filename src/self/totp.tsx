// /me/security/totp: setting up an authenticator app, its recovery codes, and switching it off.
import { z } from 'zod'
import { disableTotp, enableTotp, readFactor, renewRecoveryCodes } from '../auth/second-factor.ts'
import { newTotpSecret, totpStep, totpUri } from '../auth/totp.ts'
import type { HttpResponse } from '../http/message.ts'
import { seal, unseal } from '../primitives/seal.ts'
import { seeOther } from '../web/answer.ts'
import { Button } from '../web/components/button.tsx'
import { Card } from '../web/components/card.tsx'
import { Copy, SecretOnce } from '../web/components/copy.tsx'
import { Field } from '../web/components/field.tsx'
import { Form } from '../web/components/form.tsx'
import { QrCode } from '../web/components/qr-code.tsx'
import { checkForm, type Entered, NOTHING_ENTERED } from '../web/form.ts'
import { Layout } from '../web/layout.tsx'
import { type Page, page } from '../web/pages.ts'
import { render } from '../web/render.tsx'
import type { MemberVisit } from '../web/visit.ts'
import { currentPasswordProblem } from './current-password.ts'
import { SECURITY_PATH, TOTP_PATH } from './paths.ts'
import { getHolder } from './security.tsx'
import type { SelfServices } from './services.ts'

const ISSUER = 'PLUR Enterprise'
const TRAIL = [{ href: SECURITY_PATH, label: 'Security' }]

const SCHEMA = z.object({
  code: z.string().trim().min(1, 'Enter the code that the app shows.').max(20, 'The code has six digits.'),
  current: z.string().min(1, 'Enter your password.').max(1000, 'This is longer than any password.'),
  enrolment: z.string(),
})

/** The secret that is being set up: with the browser until a code has proven it, sealed for its account. */
const useOf = ({ principal }: MemberVisit) => ({ purpose: 'plur totp enrolment', about: `${principal.orgId}:${principal.accountId}` })

export function totpPage(services: SelfServices): Page<MemberVisit> {
  return page(TOTP_PATH, {
    async show(visit: MemberVisit) {
      await getHolder(visit)
      if ((await readFactor(visit.work, visit.principal)) !== undefined) return seeOther(visit, SECURITY_PATH)
      return setUp(services, visit, { secret: newTotpSecret(), entered: NOTHING_ENTERED })
    },
    async act(visit: MemberVisit, _, form) {
      const secret = unseal(services.sealing, useOf(visit), form.get('enrolment') ?? '')
      if (secret === undefined)
        return seeOther(visit, TOTP_PATH, { kind: 'problem', text: 'That page was too old. Scan this code instead.' })
      const reading = checkForm(SCHEMA, form)
      if (reading.kind === 'wrong') return setUp(services, visit, { secret, entered: { values: {}, problems: reading.problems } })
      return enable(services, visit, { secret, ...reading.value })
    },
  })
}

type Proof = { readonly secret: string; readonly code: string; readonly current: string }

async function enable(services: SelfServices, visit: MemberVisit, { secret, code, current }: Proof): Promise<HttpResponse> {
  const holder = await getHolder(visit)
  const wrong = (name: string, problem: string) =>
    setUp(services, visit, { secret, entered: { values: {}, problems: { [name]: problem } } })
  const problem = await currentPasswordProblem(services, visit, { holder, password: current })
  if (problem !== undefined) return wrong('current', problem)
  const step = totpStep(secret, code, visit.clock.now())
  if (step === undefined) return wrong('code', 'This is not the code that the app shows now. Is the clock of your phone right?')
  const owner = { id: holder.accountId, userName: holder.userName }
  const codes = await enableTotp(visit.work, visit.context, { owner, secret, step, sealing: services.sealing })
  return showCodes(visit, { codes, title: 'The app is set up' })
}

export function renewCodesAction(services: SelfServices): Page<MemberVisit> {
  return page(`${TOTP_PATH}/codes`, {
    act: (visit: MemberVisit, _, form) =>
      withPassword(services, visit, form.get('codes-current'), async (owner) =>
        showCodes(visit, { codes: await renewRecoveryCodes(visit.work, visit.context, owner), title: 'New recovery codes' }),
      ),
  })
}

export function disableTotpAction(services: SelfServices): Page<MemberVisit> {
  return page(`${TOTP_PATH}/disable`, {
    act: (visit: MemberVisit, _, form) =>
      withPassword(services, visit, form.get('disable-current'), async (owner) => {
        await disableTotp(visit.work, visit.context, { owner, because: 'asked' })
        return seeOther(visit, SECURITY_PATH, { kind: 'done', text: 'The authenticator app is switched off.' })
      }),
  })
}

type Owner = { readonly id: string; readonly userName: string }

async function withPassword(
  services: SelfServices,
  visit: MemberVisit,
  password: string | null,
  then: (owner: Owner) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const holder = await getHolder(visit)
  const problem = await currentPasswordProblem(services, visit, { holder, password: password ?? '' })
  if (problem !== undefined) return seeOther(visit, SECURITY_PATH, { kind: 'problem', text: `${problem} Nothing was changed.` })
  return then({ id: holder.accountId, userName: holder.userName })
}

type SetUp = { readonly secret: string; readonly entered: Entered }

function setUp({ sealing }: SelfServices, visit: MemberVisit, { secret, entered }: SetUp): HttpResponse {
  const { principal } = visit
  const uri = totpUri(secret, { issuer: ISSUER, label: `${principal.userName} (${principal.org})` })
  const isWrong = Object.keys(entered.problems).length > 0
  return render(
    visit,
    { title: 'Set up an authenticator app', ...(isWrong ? { status: 400 } : {}) },
    <Layout visit={visit} title="Set up an authenticator app" trail={TRAIL}>
      <Card>
        <div class="columns">
          <div class="stack">
            <p>1. Scan this with the app on your phone.</p>
            <QrCode text={uri} label="QR code for an authenticator app" />
            <p class="muted">If you cannot scan it, enter this key into the app:</p>
            <Copy text={secret.replaceAll(/(.{4})(?=.)/g, '$1 ')} what="the key" />
          </div>
          <Form action={TOTP_PATH} class="fields" hidden={{ enrolment: seal(sealing, useOf(visit), secret) }}>
            <p>2. Enter what it shows, and your password.</p>
            <Field name="code" label="Code" entered={entered} autocomplete="one-time-code" inputMode="numeric" literal required />
            <Field name="current" label="Your password" type="password" entered={entered} autocomplete="current-password" required />
            <div>
              <Button look="primary">Switch it on</Button>
            </div>
          </Form>
        </div>
      </Card>
    </Layout>,
  )
}

function showCodes(visit: MemberVisit, { codes, title }: { codes: readonly string[]; title: string }): HttpResponse {
  return render(
    visit,
    { title },
    <Layout visit={visit} title={title} trail={TRAIL}>
      <SecretOnce secret={codes.join('\n')} what="set of recovery codes" doneHref={SECURITY_PATH} block>
        <p>Each signs you in once, without the app. Keep them where you will find them without your phone.</p>
      </SecretOnce>
    </Layout>,
  )
}
