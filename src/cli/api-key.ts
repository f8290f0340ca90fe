// plur api-key …: the keys with which a person's agents reach /api/v1.
import { Command } from 'commander'
import { type ApiKey, issueApiKey, KEY_LIFETIME_SECONDS_DEFAULT, listApiKeys, revokeApiKey } from '../auth/api-keys.ts'
import { getAccount } from './account.ts'
import { parseExpiry } from './arguments.ts'
import { type Common, onOrg, withJson, withOrg } from './context.ts'
import type { CliHost } from './host.ts'
import { list, table } from './output.ts'

export function apiKeyCommand(host: CliHost): Command {
  return new Command('api-key')
    .description('keys with which agents reach /api/v1 on behalf of a person')
    .addCommand(createCommand(host))
    .addCommand(listCommand(host))
    .addCommand(revokeCommand(host))
}

function createCommand(host: CliHost): Command {
  const command = new Command('create')
    .description('make a key and print it, once')
    .requiredOption('--user <user>', 'user name, slug or id of its owner')
    .option('--name <name>', 'what it is for', 'made on the command line')
    .option('--expires <duration>', '365d, 12h, … or never (default: 365d)', parseExpiry)
    .action((options: Common & { user: string; name: string; expires?: number | 'never' }) =>
      onOrg(host, options, async (context) => {
        const { work, audit, output } = context
        const { name, expires = KEY_LIFETIME_SECONDS_DEFAULT } = options
        const account = await getAccount(context, options.user)
        const lifetimeSeconds = expires === 'never' ? null : expires
        const { key, row } = await issueApiKey(work, audit, { accountId: account.id, name, lifetimeSeconds })
        const facts = { id: row.id, name, user: account.userName, expires: expiry(row) }
        const json = { id: row.id, key, name, user: account.userName, expiresAt: row.expiresAt }
        output.result(json, `${key}\n\nThis is the only time the key is shown.\n\n${list(facts)}`)
      }),
    )
  return withOrg(withJson(command))
}

function listCommand(host: CliHost): Command {
  const command = new Command('list')
    .description('all keys of the organisation, or of one person; dead ones included')
    .option('--user <user>', 'user name, slug or id')
    .action((options: Common & { user?: string }) =>
      onOrg(host, options, async (context) => {
        const { work, org, output } = context
        const owner = options.user === undefined ? undefined : await getAccount(context, options.user)
        const keys = await listApiKeys(work, org.id, owner?.id)
        const rows = keys.map((key) => [key.id, key.name, key.accountId, key.state, expiry(key), key.lastUsedAt])
        output.result(keys, table(['id', 'name', 'account', 'state', 'expires', 'last used'], rows))
      }),
    )
  return withOrg(withJson(command))
}

function revokeCommand(host: CliHost): Command {
  const command = new Command('revoke')
    .description('kill a key: the next request with it is refused')
    .argument('<id>', 'id of the key, as in the list')
    .action((id: string, options: Common) =>
      onOrg(host, options, async ({ work, audit, output }) => {
        const key = await revokeApiKey(work, audit, { id })
        output.result(key, `${key.id} is revoked.`)
      }),
    )
  return withOrg(withJson(command))
}

const expiry = ({ expiresAt }: ApiKey): string => (expiresAt === null ? 'never' : expiresAt.toISOString())
