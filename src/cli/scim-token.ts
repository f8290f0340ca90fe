// plur scim-token …: the tokens with which IdPs connect.
import { Command, Option } from 'commander'
import type { Idp, ScimToken } from '../auth/scim-tokens.ts'
import { listScimTokens } from '../auth/scim-tokens.ts'
import { type IssuedToken, issueScimToken, RATE_PER_SECOND_DEFAULT, revokeScimToken, rotateScimToken } from '../auth/token-lifecycle.ts'
import { parseDuration, parseExpiry, parseRate } from './arguments.ts'
import { type Common, onOrg, withJson, withOrg } from './context.ts'
import type { CliHost } from './host.ts'
import { list, table } from './output.ts'

const SECONDS_A_DAY = 86_400

export function scimTokenCommand(host: CliHost): Command {
  return new Command('scim-token')
    .description('tokens with which identity providers connect to /scim/v2')
    .addCommand(createCommand(host))
    .addCommand(listCommand(host))
    .addCommand(rotateCommand(host))
    .addCommand(revokeCommand(host))
}

type CreateOptions = Common & {
  name: string
  idp: Idp
  expires?: number | 'never'
  rate: number | 'none'
  externalIdImmutable?: boolean
}

function createCommand(host: CliHost): Command {
  const command = new Command('create')
    .description('make a token and print it, once')
    .requiredOption('--name <name>', 'what it is for, such as "Okta production"')
    .addOption(
      new Option('--idp <idp>', 'who will use it; decides how its dialect is read')
        .choices(['okta', 'entra', 'generic'])
        .default('generic'),
    )
    .option('--expires <duration>', '365d, 12h, … or never (default: PLUR_SCIM_TOKEN_DAYS)', parseExpiry)
    .option('--external-id-immutable', 'the IdP never gives an externalId to another person (default for okta)')
    .option('--no-external-id-immutable', 'it may (default for entra and generic)')
    .option('--rate <number>', 'requests a second, or none for no limit', parseRate, RATE_PER_SECOND_DEFAULT)
    .action((options: CreateOptions) =>
      onOrg(host, options, async ({ work, audit, output }) => {
        const { name, idp, rate, externalIdImmutable } = options
        const lifetimeSeconds = lifetimeOf(options, host)
        const issued = await issueScimToken(work, audit, {
          name,
          idp,
          lifetimeSeconds,
          ratePerSecond: rate === 'none' ? null : rate,
          externalIdImmutable,
        })
        output.result(secretJson(issued), `${secretText(issued)}\n\n${setup(host, issued.row.idp)}`)
      }),
    )
  return withOrg(withJson(command))
}

function listCommand(host: CliHost): Command {
  const command = new Command('list').description('all tokens of the organisation, dead ones included').action((options: Common) =>
    onOrg(host, options, async ({ work, org, output }) => {
      const tokens = await listScimTokens(work, org.id)
      const rows = tokens.map((token) => [
        token.id,
        token.name,
        token.idp,
        stateOf(token),
        expiry(token),
        token.ratePerSecond ?? 'none',
        token.lastUsedAt,
      ])
      output.result(tokens, table(['id', 'name', 'idp', 'state', 'expires', 'requests/s', 'last used'], rows))
    }),
  )
  return withOrg(withJson(command))
}

function rotateCommand(host: CliHost): Command {
  const command = new Command('rotate')
    .description('make a successor with the same settings; both work for the overlap')
    .argument('<id>', 'id of the token, as in the list')
    .requiredOption('--overlap <duration>', 'how long the old token goes on working, such as 7d; 0s to stop it now', parseDuration)
    .option('--expires <duration>', 'life of the new token: 365d, … or never (default: PLUR_SCIM_TOKEN_DAYS)', parseExpiry)
    .action((id: string, options: Common & { overlap: number; expires?: number | 'never' }) =>
      onOrg(host, options, async ({ work, audit, output }) => {
        const rotation = { id, overlapSeconds: options.overlap, lifetimeSeconds: lifetimeOf(options, host) }
        const issued = await rotateScimToken(work, audit, rotation)
        output.result(secretJson(issued), secretText(issued))
      }),
    )
  return withOrg(withJson(command))
}

function revokeCommand(host: CliHost): Command {
  const command = new Command('revoke')
    .description('kill a token: the next request with it is refused')
    .argument('<id>', 'id of the token, as in the list')
    .action((id: string, options: Common) =>
      onOrg(host, options, async ({ work, audit, output }) => {
        const token = await revokeScimToken(work, audit, id)
        output.result(token, `${token.id} is revoked.`)
      }),
    )
  return withOrg(withJson(command))
}

function lifetimeOf({ expires }: { expires?: number | 'never' }, host: CliHost): number | null {
  if (expires === 'never') return null
  return expires === undefined ? host.settings().scimTokenDays * SECONDS_A_DAY : expires
}

function secretJson({ token, row }: IssuedToken): unknown {
  return { id: row.id, token, name: row.name, idp: row.idp, expiresAt: row.expiresAt }
}

function secretText({ token, row }: IssuedToken): string {
  const { id, name, idp, externalIdImmutable, ratePerSecond } = row
  const facts = { id, name, idp, expires: expiry(row), 'requests/s': ratePerSecond ?? 'none', 'externalId immutable': externalIdImmutable }
  return `${token}\n\nThis is the only time the token is shown.\n\n${list(facts)}`
}

function stateOf({ state, rotatedTo }: ScimToken): string {
  return rotatedTo === null || state !== 'active' ? state : `active, succeeded by ${rotatedTo}`
}

function expiry({ expiresAt }: ScimToken): string {
  return expiresAt === null ? 'never (not advised: RFC 7644 section 7.4)' : expiresAt.toISOString()
}

function setup(host: CliHost, idp: Idp): string {
  const base = `${host.settings().publicUrl}/scim/v2`
  switch (idp) {
    case 'okta':
      return `In Okta: SCIM connector base URL ${base}, unique identifier field userName, authentication mode HTTP Header, and this token.`
    case 'entra':
      return `In Entra: tenant URL ${base}, and this token as the secret token.`
    case 'generic':
      return `SCIM base URL: ${base}\nTry it: ${host.command} doctor --url ${base} --token TOKEN`
  }
}
