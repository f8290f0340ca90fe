// The SQL of organisations: the tenants of a deployment.
import { sql } from 'kysely'
import { append } from '../audit/append.ts'
import type { AuditContext } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { DomainError } from '../primitives/errors.ts'

export type Org = { readonly id: string; readonly slug: string; readonly createdAt: Date }

/** The same rule as the table's check. */
const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/

const ORG = sql`org_id::text as id, slug, created_at as "createdAt"`

/** Where the creation of an organisation comes from; the organisation itself is not known before. */
export type Origin = Omit<AuditContext, 'orgId' | 'org'>

/** Whether a text may name an organisation: small letters, digits and hyphens, at most 63. */
export function isOrgSlug(text: string): boolean {
  return SLUG.test(text)
}

/** Creates an organisation with its audit row. Throws a `DomainError`: `invalid` slug, `conflict` when it exists. */
export async function createOrg(work: Work, slug: string, origin: Origin): Promise<Org> {
  if (!isOrgSlug(slug)) {
    throw new DomainError(
      'invalid',
      `"${slug.slice(0, 80)}" cannot name an organisation: use small letters, digits and hyphens, at most 63.`,
    )
  }
  const org = await insertOrg(work, slug, origin)
  if (org === undefined) throw new DomainError('conflict', `There is already an organisation named ${slug}.`)
  return org
}

/** The organisation of that name, made when there is none. Safe when many processes start at once. */
export async function ensureOrg(work: Work, slug: string, origin: Origin): Promise<Org> {
  const org = (await findOrg(work, slug)) ?? (await insertOrg(work, slug, origin)) ?? (await findOrg(work, slug))
  if (org === undefined) throw new DomainError('not_found', `There is no organisation named ${slug}.`)
  return org
}

export async function findOrg(work: Work, slug: string): Promise<Org | undefined> {
  const { rows } = await sql<Org>`select ${ORG} from orgs where slug = ${slug}`.execute(work.db)
  return rows[0]
}

export async function findOrgById(work: Work, id: string): Promise<Org | undefined> {
  const { rows } = await sql<Org>`select ${ORG} from orgs where org_id = ${id}::uuid`.execute(work.db)
  return rows[0]
}

/** By slug; throws a `DomainError` `not_found`. */
export async function getOrg(work: Work, slug: string): Promise<Org> {
  const org = await findOrg(work, slug)
  if (org === undefined) throw new DomainError('not_found', `There is no organisation named "${slug.slice(0, 80)}".`)
  return org
}

/** At most `limit`, in the order of their slugs, after the given one. */
export async function listOrgs(work: Work, page: { after: string | undefined; limit: number }): Promise<readonly Org[]> {
  const { rows } = await sql<Org>`
    select ${ORG} from orgs where slug collate "C" > ${page.after ?? ''} order by slug collate "C" limit ${page.limit}`.execute(work.db)
  return rows
}

function insertOrg(work: Work, slug: string, origin: Origin): Promise<Org | undefined> {
  return work.atomically(async (work) => {
    const { rows } = await sql<Org>`insert into orgs (slug) values (${slug}) on conflict (slug) do nothing returning ${ORG}`.execute(
      work.db,
    )
    const [org] = rows
    if (org === undefined) return undefined
    const target = { kind: 'org', id: org.id, name: org.slug }
    await append(work.db, { ...origin, orgId: org.id, org: org.slug }, [{ action: 'org.create', target, outcome: 'success', payload: {} }])
    return org
  })
}
