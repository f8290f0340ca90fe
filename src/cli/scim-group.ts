// plur scim-group …: which of the IdP's groups take part in the permission graph.
import { fold } from '@plur-enterprise/scim'
import { Argument, Command } from 'commander'
import type { Role } from '../permissions/scope.ts'
import { explainHeld, type ListedGroup, listGroups, setGroupRole, switchGroups } from '../permissions/selecting.ts'
import { type Common, onOrg, withJson, withOrg } from './context.ts'
import type { CliHost } from './host.ts'
import { list, table } from './output.ts'
import { getGroup } from './scim-group-named.ts'
import { previewCommand } from './scim-group-preview.ts'
import { rulesCommand } from './scim-group-rules.ts'

const PAGE = 1000

export function scimGroupCommand(host: CliHost): Command {
  return new Command('scim-group')
    .description('which groups of the identity provider open memories')
    .addCommand(listCommand(host))
    .addCommand(enableCommand(host))
    .addCommand(disableCommand(host))
    .addCommand(previewCommand(host))
    .addCommand(roleCommand(host))
    .addCommand(rulesCommand(host))
}

function listCommand(host: CliHost): Command {
  const command = new Command('list').description('the groups that the identity provider pushed').action((options: Common) =>
    onOrg(host, options, async ({ work, org, output }) => {
      const groups: ListedGroup[] = []
      for (let page = await listGroups(work, org.id, { after: undefined, limit: PAGE }); page.length > 0; ) {
        groups.push(...page)
        page = await listGroups(work, org.id, { after: fold(page.at(-1)?.name ?? ''), limit: PAGE })
      }
      const rows = groups.map((group) => [group.name, group.selected ? 'on' : 'off', group.scope, explainHeld(group), group.id])
      output.result(groups, table(['group', 'state', 'scope', 'held because', 'id'], rows))
    }),
  )
  return withOrg(withJson(command))
}

function enableCommand(host: CliHost): Command {
  const command = new Command('enable')
    .description("let a group's members reach its scope")
    .argument('<group>', 'display name or SCIM id')
    .option('--take-over', 'take over the memories that an earlier group left under the same path')
    .action((group: string, options: Common & { takeOver?: boolean }) =>
      turn(host, options, { group, switched: 'on', takeOver: options.takeOver ?? false }),
    )
  return withOrg(withJson(command))
}

function disableCommand(host: CliHost): Command {
  const command = new Command('disable')
    .description('close it; its scope and memories stay, for admins only')
    .argument('<group>', 'display name or SCIM id')
    .action((group: string, options: Common) => turn(host, options, { group, switched: 'off', takeOver: false }))
  return withOrg(withJson(command))
}

function roleCommand(host: CliHost): Command {
  const command = new Command('role')
    .description('what the members of a group may do in its scope')
    .argument('<group>', 'display name or SCIM id')
    .addArgument(new Argument('<role>', 'default: as the rules say').choices(['viewer', 'editor', 'admin', 'default']))
    .action((group: string, role: Role | 'default', options: Common) =>
      onOrg(host, options, async (context) => {
        const { id } = await getGroup(context, group)
        await setGroupRole(context.work, context.audit, { id, role: role === 'default' ? null : role })
        const now = await getGroup(context, id)
        context.output.result(now, list(now))
      }),
    )
  return withOrg(withJson(command))
}

type Turn = { readonly group: string; readonly switched: 'on' | 'off'; readonly takeOver: boolean }

function turn(host: CliHost, options: Common, { group, switched, takeOver }: Turn): Promise<void> {
  return onOrg(host, options, async (context) => {
    const { id } = await getGroup(context, group)
    await switchGroups(context.work, context.audit, [{ id, switched, takeOver }])
    const now = await getGroup(context, id)
    const held = explainHeld(now)
    const help = now.held === 'retained' ? ' For that, enable it with --take-over.' : ''
    context.output.result(now, `${list(now)}${held === undefined ? '' : `\n\nHeld: ${held}${help}`}`)
  })
}
