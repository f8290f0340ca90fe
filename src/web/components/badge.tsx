// A state in one word, told by its text and only underlined by its colour.
import type { Tone } from './notice-bar.tsx'

export function Badge({ tone = 'plain', children }: { readonly tone?: Tone; readonly children: string }) {
  return <span class={`badge ${tone}`}>{children}</span>
}
