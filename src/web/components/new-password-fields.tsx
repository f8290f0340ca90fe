// A new password, entered twice.
import { PASSWORD_LENGTH_MIN } from '../../auth/password-rules.ts'
import type { Entered } from '../form.ts'
import { Field } from './field.tsx'

export function NewPasswordFields({ entered, autofocus = false }: { readonly entered: Entered; readonly autofocus?: boolean }) {
  return (
    <>
      <Field
        name="password"
        label="New password"
        type="password"
        hint={`At least ${PASSWORD_LENGTH_MIN} characters; a few unrelated words are easy to remember.`}
        entered={entered}
        autocomplete="new-password"
        autofocus={autofocus}
        required
      />
      <Field name="repeated" label="The same again" type="password" entered={entered} autocomplete="new-password" required />
    </>
  )
}
