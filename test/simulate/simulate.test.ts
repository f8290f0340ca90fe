import { Writable } from 'node:stream'
import { createClient, numberAt } from '@plur-enterprise/scim/client'
import { CommanderError } from 'commander'
import { describe, expect, test } from 'vitest'
import { simulate, simulateCommand } from '../../src/simulate/command.ts'
import { runSimulation, type Dialect, type SimulateOptions, type SimulationReport } from '../../src/simulate/simulate.ts'
import { startFaultyProxy, type Fault } from '../doctor/faulty-proxy.ts'
import { useServer, type Org } from '../support/server.ts'

const server = useServer()
const SILENT = { phaseBegins: () => undefined, tick: () => undefined, phaseEnds: () => undefined }
const OIN = { idp: 'okta', dialect: 'oin' } as const
const CLASSIC = { idp: 'entra', dialect: 'classic' } as const

const optionsFor = (org: Org, as: Dialect, more: Partial<SimulateOptions> = {}): SimulateOptions => ({
  url: server.base,
  token: org.token,
  as,
  users: 12,
  groups: 4,
  rate: 0,
  concurrency: 6,
  seed: 1,
  keep: false,
  ...more,
})

const play = (org: Org, as: Dialect, more: Partial<SimulateOptions> = {}) => runSimulation(optionsFor(org, as, more), SILENT)

/** Plays against a real server behind a proxy with one fault. */
async function playWith(fault: Fault, as: Dialect): Promise<SimulationReport> {
  const org = await server.org({ idp: as.idp })
  return play(org, as, { url: `${await startFaultyProxy(server.origin, fault)}/scim/v2` })
}

async function left(org: Org): Promise<readonly (number | undefined)[]> {
  const client = createClient({ baseUrl: server.base, token: org.token })
  const total = async (path: string) => numberAt((await client.send({ method: 'GET', path })).json, 'totalResults')
  return [await total('/Users?count=0'), await total('/Groups?count=0')]
}

describe('our server bears', () => {
  test.each<[string, Dialect]>([
    ['okta oin [OK-10 OK-11 OK-12 OK-30 OK-33 OK-34 OK-36 OK-38 OK-39 OK-41]', OIN],
    ['okta aiw [OK-20 OK-21 OK-22 OK-42 OK-44]', { idp: 'okta', dialect: 'aiw' }],
    ['entra classic [EN-12 EN-15 EN-24 EN-28 EN-35 EN-39 EN-40 EN-42 EN-47 EN-48]', CLASSIC],
    ['entra flag [EN-10 EN-25 EN-38 EN-50]', { idp: 'entra', dialect: 'flag' }],
  ])('%s, and everything is deleted again', async (_name, as) => {
    const org = await server.org({ idp: as.idp })
    const report = await play(org, as)
    expect(report.unexpected).toEqual([])
    expect(report).toMatchObject({ connected: true, ok: true, kept: false })
    expect(report.phases.length).toBeGreaterThanOrEqual(9)
    expect(await left(org)).toEqual([0, 0])
  })

  test('two runs of the same people at once', async () => {
    const org = await server.org({ idp: 'okta' })
    const reports = await Promise.all([play(org, OIN, { keep: true }), play(org, OIN, { keep: true })])
    // Other people may come while one run pages through all; only that part may notice.
    expect(reports.flatMap(({ unexpected }) => unexpected.filter(({ phase }) => phase !== 'reconcile'))).toEqual([])
    expect(reports[0]?.run).not.toBe(reports[1]?.run)
    expect(await left(org)).toEqual([24, 6])
  })
})

