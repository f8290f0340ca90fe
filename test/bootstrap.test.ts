// `npm start`, `npm test` and `npm run plur` on a fresh copy, several at once: one installs, the others wait. Played on a folder of its own,
// with an npm and a compiler that take their time and notice when they are not alone.
import { spawn, spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, inject, test } from 'vitest'
import { ROOT } from './support/program.ts'

/** Takes 1.5 s, leaves a trace, and fails when another one is at work. */
const SLOW = `import { appendFileSync, openSync, rmSync } from 'node:fs'
openSync('busy', 'wx')
await new Promise((resolve) => setTimeout(resolve, 1500))
rmSync('busy')
appendFileSync('trace', process.argv[2] + '\\n')
`
const NPM = `${SLOW}
import { mkdirSync, writeFileSync } from 'node:fs'
rmSync('node_modules', { recursive: true, force: true })
mkdirSync('node_modules/typescript', { recursive: true })
writeFileSync('node_modules/typescript/package.json', '{"name":"typescript","bin":{"tsc":"tsc.js"}}')
writeFileSync('node_modules/typescript/tsc.js', process.env.TSC)
`
const TSC = `const fs = require('fs')
fs.openSync('busy', 'wx')
fs.rmSync('dist', { recursive: true, force: true })
fs.mkdirSync('dist')
fs.writeFileSync('dist/main.js', 'console.log("ran ' + '" + process.argv[2])')
fs.rmSync('busy')
`

async function freshCopy(): Promise<string> {
  const folder = await mkdtemp(path.join(inject('cluster').root, 'copy-'))
  const isPlain = (file: string) => file.endsWith('scripts') || /\.(mjs|json)$/.test(file)
  await cp(path.join(ROOT, 'scripts'), path.join(folder, 'scripts'), { recursive: true, filter: isPlain })
  await writeFile(path.join(folder, 'package.json'), '{}')
  await writeFile(path.join(folder, 'package-lock.json'), '{}')
  await mkdir(path.join(folder, 'npm'))
  await writeFile(path.join(folder, 'npm', 'package.json'), '{"type":"module"}')
  await writeFile(path.join(folder, 'npm', 'npm-cli.js'), NPM)
  return folder
}

async function run(folder: string, name: string) {
  const env = { PATH: process.env['PATH'], npm_execpath: path.join(folder, 'npm', 'npm-cli.js'), TSC }
  const child = spawn(process.execPath, [path.join(folder, 'scripts/bootstrap.mjs'), 'plur', name], { cwd: folder, env })
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await exited, out, err }
}

test('several at once: one installs, the others say that they wait, and all of them run', async () => {
  const folder = await freshCopy()
  const runs = await Promise.all(['a', 'b', 'c', 'd'].map((name) => run(folder, name)))
  expect(runs.map(({ code, err }) => [code, err.includes('Error')])).toEqual(runs.map(() => [0, false]))
  expect(runs.map(({ out }) => out).sort()).toEqual(['ran a\n', 'ran b\n', 'ran c\n', 'ran d\n'])
  expect(await readFile(path.join(folder, 'trace'), 'utf8')).toBe('ci\n')
  expect(runs.filter(({ err }) => err.includes('Installing packages')).length).toBe(1)
  expect(runs.filter(({ err }) => err.includes('Another process is installing')).length).toBe(3)
})

test('one that died while it installed is passed over', async () => {
  const folder = await freshCopy()
  const dead = spawnSync(process.execPath, ['-e', '0']).pid
  await mkdir(path.join(folder, '.runtime'))
  await writeFile(path.join(folder, '.runtime/bootstrap.lock'), String(dead))
  await mkdir(path.join(folder, 'node_modules/typescript'), { recursive: true })
  const runs = await Promise.all(['a', 'b'].map((name) => run(folder, name)))
  expect(runs.map(({ code }) => code)).toEqual([0, 0])
  expect(await readFile(path.join(folder, 'trace'), 'utf8')).toBe('ci\n')
})

test('a server is told to stop when npm was killed, of which the shell between them takes no notice', async () => {
  const folder = await freshCopy()
  const server = `process.on('SIGTERM', () => { console.log('told to stop'); process.exit() }); setInterval(() => 0, 1000); console.log('runs')`
  const compiler = `require('fs').mkdirSync('dist', { recursive: true }); require('fs').writeFileSync('dist/main.js', ${JSON.stringify(server)})`
  const env = { ...process.env, npm_execpath: path.join(folder, 'npm', 'npm-cli.js'), npm_lifecycle_event: 'start', TSC: compiler }
  const script = `"${process.execPath}" "${path.join(folder, 'scripts/bootstrap.mjs')}" serve; true`
  const npm = spawn(
    process.execPath,
    ['-e', `require('child_process').spawn('sh', ['-c', process.argv[1]], { stdio: 'inherit' })`, script],
    {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const printed: string[] = []
  npm.stdout.on('data', (chunk: Buffer) => {
    printed.push(chunk.toString())
    if (printed.join('').includes('runs')) npm.kill('SIGKILL')
  })
  // Closed when the last who could print has ended.
  await new Promise((resolve) => npm.once('close', resolve))
  expect(printed.join('')).toBe('runs\ntold to stop\n')
})
