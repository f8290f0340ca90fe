// The command `plur doctor`. It rejects when something failed, so that the program leaves with 1; wrong usage is a CommanderError
// with code 2.
import type { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Command, Option } from 'commander'
import { runDoctor, type DoctorOptions } from './doctor.ts'
import { findingText, reportJson, summaryText } from './report.ts'

export type Streams = { readonly stdout: Writable; readonly stderr: Writable }

type Flags = { readonly url: string | undefined; readonly token: string | undefined; readonly readOnly: boolean; readonly json: boolean }

/** Where this program serves when nothing else is said. */
const DEFAULT_URL = 'http://127.0.0.1:8080/scim/v2'

/** The command for the program's command line. `defaultUrl` is asked when --url is not given. */
export function doctorCommand(defaultUrl: () => string = () => DEFAULT_URL): Command {
  return new Command('doctor')
    .description('find out what is wrong with a SCIM connection, of this server or any other, and what to do')
    .option('--url <url>', 'base URL as it stands in the IdP (default: this server)')
    .addOption(new Option('--token <token>', "SCIM token; '-' reads it from standard input").env('PLUR_SCIM_TOKEN'))
    .option('--read-only', 'create nothing: leave out the probe user and group', false)
    .option('--json', 'one JSON value on standard output', false)
    .action(async ({ url, token, readOnly, json }: Flags) => {
      const given = token === '-' ? (await text(process.stdin)).trim() : (token ?? '')
      const healthy = await doctor({ url: url ?? defaultUrl(), token: given, readOnly, json }, process)
      if (!healthy) throw new Error('The connection is not healthy.')
    })
}

/** Examines and prints. Resolves to whether nothing failed. */
export async function doctor(options: DoctorOptions & { readonly json: boolean }, { stdout, stderr }: Streams): Promise<boolean> {
  // With --json the findings are the value at the end; people still see on standard error how it goes.
  const live = options.json ? stderr : stdout
  const findings = await runDoctor({ ...options, onFinding: (finding) => void live.write(findingText(finding)) })
  stdout.write(options.json ? reportJson(options.url, findings) : summaryText(findings))
  return findings.every(({ outcome }) => outcome !== 'failed')
}
