// The map of the code as a test: folders import only what lies before them, libraries stay in the one folder that knows them, and
// nothing runs in circles, types included.
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { z } from 'zod'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** A folder may import itself and those before it. */
const FOLDERS = ['primitives', 'db', 'audit', 'directory', 'permissions', 'auth', 'memory', 'lifecycle', 'http', 'web']
/** The rim: stands on all of them; its folders never import each other. */
const RIM = ['scim', 'api', 'admin', 'self', 'signin', 'simulate', 'doctor', 'cli']
/** What the command line may take from the rest of the rim. */
const CLI_MAY_IMPORT = ['src/simulate/command.ts', 'src/doctor/command.ts']

/** Libraries of which one folder of the server knows. */
const KNOWN_BY: Readonly<Record<string, readonly string[]>> = {
  fastify: ['src/http/'],
  'rate-limiter-flexible': ['src/http/'],
  pg: ['src/db/'],
  'pg-copy-streams': ['src/db/backup/'],
  yauzl: ['src/db/backup/'],
  yazl: ['src/db/backup/'],
  commander: ['src/cli/', 'src/simulate/', 'src/doctor/'],
  'cli-table3': ['src/cli/', 'src/simulate/'],
  'cli-progress': ['src/simulate/'],
  pino: ['src/log.ts'],
  'prom-client': ['src/metrics.ts'],
  zod: ['src/config.ts', 'src/db/backup/', 'src/memory/', 'src/api/', 'src/web/', 'src/admin/', 'src/self/', 'src/signin/'],
  '@node-rs/argon2': ['src/auth/'],
  otpauth: ['src/auth/'],
  'openid-client': ['src/auth/'],
  uqr: ['src/web/'],
  cookie: ['src/web/'],
  '@fastify/csrf': ['src/web/'],
  'preact-render-to-string': ['src/web/'],
  '@dagrejs/dagre': ['src/web/'],
  'd3-scale': ['src/web/'],
  'd3-shape': ['src/web/'],

  kysely: [
    'src/db/',
    'src/audit/',
    'src/directory/',
    'src/permissions/',
    'src/auth/',
    'src/memory/',
    'src/lifecycle/',
    'src/http/',
    'src/scim/',
  ],
}

type Import = { readonly from: string; readonly specifier: string; readonly target: string | undefined }

const IMPORT = /^(?:import|export)\b[^'"`;]*?from\s*'([^']+)'|^import\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm

function importsBelow(pattern: string): readonly Import[] {
  return globSync(pattern, { cwd: ROOT }).flatMap((file) =>
    [...readFileSync(path.join(ROOT, file), 'utf8').matchAll(IMPORT)].map(([, from, bare, dynamic]) => {
      const specifier = from ?? bare ?? dynamic ?? ''
      const target = specifier.startsWith('.') ? path.join(path.dirname(file), specifier) : undefined
      return { from: file, specifier, target }
    }),
  )
}

const server = importsBelow('src/**/*.{ts,tsx}')
const protocol = importsBelow('packages/scim/src/**/*.ts')

const folderOf = (file: string) => /^src\/([^/]+)\//.exec(file)?.[1]
const told = ({ from, specifier }: Import) => `${from} imports ${specifier}`

test('the imports are seen at all', () => {
  expect(server.length).toBeGreaterThan(200)
  expect(protocol.length).toBeGreaterThan(100)
})

test('every folder has its place', () => {
  const folders = new Set(server.flatMap(({ from }) => folderOf(from) ?? []))
  expect([...folders].filter((folder) => ![...FOLDERS, ...RIM].includes(folder))).toEqual([])
})

test('a folder imports only what lies before it, and no file of the root', () => {
  const upward = server.filter(({ from, target }) => {
    const [folder, other] = [folderOf(from), target === undefined ? undefined : folderOf(target)]
    if (folder === undefined || target === undefined) return false
    if (other === undefined) return true
    if (folder === other) return false
    if (RIM.includes(folder)) return RIM.includes(other) && !(folder === 'cli' && CLI_MAY_IMPORT.includes(target))
    return RIM.includes(other) || FOLDERS.indexOf(other) > FOLDERS.indexOf(folder)
  })
  expect(upward.map(told)).toEqual([])
})

test('a library is known to one folder', () => {
  const strays = server.filter(({ from, specifier }) => {
    const places = Object.hasOwn(KNOWN_BY, specifier) ? KNOWN_BY[specifier] : undefined
    return places !== undefined && !places.some((place) => from.startsWith(place))
  })
  expect(strays.map(told)).toEqual([])
})

test('the protocol is imported by its name, never from its inside', () => {
  const { exports } = z
    .object({ exports: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(readFileSync(path.join(ROOT, 'packages/scim/package.json'), 'utf8')))
  const names = Object.keys(exports).map((name) => path.posix.join('@plur-enterprise/scim', name))
  const inside = server.filter(
    ({ specifier, target }) => (specifier.startsWith('@plur-enterprise/') && !names.includes(specifier)) || target?.startsWith('packages/'),
  )
  expect(inside.map(told)).toEqual([])
})

test('the protocol needs nothing: no library, no Node, no server', () => {
  expect(protocol.filter(({ target }) => target === undefined || !target.startsWith('packages/scim/src/')).map(told)).toEqual([])
  const globals = globSync('packages/scim/src/**/*.ts', { cwd: ROOT }).filter((file) =>
    /\b(process|Buffer|require|__dirname)\s*[.(]/.test(withoutComments(readFileSync(path.join(ROOT, file), 'utf8'))),
  )
  expect(globals).toEqual([])
})

test('the environment is read in one place', () => {
  const readers = globSync('src/**/*.{ts,tsx}', { cwd: ROOT }).filter((file) =>
    withoutComments(readFileSync(path.join(ROOT, file), 'utf8')).includes('process.env'),
  )
  expect(readers).toEqual(['src/main.ts'])
})

test.each([
  ['the server', server],
  ['the protocol', protocol],
])('%s has no circle of imports', (_, imports) => {
  const next = new Map<string, string[]>()
  for (const { from, target } of imports) if (target !== undefined) next.set(from, [...(next.get(from) ?? []), target])
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (done.has(file) || path.includes(file)) return
    for (const target of next.get(file) ?? []) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of next.keys()) visit(file, [])
  expect(circles).toEqual([])
})

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
}
