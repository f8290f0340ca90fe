// plur user link, unlink: which account a SCIM user stands for, where somebody has to say it.
import { Command } from 'commander'
import { linkAccount, linkReturner, listCollisions, unlinkAccount } from '../lifecycle/linking.ts'
import { getAccount } from './account.ts'
import { type Common, type CommandContext, onOrg, withJson, withOrg } from './context.ts'
import type { CliHost } from './host.ts'
import { printable } from './output.ts'

type LinkOptions = Common & { externalId?: string; former?: string }

export function linkCommand(host: CliHost): Command {
  const command = new Command('link')
    .description('let the next matching SCIM create take over a local account, with its credentials and memories')
    .argument('<user>', 'user name, slug or id of the local account; with --former, of the account that the person has now')
    .option('--external-id <id>', "match by the IdP's externalId instead of by user name")
    .option('--former <account>', 'give somebody who came back the account of an earlier life instead (user list --returners)')
    .action((user: string, options: LinkOptions) =>
      onOrg(host, options, (context) =>
        options.former === undefined
          ? linkLocal(context, { user, externalId: options.externalId })
          : linkFormer(context, { user, former: options.former }),
      ),
    )
  return withOrg(withJson(command))
}

async function linkLocal(context: CommandContext, { user, externalId }: { user: string; externalId: string | undefined }): Promise<void> {
  const { work, org, audit, output } = context
  const account = await getAccount(context, user)
  await linkAccount(work, audit, { id: account.id, externalId })
  const collision = (await listCollisions(work, org.id)).find(({ accountId }) => accountId === account.id)
  const names = [...new Set([account.userName, collision?.pushedAs ?? account.userName])].map(printable)
  const by = externalId === undefined ? `the user name ${names.join(' or ')}` : `the externalId ${printable(externalId)}`
  output.result(await getAccount(context, account.id), `The next SCIM create with ${by} takes over this account.`)
}

async function linkFormer(context: CommandContext, { user, former }: { user: string; former: string }): Promise<void> {
  const { work, audit, output } = context
  const [now, then] = [await getAccount(context, user), await getAccount(context, former)]
  const moved = await linkReturner(work, audit, { accountId: now.id, formerId: then.id })
  const account = await getAccount(context, then.id)
  const text = `${printable(account.userName)} has the former account back, with ${moved.engrams} engrams and ${moved.episodes} episodes of the new one. Old keys and sessions stay dead: make a new key.`
  output.result({ ...account, moved }, text)
}

export function unlinkCommand(host: CliHost): Command {
  const command = new Command('unlink')
    .description('take a link back before it was used')
    .argument('<user>', 'user name, slug or id of the local account')
    .action((user: string, options: Common) =>
      onOrg(host, options, async (context) => {
        const { work, audit, output } = context
        const account = await getAccount(context, user)
        await unlinkAccount(work, audit, account.id)
        output.result(await getAccount(context, account.id), `${printable(account.userName)} has no link any more.`)
      }),
    )
  return withOrg(withJson(command))
}
