// The profile of a local account as a form, for making one and for changing it.
import { z } from 'zod'
import { Button } from '../../web/components/button.tsx'
import { Checkbox, Field } from '../../web/components/field.tsx'
import { Form } from '../../web/components/form.tsx'
import type { Entered } from '../../web/form.ts'

const optional = z
  .string()
  .trim()
  .max(256, 'At most 256 characters.')
  .default('')
  .transform((text) => (text === '' ? undefined : text))

export const profileSchema = z.object({
  userName: z.string().trim().min(1, 'A user name is needed.').max(256, 'At most 256 characters.'),
  displayName: optional,
  email: optional.refine((text) => text === undefined || /^[^\s@]+@[^\s@]+$/.test(text), 'This is not an address.'),
  admin: z.literal('on').optional(),
})

export type ProfileFormProps = {
  readonly action: string
  readonly entered: Entered
  readonly profile?: { readonly userName: string; readonly displayName: string; readonly email: string }
  readonly confirm: string
  /** Whether the right of an admin can be given along. */
  readonly withAdmin?: boolean
}

export function ProfileForm({ action, entered, profile, confirm, withAdmin = false }: ProfileFormProps) {
  return (
    <Form action={action} class="fields">
      <Field
        name="userName"
        label="User name"
        value={profile?.userName}
        entered={entered}
        required
        maxLength={256}
        literal
        autocomplete="off"
      />
      <Field name="displayName" label="Name" value={profile?.displayName} entered={entered} maxLength={256} autocomplete="off" />
      <Field
        name="email"
        label="Address"
        type="email"
        value={profile?.email}
        entered={entered}
        maxLength={256}
        literal
        autocomplete="off"
      />
      {withAdmin ? <Checkbox name="admin" label="Administrator of the organisation" checked={entered.values['admin'] === 'on'} /> : null}
      <div>
        <Button look="primary">{confirm}</Button>
      </div>
    </Form>
  )
}