describe('what a server does wrong is seen', () => {
  const inPhase = (report: SimulationReport, phase: string) => report.unexpected.filter((unexpected) => unexpected.phase === phase)

  test('a token that is refused ends the play', async () => {
    const report = await runSimulation(optionsFor(await server.org(), OIN, { token: server.unknownToken() }), SILENT)
    expect(report).toMatchObject({ connected: false, ok: false })
    expect(report.phases.map(({ phase }) => phase)).toEqual(['connection test'])
    expect(report.unexpected[0]).toMatchObject({ method: 'GET', expected: '200', got: 'status 401' })
  })

  test('nobody there', async () => {
    const report = await runSimulation(optionsFor(await server.org(), OIN, { url: 'http://simulate.invalid/scim/v2' }), SILENT)
    expect(report).toMatchObject({ connected: false, ok: false })
    expect(report.unexpected[0]?.got).toBe('no answer')
  })

  test('a removed member who stays [EN-40]', async () => {
    const report = await playWith(({ body }) => (body.includes('"Remove"') ? { status: 204 } : undefined), CLASSIC)
    expect(inPhase(report, 'movers')[0]?.got).toMatch(/members: 0 missing, \d+ too many/)
  })

  test('a leaver who stays active [EN-47]', async () => {
    const report = await playWith(({ body }) => (body.includes('"False"') ? { status: 204 } : undefined), CLASSIC)
    expect(inPhase(report, 'leavers')[0]?.got).toBe('user.active should be false, is true')
  })

  test('a 409 for every creation', async () => {
    const report = await playWith(
      ({ method, path }) => (method === 'POST' && path.endsWith('/Users') ? { status: 409, body: '{"detail":"taken"}' } : undefined),
      OIN,
    )
    expect(inPhase(report, 'joiners')).toEqual([
      { phase: 'joiners', method: 'POST', path: '/Users', expected: '201', got: 'status 409', detail: 'taken', times: 12 },
    ])
  })

  test('a 201 with another active state [OK-15]', async () => {
    const report = await playWith(async ({ method, path }, pass) => {
      if (method !== 'POST' || !path.endsWith('/Users')) return undefined
      const answered = await pass()
      return { ...answered, body: answered.body.replace('"active":true', '"active":false') }
    }, OIN)
    expect(inPhase(report, 'joiners')[0]?.got).toBe('active false instead of true')
  })

  test('people missing from the pages of a list [OK-41]', async () => {
    const report = await playWith(async ({ path }, pass) => {
      if (!path.includes('count=100') || path.includes('filter')) return undefined
      const answered = await pass()
      return { ...answered, body: answered.body.replace(/"id":"[^"]+"/, '"id":"somebody-else"') }
    }, OIN)
    expect(inPhase(report, 'reconcile')[0]).toMatchObject({ got: '0 ×', detail: 'a list has to hold everybody exactly once' })
  })

  test('a list that never ends is left', async () => {
    const report = await playWith(async ({ path }, pass) => {
      if (!path.includes('count=100') || path.includes('filter')) return undefined
      const answered = await pass()
      return { ...answered, body: answered.body.replace(/"totalResults":\d+/, '"totalResults":1000000') }
    }, OIN)
    expect(report.phases.find(({ phase }) => phase === 'reconcile')?.requests).toBeLessThan(10)
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

  test('prints a table on standard output and progress on standard error, never the token', async () => {
    const org = await server.org({ idp: 'okta' })
    const [out, err] = [collect(), collect()]
    expect(
      await simulate({ ...optionsFor(org, OIN, { users: 3, groups: 1 }), json: false }, { stdout: out.stream, stderr: err.stream }),
    ).toBe(true)
    expect(out.text()).toMatch(/phase.*requests.*unexpected/)
    expect(out.text()).toContain('Every answer was the expected one.')
    expect(err.text()).toMatch(/✓ joiners +9 requests, 0 unexpected/)
    expect(out.text() + err.text()).not.toContain(org.token)
  })

  test('--json is one JSON value on standard output', async () => {
    const [out, err] = [collect(), collect()]
    const options = optionsFor(await server.org(), OIN, { token: server.unknownToken() })
    expect(await simulate({ ...options, json: true }, { stdout: out.stream, stderr: err.stream })).toBe(false)
    expect(JSON.parse(out.text())).toMatchObject({
      idp: 'okta oin',
      ok: false,
      connected: false,
      phases: [{ phase: 'connection test', unexpected: 1 }],
    })
    expect(out.text() + err.text()).not.toContain(options.token)
  })

  test.each([
    [['oktta', '--token', 't'], /'oktta' is invalid/],
    [['okta', '--token', 't', '--users', '0'], /1 or more/],
    [['okta', '--token', 't', '--rate', 'fast'], /whole number/],
    [['okta', '--token', 't', '--url', 'scim.example.com'], /http or https URL/],
    [['okta', '--token', 't', '--dialect', 'classic'], /--dialect classic is none of okta's/],
    [['okta', '--token', ''], /--token is needed/],
  ])('%j is wrong usage', async (args, message) => {
    let said = ''
    const command = simulateCommand()
      .exitOverride()
      .configureOutput({ writeErr: (text) => void (said += text) })
    await expect(command.parseAsync(args, { from: 'user' })).rejects.toThrow(CommanderError)
    expect(said).toMatch(message)
  })
})
