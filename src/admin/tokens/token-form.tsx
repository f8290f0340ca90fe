// The questions asked when a SCIM token is made, and what the answers mean. Used where tokens are made and where a connection is set up.
import { z } from 'zod'
import type { Idp } from '../../auth/scim-tokens.ts'
import { type IssuedToken, issueScimToken, RATE_PER_SECOND_DEFAULT } from '../../auth/token-lifecycle.ts'
import { DomainError } from '../../primitives/errors.ts'
import { Field, Select } from '../../web/components/field.tsx'
import { checkForm, type Entered } from '../../web/form.ts'
import type { MemberVisit } from '../../web/visit.ts'
import { IDP_NAMES, IDPS } from './idp.ts'

const SECONDS_A_DAY = 86_400
const DAYS: readonly number[] = [30, 90, 180, 365]
const DAYS_MAX = 3650
const NEVER = 'never'

const lifetime = {
  expires: z
    .string('Choose one of the times.')
    .refine((text) => text === NEVER || (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= DAYS_MAX), 'Choose one of the times.'),
  never: z.literal('on').optional(),
}

/** Whether "never" was chosen on purpose: a list alone is too easy to slip in. */
const onPurpose = ({ expires, never }: { expires: string; never?: 'on' | undefined }) => expires !== NEVER || never === 'on'
const NOT_ON_PURPOSE = { path: ['expires'], error: 'To make a token that never expires, tick the box below as well.' }

export const lifetimeSchema = z.object(lifetime).refine(onPurpose, NOT_ON_PURPOSE)

const tokenSchema = z
  .object({
    ...lifetime,
    name: z.string().trim().min(1, 'Give it a name, such as "Okta production".'),
    idp: z.enum(['okta', 'entra', 'generic']),
    immutable: z.enum(['usual', 'yes', 'no']).default('usual'),
  })
  .refine(onPurpose, NOT_ON_PURPOSE)

export const lifetimeSeconds = ({ expires }: { expires: string }): number | null =>
  expires === NEVER ? null : Number(expires) * SECONDS_A_DAY

export type Making = { readonly kind: 'made'; readonly issued: IssuedToken } | ({ readonly kind: 'wrong' } & Entered)

/** Makes the token that a form asks for, or tells what is wrong with the form. */
export async function makeToken({ work, context }: MemberVisit, form: URLSearchParams): Promise<Making> {
  const reading = checkForm(tokenSchema, form)
  if (reading.kind === 'wrong') return reading
  const { name, idp, immutable } = reading.value
  try {
    const issued = await issueScimToken(work, context, {
      name,
      idp,
      lifetimeSeconds: lifetimeSeconds(reading.value),
      externalIdImmutable: immutable === 'usual' ? undefined : immutable === 'yes',
      ratePerSecond: RATE_PER_SECOND_DEFAULT,
    })
    return { kind: 'made', issued }
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    return { kind: 'wrong', values: Object.fromEntries(form), problems: { name: error.message } }
  }
}

type FieldsProps = { readonly entered: Entered; readonly days: number }

export function NameField({ entered, value }: { readonly entered: Entered; readonly value?: string }) {
  return (
    <Field
      name="name"
      label="Name"
      entered={entered}
      value={value}
      required
      maxLength={200}
      autocomplete="off"
      hint="Which connection it is for. You will see this name in the audit log."
    />
  )
}

export function IdpField({ entered, value }: { readonly entered: Entered; readonly value: Idp }) {
  return (
    <Select
      name="idp"
      label="Identity provider"
      entered={entered}
      value={value}
      choices={IDPS.map((idp) => ({ value: idp, label: IDP_NAMES[idp] }))}
      hint="Decides how its dialect of SCIM is understood."
    />
  )
}

export function ExpiryFields({ entered, days }: FieldsProps) {
  const choices = [...new Set([...DAYS, days])].toSorted((a, b) => a - b)
  return (
    <>
      <Select
        name="expires"
        label="Expires"
        entered={entered}
        value={String(days)}
        choices={[
          ...choices.map((count) => ({ value: String(count), label: `in ${count} days` })),
          { value: NEVER, label: 'never (not advised)' },
        ]}
        hint="You are reminded 30, 7 and 1 days ahead, and can rotate it without a gap."
      />
      <label class="checkbox">
        <input type="checkbox" name="never" checked={entered.values['never'] === 'on'} />
        <span>If it shall never expire: I know that a token which leaks then stays usable until somebody revokes it</span>
      </label>
    </>
  )
}

export function ImmutableField({ entered }: { readonly entered: Entered }) {
  return (
    <Select
      name="immutable"
      label="Does an externalId always stay with one person?"
      entered={entered}
      value="usual"
      choices={[
        { value: 'usual', label: 'As is usual: Okta yes, the others no' },
        { value: 'yes', label: 'Yes, it is never given to anybody else' },
        { value: 'no', label: 'No, it may be given to somebody else' },
      ]}
      hint={
        <>
          Decides what happens when a deleted person comes back. <em>Yes</em>: their account and memories come back by themselves.{' '}
          <em>No</em>: they are listed as a possible returner, and you decide. With Entra, say yes only if <code>externalId</code> is mapped
          from <code>objectId</code>; its default, the mail nickname, is recycled.
        </>
      }
    />
  )
}
