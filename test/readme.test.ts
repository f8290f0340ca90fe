// What the README shows works as it is written there: its shell block is run against a server, with the real command line.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { commandLine } from './support/command-line.ts'
import { ROOT } from './support/program.ts'
import { useServer } from './support/server.ts'

const server = useServer()

/** The shell block under a heading. */
function blockUnder(heading: string): string {
  const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8')
  const [, block] = new RegExp(`^## ${heading}\\n[^#]*?^\`\`\`sh\\n(.*?)^\`\`\`$`, 'ms').exec(readme) ?? []
  if (block === undefined) throw new Error(`there is no shell block under ${heading}`)
  return block
}

/** The objects among the lines that were printed; a line between blank ones may be anything. */
const objects = (printed: string): unknown[] =>
  printed.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as unknown] : []))

const refused = { error: expect.stringContaining('not valid') as string }

test('a leaver, end to end: key and session die, memories stay, a new key sees them all', async () => {
  const env = { PLUR_DATABASE_URL: server.databaseUrl, PLUR_LOG_LEVEL: 'warn' }
  const { token } = await commandLine(env).json<{ token: string }>('scim-token', 'create', '--name', 'readme')
  const script = blockUnder('A leaver, end to end').replaceAll('http://127.0.0.1:8080', server.origin)
  expect(script).toContain(server.origin)
  const shell = spawn('bash', ['-e', '-u', '-o', 'pipefail', '-c', script], {
    cwd: ROOT,
    env: { ...env, TOKEN: token, PATH: process.env['PATH'], HOME: process.env['HOME'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [printed, complaints, code] = await Promise.all([
    text(shell.stdout),
    text(shell.stderr),
    new Promise<number | null>((resolve) => shell.once('exit', resolve)),
  ])
  expect(code, complaints).toBe(0)
  const [group, shared, own, me, left, ...after] = objects(printed)
  expect(group).toMatchObject({ displayName: 'Engineering/Platform' })
  expect(shared).toMatchObject({ scope: 'group:engineering/platform', data: { statement: 'Deploys happen on Tuesdays' } })
  expect(own).toMatchObject({ scope: 'user:default:alice' })
  expect(me).toMatchObject({ username: 'alice', scopes: expect.arrayContaining(['group:engineering/platform']) })
  expect(left).toMatchObject({ userName: 'alice', active: false })
  const [key, session, recalled, back, keyAgain, sessionAgain, hers, ...rest] = after
  expect([key, session, keyAgain, sessionAgain]).toEqual([refused, refused, refused, refused])
  expect(recalled).toMatchObject({ results: [{ statement: 'Deploys happen on Tuesdays' }] })
  expect(back).toMatchObject({ active: true })
  const { rows } = z.object({ rows: z.array(z.unknown()) }).parse(hers)
  expect(rows).toEqual([shared, own])
  expect(rest).toEqual([])
  expect(printed).toMatch(/Scopes that appear:[^]*group:engineering\/platform[^]*2: alice, bob/)
  expect(printed).toMatch(
    /alice left\.[^]*ended after +[\d.]+ ms from the arrival of the request[^]*Sessions ended: 1[^]*API keys revoked: 1/,
  )
  expect(printed).toMatch(
    /bob reads and writes group:engineering\/platform\n└─ member of Engineering\/Platform \(editor\)\n.*by SCIM token readme/,
  )
}, 180_000)
