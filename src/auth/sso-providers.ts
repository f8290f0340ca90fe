// The SQL of identity providers that people sign in at. A provider is made, tested and only then switched on; what is kept of its secret
// is sealed, and is shown to nobody.
import { sql } from 'kysely'
import { append } from '../audit/append.ts'
import type { AuditContext, AuditEvent, Payload } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { DomainError } from '../primitives/errors.ts'
import { seal, unseal } from '../primitives/seal.ts'

/** Of one organisation: the sign-in page shows a button for each. */
export const PROVIDERS_MAX = 20

export type SsoProvider = {
  readonly orgId: string
  readonly id: string
  readonly name: string
  readonly issuer: string
  /** Null until it was entered. */
  readonly clientId: string | null
  readonly hasSecret: boolean
  /** The claim by which a person is recognised the first time. */
  readonly claim: string
  readonly enabled: boolean
  /** Null: not since the settings are as they are. */
  readonly testedAt: Date | null
  readonly createdAt: Date
}

const PROVIDER = sql`p.org_id::text as "orgId", p.id::text, p.name, p.issuer, p.client_id as "clientId", p.client_secret is not null as "hasSecret",
  p.claim, p.enabled, p.tested_at as "testedAt", p.created_at as "createdAt"`

/** In the order of their making. */
export async function listProviders(work: Work, orgId: string): Promise<readonly SsoProvider[]> {
  const { rows } = await sql<SsoProvider>`
    select ${PROVIDER} from sso_providers p where p.org_id = ${orgId}::uuid order by p.created_at, p.id`.execute(work.db)
  return rows
}

export type ProviderUse = { readonly people: number; readonly lastUsedAt: Date | null }

