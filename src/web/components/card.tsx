// Boxes that hold one subject each.
import type { ComponentChildren } from 'preact'
import type { IconName } from '../icons.ts'
import { Icon } from './icon.tsx'

export type CardProps = {
  readonly title?: string
  /** Makes the heading a target of links on the page. */
  readonly id?: string
  readonly actions?: ComponentChildren
  readonly children: ComponentChildren
}

export function Card({ title, id, actions, children }: CardProps) {
  return (
    <section class="card" id={id}>
      {title === undefined ? null : (
        <div class="card-head">
          <h2>{title}</h2>
          {actions === undefined ? null : <div class="actions">{actions}</div>}
        </div>
      )}
      {children}
    </section>
  )
}

export type StatProps = {
  readonly label: string
  readonly value: number | string
  readonly href?: string
  readonly note?: ComponentChildren
}

/** A number that is looked at first. */
export function Stat({ label, value, href, note }: StatProps) {
  const number = <span class="stat-value">{typeof value === 'number' ? value.toLocaleString('en') : value}</span>
  return (
    <div class="stat">
      <p class="stat-label">{label}</p>
      {href === undefined ? number : <a href={href}>{number}</a>}
      {note === undefined ? null : <p class="stat-note">{note}</p>}
    </div>
  )
}

export type EmptyProps = { readonly icon: IconName; readonly title: string; readonly children: ComponentChildren }

/** Where there is nothing yet: what would be here, and what to do next. */
export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <p class="empty-title">{title}</p>
      {children}
    </div>
  )
}

export type Fact = { readonly term: string; readonly value: ComponentChildren }

export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map(({ term, value }) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
