#!/usr/bin/env node
// The process: environment, arguments and signals in, exit code out. Everything else is told what it needs.
import { existsSync, readFileSync } from 'node:fs'
import os from 'node:os'
import { parseEnv } from 'node:util'
import { type App, startApp } from './app.ts'
import type { FirstAdmin } from './auth/first-admin.ts'
import { runProgram } from './cli/program.ts'
import type { Config } from './config.ts'
import { doctorCommand } from './doctor/command.ts'
import { createHost } from './host.ts'
import { createLog } from './log.ts'
import { simulateCommand } from './simulate/command.ts'

const VERSION = '0.1.0'
/** Everything that has not stopped by then is left. */
const STOP_MS_MAX = 10_000
/** Ctrl-C reaches us twice, from the terminal and from the process that started us; only a later one means "at once". */
const SAME_SIGNAL_MS = 1_000
/** Clients that keep connections open are told for so long that they will be closed. */
const DRAIN_MS = 1_000
/** How often we look whether whoever started us is still there. */
const PARENT_MS = 500

const say = (text: string) => void process.stderr.write(text)
// Without listeners the end of whoever reads would end us too, in the middle of what we do.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
const write = (text: string) =>
  new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(new Error('Whoever read the output is gone.', { cause: error })) : resolve()))
  })
const startedByNpm = process.env['npm_lifecycle_event'] !== undefined
const command = startedByNpm ? 'npm run -s plur --' : 'plur-enterprise'

async function serve(config: Config): Promise<void> {
  const log = createLog(config.logLevel)
  process.on('uncaughtException', (error) => {
    log.failure(error, 'the process cannot go on')
    log.flush()
    process.exit(1)
  })
  const stop = Promise.withResolvers<void>()
  listenForSignals(stop.resolve)
  if (startedByNpm) watchParent(stop.resolve)
  for (const warning of config.warnings) log.event('warn', warning)
  const app = await startApp({ config, log, processMetrics: true }).finally(log.flush)
  say(banner(app, config))
  await stop.promise
  say('Stopping …\n')
  const late = setTimeout(() => {
    log.event('warn', 'not everything stopped in time')
    log.flush()
    process.exit(1)
  }, STOP_MS_MAX)
  await app.close({ drainMs: DRAIN_MS })
  clearTimeout(late)
}

function listenForSignals(stop: () => void): void {
  let first: number | undefined
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (first !== undefined && performance.now() - first > SAME_SIGNAL_MS) process.exit(1)
      first ??= performance.now()
      stop()
    })
  }
}

/** Killed with -9, npm passes nothing on: a server that nobody can stop any more would keep the port and the database. */
function watchParent(stop: () => void): void {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    stop()
  }, PARENT_MS)
  timer.unref()
}

function banner({ publicUrl, port, metricsPort, location, firstAdmin }: App, { host }: Config): string {
  const metrics = metricsPort === undefined ? '' : `  metrics    http://${host}:${metricsPort}/metrics\n`
  const url = `${publicUrl}/scim/v2`
  return `
PLUR Enterprise ${VERSION} was ready in ${Math.round(performance.now())} ms.

  listens on ${host}:${port}
  admin      ${publicUrl}/admin
${signIn(firstAdmin)}  SCIM 2.0   ${url}
${metrics}  data       ${location}

What next
  make a token       ${command} scim-token create --name "first token"
  check it           ${command} doctor --url ${url} --token TOKEN
  play an IdP        ${command} simulate okta --users 50 --groups 5 --token TOKEN
  see what happened  ${command} sql "select ts, action, target, outcome from audit_log order by ts desc limit 20"

`
}

/** The only place where a password of ours is printed: the terminal of whoever starts the server, once, beside the log. */
function signIn(admin: FirstAdmin): string {
  const line = (name: string, text: string) => `  ${name.padEnd(9)}  ${text}\n`
  switch (admin.kind) {
    case 'made': {
      const password = admin.password ?? 'the one in PLUR_ADMIN_PASSWORD'
      return line('sign in', `as ${admin.userName}`) + line('password', `${password}  (shown once; you choose your own when you sign in)`)
    }
    case 'present':
      return admin.waiting === undefined
        ? ''
        : line('sign in', `as ${admin.waiting}; if the password is lost: ${command} user reset-password ${admin.waiting}`)
    case 'taken':
      return line(
        'sign in',
        `nobody can: the name ${admin.userName} is somebody else's. Set PLUR_ADMIN_EMAIL to another, or make an admin: ${command} user create NAME --admin, then ${command} user reset-password NAME`,
      )
  }
}

/** A container may run under a user id without a name. */
function userName(): string {
  try {
    return os.userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`
  }
}

const host = createHost({
  env: { ...(existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {}), ...process.env },
  stdout: (text) => void process.stdout.write(text),
  stderr: say,
  write,
  command,
  user: userName(),
  version: VERSION,
  serve,
})
const scimUrl = () => `${host.settings().publicUrl}/scim/v2`
process.exitCode = await runProgram(process.argv.slice(2), host, [doctorCommand(scimUrl), simulateCommand(scimUrl)])
