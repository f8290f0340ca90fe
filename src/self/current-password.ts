// The password once more, before something is changed that keeps others out: an open browser alone is not enough for it.
import { fold } from '@plur-enterprise/scim'
import type { Holder } from '../auth/passwords.ts'
import { networkOf } from '../http/rate-limit.ts'
import type { MemberVisit } from '../web/visit.ts'
import type { SelfServices } from './services.ts'

/** What is wrong with the password that was entered; undefined when it is right. Counts together with sign-ins. */
export async function currentPasswordProblem(
  { hasher, attempts }: SelfServices,
  visit: MemberVisit,
  { holder, password }: { holder: Holder; password: string },
): Promise<string | undefined> {
  const { audit, context, request } = visit
  const target = { kind: 'account', id: holder.accountId, name: holder.userName }
  const taken = [
    { kind: 'address', key: networkOf(request.address) },
    { kind: 'password', key: `${context.orgId}:${fold(holder.userName)}` },
  ] as const
  if ((await attempts.take(taken)).kind === 'limited') {
    audit.recordFailure(context, 'throttled', target)
    return 'Too many attempts. Try again in a few minutes.'
  }
  if (!(await hasher.matches(holder.hash, password))) {
    audit.recordFailure(context, 'wrong_password', target)
    return 'This is not your password.'
  }
  await attempts.succeeded(taken)
  return undefined
}
