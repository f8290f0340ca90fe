// The real process: it starts, says where it is, finishes what it began when told to stop, and survives being asked twice.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import path from 'node:path'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { clientConfig } from '../../src/db/connection-target.ts'
import { commandLine } from '../support/command-line.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { type Program, ROOT, serveProgram, startProgram } from '../support/program.ts'

const REPORT = z.object({ findings: z.array(z.object({ part: z.string(), outcome: z.string(), text: z.string() })) })

/** A parent that does nothing but be there. */
const STARTER = `require('node:child_process').spawn(process.execPath, [process.argv[1], 'serve'], { stdio: 'inherit' })`

const processes: ChildProcess[] = []
let database: TestDatabase
let token: string
beforeAll(async () => {
  database = await testDatabase({ empty: true })
})
afterEach(() => {
  for (const child of processes.splice(0)) child.kill('SIGKILL')
})
afterAll(() => database.drop())

function run(args: readonly string[], env: Record<string, string> = {}): Program {
  const child = startProgram(args, { PLUR_DATABASE_URL: database.url, ...env })
  processes.push(child)
  return child
}

async function serve() {
  const { child, port } = await serveProgram({ PLUR_DATABASE_URL: database.url })
  processes.push(child)
  token ??= (await commandLine({ PLUR_DATABASE_URL: database.url }).json<{ token: string }>('scim-token', 'create', '--name', 'e2e')).token
  return { child, port, stdout: () => child.printed.out, stderr: () => child.printed.err }
}

const get = (port: number, target: string) => fetch(`http://127.0.0.1:${port}${target}`, { headers: { authorization: `Bearer ${token}` } })

