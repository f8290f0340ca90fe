// plur scim-group preview: what switching a group on or off would do, before it is done.
import { Command } from 'commander'
import { type People, type Preview, preview } from '../permissions/preview.ts'
import { explainHeld, switchGroups } from '../permissions/selecting.ts'
import { type Common, onOrg, withJson, withOrg } from './context.ts'
import type { CliHost } from './host.ts'
import { printable, table } from './output.ts'
import { getGroup } from './scim-group-named.ts'

type Options = Common & { disable?: boolean; takeOver?: boolean }

export function previewCommand(host: CliHost): Command {
  const command = new Command('preview')
    .description('what enabling a group would do: scopes that appear, people who gain or lose access, conflicts; changes nothing')
    .argument('<group>', 'display name or SCIM id')
    .option('--disable', 'of disabling it instead')
    .option('--take-over', 'of enabling it with the memories that an earlier group left under the same path')
    .action((group: string, options: Options) =>
      onOrg(host, options, async (context) => {
        const { work, org, audit, output } = context
        const { id } = await getGroup(context, group)
        const { disable = false, takeOver = false } = options
        const switches = [{ id, switched: disable ? ('off' as const) : ('on' as const), takeOver: takeOver && !disable }]
        const shown = await preview(work, org.id, (tx) => switchGroups(tx, audit, switches))
        output.result(shown, previewText(shown))
      }),
    )
  return withOrg(withJson(command))
}

/** In words, the most important first. */
export function previewText({ opened, closed, renamed, conflicts, people }: Preview): string {
  const parts = [
    ...part(
      'Scopes that appear',
      ['scope', 'group'],
      opened.map(({ scope, group }) => [scope, group]),
    ),
    ...part(
      'Scopes that close; their memories stay, for admins only',
      ['scope', 'group'],
      closed.map(({ scope, group }) => [scope, group]),
    ),
    ...part(
      'Scopes that are renamed; memories stay in them',
      ['from', 'to', 'group'],
      renamed.map(({ from, to, group }) => [from, to, group]),
    ),
    ...part(
      'Conflicts: these groups would take no part',
      ['group', 'because'],
      conflicts.map(({ group, reason, scope, heldBy }) => [group, explainHeld({ held: reason, wantedScope: scope, heldBy })]),
    ),
    ...part(
      'People',
      ['scope', 'gain access', 'lose access', 'may write', 'may no longer write'],
      people.map(({ scope, gain, lose, gainWriting, loseWriting }) => [scope, ...[gain, lose, gainWriting, loseWriting].map(peopleText)]),
    ),
  ]
  return parts.length === 0 ? 'Nothing would change.' : parts.join('\n\n')
}

function part(title: string, columns: readonly string[], rows: readonly (readonly unknown[])[]): readonly string[] {
  return rows.length === 0 ? [] : [`${title}:\n${table(columns, rows)}`]
}

function peopleText({ count, userNames }: People): string {
  if (count === 0) return '-'
  const more = count - userNames.length
  return `${count}: ${userNames.map(printable).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
