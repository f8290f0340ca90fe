// Views of one subject, as links: each has an address of its own.

export type Tab = { readonly href: string; readonly label: string; readonly current: boolean; readonly count?: number | undefined }

export function Tabs({ label, tabs }: { readonly label: string; readonly tabs: readonly Tab[] }) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ href, label: name, current, count }) => (
        <a key={href} href={href} aria-current={current ? 'page' : undefined}>
          {name}
          {count === undefined ? null : <span class="count">{count.toLocaleString('en')}</span>}
        </a>
      ))}
    </nav>
  )
}
