// What the audit log's codes say, in words. An action that is not listed is put together from its parts, so that a new one reads well enough.
import type { Actor } from '../../audit/event.ts'

const WHOLE: Readonly<Record<string, string>> = {
  'account.collision': 'Provisioning met a local account',
  'account.restore': 'Give a former account back',
  'account.link': 'Link account',
  'apikey.issue': 'Make API key',
  'apikey.revoke': 'Revoke API key',
  'audit.export': 'Export the audit log',
  'audit.overflow': 'Reads were not recorded',
  'audit.retention': 'Let a month of the audit log go',
  'auth.denied': 'Open a page',
  'auth.failed': 'Use a key or a session',
  'auth.login': 'Sign in',
  'auth.logout': 'Sign out',
  'auth.session.issue': 'Start session',
  'auth.session.revoke': 'End session',
  'group.member.add': 'Add member of local group',
  'group.member.remove': 'Remove member of local group',
  'permission.settings.update': 'Change how groups become scopes',
  'scim.auth.failed': 'Use a SCIM token',
  'scim.bulk': 'Send SCIM operations in bulk',
  'scim.group.hold': 'Hold group back',
  'scim.group.member.add': 'Add group member',
  'scim.group.member.remove': 'Remove group member',
  'scim.group.select': 'Select group',
  'scim.group.unselect': 'Unselect group',
  'scim.token.expire': 'SCIM token expires soon',
}

const VERBS: Readonly<Record<string, string>> = { update: 'change', issue: 'make', ungrant: 'take back grant of' }
const NOUNS: Readonly<Record<string, string>> = {
  'scim.user': 'SCIM user',
  'scim.group': 'SCIM group',
  'scim.resource': 'SCIM resource',
  'scim.token': 'SCIM token',
}

export function actionInWords(action: string): string {
  const whole = own(WHOLE, action)
  if (whole !== undefined) return whole
  const parts = action.split('.')
  const verb = parts.pop() ?? ''
  const noun = own(NOUNS, parts.join('.')) ?? parts.join(' ').replaceAll('_', ' ')
  const said = `${own(VERBS, verb) ?? verb.replaceAll('_', ' ')} ${noun}`.trim()
  return said.charAt(0).toUpperCase() + said.slice(1)
}

const CHANNELS: Readonly<Record<string, string>> = {
  scim: 'SCIM',
  api: 'Memory API',
  admin: 'Admin pages',
  cli: 'Command line',
  auth: 'Sign-in',
  system: 'Server',
}

export const channelInWords = (channel: string): string => own(CHANNELS, channel) ?? channel

export function actorInWords(actor: Actor): string {
  switch (actor.kind) {
    case 'account':
    case 'scim_token':
      return actor.name
    case 'cli':
      return `${actor.user} (command line)`
    case 'system':
      return 'the server'
    case 'unknown':
      return 'somebody unknown'
    default:
      return 'somebody of another version'
  }
}

/** What the filter for an actor is. */
export function actorKey(actor: Actor): string {
  if ('id' in actor) return actor.id
  return 'user' in actor ? actor.user : actor.kind
}

const own = (table: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined
