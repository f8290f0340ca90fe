// plur scim-group rules …: which of the IdP's groups take part by their names, how names become paths, and what members may do by default.
import { Command, InvalidArgumentError, Option } from 'commander'
import { preview } from '../permissions/preview.ts'
import { changeSettings } from '../permissions/selecting.ts'
import type { Role } from '../permissions/scope.ts'
import type { Rule } from '../permissions/selection.ts'
import { type ChangeOfSettings, type PermissionSettings, readSettings } from '../permissions/settings.ts'
import { DomainError } from '../primitives/errors.ts'
import { type Common, type CommandContext, onOrg, withJson, withOrg } from './context.ts'
import type { CliHost } from './host.ts'
import { list, printable, table } from './output.ts'
import { previewText } from './scim-group-preview.ts'

const RULE = 'PATTERN or on:PATTERN takes groups in, off:PATTERN leaves them out; the first that matches a name decides'

export function rulesCommand(host: CliHost): Command {
  return new Command('rules')
    .description('ordered patterns that say which groups take part, and how their names become scopes')
    .addHelpText('after', `\nA rule: ${RULE}.\n* stands for any part of a name, ** for any number of parts: Engineering/**\n`)
    .addCommand(listCommand(host))
    .addCommand(setCommand(host))
    .addCommand(addCommand(host))
    .addCommand(removeCommand(host))
}

type Preview = Common & { preview?: boolean }

function listCommand(host: CliHost): Command {
  const command = new Command('list').description('rules and settings as they are').action((options: Common) =>
    onOrg(host, options, async ({ work, org, output }) => {
      const settings = await readSettings(work, org.id)
      output.result(settings, settingsText(settings))
    }),
  )
  return withOrg(withJson(command))
}

type SetOptions = Preview & { separator?: string; prefix?: string; memberRole?: Role; nestByName?: boolean; clear?: boolean }

function setCommand(host: CliHost): Command {
  const command = new Command('set')
    .description('replace all rules, when some are given, and settings')
    .argument('[rules...]', RULE, collectRule)
    .option('--clear', 'no rules: only groups that are enabled one by one take part')
    .option('--separator <text>', 'what separates the parts of a name, such as / or ::')
    .option('--prefix <path>', 'in front of every path, such as acme; "" for none')
    .addOption(
      new Option('--member-role <role>', 'what members of a group may do unless the group says otherwise').choices([
        'viewer',
        'editor',
        'admin',
      ]),
    )
    .option('--nest-by-name', 'members of Engineering/Platform read what Engineering knows')
    .option('--no-nest-by-name', 'only nesting by the identity provider counts')
    .option('--preview', 'show what would change, and change nothing')
    .action((rules: readonly Rule[], { separator, prefix, memberRole, nestByName, clear = false, ...options }: SetOptions) => {
      if (clear && rules.length > 0) throw new DomainError('invalid', 'Give rules, or --clear, not both.')
      const change = { ...(clear || rules.length > 0 ? { rules } : {}), separator, prefix, memberRole, nestByName }
      if (Object.values(change).every((value) => value === undefined))
        throw new DomainError('invalid', 'Say what to set: rules or options.')
      return carryOut(host, options, () => change)
    })
  return withOrg(withJson(command))
}

function addCommand(host: CliHost): Command {
  const command = new Command('add')
    .description('add one rule, behind the others unless said otherwise')
    .argument('<rule>', RULE, parseRule)
    .option('--at <position>', 'its number in the list', parsePosition)
    .option('--preview', 'show what would change, and change nothing')
    .action((rule: Rule, { at, ...options }: Preview & { at?: number }) =>
      carryOut(host, options, ({ rules }) => ({ rules: rules.toSpliced((at ?? rules.length + 1) - 1, 0, rule) })),
    )
  return withOrg(withJson(command))
}

function removeCommand(host: CliHost): Command {
  const command = new Command('remove')
    .description('remove one rule')
    .argument('<position>', 'its number in the list', parsePosition)
    .option('--preview', 'show what would change, and change nothing')
    .action((at: number, options: Preview) =>
      carryOut(host, options, ({ rules }) => {
        if (at > rules.length) throw new DomainError('not_found', `There is no rule ${at}; there are ${rules.length}.`)
        return { rules: rules.toSpliced(at - 1, 1) }
      }),
    )
  return withOrg(withJson(command))
}

function carryOut(host: CliHost, options: Preview, change: ChangeOfSettings): Promise<void> {
  return onOrg(host, options, (context) => (options.preview === true ? show(context, change) : apply(context, change)))
}

async function show({ work, org, audit, output }: CommandContext, change: ChangeOfSettings): Promise<void> {
  const shown = await preview(work, org.id, (tx) => changeSettings(tx, audit, change))
  output.result(shown, previewText(shown))
}

async function apply({ work, audit, output }: CommandContext, change: ChangeOfSettings): Promise<void> {
  const settings = await changeSettings(work, audit, change)
  output.result(settings, settingsText(settings))
}

function parseRule(text: string): Rule {
  const [, word, pattern = ''] = /^(?:(on|off):)?(.*)$/su.exec(text) ?? []
  if (pattern.trim() === '') throw new InvalidArgumentError('Write a pattern such as Engineering/** or off:Engineering/Secret/**.')
  return { pattern, select: word !== 'off' }
}

const collectRule = (text: string, rules: readonly Rule[] = []): readonly Rule[] => [...rules, parseRule(text)]

function parsePosition(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('Write the number of a rule as in the list, such as 1.')
  return Number(text)
}

function settingsText({ rules, separator, prefix, memberRole, nestByName }: PermissionSettings): string {
  const rows = rules.map(({ pattern, select }, i) => [i + 1, select ? 'on' : 'off', pattern])
  const facts = {
    separator,
    prefix: prefix === '' ? 'none' : prefix,
    'members may': memberRole === 'viewer' ? 'read (viewer)' : `read and write (${memberRole})`,
    'nesting by name': nestByName ? 'counts' : 'does not count',
  }
  const told =
    rows.length === 0 ? 'No rules: only groups that are enabled one by one take part.' : table(['', 'takes part', 'pattern'], rows)
  return `${told}\n\n${printableFacts(facts)}`
}

const printableFacts = (facts: Readonly<Record<string, string>>): string =>
  list(Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, printable(value)])))
