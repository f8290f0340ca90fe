// What components need of the page they are on, without every component in between handing it on.
import { createContext } from 'preact'
import type { Assets } from './assets.ts'

export type PageContext = {
  readonly assets: Pick<Assets, 'href'>
  /** For the forms of the page. */
  readonly csrfToken: string
  /** When the page was made; relative times count from it. */
  readonly now: Date
}

const NO_PAGE: PageContext = {
  assets: {
    href: () => {
      throw new TypeError('A component was rendered outside of a page')
    },
  },
  csrfToken: '',
  now: new Date(0),
}

export const Page = createContext<PageContext>(NO_PAGE)
