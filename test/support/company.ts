// A company as an admin would see it after a few weeks: connections in every state, people who come and go, groups that fit and groups that
// do not. For pictures of pages and for browser tests that need something to look at.
import { sql } from 'kysely'
import { issueScimToken, revokeScimToken, rotateScimToken } from '../../src/auth/token-lifecycle.ts'
import { adminContext, graphOf } from './graph.ts'
import { expectStatus, NOBODY, scimClient, user } from './scim.ts'
import type { Org, TestServer } from './server.ts'

const PEOPLE =
  'Alice Example,Björn Weiß,Çağrı Öztürk,Dana Whitfield,Élodie Lefèvre,François Noël,Gökhan Şahin,Hương Nguyễn,İpek Yıldız,Joan Carter,Łukasz Żak,Marcus Okafor,Ní-Dhuibhne Siobhán,Priscilla Nguyen,Walter Vogt,Zoë Müller'
    .split(',')
    .map((name) => ({
      name,
      userName: `${name
        .normalize('NFKD')
        .replace(/[^a-z ]/gi, '')
        .trim()
        .toLowerCase()
        .replaceAll(' ', '.')}@acme.example`,
    }))

const GROUPS: Readonly<Record<string, number>> = {
  Engineering: 4,
  'Engineering/Platform': 6,
  'Engineering/Platform/On-Call': 2,
  'Engineering/Web': 3,
  'engineering / web': 1,
  'Sales/EMEA': 3,
  'Sales/APAC': 2,
  Finance: 2,
  'People & Culture': 2,
  Contractors: 1,
  'Équipe Données': 1,
  '!!!': 0,
}

const DAY = 86_400
const HOURS = 24 * 7

/** Fills a new organisation with admin `root`. Takes a second or two. */
export async function company(server: TestServer): Promise<Org> {
  const org = await server.org({ idp: 'okta' })
  await server.localAccount(org.orgId, 'root', { admin: true })
  const okta = await connect(server, org)
  const ids: string[] = []
  for (const { name, userName } of PEOPLE) {
    ids.push(await okta.user(userName, { displayName: name, externalId: `00u${userName}`, emails: [{ value: userName, primary: true }] }))
  }
  const groups = new Map<string, string>()
  let next = 0
  for (const [name, size] of Object.entries(GROUPS)) {
    groups.set(
      name,
      await okta.group(
        name,
        Array.from({ length: size }, () => ids[next++ % ids.length] ?? ''),
      ),
    )
  }
  const idOf = (name: string) => groups.get(name) ?? ''
  await okta.patch(`/Groups/${idOf('Finance')}`, { op: 'add', path: 'members', value: [{ value: NOBODY }, { value: ids[0] }] })
  const { rules, select } = graphOf(server, org)
  await rules('Engineering*/**', '!Engineering/Contractors', 'Sales/EMEA')
  await select(idOf('Finance'), idOf('!!!'), idOf('Équipe Données'))
  await comeAndGo(server, org, { okta, ids })
  await history(server, org)
  return org
}

type Okta = ReturnType<typeof scimClient>

/** The connection that works, beside one of each other state. */
async function connect(server: TestServer, org: Org): Promise<Okta> {
  const { work } = graphOf(server, org)
  const context = { ...adminContext(org), actor: { kind: 'account', id: 'x', name: 'root' } as const }
  const issue = (name: string, idp: 'okta' | 'entra' | 'generic', lifetimeSeconds: number | null) =>
    issueScimToken(work, context, { name, idp, lifetimeSeconds, ratePerSecond: 100 })
  await revokeScimToken(work, context, org.tokenId)
  const { row } = await issue('Okta trial', 'okta', 365 * DAY)
  await rotateScimToken(work, context, { id: row.id, overlapSeconds: 3 * DAY, lifetimeSeconds: 365 * DAY })
  await issue('Entra, subsidiary', 'entra', 12 * DAY)
  await issue('Keycloak lab', 'generic', null)
  const { token } = await issue('Okta production', 'okta', 365 * DAY)
  return scimClient({ origin: server.origin, root: server.root, base: server.base, token })
}

/** A leaver, a collision, a possible returner, and what Okta gets wrong. */
async function comeAndGo(server: TestServer, org: Org, { okta, ids }: { okta: Okta; ids: readonly string[] }): Promise<void> {
  const disable = (id = '') => okta.patch(`/Users/${id}`, { op: 'replace', value: { active: false } })
  for (const id of ids.slice(-2)) expectStatus(await disable(id), 200)
  await server.localAccount(org.orgId, 'kim@acme.example')
  for (let times = 0; times < 3; times++) expectStatus(await okta.post('/Users', user('kim@acme.example')), 409)
  const gone = await okta.user('robin@acme.example', { externalId: 'x-1' })
  expectStatus(await okta.delete(`/Users/${gone}`), 204)
  await okta.user('robin@acme.example', { externalId: 'x-2' })
  expectStatus(await okta.patch(`/Users/${ids[0]}`, { op: 'replace', path: 'emails[type eq work]', value: 'x' }), 400)
}

/** What a week looks like: busy by day, quiet by night, one bad hour. */
async function history(server: TestServer, org: Org): Promise<void> {
  const { work } = graphOf(server, org)
  await sql`
    insert into scim_activity (org_id, hour, token_id, kind, requests)
    select ${org.orgId}::uuid, date_trunc('hour', now()) - make_interval(hours => h), 'history', k.kind,
      greatest(1, round(k.size * (1 + sin(h * 0.26 + 1)) * (1 + (h * 7 % 5) / 4.0)))
    from generate_series(1, ${HOURS}::integer) h cross join (values ('change', 12), ('read', 20), ('refused', 1.4), ('failed', 3)) k (kind, size)
    where k.kind <> 'failed' or h in (30, 31) on conflict do nothing`.execute(work.db)
}
