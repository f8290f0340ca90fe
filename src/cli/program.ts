// The command line: its commands, its exit codes, and how it says what went wrong.
import { Command, CommanderError } from 'commander'
import { DomainError } from '../primitives/errors.ts'
import { auditCommand } from './audit.ts'
import { backupCommand, restoreCommand } from './backup.ts'
import { dsnCommand, migrateCommand, sqlCommand } from './database.ts'
import { apiKeyCommand } from './api-key.ts'
import type { CliHost } from './host.ts'
import { orgCommand } from './org.ts'
import { printable } from './output.ts'
import { scimGroupCommand } from './scim-group.ts'
import { scimTokenCommand } from './scim-token.ts'
import { sessionCommand } from './session.ts'
import { userCommand } from './user.ts'
import { whyCommand } from './why.ts'

/** 0 done, 1 failed, 2 wrong usage. */
export type ExitCode = 0 | 1 | 2

/** Runs one command line, without the program's own name. Never rejects; errors are one sentence on standard error. */
export async function runProgram(argv: readonly string[], host: CliHost, others: readonly Command[] = []): Promise<ExitCode> {
  const program = createProgram(host, others)
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    host.stderr(`${sentence(error)}\n`)
    return isUsage(error) ? 2 : 1
  }
}

function createProgram(host: CliHost, others: readonly Command[]): Command {
  const program = new Command('plur-enterprise')
    .description('Team server of PLUR: SCIM 2.0 provisioning on PostgreSQL.')
    .version(host.version)
    .showHelpAfterError('(--help says how)')
    .addHelpText('after', EXAMPLES)
  const commands = [
    new Command('serve').description('serve until told to stop').action(() => host.serve()),
    scimTokenCommand(host),
    userCommand(host),
    apiKeyCommand(host),
    sessionCommand(host),
    scimGroupCommand(host),
    auditCommand(host),
    whyCommand(host),
    orgCommand(host),
    migrateCommand(host),
    sqlCommand(host),
    dsnCommand(host),
    backupCommand(host),
    restoreCommand(host),
    ...others,
  ]
  for (const command of commands) program.addCommand(command)
  configure(program, host)
  return program
}

/** Commands do not inherit these from the one they are added to. */
function configure(command: Command, host: CliHost): void {
  command.exitOverride()
  command.configureOutput({ writeOut: host.stdout, writeErr: host.stderr })
  command.showHelpAfterError('(--help says how)')
  for (const inner of command.commands) configure(inner, host)
}

function isUsage(error: unknown): boolean {
  return error instanceof DomainError ? error.code === 'invalid' : error instanceof Error && error.name === 'ConfigError'
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return 'Something unknown went wrong.'
  if (error.name === 'ConfigError') return error.message
  if (error.message === '') return `${error.name}.`
  return printable(error.message)
}

const EXAMPLES = `
Examples:
  plur-enterprise serve
  plur-enterprise scim-token create --name "Okta production" --idp okta
  plur-enterprise sql "select ts, action, actor, target from audit_log order by ts desc limit 20"
`
