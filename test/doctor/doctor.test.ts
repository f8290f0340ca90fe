import { once } from 'node:events'
import { createServer } from 'node:net'
import { Writable } from 'node:stream'
import { createClient, isObject, listAt, numberAt, textAt, type Members } from '@plur-enterprise/scim/client'
import { CommanderError } from 'commander'
import { describe, expect, onTestFinished, test } from 'vitest'
import { doctor, doctorCommand } from '../../src/doctor/command.ts'
import { runDoctor } from '../../src/doctor/doctor.ts'
import type { Finding } from '../../src/doctor/finding.ts'
import { findingText } from '../../src/doctor/report.ts'
import { useServer } from '../support/server.ts'
import { startFaultyProxy, type Answered, type Fault } from './faulty-proxy.ts'

const server = useServer()
const failures = (findings: readonly Finding[]) => findings.filter(({ outcome }) => outcome === 'failed')
const textOf = (findings: readonly Finding[]) => findings.map(findingText).join('')

type Examined = { readonly findings: readonly Finding[]; readonly left: number }

/** Examines a real server behind a proxy with one fault; `left` is how many users and groups are there afterwards. */
async function examine(fault: Fault, { readOnly = false, timeoutMs = 10_000 } = {}): Promise<Examined> {
  const org = await server.org()
  const url = `${await startFaultyProxy(server.origin, fault)}/scim/v2`
  const findings = await runDoctor({ url, token: org.token, readOnly, timeoutMs })
  const client = createClient({ baseUrl: server.base, token: org.token })
  const total = async (path: string) => numberAt((await client.send({ method: 'GET', path })).json, 'totalResults') ?? 0
  return { findings, left: (await total('/Users?count=0')) + (await total('/Groups?count=0')) }
}

function membersOf(text: string): Members {
  const value: unknown = JSON.parse(text)
  if (!isObject(value)) throw new Error(`no JSON object: ${text}`)
  return value
}

/** The answer with another body. */
const json = (answered: Answered, change: (body: Members) => Members): Answered => ({
  ...answered,
  body: JSON.stringify(change(membersOf(answered.body))),
})

describe('our server', () => {
  test('is healthy, and nothing of the examination stays', async () => {
    const { findings, left } = await examine(() => undefined)
    expect(textOf(failures(findings))).toBe('')
    expect(findings.filter(({ outcome }) => outcome === 'ok').length).toBeGreaterThan(30)
    expect(left).toBe(0)
  })

  test('is examined without a write when asked to', async () => {
    const written: string[] = []
    const { findings } = await examine(
      ({ method, path }) => {
        if (method !== 'GET') written.push(`${method} ${path}`)
        return undefined
      },
      { readOnly: true },
    )
    expect(written).toEqual([])
    expect(textOf(failures(findings))).toBe('')
    expect(textOf(findings)).toContain('- user       the life of a probe user and group (--read-only)')
  })

  test('an unknown token is told from a broken one', async () => {
    const unknown = await runDoctor({ url: server.base, token: server.unknownToken(), readOnly: true })
    expect(textOf(failures(unknown))).toContain('the token is refused')
    const broken = await runDoctor({ url: server.base, token: `${server.unknownToken()}x`, readOnly: true })
    expect(textOf(failures(broken))).toContain('its checksum does not fit')
    expect(textOf(broken)).toContain('without a token: 401 as a SCIM error')
  })
})

