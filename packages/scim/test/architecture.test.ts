// The order of the package's parts: each may import those before it and itself, nothing else.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

const SOURCE = join(import.meta.dirname, '../src')

/** Folders and single files from the ground up. The port is types alone and stands below those who speak of it. */
const ORDER: readonly (readonly string[])[] = [
  ['urns.ts', 'limits.ts', 'patch/profile.ts'],
  ['errors.ts'],
  ['json.ts'],
  ['schema/'],
  ['filter/'],
  ['resource/'],
  ['patch/'],
  ['provider/store.ts', 'provider/message.ts'],
  ['query/'],
  ['bulk/'],
  ['provider/'],
  ['openapi/'],
  ['index.ts'],
]

/** A tool of its own that shares nothing with the provider but the URNs. */
const CLIENT = 'client/'

type File = { readonly name: string; readonly imports: readonly string[] }

const files: readonly File[] = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, imports: importsOf(name) }))

function importsOf(name: string): readonly string[] {
  const text = readFileSync(join(SOURCE, name), 'utf8')
  const specifiers = text.matchAll(/^(?:(?:import|export)\b.*|\}) from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'/gm)
  return [...specifiers].map(([, from, bare, lazy]) => {
    const specifier = from ?? bare ?? lazy ?? ''
    return specifier.startsWith('.') ? relative(SOURCE, join(SOURCE, dirname(name), specifier)) : specifier
  })
}

/** A file's own entry wins over that of its folder. */
function layerOf(name: string): number {
  const exact = ORDER.findIndex((layer) => layer.includes(name))
  return exact === -1 ? ORDER.findIndex((layer) => layer.some((folder) => folder.endsWith('/') && name.startsWith(folder))) : exact
}

const provider = files.filter(({ name }) => !name.startsWith(CLIENT))

describe('the package', () => {
  test('imports neither packages nor Node modules', () => {
    const foreign = files.flatMap(({ name, imports }) =>
      imports.filter((each) => !files.some((file) => file.name === each)).map((each) => `${name} → ${each}`),
    )
    expect(foreign).toEqual([])
  })

  test('has a place in the order for every file', () => {
    expect(provider.filter(({ name }) => layerOf(name) === -1).map(({ name }) => name)).toEqual([])
  })

  test('imports downwards or sideways, types too', () => {
    const upward = provider.flatMap(({ name, imports }) =>
      imports.filter((each) => layerOf(each) > layerOf(name) || each.startsWith(CLIENT)).map((each) => `${name} → ${each}`),
    )
    expect(upward).toEqual([])
  })

  test('keeps its client apart', () => {
    const client = files.filter(({ name }) => name.startsWith(CLIENT))
    expect(client.flatMap(({ imports }) => imports).filter((each) => !each.startsWith(CLIENT) && each !== 'urns.ts')).toEqual([])
  })

  test('has no circle of imports, types included', () => {
    const done = new Set<string>()
    const circles: string[] = []
    const visit = (name: string, path: readonly string[]): void => {
      if (path.includes(name)) circles.push([...path.slice(path.indexOf(name)), name].join(' → '))
      if (done.has(name) || path.includes(name)) return
      for (const each of files.find((file) => file.name === name)?.imports ?? []) visit(each, [...path, name])
      done.add(name)
    }
    for (const { name } of files) visit(name, [])
    expect(circles).toEqual([])
  })

  test('is read by this test as it is written', () => {
    expect(files.find(({ name }) => name === 'index.ts')?.imports).toContain('provider/provider.ts')
    expect(files.find(({ name }) => name === 'json.ts')?.imports).toEqual(['errors.ts'])
  })
})
