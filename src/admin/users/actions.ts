// What the forms about people do. Each is one call of the domain, which refuses what must not be; a refusal is told on the page it came from.
import { z } from 'zod'
import { endSession } from '../../auth/sessions.ts'
import { revokeApiKey } from '../../auth/api-keys.ts'
import { changeAccount, disableAccount, enableAccount, revokeCredentials } from '../../lifecycle/account-state.ts'
import { linkAccount, unlinkAccount } from '../../lifecycle/linking.ts'
import { changeLocal } from '../../lifecycle/local-accounts.ts'
import { DomainError } from '../../primitives/errors.ts'
import { HttpError } from '../../http/message.ts'
import { carryOut } from '../../web/answer.ts'
import { checkForm } from '../../web/form.ts'
import { page, type Page } from '../../web/pages.ts'
import type { MemberVisit } from '../../web/visit.ts'
import { personHref, usersHref } from './address.ts'
import { getPerson } from './person.tsx'
import { profileSchema } from './profile.tsx'

/** The fields of a form that only our own pages send; anything else is no form of ours. */
export function fieldsOf<T>(schema: z.ZodType<T>, form: URLSearchParams): T {
  const read = checkForm(schema, form)
  if (read.kind === 'right') return read.value
  const [[field, problem] = ['form', 'not understood']] = Object.entries(read.problems)
  throw new HttpError({ status: 400, detail: `${field}: ${problem}` })
}

const disable = page('/admin/users/:id/disable', {
  async act(visit: MemberVisit, { id }) {
    const { userName } = await getPerson(visit, id)
    const say = ({ sessions, apiKeys }: { sessions: number; apiKeys: number }) =>
      `${userName} is disabled: ${count(sessions, 'session')} and ${count(apiKeys, 'API key')} ended.`
    return carryOut(visit, { at: personHref(id), say }, () => disableAccount(visit.work, visit.context, id))
  },
})

const enable = page('/admin/users/:id/enable', {
  async act(visit: MemberVisit, { id }) {
    const { userName } = await getPerson(visit, id)
    return carryOut(visit, { at: personHref(id), say: `${userName} may come in again.` }, () =>
      enableAccount(visit.work, visit.context, id),
    )
  },
})

const revokeAll = page('/admin/users/:id/revoke', {
  async act(visit: MemberVisit, { id }) {
    await getPerson(visit, id)
    const say = ({ sessions, apiKeys }: { sessions: number; apiKeys: number }) =>
      `${count(sessions, 'session')} and ${count(apiKeys, 'API key')} ended.`
    return carryOut(visit, { at: `${personHref(id)}/credentials`, say }, () => revokeCredentials(visit.work, visit.context, id))
  },
})

const endOne = page('/admin/users/:id/sessions/:session/end', {
  async act(visit: MemberVisit, { id, session }) {
    const { id: accountId } = await getPerson(visit, id)
    return carryOut(visit, { at: `${personHref(id)}/credentials`, say: 'The session has ended.' }, async () => {
      const ended = await endSession(visit.work, visit.context, { id: session, accountId, because: 'revoked' })
      if (!ended) throw new DomainError('conflict', 'That session is over already, or never was.')
    })
  },
})

const revokeOne = page('/admin/users/:id/api-keys/:key/revoke', {
  async act(visit: MemberVisit, { id, key }) {
    const { id: accountId } = await getPerson(visit, id)
    const say = ({ name }: { name: string }) => `The key ${name} is revoked: the next request with it is refused.`
    return carryOut(visit, { at: `${personHref(id)}/credentials`, say }, () =>
      revokeApiKey(visit.work, visit.context, { id: key, accountId }),
    )
  },
})

const role = page('/admin/users/:id/role', {
  async act(visit: MemberVisit, { id }, form) {
    const { userName } = await getPerson(visit, id)
    const { role } = fieldsOf(z.object({ role: z.enum(['member', 'org_admin']) }), form)
    const say = `${userName} is ${role === 'member' ? 'a member' : 'an administrator'} now.`
    return carryOut(visit, { at: personHref(id), say }, () =>
      changeAccount(visit.work, visit.context, { accountId: id, change: { orgRole: role } }),
    )
  },
})

const breakGlass = page('/admin/users/:id/break-glass', {
  async act(visit: MemberVisit, { id }, form) {
    const { userName } = await getPerson(visit, id)
    const { mark } = fieldsOf(z.object({ mark: z.enum(['on', 'off']) }), form)
    const say = mark === 'on' ? `${userName} is break-glass now.` : `${userName} is no longer break-glass.`
    return carryOut(visit, { at: personHref(id), say }, () =>
      changeAccount(visit.work, visit.context, { accountId: id, change: { breakGlass: mark === 'on' } }),
    )
  },
})

const linkSchema = z.object({ externalId: z.string().trim().max(256).default(''), back: z.literal('collisions').optional() })

const link = page('/admin/users/:id/link', {
  async act(visit: MemberVisit, { id }, form) {
    const { userName } = await getPerson(visit, id)
    const { externalId, back } = fieldsOf(linkSchema, form)
    const at = back === undefined ? personHref(id) : usersHref({ filter: back })
    return carryOut(visit, { at, say: `${userName} is linked: the next matching create by provisioning takes it over.` }, () =>
      linkAccount(visit.work, visit.context, { id, externalId: externalId === '' ? undefined : externalId }),
    )
  },
})

const unlink = page('/admin/users/:id/unlink', {
  async act(visit: MemberVisit, { id }) {
    const { userName } = await getPerson(visit, id)
    return carryOut(visit, { at: personHref(id), say: `${userName} has no link any more.` }, () =>
      unlinkAccount(visit.work, visit.context, id),
    )
  },
})

const profile = page('/admin/users/:id/profile', {
  async act(visit: MemberVisit, { id }, form) {
    await getPerson(visit, id)
    const read = checkForm(profileSchema, form)
    return carryOut(visit, { at: personHref(id), say: 'Saved.' }, async () => {
      if (read.kind === 'wrong') throw new DomainError('invalid', Object.values(read.problems).join(' '))
      const { admin: _admin, ...profile } = read.value
      await changeLocal(visit.work, visit.context, { id, profile })
    })
  },
})

export const count = (n: number, what: string): string => `${n.toLocaleString('en')} ${what}${n === 1 ? '' : 's'}`

export const personActions: readonly Page<MemberVisit>[] = [
  disable,
  enable,
  revokeAll,
  endOne,
  revokeOne,
  role,
  breakGlass,
  link,
  unlink,
  profile,
]