describe('a server that cannot be used', () => {
  const html = { status: 403, headers: { 'content-type': 'text/html', server: 'waf' }, body: '<html>Access denied</html>' }

  test.each<[string, Fault, string]>([
    ['a firewall’s page', () => html, '403 is a web page from waf, not SCIM'],
    ['a page for everything', () => ({ headers: { 'content-type': 'text/html' }, body: '<!doctype html>' }), '200 is a web page, not SCIM'],
    [
      'a redirect to a sign-in page',
      () => ({ status: 302, headers: { location: 'https://sso.example/login' } }),
      '302 redirects to https://sso.example/login',
    ],
    ['an open door', () => ({ body: '{"schemas":[]}' }), 'the server answers without a token'],
    ['another path', () => ({ status: 404, body: '{"detail":"no route"}' }), '404 for /Users (no route)'],
    [
      'plain text',
      () => ({ status: 401, headers: { 'content-type': 'text/plain' }, body: 'Unauthorized' }),
      '401 with text/plain is no SCIM answer',
    ],
    ['an error', () => ({ status: 500, body: '{"detail":"boom"}' }), 'without a token: 500 instead of 401 (boom)'],
  ])('%s [RC-10 RC-25]', async (_name, fault, expected) => {
    const { findings } = await examine(fault, { readOnly: true })
    const failed = failures(findings)
    expect(textOf(failed)).toContain(expected)
    expect(failed.every(({ advice }) => advice?.endsWith('.') === true)).toBe(true)
    expect(findings.at(-1)?.outcome).toBe('skipped')
  })

  test('a closed port', async () => {
    const listener = createServer().listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const address = listener.address()
    listener.close()
    await once(listener, 'close')
    const port = typeof address === 'object' ? address?.port : 0
    const findings = await runDoctor({ url: `http://127.0.0.1:${port}/scim/v2`, token: server.unknownToken(), readOnly: true })
    expect(textOf(failures(findings))).toContain(`port ${port}: ECONNREFUSED`)
  })

  test('a name that nobody knows', async () => {
    const findings = await runDoctor({ url: 'https://doctor.invalid/scim/v2', token: server.unknownToken(), readOnly: true })
    expect(textOf(failures(findings))).toMatch(/doctor\.invalid has no address \((ENOTFOUND|EAI_AGAIN)\)/)
  })

  test('a port that speaks no TLS', async () => {
    const listener = createServer((socket) => socket.on('error', () => undefined).end('hello\r\n')).listen(0, '127.0.0.1')
    onTestFinished(() => void listener.close())
    await once(listener, 'listening')
    const address = listener.address()
    const port = typeof address === 'object' ? address?.port : 0
    const findings = await runDoctor({ url: `https://127.0.0.1:${port}/scim/v2`, token: server.unknownToken(), readOnly: true })
    expect(textOf(failures(findings))).toContain('network    TLS: ')
    expect(textOf(findings)).toContain('- access     everything else, since the server cannot be reached')
  })
})

