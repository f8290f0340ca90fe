// The files that pages load: style, script, fonts and icons, all our own. Read once; their names carry a hash of their content, so that
// browsers may keep them for ever and still get a new one at once.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { HttpError, type HttpRequest, type HttpResponse, type Route } from '../http/message.ts'
import { iconSprite } from './icons.ts'

const DIRECTORY = fileURLToPath(new URL('../../src/web/assets/', import.meta.url))
const require = createRequire(import.meta.url)
const FONT = '@fontsource-variable/inter/files'
const YEAR_SECONDS = 365 * 24 * 60 * 60

type Asset = {
  readonly name: string
  readonly type: string
  readonly content: Buffer
  /** The content as it travels, smallest first; fonts are compressed already. */
  readonly encodings: readonly (readonly [name: string, content: Buffer])[]
}

export type Assets = {
  /** The address of a file by its plain name, such as `app.css`. */
  readonly href: (name: AssetName) => string
  readonly route: Route
}

export type AssetName = 'app.css' | 'app.js' | 'icons.svg' | 'inter.woff2' | 'inter-ext.woff2' | 'favicon.svg'

/** Reads everything into memory; throws when a file is missing. */
export function loadAssets(): Assets {
  const fonts = [
    asset('inter.woff2', 'font/woff2', readFileSync(require.resolve(`${FONT}/inter-latin-wght-normal.woff2`))),
    asset('inter-ext.woff2', 'font/woff2', readFileSync(require.resolve(`${FONT}/inter-latin-ext-wght-normal.woff2`))),
  ]
  const byName = new Map(fonts.map((font) => [font.name, font]))
  const style = readFileSync(`${DIRECTORY}app.css`, 'utf8').replace(/url\("([\w.-]+)"\)/g, (_, name: string) => {
    const font = byName.get(name)
    if (font === undefined) throw new Error(`app.css asks for ${name}, which is no font of ours`)
    return `url("${hashedName(font)}")`
  })
  const all = [
    ...fonts,
    asset('app.css', 'text/css; charset=utf-8', Buffer.from(style)),
    asset('app.js', 'text/javascript; charset=utf-8', readFileSync(`${DIRECTORY}app.js`)),
    asset('favicon.svg', 'image/svg+xml', readFileSync(`${DIRECTORY}favicon.svg`)),
    asset('icons.svg', 'image/svg+xml', Buffer.from(iconSprite())),
  ]
  const hrefs = new Map(all.map((one) => [one.name, `/assets/${hashedName(one)}`]))
  const served = new Map(all.map((one) => [`/assets/${hashedName(one)}`, one]))
  return {
    href(name) {
      const href = hrefs.get(name)
      if (href === undefined) throw new TypeError(`${name} is not an asset`)
      return href
    },
    route: { pattern: '/assets/*', methods: ['GET', 'HEAD'], handle: async (request) => serve(served.get(request.path), request) },
  }
}

function asset(name: string, type: string, content: Buffer): Asset {
  const isText = !type.startsWith('font/')
  const encodings = isText
    ? ([
        ['br', brotliCompressSync(content)],
        ['gzip', gzipSync(content)],
      ] as const)
    : []
  return { name, type, content, encodings }
}

function hashedName({ name, content }: Asset): string {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12)
  return name.replace(/\.(\w+)$/, `.${hash}.$1`)
}

function serve(found: Asset | undefined, { method, header }: HttpRequest): HttpResponse {
  if (found === undefined) throw new HttpError({ status: 404, detail: 'There is no such file.' })
  if (method !== 'GET' && method !== 'HEAD') {
    throw new HttpError({ status: 405, detail: `${method} is not possible here.`, headers: { Allow: 'GET, HEAD' } })
  }
  const accepted = header('accept-encoding') ?? ''
  const [encoding, content] = found.encodings.find(([name]) => accepts(accepted, name)) ?? [undefined, found.content]
  return {
    status: 200,
    headers: {
      'Content-Type': found.type,
      'Cache-Control': `public, max-age=${YEAR_SECONDS}, immutable`,
      Vary: 'Accept-Encoding',
      ...(encoding === undefined ? {} : { 'Content-Encoding': encoding }),
    },
    body: content,
  }
}

/** Whether an Accept-Encoding header names a coding and does not rule it out (RFC 9110 section 12.5.3). */
function accepts(header: string, coding: string): boolean {
  return header.split(',').some((part) => {
    const [name = '', ...parameters] = part.trim().toLowerCase().split(';')
    return name.trim() === coding && !parameters.some((parameter) => /^\s*q=0(\.0*)?\s*$/.test(parameter))
  })
}
