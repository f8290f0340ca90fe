// The command `plur simulate okta|entra`. It rejects when an answer was not the expected one, so that the program leaves with 1;
// wrong usage is a CommanderError with code 2.
import { randomInt } from 'node:crypto'
import type { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import { showProgress } from './progress.ts'
import { simulationText } from './report.ts'
import { runSimulation, type Dialect, type SimulateOptions } from './simulate.ts'

export type Streams = { readonly stdout: Writable; readonly stderr: Writable & { readonly isTTY?: boolean } }

/** Where this program serves when nothing else is said. */
const DEFAULT_URL = 'http://127.0.0.1:8080/scim/v2'

const DIALECTS = {
  okta: ['oin', 'aiw'],
  entra: ['classic', 'flag'],
} as const

type Flags = {
  readonly url: string | undefined
  readonly token: string | undefined
  readonly users: number
  readonly groups: number
  readonly rate: number
  readonly concurrency: number
  readonly seed: number | undefined
  readonly dialect: string | undefined
  readonly keep: boolean
  readonly json: boolean
}

/** The command for the program's command line. `defaultUrl` is asked when --url is not given. */
export function simulateCommand(defaultUrl: () => string = () => DEFAULT_URL): Command {
  return new Command('simulate')
    .description('play an IdP against a SCIM server: joiners, movers, leavers, groups; shows what the server answers wrongly')
    .addArgument(new Argument('<idp>', 'the IdP to play').choices(['okta', 'entra']))
    .option('--url <url>', 'SCIM service root (default: this server)', parseUrl)
    .addOption(new Option('--token <token>', "SCIM token; '-' reads it from standard input").env('PLUR_SCIM_TOKEN'))
    .option('--users <n>', 'people to play', atLeast(1), 50)
    .option('--groups <n>', 'groups to push', atLeast(0), 5)
    .option('--rate <n>', 'requests per second at most, 0 for no cap', atLeast(0), 80)
    .option('--concurrency <n>', 'requests at the same time', atLeast(1), 8)
    .option('--seed <n>', 'play the same people and changes again', atLeast(0))
    .option('--dialect <name>', 'okta: oin (default) or aiw; entra: classic (default) or flag')
    .option('--keep', 'leave the people and groups on the server (the default, since a demo wants to look at them)', true)
    .option('--no-keep', 'delete everything the run created')
    .option('--json', 'one JSON value on standard output', false)
    .action(async (idp: string, flags: Flags, command: Command) => {
      const as = dialectOf(idp, flags.dialect)
      if (as === undefined) command.error(`error: --dialect ${flags.dialect} is none of ${idp}'s`, { exitCode: 2 })
      const token = flags.token === '-' ? (await text(process.stdin)).trim() : flags.token
      if (token === undefined || token === '')
        command.error('error: --token is needed (or PLUR_SCIM_TOKEN in the environment)', { exitCode: 2 })
      const { users, groups, rate, concurrency, keep, json } = flags
      const options = {
        url: flags.url ?? defaultUrl(),
        token,
        as,
        users,
        groups,
        rate,
        concurrency,
        seed: flags.seed ?? randomInt(2 ** 31),
        keep,
      }
      if (!(await simulate({ ...options, json }, process))) throw new Error('The server did not answer every request as the IdP expects.')
    })
}

/** Runs a simulation and prints it. Resolves to whether every answer was the expected one. */
export async function simulate(options: SimulateOptions & { readonly json: boolean }, streams: Streams): Promise<boolean> {
  const report = await runSimulation(options, showProgress(streams.stderr))
  streams.stdout.write(options.json ? `${JSON.stringify(report)}\n` : simulationText(report))
  return report.ok && report.connected
}

function dialectOf(idp: string, name: string | undefined): Dialect | undefined {
  if (idp === 'okta') {
    const dialect = DIALECTS.okta.find((candidate) => candidate === (name ?? DIALECTS.okta[0]))
    return dialect === undefined ? undefined : { idp, dialect }
  }
  const dialect = DIALECTS.entra.find((candidate) => candidate === (name ?? DIALECTS.entra[0]))
  return idp !== 'entra' || dialect === undefined ? undefined : { idp, dialect }
}

function parseUrl(value: string): string {
  if (!/^https?:/.test(value) || !URL.canParse(value)) throw new InvalidArgumentError('It has to be an http or https URL.')
  return value
}

function atLeast(min: number): (value: string) => number {
  return (value) => {
    const number = Number(value)
    if (!Number.isSafeInteger(number) || number < min) throw new InvalidArgumentError(`It has to be a whole number, ${min} or more.`)
    return number
  }
}
