// Between a request and the permission graph: what its account may read now, and writes that decide their scope in their own transaction.
import type { AuditAction, Target } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { resolveAccess, type ScopeAccess } from '../permissions/access.ts'
import { parseScopeName } from '../permissions/scope.ts'
import { CredentialDied, lockForWriting } from '../permissions/writing.ts'
import { DomainError } from '../primitives/errors.ts'
import type { Call } from './caller.ts'

export type { ScopeAccess } from '../permissions/access.ts'

/** All scopes that may be read at this moment, as the database has them committed. */
export function readableScopes(call: Call, work: Work = call.work): Promise<readonly ScopeAccess[]> {
  return resolveAccess(work, call.principal)
}

/** The scope that a client means by a name; undefined when it is not among the given ones. */
export function named(scopes: readonly ScopeAccess[], text: string): ScopeAccess | undefined {
  const name = parseScopeName(text)
  return name === undefined ? undefined : scopes.find((scope) => scope.name === name)
}

/**
 * The scope if it may be written now; it stays so until the transaction ends. Throws a DomainError `forbidden`, the same for a scope that
 * is not there and for one that may not be read.
 */
export async function writableScope(work: Work, call: Call, text: string): Promise<ScopeAccess> {
  const name = parseScopeName(text)
  const scope = name === undefined ? undefined : await lockForWriting(work, call.principal, name)
  if (scope === undefined) throw new DomainError('forbidden', 'You may not write to this scope; GET /api/v1/me lists writable_scopes.')
  return scope
}

export type Attempt = { readonly action: Extract<AuditAction, `engram.${string}` | 'episode.create'>; readonly target: Target }

/** Runs a write as one transaction. A refused one leaves a row in the audit log. */
export async function writing<T>(call: Call, attempt: Attempt, run: (work: Work) => Promise<T>): Promise<T> {
  try {
    return await call.work.atomically(run)
  } catch (error) {
    if (error instanceof DomainError && error.code === 'forbidden' && !(error instanceof CredentialDied)) {
      call.audit.record(call.context, { ...attempt, outcome: 'denied', payload: { reason: error.message } })
    }
    throw error
  }
}
