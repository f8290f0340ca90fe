// A form that changes something: it carries its CSRF token by itself. Forms that only ask are plain `<form method="get">`.
import type { ComponentChildren } from 'preact'
import { useContext } from 'preact/hooks'
import { CSRF_FIELD } from '../csrf.ts'
import { Page } from '../page-context.ts'

export type FormProps = {
  readonly action: string
  readonly id?: string
  readonly class?: string
  /** What the form is for, where no heading says so. */
  readonly label?: string
  /** The id of the part that shows, as one types, what sending the form with `do=part` answers. */
  readonly preview?: string
  /** Values that go along unseen. */
  readonly hidden?: Readonly<Record<string, string>>
  readonly children: ComponentChildren
}

export function Form({ action, id, class: className, label, preview, hidden = {}, children }: FormProps) {
  const { csrfToken } = useContext(Page)
  return (
    <form method="post" action={action} id={id} class={className} aria-label={label} data-preview={preview}>
      <input type="hidden" name={CSRF_FIELD} value={csrfToken} />
      {Object.entries(hidden).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {children}
    </form>
  )
}
