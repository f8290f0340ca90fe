// Settings: defaults, every problem at once, and what must not start.
import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { describe, expect, test } from 'vitest'
import { ConfigError, defaultPublicUrl, parseConfig } from '../src/config.ts'

function problems(env: Record<string, string>): readonly string[] {
  try {
    parseConfig(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

describe('settings', () => {
  test('nothing set gives the documented defaults', () => {
    expect(parseConfig({ PATH: '/bin' })).toEqual({
      host: '127.0.0.1',
      port: 8080,
      publicUrl: undefined,
      database: { kind: 'embedded', dataDir: './data' },
      org: 'default',
      admin: { email: undefined, password: undefined },
      scimHardDelete: false,
      scimTokenDays: 365,
      auditHashIps: false,
      auditScimReads: true,
      auditRetentionMonths: undefined,
      trustProxy: [],
      logLevel: 'info',
      metricsPort: undefined,
      warnings: [],
    })
  })

  test('an empty value counts as not set', () => {
    expect(parseConfig({ PLUR_PORT: '', PLUR_ORG: ' ' })).toMatchObject({ port: 8080, org: 'default' })
  })

  test('a public URL loses its last slash and keeps its path', () => {
    expect(parseConfig({ PLUR_PUBLIC_URL: 'https://Plur.example.com/team/' }).publicUrl).toBe('https://plur.example.com/team')
  })

  test.each([
    ['127.0.0.1', 'http://127.0.0.1:1'],
    ['0.0.0.0', 'http://localhost:1'],
    ['::', 'http://localhost:1'],
    ['::1', 'http://[::1]:1'],
  ])('without one, host %s is reached at %s', (host, url) => {
    expect(defaultPublicUrl(host, 1)).toBe(url)
  })

  test.each([
    [{ PLUR_POTR: '1' }, 'PLUR_POTR is not a setting. Did you mean PLUR_PORT?'],
    [{ PLUR_SCIM_HARDDELETE: 'true' }, 'Did you mean PLUR_SCIM_HARD_DELETE?'],
    [{ PLUR_X: 'true' }, 'PLUR_X is not a setting.'],
    [{ PLUR_PORT: '65536' }, 'PLUR_PORT must be at most 65535.'],
    [{ PLUR_PORT: 'eighty' }, 'PLUR_PORT must be a port number.'],
    [{ PLUR_SCIM_HARD_DELETE: 'yes' }, 'PLUR_SCIM_HARD_DELETE must be true or false.'],
    [{ PLUR_ORG: 'Acme Inc' }, 'PLUR_ORG must be small letters'],
    [{ PLUR_SCIM_TOKEN_DAYS: '0' }, 'PLUR_SCIM_TOKEN_DAYS must be at least 1.'],
    [{ PLUR_AUDIT_RETENTION_MONTHS: '0' }, 'PLUR_AUDIT_RETENTION_MONTHS must be at least 1.'],
    [{ PLUR_AUDIT_RETENTION_MONTHS: '1.5' }, 'PLUR_AUDIT_RETENTION_MONTHS must be whole months.'],
    [{ PLUR_DATABASE_URL: 'mysql://root:hunter2@db/x' }, 'PLUR_DATABASE_URL must look like'],
    [{ PLUR_DATABASE_OWNER_URL: 'postgresql://o:hunter2@db/x' }, 'PLUR_DATABASE_OWNER_URL needs PLUR_DATABASE_URL'],
    [{ PLUR_PUBLIC_URL: 'plur.example.com' }, 'PLUR_PUBLIC_URL must be a URL'],
    [{ PLUR_PUBLIC_URL: 'https://x/?a' }, 'must have no query'],
    [{ PLUR_TRUST_PROXY: 'yes' }, 'PLUR_TRUST_PROXY must list'],
    [{ PLUR_TRUST_PROXY: '10.0.0.0/33' }, 'not 10.0.0.0/33'],
    [{ PLUR_ADMIN_EMAIL: 'root' }, 'PLUR_ADMIN_EMAIL must be an e-mail address.'],
    [{ PLUR_ADMIN_PASSWORD: 'hunter2' }, 'PLUR_ADMIN_PASSWORD must have at least 12 characters.'],
    [{ PLUR_LOG_LEVEL: 'loud' }, 'PLUR_LOG_LEVEL must be one of'],
  ])('%j is refused: %s', (env, problem) => {
    const found = problems(env)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(problem)
    expect(found[0]).not.toContain('hunter2')
  })

  test('all problems are told at once', () => {
    expect(problems({ PLUR_PORT: 'x', PLUR_POTR: 'y', PLUR_ORG: '-' })).toHaveLength(3)
  })

  test.each([[{ PLUR_PUBLIC_URL: 'http://plur.example.com' }], [{ PLUR_HOST: '192.168.1.5' }]])(
    '%j, which has tokens cross the network in clear, is refused [SEC-01 SEC-02]',
    (env) => {
      expect(problems(env)).toEqual([expect.stringContaining('RFC 7644 section 7.2')])
      expect(parseConfig({ ...env, PLUR_ALLOW_PLAIN_HTTP: 'true' }).warnings).toContainEqual(expect.stringContaining('in clear'))
    },
  )

  test.each([
    { PLUR_PUBLIC_URL: 'http://localhost:9' },
    { PLUR_PUBLIC_URL: 'http://[::1]:9' },
    { PLUR_HOST: '0.0.0.0' },
    { PLUR_HOST: '0.0.0.0', PLUR_PUBLIC_URL: 'https://plur.example.com' },
  ])('%j is fine', (env) => {
    expect(problems(env)).toEqual([])
  })

  test.each([
    ['false', []],
    ['true', ['loopback', 'linklocal', 'uniquelocal']],
    ['10.0.0.0/8, ::1,loopback', ['10.0.0.0/8', '::1', 'loopback']],
  ])('trusted proxies %s', (text, expected) => {
    expect(parseConfig({ PLUR_TRUST_PROXY: text }).trustProxy).toEqual(expected)
  })
})

test('the example file names every setting, and nothing else', () => {
  const text = readFileSync(new URL('../.env.example', import.meta.url), 'utf8')
  const uncommented = text.replaceAll(/^#(?=PLUR_)/gm, '')
  expect(() => parseConfig(parseEnv(uncommented))).not.toThrow()
  const source = readFileSync(new URL('../src/config.ts', import.meta.url), 'utf8')
  const known = new Set([...source.matchAll(/^ {2}(PLUR_[A-Z_]+):/gm)].map(([, name = '']) => name))
  expect(Object.keys(parseEnv(uncommented)).sort()).toEqual([...known].sort())
})
