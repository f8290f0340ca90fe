// plur user …: accounts from the command line. What an IdP manages is changed by the IdP.
import { Command, Option } from 'commander'
import { type Account, listAccounts } from '../directory/accounts.ts'
import { listCollisions, type ListedCollision, listReturners, type Returner } from '../lifecycle/linking.ts'
import { createLocal } from '../lifecycle/local-accounts.ts'
import { type Common, onOrg, withJson, withOrg } from './context.ts'
import type { CliHost } from './host.ts'
import { list, type Output, table } from './output.ts'
import { resetPasswordCommand } from './reset-password.ts'
import { linkCommand, unlinkCommand } from './user-link.ts'
import { showCommand } from './user-show.ts'
import { adminCommand, breakGlassCommand, disableCommand, enableCommand } from './user-state.ts'

const PAGE = 1000

export function userCommand(host: CliHost): Command {
  return new Command('user')
    .description('accounts of people')
    .addCommand(createCommand(host))
    .addCommand(listCommand(host))
    .addCommand(showCommand(host))
    .addCommand(disableCommand(host))
    .addCommand(enableCommand(host))
    .addCommand(adminCommand(host))
    .addCommand(breakGlassCommand(host))
    .addCommand(linkCommand(host))
    .addCommand(unlinkCommand(host))
    .addCommand(resetPasswordCommand(host))
}

type CreateOptions = Common & { email?: string; displayName?: string; admin?: boolean }

function createCommand(host: CliHost): Command {
  const command = new Command('create')
    .description('make a local account, which no identity provider manages')
    .argument('<user-name>')
    .option('--email <address>')
    .option('--display-name <name>')
    .option('--admin', 'make it an administrator of the organisation')
    .action((userName: string, options: CreateOptions) =>
      onOrg(host, options, async ({ work, audit, output }) => {
        const { email, displayName, admin = false } = options
        const account = await createLocal(work, audit, { userName, displayName, email, orgRole: admin ? 'org_admin' : 'member' })
        output.result(account, list(account))
      }),
    )
  return withOrg(withJson(command))
}

type ListOptions = Common & { collisions?: boolean; returners?: boolean }

function listCommand(host: CliHost): Command {
  const command = new Command('list')
    .description('all accounts')
    .option('--collisions', 'only local accounts that creates of the identity provider ran into')
    .addOption(new Option('--returners', 'only people who may have been here before').conflicts('collisions'))
    .action((options: ListOptions) =>
      onOrg(host, options, async ({ work, org, output }) => {
        if (options.collisions === true) return showCollisions(output, await listCollisions(work, org.id))
        if (options.returners === true) return showReturners(output, await listReturners(work, org.id))
        const accounts: Account[] = []
        for (let page = await listAccounts(work, org.id, { after: undefined, limit: PAGE }); page.length > 0; ) {
          accounts.push(...page)
          page = await listAccounts(work, org.id, { after: page.at(-1), limit: PAGE })
        }
        const rows = accounts.map(({ userName, status, origin, orgRole, slug, id }) => [userName, status, origin, orgRole, slug, id])
        output.result(accounts, table(['user name', 'status', 'origin', 'role', 'slug', 'id'], rows))
      }),
    )
  return withOrg(withJson(command))
}

function showCollisions(output: Output, collisions: readonly ListedCollision[]): void {
  const rows = collisions.map(({ account, pushedAs, times, lastSeenAt, linked }) => [account, pushedAs, times, lastSeenAt, linked])
  output.result(collisions, table(['local account', 'pushed as', 'times', 'last seen', 'linked'], rows))
}

function showReturners(output: Output, returners: readonly Returner[]): void {
  const rows = returners.map(({ account, accountId, formerId, foundAt }) => [account, accountId, formerId, foundAt])
  output.result(returners, table(['user name', 'account', 'former account', 'found'], rows))
}
