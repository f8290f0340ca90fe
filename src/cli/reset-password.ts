// plur user reset-password: for whoever locked themselves out, and for a local account's first password.
import { Command } from 'commander'
import { PasswordHasher } from '../auth/password-hash.ts'
import { resetPassword } from '../auth/passwords.ts'
import { disableTotp } from '../auth/second-factor.ts'
import { getAccount } from './account.ts'
import { type Common, onOrg, withJson, withOrg } from './context.ts'
import type { CliHost } from './host.ts'

export function resetPasswordCommand(host: CliHost): Command {
  const command = new Command('reset-password')
    .description('print a password that is good for one sign-in, which then asks for another; ends all sessions')
    .argument('<user>', 'user name, slug or id of a local account')
    .option('--totp-off', 'also switch off the authenticator app, for whoever lost it')
    .action((user: string, options: Common & { totpOff?: boolean }) =>
      onOrg(host, options, async (context) => {
        const { work, audit, output } = context
        const account = await getAccount(context, user)
        const hasher = new PasswordHasher()
        const password = await work.atomically(async (tx) => {
          if (options.totpOff === true) await disableTotp(tx, audit, { owner: account, because: 'reset' })
          return resetPassword(tx, audit, { hasher, account })
        })
        const url = `${host.settings().publicUrl}/auth`
        const json = { user: account.userName, password, url }
        output.result(
          json,
          `${password}\n\nThis is the only time it is shown. ${account.userName} signs in with it at ${url} and then chooses another.`,
        )
      }),
    )
  return withOrg(withJson(command))
}
