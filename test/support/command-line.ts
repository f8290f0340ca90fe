// The command line in this process: arguments in, what it printed and its exit code out.
import type { Command } from 'commander'
import { type ExitCode, runProgram } from '../../src/cli/program.ts'
import { createHost } from '../../src/host.ts'

export type CommandRun = { readonly code: ExitCode; readonly stdout: string; readonly stderr: string }

/** A command line with these settings. `json` runs with --json and reads the one value that was printed. */
export function commandLine(env: Readonly<Record<string, string>>, others: readonly Command[] = []) {
  const run = async (...args: readonly string[]): Promise<CommandRun> => {
    let stdout = ''
    let stderr = ''
    const host = createHost({
      env,
      stdout: (text) => void (stdout += text),
      stderr: (text) => void (stderr += text),
      write: async (text) => void (stdout += text),
      command: 'plur',
      user: 'tester',
      version: '1.2.3',
      serve: () => Promise.resolve(),
    })
    const code = await runProgram(args, host, others)
    return { code, stdout, stderr }
  }
  return {
    run,
    async json<T>(...args: readonly string[]): Promise<T> {
      const { code, stdout, stderr } = await run(...args, '--json')
      if (code !== 0) throw new Error(`${args.join(' ')} left with ${code}: ${stderr}`)
      // oxlint-disable-next-line typescript/no-unsafe-return -- the caller says what the command prints
      return JSON.parse(stdout)
    },
  }
}