describe('a server that is wrong in one thing', () => {
  const isPatch =
    (part: string): ((asked: { method: string; body: string }) => boolean) =>
    ({ method, body }) =>
      method === 'PATCH' && body.includes(part)

  test.each<[string, Fault, string]>([
    [
      'a filter that finds nobody is 404 [EN-62 RC-1]',
      ({ path }) =>
        path.includes('filter=userName') && !path.includes('probe.example') && !path.includes('DOCTOR')
          ? { status: 404, body: '{"detail":"none"}' }
          : undefined,
      'filter on userName with a random value: 404 instead of 200 (none)',
    ],
    [
      'a filter is ignored [RC-14]',
      async ({ path }, pass) =>
        path.includes('filter=displayName') ? json(await pass(), (body) => ({ ...body, totalResults: 7 })) : undefined,
      'totalResults is 7: the filter is ignored',
    ],
    [
      'numbers are strings [RC-3]',
      async ({ path }, pass) =>
        path.includes('startIndex=1&count=1') && !path.startsWith('/scim/v2/Users?count')
          ? json(await pass(), (body) => ({ ...body, totalResults: '1' }))
          : undefined,
      'totalResults is "1", not a number',
    ],
    [
      'ServiceProviderConfig is not to be read [AU-1]',
      async ({ path }, pass) =>
        path.endsWith('/ServiceProviderConfig') ? json(await pass(), ({ patch: _patch, ...body }) => body) : undefined,
      'ServiceProviderConfig lacks patch',
    ],
    [
      'Schemas lacks Group [EN-67]',
      async ({ path }, pass) =>
        path.endsWith('/Schemas')
          ? json(await pass(), (body) => {
              const Resources = listAt(body, 'Resources').filter((schema) => textAt(schema, 'id')?.endsWith(':Group') !== true)
              return { ...body, Resources, totalResults: Resources.length }
            })
          : undefined,
      'Schemas lacks urn:ietf:params:scim:schemas:core:2.0:Group',
    ],
    [
      'the 201 is empty [OK-13]',
      async ({ method, path }, pass) => (method === 'POST' && path.endsWith('/Users') ? { ...(await pass()), body: '{}' } : undefined),
      'creating a probe user: the 201 has no id',
    ],
    [
      'a disabled user hides [RC-13]',
      async ({ path }, pass) =>
        path.includes('probe.example') && path.includes('filter') ? json(await pass(), (body) => ({ ...body, Resources: [] })) : undefined,
      'finding the disabled user: the user is not found',
    ],
    [
      '"False" is refused [EN-47]',
      (asked) => (isPatch('"False"')(asked) ? { status: 400, body: '{"detail":"no boolean"}' } : undefined),
      'disabling it as Entra does ("False"): 400 instead of 200 or 204 (no boolean)',
    ],
    [
      '"False" is taken and nothing happens',
      (asked) => (isPatch('"False"')(asked) ? { status: 204 } : undefined),
      'reading the disabled user: active is true',
    ],
    [
      'members are taken and not stored [OK-48]',
      (asked) => (isPatch('"Add"')(asked) ? { status: 204 } : undefined),
      'reading the members: there are 0 members instead of 2',
    ],
    [
      'a remove without effect [EN-40]',
      (asked) => (isPatch('"Remove"')(asked) ? { status: 204 } : undefined),
      'reading the members: there are 2 members instead of 1',
    ],
    [
      'the clock is wrong',
      async (_asked, pass) => {
        const answered = await pass()
        return { ...answered, headers: { ...answered.headers, date: new Date(Date.now() - 3_600_000).toUTCString() } }
      },
      'the clocks differ by 36',
    ],
    [
      'throttled without a time to wait [RC-18]',
      ({ path }) => (path.endsWith('/Users?count=1') ? { status: 429, body: '{}' } : undefined),
      'a 429 with Retry-After: nothing',
    ],
    [
      'errors under load',
      ({ path }) => (path.endsWith('/Users?count=1') ? { status: 500, body: '{}' } : undefined),
      '50 of 50 requests in a burst ended with 500',
    ],
  ])('%s', async (_name, fault, expected) => {
    const { findings, left } = await examine(fault)
    expect(textOf(failures(findings))).toContain(expected)
    expect(failures(findings).every(({ advice }) => (advice ?? '').length > 20)).toBe(true)
    // An id that never came back cannot be deleted by it.
    expect(left).toBe(expected.includes('no id') ? 1 : 0)
  })

  test('what was created by mistake is deleted too', async () => {
    const again = new Set<string>()
    const { findings, left } = await examine(async ({ method, path, body }, pass) => {
      // The second creation of one name gets through, as another user.
      if (method !== 'POST' || !path.endsWith('/Users')) return undefined
      const userName = textAt(membersOf(body), 'userName') ?? ''
      if (!again.has(userName)) {
        again.add(userName)
        return undefined
      }
      return pass({ body: body.replaceAll(userName, `twin-${userName}`) })
    })
    expect(textOf(failures(findings))).toContain('creating it again: 201 instead of 409')
    expect(left).toBe(0)
  })

  test('a connection that breaks in the middle is a finding, and the rest goes on', async () => {
    const { findings } = await examine(
      async ({ method, body }, pass) => (method === 'PATCH' && body.includes('"False"') ? new Promise<never>(() => {}) : pass()),
      {
        timeoutMs: 1500,
      },
    )
    expect(textOf(failures(findings))).toContain('no answer (timeout)')
    expect(textOf(findings)).toContain('requests per second')
  })
})

describe('the command', () => {
  const collect = () => {
    const chunks: string[] = []
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        chunks.push(chunk.toString())
        done()
      },
    })
    return { stream, text: () => chunks.join('') }
  }

  test('prints findings and a verdict, never the token', async () => {
    const org = await server.org()
    const [out, err] = [collect(), collect()]
    expect(
      await doctor({ url: server.base, token: org.token, readOnly: true, json: false }, { stdout: out.stream, stderr: err.stream }),
    ).toBe(true)
    expect(out.text()).toMatch(/The connection is healthy: \d+ ok, 0 failed, \d+ worth a look\.\n$/)
    expect(out.text() + err.text()).not.toContain(org.token)
  })

  test('--json is one JSON value on standard output', async () => {
    const [out, err] = [collect(), collect()]
    const token = server.unknownToken()
    expect(await doctor({ url: server.base, token, readOnly: true, json: true }, { stdout: out.stream, stderr: err.stream })).toBe(false)
    expect(JSON.parse(out.text())).toMatchObject({ healthy: false, url: server.base, failed: 1 })
    expect(out.text() + err.text()).not.toContain(token)
  })

  test('wrong usage is a CommanderError', async () => {
    const command = doctorCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => undefined })
    await expect(command.parseAsync(['--colour'], { from: 'user' })).rejects.toThrow(CommanderError)
  })
})
