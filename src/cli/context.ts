// What a command works with: the database, the organisation it is about, and its audit context. Opened for it and closed after it.
import { type Command, Option } from 'commander'
import type { AuditContext } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { getOrg, type Org, type Origin } from '../directory/orgs.ts'
import { systemClock } from '../primitives/clock.ts'
import { uuidV7 } from '../primitives/ids.ts'
import type { CliHost } from './host.ts'
import { createOutput, type Output } from './output.ts'

export type Common = { readonly json?: boolean; readonly org?: string }

export type CommandContext = {
  readonly work: Work
  readonly org: Org
  readonly audit: AuditContext
  readonly output: Output
}

export function withJson(command: Command): Command {
  return command.addOption(new Option('--json', 'print exactly one JSON value on standard output'))
}

export function withOrg(command: Command): Command {
  return command.addOption(new Option('--org <slug>', 'the organisation (default: PLUR_ORG)'))
}

/** Where changes made by this command come from. */
export function originOf(host: CliHost): Origin {
  return { actor: { kind: 'cli', user: host.user }, channel: 'cli', requestId: uuidV7(systemClock.now()) }
}

/** Runs a command on an up-to-date database, for one organisation. Throws a `DomainError` when there is no such organisation. */
export async function onOrg(host: CliHost, common: Common, run: (context: CommandContext) => Promise<void>): Promise<void> {
  const storage = await host.openStorage({ migrated: true })
  try {
    const org = await getOrg(storage.work, common.org ?? host.settings().org)
    const audit: AuditContext = { ...originOf(host), orgId: org.id, org: org.slug }
    await run({ work: storage.work, org, audit, output: createOutput(host, { json: common.json === true }) })
  } finally {
    await storage.close()
  }
}
