// The icons in use, as one SVG file of symbols made at start from the icon package.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** Our name → the package's. */
const ICONS = {
  add: 'plus',
  arrow: 'arrow-right',
  audit: 'clipboard-document-list',
  back: 'arrow-left',
  check: 'check',
  chevron: 'chevron-right',
  clock: 'clock',
  close: 'x-mark',
  connection: 'signal',
  copy: 'square-2-stack',
  danger: 'exclamation-circle',
  done: 'check-circle',
  down: 'arrow-down',
  download: 'arrow-down-tray',
  external: 'arrow-top-right-on-square',
  folder: 'folder',
  group: 'user-group',
  groups: 'rectangle-group',
  help: 'question-mark-circle',
  home: 'home',
  info: 'information-circle',
  key: 'key',
  link: 'link',
  lock: 'lock-closed',
  menu: 'bars-3',
  off: 'no-symbol',
  person: 'user',
  people: 'users',
  receipt: 'document-check',
  refresh: 'arrow-path',
  search: 'magnifying-glass',
  security: 'shield-check',
  session: 'computer-desktop',
  settings: 'cog-6-tooth',
  setup: 'rocket-launch',
  sign_in: 'arrow-right-start-on-rectangle',
  sign_out: 'arrow-left-start-on-rectangle',
  trash: 'trash',
  tree: 'share',
  up: 'arrow-up',
  unlink: 'link-slash',
  warning: 'exclamation-triangle',
} as const

export type IconName = keyof typeof ICONS

/** One `<symbol>` an icon, whose id is our name for it. */
export function iconSprite(): string {
  const symbols = Object.entries(ICONS).map(([name, file]) => {
    const text = readFileSync(require.resolve(`heroicons/20/solid/${file}.svg`), 'utf8')
    const shape = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(text)?.[1]
    if (shape === undefined) throw new Error(`the icon ${file} is not an SVG`)
    return `<symbol id="${name}" viewBox="0 0 20 20" fill="currentColor">${shape.trim()}</symbol>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`
}
