// An icon beside a word that says the same; alone it needs a label.
import { useContext } from 'preact/hooks'
import type { IconName } from '../icons.ts'
import { Page } from '../page-context.ts'

export function Icon({ name, label }: { readonly name: IconName; readonly label?: string }) {
  const { assets } = useContext(Page)
  const described = label === undefined ? ({ 'aria-hidden': 'true' } as const) : ({ role: 'img', 'aria-label': label } as const)
  return (
    <svg class="icon" {...described}>
      <use href={`${assets.href('icons.svg')}#${name}`} />
    </svg>
  )
}
