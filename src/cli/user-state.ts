// plur user disable, enable, admin, break-glass: what is decided here about an account. Whom an IdP manages, the IdP disables.
import { Argument, Command } from 'commander'
import { type AccountChange, changeAccount, disableAccount, enableAccount } from '../lifecycle/account-state.ts'
import { getAccount } from './account.ts'
import { type Common, onOrg, withJson, withOrg } from './context.ts'
import type { CliHost } from './host.ts'
import { printable } from './output.ts'

export function disableCommand(host: CliHost): Command {
  const command = new Command('disable')
    .description('end all sessions and API keys of a local account and keep it out; its memories stay')
    .argument('<user>', 'user name, slug or id')
    .action((user: string, options: Common) =>
      onOrg(host, options, async (context) => {
        const { work, audit, output } = context
        const { id, userName } = await getAccount(context, user)
        const revoked = await disableAccount(work, audit, id)
        const text = `${printable(userName)} is disabled; ${revoked.sessions} sessions and ${revoked.apiKeys} API keys have ended.`
        output.result({ ...(await getAccount(context, id)), revoked }, text)
      }),
    )
  return withOrg(withJson(command))
}

export function enableCommand(host: CliHost): Command {
  const command = new Command('enable')
    .description('let a local account in again; what was ended stays so')
    .argument('<user>', 'user name, slug or id')
    .action((user: string, options: Common) =>
      onOrg(host, options, async (context) => {
        const { work, audit, output } = context
        const { id, userName } = await getAccount(context, user)
        await enableAccount(work, audit, id)
        output.result(
          await getAccount(context, id),
          `${printable(userName)} is active again. Old keys and sessions stay dead: make a new key.`,
        )
      }),
    )
  return withOrg(withJson(command))
}

export function adminCommand(host: CliHost): Command {
  return switchCommand(host, {
    name: 'admin',
    description: 'make somebody an administrator of the organisation, or no longer',
    change: (on) => ({ orgRole: on ? 'org_admin' : 'member' }),
    told: (on) => (on ? 'is an administrator of the organisation' : 'is no administrator of the organisation'),
  })
}

export function breakGlassCommand(host: CliHost): Command {
  return switchCommand(host, {
    name: 'break-glass',
    description: 'mark an account that must always get in: neither an identity provider nor an admin disables it while it is marked',
    change: (on) => ({ breakGlass: on }),
    told: (on) => (on ? 'is marked break-glass' : 'is not marked break-glass'),
  })
}

type Switch = {
  readonly name: string
  readonly description: string
  readonly change: (on: boolean) => AccountChange
  readonly told: (on: boolean) => string
}

function switchCommand(host: CliHost, { name, description, change, told }: Switch): Command {
  const command = new Command(name)
    .description(description)
    .addArgument(new Argument('<state>').choices(['on', 'off']))
    .argument('<user>', 'user name, slug or id')
    .action((state: string, user: string, options: Common) =>
      onOrg(host, options, async (context) => {
        const { work, audit, output } = context
        const { id, userName } = await getAccount(context, user)
        const on = state === 'on'
        await changeAccount(work, audit, { accountId: id, change: change(on) })
        output.result(await getAccount(context, id), `${printable(userName)} ${told(on)}.`)
      }),
    )
  return withOrg(withJson(command))
}
