// plur audit …: the audit log as a file, and whether it is still what it claims to be.
import { Command, Option } from 'commander'
import { EXPORT_FORMATS, type ExportFormat, exportAudit } from '../audit/export.ts'
import { FILTER_FIELDS, type FilterField, parseAuditFilter } from '../audit/filter.ts'
import { verifyAuditLog } from '../audit/verify.ts'
import { resolveAuditNames } from '../lifecycle/audit-names.ts'
import { DomainError } from '../primitives/errors.ts'
import { type Common, onOrg, withJson, withOrg } from './context.ts'
import type { CliHost } from './host.ts'
import { table } from './output.ts'

export function auditCommand(host: CliHost): Command {
  return new Command('audit').description('who did what').addCommand(exportCommand(host)).addCommand(verifyCommand(host))
}

const WHAT: Readonly<Record<FilterField, string>> = {
  channel: 'scim, api, admin, cli, auth or system',
  action: 'such as scim.user.update, or scim.user.*',
  outcome: 'success, denied or failure',
  actor: 'a user name, the name of a token, or an id',
  target: 'a user name, a group, a token, or an id',
  last: 'the latest time, such as 24h',
  from: 'a day or a time in UTC, such as 2026-11-23 or 2026-11-23T14:05',
  to: 'the same, included',
  text: 'stands anywhere in the row',
  request_id: 'all rows of one request',
}

const optionOf = (field: FilterField) => `--${field.replace('_', '-')}`

type ExportOptions = Common & { format?: ExportFormat } & Readonly<Record<string, unknown>>

function exportCommand(host: CliHost): Command {
  const command = new Command('export')
    .description('write rows to standard output, newest first; the export is audited')
    .addOption(
      new Option('--format <format>', 'csv, ndjson (one JSON object a line), or json (one array)')
        .choices(EXPORT_FORMATS)
        .default('ndjson'),
    )
    .addOption(new Option('--json', 'the same as --format json'))
  for (const field of FILTER_FIELDS) command.option(`${optionOf(field)} <value>`, WHAT[field])
  command.action((options: ExportOptions) =>
    onOrg(host, options, async ({ work, org, audit }) => {
      const now = new Date()
      const { filter, problems } = parseAuditFilter((field) => given(options, field), now)
      const [problem] = Object.entries(problems)
      if (problem !== undefined) throw new DomainError('invalid', `--${problem[0].replace('_', '-')}: ${problem[1]}`)
      const search = await resolveAuditNames(work, org.id, filter)
      const format = options.json === true ? 'json' : (options.format ?? 'ndjson')
      for await (const chunk of exportAudit(work, audit, { format, filter, search, now })) await host.write(chunk)
    }),
  )
  return withOrg(command)
}

function given(options: ExportOptions, field: FilterField): string | undefined {
  const value = options[field === 'request_id' ? 'requestId' : field]
  return typeof value === 'string' ? value : undefined
}

function verifyCommand(host: CliHost): Command {
  const command = new Command('verify')
    .description('check that the log is append-only and that no month is missing')
    .action((options: Common) =>
      onOrg(host, options, async ({ work, output }) => {
        const findings = await verifyAuditLog(work)
        output.result(
          findings,
          table(
            ['', 'check', 'found'],
            findings.map(({ check, state, detail }) => [state, check, detail]),
          ),
        )
        const problems = findings.filter(({ state }) => state === 'problem')
        if (problems.length > 0) throw new DomainError('conflict', `${problems.length} of ${findings.length} checks failed.`)
      }),
    )
  return withOrg(withJson(command))
}
