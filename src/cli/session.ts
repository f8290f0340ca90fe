// plur session …: who is signed in. A session made here is one like any other, for trying out and for scripts that act as a person.
import { Command } from 'commander'
import { endSession, issueSession, listSessions } from '../auth/sessions.ts'
import { DomainError } from '../primitives/errors.ts'
import { getAccount } from './account.ts'
import { type Common, onOrg, withJson, withOrg } from './context.ts'
import type { CliHost } from './host.ts'
import { list, printable, table } from './output.ts'

export function sessionCommand(host: CliHost): Command {
  return new Command('session')
    .description('sessions of people who are signed in')
    .addCommand(createCommand(host))
    .addCommand(listCommand(host))
    .addCommand(endCommand(host))
}

function createCommand(host: CliHost): Command {
  const command = new Command('create')
    .description('sign a person in and print the token of the session, once')
    .requiredOption('--user <user>', 'user name, slug or id')
    .action((options: Common & { user: string }) =>
      onOrg(host, options, async (context) => {
        const { work, audit, output } = context
        const account = await getAccount(context, options.user)
        const { token, row } = await issueSession(work, audit, { accountId: account.id, method: 'cli' })
        const { id, expiresAt } = row
        const text = `${token}\n\nThis is the only time the token is shown.\n\n${list({ id, user: account.userName, expires: expiresAt })}`
        output.result({ id, token, user: account.userName, expiresAt }, text)
      }),
    )
  return withOrg(withJson(command))
}

function listCommand(host: CliHost): Command {
  const command = new Command('list')
    .description('the sessions of a person, those that are over included')
    .requiredOption('--user <user>', 'user name, slug or id')
    .action((options: Common & { user: string }) =>
      onOrg(host, options, async (context) => {
        const { work, org, output } = context
        const account = await getAccount(context, options.user)
        const sessions = await listSessions(work, org.id, account.id)
        const rows = sessions.map(({ id, method, state, createdAt, lastSeenAt, ip }) => [id, method, state, createdAt, lastSeenAt, ip])
        output.result(sessions, table(['id', 'signed in by', 'state', 'since', 'last seen', 'address'], rows))
      }),
    )
  return withOrg(withJson(command))
}

function endCommand(host: CliHost): Command {
  const command = new Command('end')
    .description('end a session: the next request with it is refused')
    .argument('<id>', 'id of the session, as in the list')
    .action((id: string, options: Common) =>
      onOrg(host, options, async ({ work, org, audit, output }) => {
        const ended = await endSession(work, audit, { id, because: 'revoked' })
        if (!ended) throw new DomainError('not_found', `There is no session ${id.slice(0, 40)} in ${org.slug} that could be ended.`)
        output.result({ id, state: 'ended' }, `${printable(id)} is ended.`)
      }),
    )
  return withOrg(withJson(command))
}
