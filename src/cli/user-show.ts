// plur user show: one account, the receipt of its last leave, or what a hard deletion of it would do.
import { Command, Option } from 'commander'
import { fold } from '@plur-enterprise/scim'
import { type Account, findFormerAccount } from '../directory/accounts.ts'
import { type ErasurePreview, findErasedAccount, findReceipt, previewErasure, type Receipt } from '../lifecycle/receipt.ts'
import { DomainError } from '../primitives/errors.ts'
import { findNamed, getAccount, isAccountId } from './account.ts'
import { type Common, type CommandContext, onOrg, withJson, withOrg } from './context.ts'
import type { CliHost } from './host.ts'
import { list, printable, table } from './output.ts'
import { actorText } from './why.ts'

type ShowOptions = Common & { receipt?: boolean; deletePreview?: boolean }

export function showCommand(host: CliHost): Command {
  const command = new Command('show')
    .description('one account')
    .argument('<user>', 'user name, slug or id')
    .option('--receipt', 'what ended when the person left, how fast, and what was kept; of erased accounts, too')
    .addOption(new Option('--delete-preview', 'what a hard deletion would remove').conflicts('receipt'))
    .action((user: string, options: ShowOptions) =>
      onOrg(host, options, async (context) => {
        if (options.receipt === true) return showReceipt(context, user)
        const account = await getAccount(context, user)
        if (options.deletePreview === true) return showPreview(context, { account, hard: host.settings().scimHardDelete })
        context.output.result(account, list(account))
      }),
    )
  return withOrg(withJson(command))
}

async function showReceipt(context: CommandContext, user: string): Promise<void> {
  const { work, org, output } = context
  const named = await findNamed(context, user)
  for (const { id, account } of await leaversCalled(context, { user, named })) {
    const receipt = await findReceipt(work, org.id, id)
    if (receipt !== undefined) return output.result({ ...receipt, status: account?.status ?? 'erased' }, receiptText(receipt, account))
  }
  const why = named === undefined ? `There is no account "${user}" in ${org.slug}, and none was erased.` : `${named.userName} never left.`
  throw new DomainError('not_found', why)
}

type Called = { readonly id: string; readonly account: Account | undefined }

/** Who has the name, who had it until they were deleted, and who was erased under it. */
async function leaversCalled(
  { work, org }: CommandContext,
  { user, named }: { user: string; named: Account | undefined },
): Promise<readonly Called[]> {
  const former = await findFormerAccount(work, org.id, fold(user))
  const erased = isAccountId(user) ? user : await findErasedAccount(work, org.id, user)
  return [
    ...[named, former].flatMap((account) => (account === undefined ? [] : [{ id: account.id, account }])),
    ...(erased === undefined ? [] : [{ id: erased, account: undefined }]),
  ]
}

const HOW = { disabled: 'disabled', deleted: 'deleted by the identity provider', erased: 'erased' } as const

function receiptText(receipt: Receipt, account: Account | undefined): string {
  const { userName, accountId, at, because, by, requestId, afterMs, sessions, apiKeys } = receipt
  const facts = {
    account: accountId,
    what: `${HOW[because]} ${actorText(by)}`,
    when: at,
    request: requestId,
    'ended after': afterMs === null ? 'no request: it was decided here' : `${afterMs} ms from the arrival of the request`,
    ...(account?.status === 'active' ? { now: 'active again; what ended stays dead' } : {}),
  }
  return [
    `${printable(userName)} left.`,
    list(facts),
    `Sessions ended: ${sessions.length}`,
    ...(sessions.length === 0
      ? []
      : [
          table(
            ['session', 'signed in by', 'ended'],
            sessions.map(({ id, method, at }) => [id, method, at]),
          ),
        ]),
    `API keys revoked: ${apiKeys.length}`,
    ...(apiKeys.length === 0
      ? []
      : [
          table(
            ['key', 'name', 'revoked'],
            apiKeys.map(({ id, name, at }) => [id, name, at]),
          ),
        ]),
    receipt.kept === null
      ? `Removed and passed on: ${printable(JSON.stringify(receipt.erased))}`
      : `Kept:\n${list({
          'engrams of their own': receipt.kept.ownEngrams,
          'engrams written for others': receipt.kept.sharedEngrams,
          episodes: receipt.kept.episodes,
          'group memberships': receipt.kept.groups,
        })}`,
  ].join('\n\n')
}

async function showPreview({ work, org, output }: CommandContext, { account, hard }: { account: Account; hard: boolean }): Promise<void> {
  const preview = await previewErasure(work, org.id, account.id)
  output.result({ user: account.userName, accountId: account.id, hardDelete: hard, ...preview }, previewText(account, preview, hard))
}

function previewText({ userName, origin }: Account, preview: ErasurePreview, hard: boolean): string {
  const mode = hard
    ? 'PLUR_SCIM_HARD_DELETE is on: a DELETE by the identity provider does this.'
    : 'PLUR_SCIM_HARD_DELETE is off: a DELETE by the identity provider disables the account and keeps everything.'
  const local = 'No identity provider manages the account: none deletes it.'
  return [
    `A hard deletion of ${printable(userName)} would`,
    list({
      'remove engrams of their own': preview.ownEngrams,
      'remove episodes': preview.episodes,
      'end memberships': preview.groups,
      'end sessions': preview.sessions,
      'revoke API keys': preview.apiKeys,
      'pass on engrams written for others': preview.sharedEngrams,
    }),
    origin === 'scim' ? mode : local,
  ].join('\n\n')
}
