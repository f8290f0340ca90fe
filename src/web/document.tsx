// The HTML document around every page.
import type { ComponentChildren } from 'preact'
import { useContext } from 'preact/hooks'
import { Page } from './page-context.ts'

export type DocumentProps = {
  /** Of the page; the product's name follows it. */
  readonly title: string
  /** Seconds until a browser without script asks again, for pages that show something going on. */
  readonly refreshSeconds?: number | undefined
  readonly children: ComponentChildren
}

export function Document({ title, refreshSeconds, children }: DocumentProps) {
  const { assets } = useContext(Page)
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · PLUR Enterprise`}</title>
        <link rel="preload" href={assets.href('inter.woff2')} as="font" type="font/woff2" crossorigin="anonymous" />
        <link rel="stylesheet" href={assets.href('app.css')} />
        <link rel="icon" href={assets.href('favicon.svg')} type="image/svg+xml" />
        <script type="module" src={assets.href('app.js')} />
        {refreshSeconds === undefined ? null : (
          <noscript>
            <meta http-equiv="refresh" content={String(refreshSeconds)} />
          </noscript>
        )}
      </head>
      <body>{children}</body>
    </html>
  )
}
