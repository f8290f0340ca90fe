// The SQL of authenticator apps and recovery codes. Each code is taken once: a row remembers the latest step of the app, and which
// recovery codes are used up.
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { append } from '../audit/append.ts'
import type { AuditContext, AuditEvent, Payload } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { DomainError } from '../primitives/errors.ts'
import { randomGroups } from '../primitives/random-groups.ts'
import { seal, unseal } from '../primitives/seal.ts'
import { totpStep } from './totp.ts'

const RECOVERY_CODES = 10

/** Whose second factor it is; the sealed secret opens for this account alone. */
export type Factor = { readonly orgId: string; readonly accountId: string }

type Owner = { readonly id: string; readonly userName: string }

/** New recovery codes, to be shown once: some 79 bits each. */
const newRecoveryCodes = (): readonly string[] => Array.from({ length: RECOVERY_CODES }, () => randomGroups(4, 4))

/** Capitals, spaces and hyphens do not count. */
function hashRecoveryCode({ accountId }: Factor, code: string): Buffer {
  const plain = code.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  return createHash('sha256').update(`${accountId}:${plain}`).digest()
}

const useOf = ({ orgId, accountId }: Factor) => ({ purpose: 'plur totp secret', about: `${orgId}:${accountId}` })

export type Enrolment = {
  readonly owner: Owner
  readonly secret: string
  /** Of the code that proved the app. */
  readonly step: number
  /** Seals the secret at rest. */
  readonly sealing: Uint8Array
}

/**
 * Turns the second factor on, with an app that has shown a code, and gives the recovery codes. Throws a `DomainError` `conflict` when it
 * is on already, and when the account has no password to be a second factor of.
 */
export function enableTotp(work: Work, context: AuditContext, { owner, secret, step, sealing }: Enrolment): Promise<readonly string[]> {
  const factor = { orgId: context.orgId, accountId: owner.id }
  return work.atomically(async (tx) => {
    const { rows } = await sql`
      insert into totp_credentials (org_id, account_id, secret, last_step)
      select c.org_id, c.account_id, ${seal(sealing, useOf(factor), secret)}, ${step}::bigint from local_credentials c
        join accounts a on a.org_id = c.org_id and a.id = c.account_id and a.status = 'active'
      where c.org_id = ${context.orgId}::uuid and c.account_id = ${owner.id}::uuid
      on conflict do nothing returning account_id`.execute(tx.db)
    if (rows.length === 0)
      throw new DomainError('conflict', 'An authenticator app is set up already, or there is no password to go with it.')
    await append(tx.db, context, [eventOf('auth.totp.enable', owner)])
    return renew(tx, factor)
  })
}

/** Turns it off; its recovery codes go with it. False when it was off. */
export function disableTotp(
  work: Work,
  context: AuditContext,
  { owner, because }: { owner: Owner; because: 'asked' | 'reset' },
): Promise<boolean> {
  return work.atomically(async (tx) => {
    const { rows } = await sql`
      delete from totp_credentials where org_id = ${context.orgId}::uuid and account_id = ${owner.id}::uuid returning account_id`.execute(
      tx.db,
    )
    if (rows.length > 0) await append(tx.db, context, [eventOf('auth.totp.disable', owner, { because })])
    return rows.length > 0
  })
}

/** New recovery codes in place of the old ones. Throws a `DomainError` `conflict` when no app is set up. */
export function renewRecoveryCodes(work: Work, context: AuditContext, owner: Owner): Promise<readonly string[]> {
  const factor = { orgId: context.orgId, accountId: owner.id }
  return work.atomically(async (tx) => {
    const { rows } = await sql`
      select from totp_credentials where org_id = ${context.orgId}::uuid and account_id = ${owner.id}::uuid for update`.execute(tx.db)
    if (rows.length === 0) throw new DomainError('conflict', 'There is no authenticator app that these codes could stand in for.')
    await append(tx.db, context, [eventOf('auth.totp.recovery.renew', owner)])
    return renew(tx, factor)
  })
}

async function renew(work: Work, factor: Factor): Promise<readonly string[]> {
  const codes = newRecoveryCodes()
  const hashes = codes.map((code) => hashRecoveryCode(factor, code))
  await sql`delete from recovery_codes where org_id = ${factor.orgId}::uuid and account_id = ${factor.accountId}::uuid`.execute(work.db)
  await sql`
    insert into recovery_codes (org_id, account_id, code_hash)
    select ${factor.orgId}::uuid, ${factor.accountId}::uuid, h from unnest(${hashes}::bytea[]) as h`.execute(work.db)
  return codes
}

export type FactorState = { readonly enabledAt: Date; readonly recoveryCodesLeft: number }

/** Undefined when it is off. */
export async function readFactor(work: Work, { orgId, accountId }: Factor): Promise<FactorState | undefined> {
  const { rows } = await sql<FactorState>`
    select t.created_at as "enabledAt", (select count(*)::int from recovery_codes r
      where r.org_id = t.org_id and r.account_id = t.account_id and r.used_at is null) as "recoveryCodesLeft"
    from totp_credentials t where t.org_id = ${orgId}::uuid and t.account_id = ${accountId}::uuid`.execute(work.db)
  return rows[0]
}

export type Taken = 'taken' | 'wrong' | 'used'

/** Takes an app's code; of two that come at once, one. Call it in the transaction of what the code is good for. */
export async function takeTotpCode(
  work: Work,
  factor: Factor,
  { code, at, sealing }: { code: string; at: Date; sealing: Uint8Array },
): Promise<Taken> {
  const own = sql`org_id = ${factor.orgId}::uuid and account_id = ${factor.accountId}::uuid`
  const { rows } = await sql<{ secret: string }>`select secret from totp_credentials where ${own}`.execute(work.db)
  const secret = rows[0] === undefined ? undefined : unseal(sealing, useOf(factor), rows[0].secret)
  const step = secret === undefined ? undefined : totpStep(secret, code, at)
  if (step === undefined) return 'wrong'
  const { rows: taken } = await sql`
    update totp_credentials set last_step = ${step}::bigint where ${own} and last_step < ${step}::bigint returning account_id`.execute(
    work.db,
  )
  return taken.length > 0 ? 'taken' : 'used'
}

/** Takes a recovery code, once. Call it in the transaction of what the code is good for. */
export async function takeRecoveryCode(work: Work, context: AuditContext, { owner, code }: { owner: Owner; code: string }): Promise<Taken> {
  const hash = hashRecoveryCode({ orgId: context.orgId, accountId: owner.id }, code)
  const own = sql`org_id = ${context.orgId}::uuid and account_id = ${owner.id}::uuid and code_hash = ${hash}`
  const { rows: taken } = await sql`
    update recovery_codes set used_at = clock_timestamp() where ${own} and used_at is null returning account_id`.execute(work.db)
  if (taken.length > 0) {
    await append(work.db, context, [eventOf('auth.totp.recovery.use', owner)])
    return 'taken'
  }
  const { rows: known } = await sql`select from recovery_codes where ${own}`.execute(work.db)
  return known.length > 0 ? 'used' : 'wrong'
}

type Action = Extract<AuditEvent['action'], `auth.totp.${string}`>

function eventOf(action: Action, { id, userName }: Owner, payload: Payload = {}): AuditEvent {
  return { action, target: { kind: 'account', id, name: userName }, outcome: 'success', payload }
}
