// Things to press: buttons that do something, links that lead somewhere, and a second look before what cannot be undone.
import type { ComponentChildren } from 'preact'
import type { IconName } from '../icons.ts'
import { Form } from './form.tsx'
import { Icon } from './icon.tsx'

export type Look = 'primary' | 'plain' | 'quiet' | 'danger'

type Face = { readonly look?: Look; readonly icon?: IconName; readonly small?: boolean; readonly children: ComponentChildren }

const classOf = ({ look = 'plain', small = false }: Pick<Face, 'look' | 'small'>) => `button ${look}${small ? ' small' : ''}`

export function Button({ icon, children, name, value, ...face }: Face & { readonly name?: string; readonly value?: string }) {
  return (
    <button type="submit" class={classOf(face)} name={name} value={value}>
      {icon === undefined ? null : <Icon name={icon} />}
      {children}
    </button>
  )
}

export function LinkButton({
  href,
  icon,
  children,
  download = false,
  ...face
}: Face & { readonly href: string; readonly download?: boolean }) {
  return (
    <a class={classOf(face)} href={href} download={download ? '' : undefined}>
      {icon === undefined ? null : <Icon name={icon} />}
      {children}
    </a>
  )
}

export type ConfirmProps = {
  /** On the button that opens it; an ellipsis is added. */
  readonly label: string
  readonly icon?: IconName
  readonly small?: boolean
  readonly action: string
  readonly hidden?: Readonly<Record<string, string>>
  /** What will happen, in a sentence or two; it may hold fields. */
  readonly children: ComponentChildren
  /** On the button that does it. */
  readonly confirm: string
  readonly look?: 'danger' | 'primary'
  /** Of the button that opens it: quiet in a row of a table, with a frame where it stands alone. */
  readonly opener?: Look
}

/** A button that first says what it will do. Opens without script. */
export function Confirm({ label, icon, small = false, action, hidden = {}, children, confirm, look = 'danger', opener }: ConfirmProps) {
  return (
    <details class="confirm" data-popover>
      <summary class={classOf({ look: opener ?? (look === 'danger' ? 'quiet' : 'plain'), small })}>
        {icon === undefined ? null : <Icon name={icon} />}
        {`${label}…`}
      </summary>
      <Form action={action} hidden={hidden} class="confirm-body">
        {children}
        <Button look={look}>{confirm}</Button>
      </Form>
    </details>
  )
}