/** How many people sign in by each provider and when somebody did last, by its id; costs as much as there are people. */
export async function readProviderUse(work: Work, orgId: string): Promise<ReadonlyMap<string, ProviderUse>> {
  const { rows } = await sql<ProviderUse & { id: string }>`
    select provider_id::text as id, count(*)::int as people, max(last_used_at) as "lastUsedAt" from sso_links
    where org_id = ${orgId}::uuid group by provider_id`.execute(work.db)
  return new Map(rows.map((row) => [row.id, row]))
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** By its id; of one organisation, when one is given. */
export async function findProvider(work: Work, id: string, orgId?: string): Promise<SsoProvider | undefined> {
  if (!UUID.test(id)) return undefined
  const { rows } = await sql<SsoProvider>`
    select ${PROVIDER} from sso_providers p
    where p.id = ${id}::uuid and (${orgId ?? null}::uuid is null or p.org_id = ${orgId ?? null}::uuid)`.execute(work.db)
  return rows[0]
}

/** Throws a `DomainError` `not_found`. */
export async function getProvider(work: Work, { orgId }: AuditContext, id: string): Promise<SsoProvider> {
  const provider = await findProvider(work, id, orgId)
  if (provider === undefined) throw new DomainError('not_found', 'There is no such identity provider.')
  return provider
}

const useOf = ({ orgId, id }: Pick<SsoProvider, 'orgId' | 'id'>) => ({ purpose: 'plur client secret', about: `${orgId}:${id}` })

/** The client secret, for the provider alone; undefined for a public client. Throws when it was sealed with another key. */
export async function readClientSecret(work: Work, provider: SsoProvider, sealing: Uint8Array): Promise<string | undefined> {
  const { rows } = await sql<{ sealed: string | null }>`
    select client_secret as sealed from sso_providers where org_id = ${provider.orgId}::uuid and id = ${provider.id}::uuid`.execute(work.db)
  const sealed = rows[0]?.sealed ?? null
  if (sealed === null) return undefined
  const secret = unseal(sealing, useOf(provider), sealed)
  if (secret === undefined) throw new Error(`the client secret of the identity provider ${provider.id} cannot be opened with this key`)
  return secret
}

/** `issuer` as its discovery document says. Throws a `DomainError` `limit_exceeded`. */
export function createProvider(
  work: Work,
  context: AuditContext,
  { name, issuer }: { name: string; issuer: string },
): Promise<SsoProvider> {
  return work.atomically(async (tx) => {
    await sql`select from orgs where org_id = ${context.orgId}::uuid for no key update`.execute(tx.db)
    const others = await listProviders(tx, context.orgId)
    if (others.length >= PROVIDERS_MAX) {
      throw new DomainError('limit_exceeded', `There are ${PROVIDERS_MAX} identity providers already: remove one that is not used.`)
    }
    const { rows } = await sql<{ id: string }>`
      insert into sso_providers (org_id, name, issuer) values (${context.orgId}::uuid, ${name}, ${issuer}) returning id::text`.execute(
      tx.db,
    )
    const provider = await getProvider(tx, context, rows[0]?.id ?? '')
    await tell(tx, context, provider, { action: 'sso.provider.create', payload: { issuer } })
    return provider
  })
}

export type ProviderChange = {
  readonly name: string
  readonly clientId: string
  /** Undefined: as it was. */
  readonly clientSecret: string | undefined
  readonly claim: string
}

/**
 * Changes a provider; what was tested is not tested any more. While it is switched on only its name and its secret change, so that nobody
 * is locked out or let in by a slip. Throws a `DomainError`: `not_found`, `conflict`.
 */
export function changeProvider(
  work: Work,
  context: AuditContext,
  { id, change, sealing }: { id: string; change: ProviderChange; sealing: Uint8Array },
): Promise<void> {
  return work.atomically(async (tx) => {
    const before = await holdProvider(tx, context, id)
    const { name, clientId, clientSecret, claim } = change
    const connection = { clientId: clientId !== before.clientId, claim: claim !== before.claim }
    if (before.enabled && (connection.clientId || connection.claim)) {
      throw new DomainError('conflict', 'Switch this provider off before changing its client id or its claim; test it again afterwards.')
    }
    const retest = connection.clientId || connection.claim || clientSecret !== undefined
    const sealed = clientSecret === undefined ? null : seal(sealing, useOf(before), clientSecret)
    await sql`
      update sso_providers set name = ${name}, client_id = ${clientId}, client_secret = coalesce(${sealed}::text, client_secret), claim = ${claim},
        tested_at = case when ${retest}::boolean then null else tested_at end
      where org_id = ${context.orgId}::uuid and id = ${id}::uuid`.execute(tx.db)
    const payload = {
      changes: {
        ...(name === before.name ? {} : { name: { before: before.name, after: name } }),
        ...(connection.clientId ? { clientId: { before: before.clientId, after: clientId } } : {}),
        ...(connection.claim ? { claim: { before: before.claim, after: claim } } : {}),
        ...(clientSecret === undefined ? {} : { clientSecret: 'changed' }),
      },
    }
    await tell(tx, context, before, { action: 'sso.provider.update', payload })
  })
}

/** Switches sign-in by it on or off. Throws a `DomainError`: `not_found`, `conflict` for one that was not tested. */
export function switchProvider(work: Work, context: AuditContext, { id, enabled }: { id: string; enabled: boolean }): Promise<void> {
  return work.atomically(async (tx) => {
    const provider = await holdProvider(tx, context, id)
    if (provider.enabled === enabled) return
    if (enabled && provider.testedAt === null) {
      throw new DomainError('conflict', 'Test this provider first: sign in with it once, as it is set up now.')
    }
    await sql`
      update sso_providers set enabled = ${enabled} where org_id = ${context.orgId}::uuid and id = ${id}::uuid`.execute(tx.db)
    await tell(tx, context, provider, { action: enabled ? 'sso.provider.enable' : 'sso.provider.disable', payload: {} })
  })
}

/** Removes it with its links: whoever signs in by another one is recognised anew. Throws a `DomainError` `not_found`. */
export function removeProvider(work: Work, context: AuditContext, id: string): Promise<void> {
  return work.atomically(async (tx) => {
    const provider = await holdProvider(tx, context, id)
    await sql`delete from sso_providers where org_id = ${context.orgId}::uuid and id = ${id}::uuid`.execute(tx.db)
    await tell(tx, context, provider, { action: 'sso.provider.delete', payload: { issuer: provider.issuer } })
  })
}

/** Notes that somebody came through with the settings of that moment: `tested` is the provider as it was when the test began. */
export function noteTest(work: Work, context: AuditContext, { tested, payload }: { tested: SsoProvider; payload: Payload }): Promise<void> {
  return work.atomically(async (tx) => {
    const now = await holdProvider(tx, context, tested.id)
    const same = now.clientId === tested.clientId && now.claim === tested.claim
    if (same) {
      await sql`
        update sso_providers set tested_at = clock_timestamp() where org_id = ${context.orgId}::uuid and id = ${tested.id}::uuid`.execute(
        tx.db,
      )
    }
    await tell(tx, context, now, { action: 'sso.provider.test', payload })
  })
}

async function holdProvider(work: Work, context: AuditContext, id: string): Promise<SsoProvider> {
  if (UUID.test(id)) {
    await sql`select from sso_providers where org_id = ${context.orgId}::uuid and id = ${id}::uuid for update`.execute(work.db)
  }
  return getProvider(work, context, id)
}

type Told = { readonly action: Extract<AuditEvent['action'], `sso.provider.${string}`>; readonly payload: Payload }

function tell(work: Work, context: AuditContext, { id, name }: SsoProvider, told: Told): Promise<void> {
  return append(work.db, context, [{ ...told, target: { kind: 'sso_provider', id, name }, outcome: 'success' }])
}
