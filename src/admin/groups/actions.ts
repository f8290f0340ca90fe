// What the forms about groups do. Each is one call of the domain; a refusal is told on the page of the group.
import { fold } from '@plur-enterprise/scim'
import { z } from 'zod'
import { findAccount } from '../../directory/accounts.ts'
import { HttpError, type HttpResponse } from '../../http/message.ts'
import { grantScope, ungrantScope } from '../../permissions/grants.ts'
import { deleteLocalGroup, removeLocalMember, renameLocalGroup, setLocalMember } from '../../permissions/local-groups.ts'
import { DomainError } from '../../primitives/errors.ts'
import { carryOut } from '../../web/answer.ts'
import { checkForm } from '../../web/form.ts'
import { page, type Page } from '../../web/pages.ts'
import { uuidIn } from '../../web/path-ids.ts'
import type { MemberVisit } from '../../web/visit.ts'
import { groupHref, GROUPS_PATH } from './address.ts'
import { ROLES } from './words.ts'

const path = z.string().max(600)
const role = z.enum(ROLES)
const name = z.string().trim()

/** An action on one group: its form's fields, what is done, and what is said afterwards. */
function action<T extends { readonly path: string }>(
  at: string,
  schema: z.ZodType<T>,
  run: (visit: MemberVisit, fields: T) => Promise<HttpResponse>,
): Page<MemberVisit> {
  return page(at, {
    async act(visit: MemberVisit, _, form) {
      const read = checkForm(schema, form)
      if (read.kind === 'wrong') throw new HttpError({ status: 400, detail: Object.values(read.problems).join(' ') })
      return run(visit, read.value)
    },
  })
}

const rename = action('/admin/groups/group/rename', z.object({ path, to: name }), (visit, { path, to }) =>
  carryOut(
    visit,
    { at: (group) => groupHref(group.path), say: (group) => `The group is at ${group.path} now.`, refusedAt: groupHref(path) },
    () => renameLocalGroup(visit.work, visit.context, { path, to }),
  ),
)

const remove = action('/admin/groups/group/delete', z.object({ path }), (visit, { path }) =>
  carryOut(visit, { at: () => GROUPS_PATH, say: `${path} is deleted; its memories are kept.`, refusedAt: groupHref(path) }, () =>
    deleteLocalGroup(visit.work, visit.context, path),
  ),
)

const addMember = action('/admin/groups/group/add', z.object({ path, user: name, role }), (visit, { path, user, role }) =>
  carryOut(visit, { at: groupHref(path), say: `${user} is a member as ${role}.` }, async () => {
    const account = await findAccount(visit.work, visit.principal.orgId, { userNameKey: fold(user) })
    // An answer on the page: the group is there, and somebody mistyped a name.
    if (account === undefined) throw new DomainError('conflict', `There is no account with the user name ${user.slice(0, 100)}.`)
    await setLocalMember(visit.work, visit.context, { path, accountId: account.id, role })
  }),
)

const setRole = action('/admin/groups/group/role', z.object({ path, account: z.string(), role }), (visit, { path, account, role }) => {
  const accountId = uuidIn(account, 'account')
  return carryOut(visit, { at: groupHref(path), say: `The member is ${role} now.` }, () =>
    setLocalMember(visit.work, visit.context, { path, accountId, role }),
  )
})

const removeMember = action('/admin/groups/group/remove', z.object({ path, account: z.string() }), (visit, { path, account }) => {
  const accountId = uuidIn(account, 'account')
  return carryOut(visit, { at: groupHref(path), say: 'The member is removed.' }, () =>
    removeLocalMember(visit.work, visit.context, { path, accountId }),
  )
})

const grant = action('/admin/groups/group/grant', z.object({ path, scope: name, role }), (visit, { path, scope, role }) =>
  carryOut(visit, { at: groupHref(path), say: `${scope} is granted as ${role}.` }, () =>
    grantScope(visit.work, visit.context, { path, scope, role }),
  ),
)

const ungrant = action('/admin/groups/group/ungrant', z.object({ path, scope: name }), (visit, { path, scope }) =>
  carryOut(visit, { at: groupHref(path), say: `${scope} is taken back.` }, () => ungrantScope(visit.work, visit.context, { path, scope })),
)

export const groupActions: readonly Page<MemberVisit>[] = [rename, remove, addMember, setRole, removeMember, grant, ungrant]