describe('serve', () => {
  test('migrates, says where it is and what to do next, and keeps its log apart', async () => {
    const { child, port, stdout, stderr } = await serve()
    expect(stderr()).toMatch(/was ready in \d+ ms/)
    expect(stderr()).toContain(`http://127.0.0.1:${port}/scim/v2`)
    expect(stderr()).toContain('scim-token create')
    expect(stderr()).toContain(`http://127.0.0.1:${port}/admin`)
    expect(stderr()).toContain('as admin\n')
    expect((await get(port, '/scim/v2/Users')).status).toBe(200)
    child.kill('SIGTERM')
    expect((await once(child, 'exit'))[0]).toBe(0)
    for (const line of stdout().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg')
    expect(stdout()).toContain('"route":"/scim/v2/Users"')
    expect(stdout()).toContain('"msg":"stopped"')
    const password = /password {3}(\S+)/.exec(stderr())?.[1] ?? ''
    expect(password).toMatch(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/)
    expect(stdout()).not.toContain(password)
  })

  test('goes on when nobody reads what it prints any more, and stops in order', async () => {
    const { child, port } = await serve()
    child.stdout?.destroy()
    child.stderr?.destroy()
    const exited = once(child, 'exit')
    for (let n = 0; n < 100; n++) expect((await get(port, '/scim/v2/Users')).status).toBe(200)
    child.kill('SIGTERM')
    expect((await exited)[0]).toBe(0)
  })

  test('told to stop, finishes the request that runs and takes no other', async () => {
    const { child, port, stderr } = await serve()
    // The password of the first admin is shown once; whoever starts it again reads how to get another.
    expect(stderr()).not.toMatch(/password {3}/)
    expect(stderr()).toContain('user reset-password admin')
    const answer = Promise.withResolvers<{ status: number | undefined; connection: string | undefined }>()
    const slow = request({
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/scim/v2/Users',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
    })
    slow.on('response', (response) => {
      response.resume()
      response.on('end', () => answer.resolve({ status: response.statusCode, connection: response.headers.connection }))
    })
    slow.on('error', answer.reject)
    slow.write('{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],')
    // The request is inside when a later one on another connection has been answered.
    await get(port, '/healthz')
    child.kill('SIGTERM')
    const door = () =>
      get(port, '/healthz').then(
        () => 'open',
        () => 'closed',
      )
    await expect.poll(door, { timeout: 10_000 }).toBe('closed')
    slow.end('"userName":"last-minute"}')
    expect(await answer.promise).toEqual({ status: 201, connection: 'close' })
    expect((await once(child, 'exit'))[0]).toBe(0)
    const reader = new Client(clientConfig(database.connection))
    await reader.connect()
    const { rows } = await reader.query(`select count(*)::int as n from scim_resources where unique_key = 'last-minute'`)
    expect(rows).toEqual([{ n: 1 }])
    await reader.end()
  })

  test('told again a little later, leaves at once', async () => {
    const { child, port } = await serve()
    const slow = request({ port, host: '127.0.0.1', method: 'POST', path: '/scim/v2/Users', headers: { authorization: `Bearer ${token}` } })
    slow.on('error', () => undefined)
    slow.write('{')
    await get(port, '/healthz')
    const asked = performance.now()
    // A signal within the first second counts as the same.
    await expect.poll(() => (child.kill('SIGTERM'), child.exitCode), { interval: 100, timeout: 5000 }).toBe(1)
    expect(performance.now() - asked).toBeGreaterThan(1000)
  })

  test('stops in order when npm, which started it, was killed', async () => {
    // Whoever holds the output can tell when the last of the two has let go of it.
    const starter = spawn(process.execPath, ['-e', STARTER, path.join(ROOT, 'dist/main.js')], {
      env: { PATH: process.env['PATH'], PLUR_PORT: '0', PLUR_DATABASE_URL: database.url, npm_lifecycle_event: 'start' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    processes.push(starter)
    let [printed, log] = ['', '']
    starter.stderr.on('data', (chunk: Buffer) => void (printed += chunk.toString()))
    starter.stdout.on('data', (chunk: Buffer) => void (log += chunk.toString()))
    const closed = once(starter, 'close')
    await expect.poll(() => printed, { timeout: 30_000 }).toContain('What next')
    starter.kill('SIGKILL')
    await closed
    expect(log).toContain('"msg":"stopped"')
  })

  test('a port that is taken is one sentence and exit code 1', async () => {
    const { port } = await serve()
    const second = run(['serve'], { PLUR_PORT: String(port) })
    expect((await once(second, 'exit'))[0]).toBe(1)
    expect(second.printed.err.trim()).toBe(
      `Cannot listen on 127.0.0.1:${port}: another program uses it. PLUR_HOST and PLUR_PORT choose another.`,
    )
  })

  test('wrong settings stop it before anything is opened', async () => {
    const child = run(['serve'], { PLUR_PROT: '1' })
    expect((await once(child, 'exit'))[0]).toBe(2)
    expect(child.printed.err).toContain('Did you mean PLUR_PORT?')
  })
})

describe('doctor and simulate', () => {
  test('work against it and leave with 0, or 1 when something is wrong', async () => {
    const { port } = await serve()
    const url = `http://127.0.0.1:${port}/scim/v2`
    const doctor = run(['doctor', '--url', url, '--token', token, '--json'])
    const [code] = z.tuple([z.number(), z.null()]).parse(await once(doctor, 'exit'))
    const { findings } = REPORT.parse(JSON.parse(doctor.printed.out))
    // How fast it is depends on what else this machine does.
    const failed = findings.filter(({ outcome }) => outcome === 'failed')
    expect(failed.filter(({ part }) => part !== 'speed')).toEqual([])
    expect(code).toBe(failed.length === 0 ? 0 : 1)
    const wrong = run(['doctor', '--url', url, '--token', `${token}x`, '--json'])
    expect((await once(wrong, 'exit'))[0]).toBe(1)
    const simulate = run(['simulate', 'okta', '--users', '3', '--groups', '1', '--url', url, '--token', token, '--json'])
    expect((await once(simulate, 'exit'))[0], simulate.printed.err).toBe(0)
    expect(JSON.parse(simulate.printed.out)).toMatchObject({ ok: true })
  })
})
