// plur user …: accounts from the command line. What an IdP manages is changed by the IdP.
import { Command, Option } from 'commander'
import { append } from '../audit/append.ts'
import type { AuditEvent, Payload } from '../audit/event.ts'
import { type Account, listAccounts, prelinkAccount, removePrelink } from '../directory/accounts.ts'
import { disableAccount, enableAccount } from '../lifecycle/account-state.ts'
import { createLocal } from '../lifecycle/local-accounts.ts'
import { findReceipt } from '../lifecycle/receipt.ts'
import { deletePreview } from '../memory/retention.ts'
import { DomainError } from '../primitives/errors.ts'
import { getAccount } from './account.ts'
import { type Common, onOrg, withJson, withOrg } from './context.ts'
import type { CliHost } from './host.ts'
import { list, table } from './output.ts'

const PAGE = 1000

export function userCommand(host: CliHost): Command {
  return new Command('user')
    .description('accounts of people')
    .addCommand(createCommand(host))
    .addCommand(listCommand(host))
    .addCommand(showCommand(host))
    .addCommand(disableCommand(host))
    .addCommand(enableCommand(host))
    .addCommand(linkCommand(host))
    .addCommand(unlinkCommand(host))
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

function listCommand(host: CliHost): Command {
  const command = new Command('list').description('all accounts').action((options: Common) =>
    onOrg(host, options, async ({ work, org, output }) => {
      const accounts: Account[] = []
      for (let page = await listAccounts(work, org.id, { after: undefined, limit: PAGE }); page.length > 0; ) {
        accounts.push(...page)
        page = await listAccounts(work, org.id, { after: page.at(-1)?.userName, limit: PAGE })
      }
      const rows = accounts.map(({ userName, status, origin, orgRole, slug, id }) => [userName, status, origin, orgRole, slug, id])
      output.result(accounts, table(['user name', 'status', 'origin', 'role', 'slug', 'id'], rows))
    }),
  )
  return withOrg(withJson(command))
}

function showCommand(host: CliHost): Command {
  const command = new Command('show')
    .description('one account')
    .argument('<user>', 'user name, slug or id')
    .addOption(new Option('--receipt', 'what ended when they left, how fast, and what was kept').conflicts('deletePreview'))
    .addOption(new Option('--delete-preview', 'what a hard deletion would remove'))
    .action((user: string, options: Common & { receipt?: boolean; deletePreview?: boolean }) =>
      onOrg(host, options, async (context) => {
        const { work, org, output } = context
        const account = await getAccount(context, user)
        if (options.receipt === true) {
          const receipt = await findReceipt(work, org.id, account.id)
          if (receipt === undefined) throw new DomainError('not_found', `${account.userName} never left.`)
          output.result(receipt, list({ ...receipt }))
        } else if (options.deletePreview === true) {
          const preview = await deletePreview(work, { orgId: org.id, accountId: account.id })
          output.result(preview, list({ ...preview }))
        } else {
          output.result(account, list(account))
        }
      }),
    )
  return withOrg(withJson(command))
}

function disableCommand(host: CliHost): Command {
  const command = new Command('disable')
    .description('disable a local account: its sessions and keys are dead at once')
    .argument('<user>', 'user name, slug or id')
    .action((user: string, options: Common) =>
      onOrg(host, options, async (context) => {
        const { work, audit, output } = context
        const { id, userName } = await getAccount(context, user)
        const { sessions, apiKeys } = await disableAccount(work, audit, id)
        output.result(await getAccount(context, id), `${userName} is disabled. Ended: ${sessions} sessions, ${apiKeys} API keys.`)
      }),
    )
  return withOrg(withJson(command))
}

function enableCommand(host: CliHost): Command {
  const command = new Command('enable')
    .description('let a local account in again; old sessions and keys stay dead')
    .argument('<user>', 'user name, slug or id')
    .action((user: string, options: Common) =>
      onOrg(host, options, async (context) => {
        const { work, audit, output } = context
        const { id, userName } = await getAccount(context, user)
        await enableAccount(work, audit, id)
        output.result(await getAccount(context, id), `${userName} may come in again.`)
      }),
    )
  return withOrg(withJson(command))
}

function linkCommand(host: CliHost): Command {
  const command = new Command('link')
    .description('let the next matching SCIM create take over a local account, with its credentials and memories')
    .argument('<user>', 'user name, slug or id of the local account')
    .option('--external-id <id>', "match by the IdP's externalId instead of by user name")
    .action((user: string, options: Common & { externalId?: string }) =>
      onOrg(host, options, async (context) => {
        const { work, org, audit, output } = context
        const account = await getAccount(context, user)
        const { externalId } = options
        await work.atomically(async (work) => {
          const linked = await prelinkAccount(work, org.id, { id: account.id, externalId })
          if (!linked) throw new DomainError('conflict', `${account.userName} is managed by an identity provider already.`)
          await append(work.db, audit, [event('account.link', account, externalId === undefined ? {} : { externalId })])
        })
        const by = externalId === undefined ? `the user name ${account.userName}` : `the externalId ${externalId}`
        output.result(await getAccount(context, account.id), `The next SCIM create with ${by} takes over this account.`)
      }),
    )
  return withOrg(withJson(command))
}

function unlinkCommand(host: CliHost): Command {
  const command = new Command('unlink')
    .description('take a link back')
    .argument('<user>', 'user name, slug or id of the local account')
    .action((user: string, options: Common) =>
      onOrg(host, options, async (context) => {
        const { work, org, audit, output } = context
        const account = await getAccount(context, user)
        await work.atomically(async (work) => {
          if (!(await removePrelink(work, org.id, account.id))) throw new DomainError('conflict', `${account.userName} has no link.`)
          await append(work.db, audit, [event('account.unlink', account, {})])
        })
        output.result(await getAccount(context, account.id), `${account.userName} has no link any more.`)
      }),
    )
  return withOrg(withJson(command))
}

function event(action: 'account.link' | 'account.unlink', { id, userName }: Account, payload: Payload): AuditEvent {
  return { action, target: { kind: 'account', id, name: userName }, outcome: 'success', payload }
}
