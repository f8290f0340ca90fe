// The way through long lists: keyset pages have a next and a way back to the start, never numbers that would have to be counted.

export type PagerProps = {
  readonly shown: number
  /** Undefined on the first page. */
  readonly firstHref: string | undefined
  /** Undefined on the last page. */
  readonly nextHref: string | undefined
}

export function Pager({ shown, firstHref, nextHref }: PagerProps) {
  if (firstHref === undefined && nextHref === undefined) return null
  return (
    <nav class="pager" aria-label="Pages">
      <span class="muted">{`${shown} shown`}</span>
      {firstHref === undefined ? null : (
        <a class="button plain small" href={firstHref}>
          First page
        </a>
      )}
      {nextHref === undefined ? null : (
        <a class="button plain small" href={nextHref} rel="next">
          Next page
        </a>
      )}
    </nav>
  )
}
