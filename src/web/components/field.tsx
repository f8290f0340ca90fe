// Fields of forms: label, input, hint and what is wrong with what was entered, tied together for screen readers.
import { type ComponentChildren, h } from 'preact'
import { type Entered, NOTHING_ENTERED } from '../form.ts'

type Common = {
  readonly name: string
  /** Where a page has several fields of that name; otherwise the name does. */
  readonly id?: string | undefined
  readonly label: string
  readonly hint?: ComponentChildren
  /** What was entered before, and what is wrong with it. */
  readonly entered?: Entered
}

export type FieldProps = Common & {
  readonly type?: 'text' | 'email' | 'password' | 'url' | 'search' | 'number' | 'date' | 'datetime-local'
  readonly value?: string | undefined
  readonly required?: boolean
  readonly autocomplete?: 'username' | 'current-password' | 'new-password' | 'one-time-code' | 'email' | 'off'
  readonly placeholder?: string
  readonly maxLength?: number
  readonly inputMode?: 'numeric' | 'text'
  readonly autofocus?: boolean
  /** Spelling and capitals are not corrected: user names, codes, patterns. */
  readonly literal?: boolean
}

/** A line of text. Passwords are never shown again. */
export function Field({
  name,
  id = name,
  label,
  hint,
  entered = NOTHING_ENTERED,
  type = 'text',
  value,
  literal = false,
  ...input
}: FieldProps) {
  const shown = type === 'password' ? undefined : (entered.values[name] ?? value)
  return (
    <Labelled name={name} id={id} label={label} hint={hint} entered={entered}>
      {h('input', {
        ...input,
        ...describedBy({ name, id, hint, entered }),
        ...(literal ? { autocapitalize: 'none', spellcheck: false } : {}),
        id,
        name,
        type,
        value: shown,
      })}
    </Labelled>
  )
}

export type TextAreaProps = Common & { readonly value?: string; readonly rows?: number; readonly maxLength?: number }

export function TextArea({ name, id = name, label, hint, entered = NOTHING_ENTERED, value, rows = 4, maxLength }: TextAreaProps) {
  return (
    <Labelled name={name} id={id} label={label} hint={hint} entered={entered}>
      <textarea {...describedBy({ name, id, hint, entered })} id={id} name={name} rows={rows} maxLength={maxLength} spellcheck={false}>
        {entered.values[name] ?? value ?? ''}
      </textarea>
    </Labelled>
  )
}

export type Choice = { readonly value: string; readonly label: string }

export type SelectProps = Common & { readonly value?: string | undefined; readonly choices: readonly Choice[] }

export function Select({ name, id = name, label, hint, entered = NOTHING_ENTERED, value, choices }: SelectProps) {
  const chosen = entered.values[name] ?? value
  return (
    <Labelled name={name} id={id} label={label} hint={hint} entered={entered}>
      <select {...describedBy({ name, id, hint, entered })} id={id} name={name}>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value} selected={choice.value === chosen}>
            {choice.label}
          </option>
        ))}
      </select>
    </Labelled>
  )
}

export type CheckboxProps = {
  readonly name: string
  readonly value?: string
  readonly label: ComponentChildren
  readonly checked?: boolean
  readonly required?: boolean
}

export function Checkbox({ name, value = 'on', label, checked = false, required = false }: CheckboxProps) {
  return (
    <label class="checkbox">
      <input type="checkbox" name={name} value={value} checked={checked} required={required} />
      <span>{label}</span>
    </label>
  )
}

type Described = Pick<Common, 'name' | 'hint'> & { readonly id: string; readonly entered: Entered }

function describedBy({ name, id, hint, entered }: Described) {
  const ids = [...(hint === undefined ? [] : [`${id}-hint`]), ...(entered.problems[name] === undefined ? [] : [`${id}-problem`])]
  return {
    ...(ids.length === 0 ? {} : { 'aria-describedby': ids.join(' ') }),
    ...(entered.problems[name] === undefined ? {} : { 'aria-invalid': true }),
  }
}

function Labelled({
  name,
  id,
  label,
  hint,
  entered,
  children,
}: Described & { readonly label: string; readonly children: ComponentChildren }) {
  const problem = entered.problems[name]
  return (
    <div class={problem === undefined ? 'field' : 'field wrong'}>
      <label for={id}>{label}</label>
      {children}
      {problem === undefined ? null : (
        <p class="field-problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
      {hint === undefined ? null : (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}
