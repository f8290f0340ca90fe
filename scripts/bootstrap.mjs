// Makes `npm start` and `npm test` the only set-up: installs what is missing, moves to a current Node when the one at
// hand is too old, builds what changed, then does what was asked. Plain JavaScript so that any Node from 20 can run it.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureBrowser } from './browser.mjs'
import { takeLock } from './lock.mjs'

const NODE_MIN = [22, 12]
/** The Node that is fetched from the package registry when the one at hand is older than NODE_MIN. */
const NODE_FETCHED = '24.21.0'
/** How often we look whether whoever started us is still there. */
const PARENT_MS = 500
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const [task = 'help', ...args] = process.argv.slice(2)

const say = (text) => process.stderr.write(`${text}\n`)

function fail(text) {
  say(text)
  process.exit(1)
}

function run(command, commandArgs, options = {}) {
  const result = spawnSync(command, commandArgs, { cwd: root, stdio: ['ignore', 2, 2], ...options })
  if (result.error) fail(`${command} could not be started: ${result.error.message}`)
  if (result.status !== 0) process.exit(result.status ?? 1)
}

function npm(npmArgs, what) {
  // npm sets npm_execpath for its scripts; calling that file avoids a search for the npm command.
  const cli = process.env.npm_execpath
  const [command, prefix] = cli && /npm-cli\.js$/.test(cli) ? [process.execPath, [cli]] : ['npm', []]
  say(what)
  run(command, [...prefix, ...npmArgs])
}

/** Two that start together must not install into each other's half-made folders, nor run what the other is still building. */
function alone(run) {
  const release = takeLock(path.join(root, '.runtime', 'bootstrap.lock'), { say, fail })
  run()
  release()
}

function nodeIsCurrent() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])
}

/** Runs this same script again under a fetched Node and leaves with its exit code. */
function continueUnderCurrentNode() {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const home = path.join(root, '.runtime')
  const binary = path.join(home, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  const installed = () => existsSync(binary) && spawnSync(binary, ['--version']).stdout?.toString().trim() === `v${NODE_FETCHED}`
  const fetch = () => {
    if (installed()) return
    mkdirSync(home, { recursive: true })
    writeFileSync(path.join(home, 'package.json'), '{"private":true}\n')
    npm(
      ['install', '--prefix', home, '--no-save', '--no-package-lock', '--ignore-scripts', '--loglevel=error', `${name}@${NODE_FETCHED}`],
      `Node ${process.versions.node} is older than ${NODE_MIN.join('.')}: fetching Node ${NODE_FETCHED} into .runtime …`,
    )
    if (!installed())
      fail(`Node ${NODE_MIN.join('.')} or newer is needed, and ${name}@${NODE_FETCHED} did not install. Install Node 24 and try again.`)
  }
  if (!installed()) alone(fetch)
  const env = { ...process.env, PATH: `${path.dirname(binary)}${path.delimiter}${process.env.PATH ?? ''}` }
  forward(binary, [fileURLToPath(import.meta.url), task, ...args], env)
}

/** Replaces this process as far as Node allows: same terminal, signals passed on, same exit code. */
function forward(command, commandArgs, env = process.env) {
  const child = spawn(command, commandArgs, { stdio: 'inherit', env, cwd: task === 'plur' ? process.cwd() : root })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  if (process.env.npm_lifecycle_event !== undefined) stopWithNpm(child)
  child.on('error', (error) => fail(`${command} could not be started: ${error.message}`))
  child.on('exit', (code, signal) => process.exit(signal ? 128 + ({ SIGINT: 2, SIGTERM: 15, SIGKILL: 9 }[signal] ?? 1) : (code ?? 1)))
}

/** npm that is killed with -9 passes nothing on, and the shell between us does not even notice. */
function stopWithNpm(child) {
  const starters = [process.ppid, ...shellsParent(process.ppid)]
  const timer = setInterval(() => {
    if (process.ppid === starters[0] && starters.every(isAlive)) return
    clearInterval(timer)
    child.kill('SIGTERM')
  }, PARENT_MS)
  timer.unref()
}

/** The process behind the shell in which npm runs scripts; nothing when that process is no shell, or cannot be asked about. */
function shellsParent(pid) {
  const asked = spawnSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)])
  const [, parent, command = ''] = /^\s*(\d+)\s+(.*?)\s*$/.exec(asked.stdout?.toString() ?? '') ?? []
  return /^(.*\/)?-?(ba|da|a)?sh$/.test(command) ? [Number(parent)] : []
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function install() {
  const lock = readFileSync(path.join(root, 'package-lock.json'))
  const stamp = path.join(root, 'node_modules', '.installed')
  const wanted = createHash('sha256').update(lock).digest('hex')
  // Written last, and gone as soon as an installation begins.
  const isThere = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted
  if (isThere()) return
  alone(() => {
    if (isThere()) return
    npm(['ci', '--no-fund', '--no-audit', '--loglevel=error'], 'Installing packages (once) …')
    writeFileSync(stamp, wanted)
  })
}

/** The JavaScript entry of a package's command, so that it runs under this very Node and not under the one on PATH. */
function commandOf(packageName, command = packageName) {
  const require = createRequire(path.join(root, 'package.json'))
  const file = require.resolve(`${packageName}/package.json`)
  const declared = JSON.parse(readFileSync(file, 'utf8')).bin
  return path.join(path.dirname(file), typeof declared === 'string' ? declared : declared[command])
}

const node = (script, scriptArgs, options) => run(process.execPath, [script, ...scriptArgs], options)

function build() {
  alone(() => node(commandOf('typescript', 'tsc'), ['-b']))
}

/** What Node is told when it runs the server: how much memory it may hold on to (docs/performance.md, Memory). */
const serverFlags = () => JSON.parse(readFileSync(path.join(root, 'scripts/server-flags.json'), 'utf8'))

/** Runs a TypeScript file of the project straight from source. */
function runSource(file, fileArgs) {
  forward(process.execPath, ['--conditions=source', '--import', import.meta.resolve('tsx'), file, ...fileArgs])
}

function check() {
  node(commandOf('@biomejs/biome', 'biome'), ['format', '.'])
  build()
  node(commandOf('typescript', 'tsc'), ['-p', 'tsconfig.test.json'])
  node(commandOf('typescript', 'tsc'), ['-p', 'src/web/assets'])
  node(commandOf('oxlint'), ['--type-aware', '--deny-warnings', 'src', 'packages', 'scripts', 'test'])
}

if (!nodeIsCurrent()) {
  continueUnderCurrentNode()
} else {
  install()
  switch (task) {
    case 'serve':
      build()
      forward(process.execPath, [...serverFlags(), path.join(root, 'dist/main.js'), 'serve', ...args])
      break
    case 'plur':
      build()
      forward(process.execPath, ['--enable-source-maps', path.join(root, 'dist/main.js'), ...args])
      break
    case 'build':
      build()
      break
    case 'check':
      check()
      break
    case 'format':
      node(commandOf('@biomejs/biome', 'biome'), ['format', '--write', '.'])
      break
    case 'test':
      if (args.length === 0) check()
      else build()
      forward(process.execPath, [commandOf('vitest'), 'run', ...args], {
        ...process.env,
        ...ensureBrowser({ runtime: path.join(root, '.runtime'), npm, fail }),
      })
      break
    case 'run':
      // Scripts measure and break the program as it is built.
      build()
      runSource(args[0], args.slice(1))
      break
    default:
      fail('usage: npm start | npm test | npm run -s plur -- COMMAND')
  }
}
