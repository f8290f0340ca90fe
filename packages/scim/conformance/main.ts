// The command `npm run conformance -- --url URL --token TOKEN`. Exit code 0: all passed, 1: some failed, 2: could not run.
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { TransportError } from '../src/client/client.ts'
import { LEVELS, type Level } from './check.ts'
import { count, listText, reportJson, reportText } from './report.ts'
import { runConformance, selectChecks, type Result } from './run.ts'
import { FEATURES } from './suite.ts'

const USAGE = `Checks a SCIM 2.0 server against RFC 7643, RFC 7644 and RFC 9865, from outside.

usage: npm run conformance -- --url URL [--token TOKEN] [options]

  --url URL        service root, such as https://scim.example.com/scim/v2
  --token TOKEN    bearer token; '-' reads it from standard input, else PLUR_SCIM_TOKEN counts
  --only NAMES     only these, separated by commas: PAT, PAT-12, or a feature such as patch-add
  --level LEVEL    only checks this strong or stronger: MUST, SHOULD or MAY (default: MAY, which is all)
  --list           print the checks and stop
  --json           print one JSON value instead of the report
  --help

It creates users and groups named c-…@conformance.example and deletes them again. Use a test tenant.
`

type Options = {
  readonly url: string | undefined
  readonly token: string | undefined
  readonly only: readonly string[]
  readonly level: Level
  readonly list: boolean
  readonly json: boolean
  readonly help: boolean
}

class UsageError extends Error {}

function parseOptions(args: readonly string[]): Options {
  const flag = { type: 'boolean', default: false } as const
  const word = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: { url: word, token: word, only: word, level: { ...word, default: 'MAY' }, list: flag, json: flag, help: flag },
  })
  const level = LEVELS.find((candidate) => candidate === values.level.toUpperCase())
  if (level === undefined) throw new UsageError(`--level is one of ${LEVELS.join(', ')}`)
  const only = (values.only ?? '').split(',').filter((name) => name !== '')
  return { url: values.url, token: values.token, only, level, list: values.list, json: values.json, help: values.help }
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) return say(USAGE)
  const features = selectChecks(FEATURES, options.only, options.level)
  if (features.length === 0) throw new UsageError(`--only ${options.only.join(',')} names no check; --list shows them`)
  if (options.list) return say(listText(features))
  if (options.url === undefined || !URL.canParse(options.url))
    throw new UsageError('--url is needed, such as --url http://127.0.0.1:8080/scim/v2')
  const token = options.token === '-' ? (await text(process.stdin)).trim() : (options.token ?? process.env['PLUR_SCIM_TOKEN'])
  const results = await runConformance({ url: options.url, token, features, onResult: progress() })
  process.stdout.write(options.json ? reportJson(options.url, results) : reportText(results))
  return count(results).failed === 0 ? 0 : 1
}

function say(message: string): number {
  process.stdout.write(message)
  return 0
}

/** One dot a check on standard error, one line a feature. */
function progress(): (result: Result) => void {
  let feature = ''
  return (result) => {
    if (feature !== result.feature) process.stderr.write(`${feature === '' ? '' : '\n'}${result.feature} `)
    feature = result.feature
    process.stderr.write({ passed: '.', failed: '✗', skipped: '-' }[result.outcome.kind])
  }
}

try {
  process.exitCode = await main()
  process.stderr.write('\n')
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error)
  process.stderr.write(
    isUsage ? `${message}\n\n${USAGE}` : `${error instanceof TransportError ? `cannot reach the server: ${message}` : message}\n`,
  )
  process.exitCode = 2
}
