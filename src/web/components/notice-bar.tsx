// What the last action did, or what to know about a page, in one line.
import type { ComponentChildren } from 'preact'
import type { IconName } from '../icons.ts'
import type { Notice } from '../notice.ts'
import { Icon } from './icon.tsx'

export function NoticeBar({ notice }: { readonly notice: Notice | undefined }) {
  if (notice === undefined) return null
  return (
    <div class={`callout ${notice.kind === 'done' ? 'good' : 'bad'}`} role={notice.kind === 'done' ? 'status' : 'alert'}>
      <Icon name={notice.kind === 'done' ? 'done' : 'danger'} />
      <p>{notice.text}</p>
    </div>
  )
}

export type Tone = 'good' | 'bad' | 'warn' | 'info' | 'plain'

const ICONS: Readonly<Record<Tone, IconName>> = { good: 'done', bad: 'danger', warn: 'warning', info: 'info', plain: 'info' }

export type CalloutProps = { readonly tone: Tone; readonly title?: string; readonly children: ComponentChildren }

export function Callout({ tone, title, children }: CalloutProps) {
  return (
    <div class={`callout ${tone}`}>
      <Icon name={ICONS[tone]} />
      <div>
        {title === undefined ? null : <p class="callout-title">{title}</p>}
        {children}
      </div>
    </div>
  )
}
