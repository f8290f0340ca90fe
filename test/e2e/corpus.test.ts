// The replay corpus against the real server: as it came, every step twice, and interleaved with itself in a second organisation.
import { describe, expect, test } from 'vitest'
import { replay, startReplay, type Tenant } from '../support/corpus.ts'
import type { AuditRow } from '../support/audit-ledger.ts'
import { type Corpus, readCorpora } from '../support/corpus-format.ts'
import { useServer } from '../support/server.ts'

const server = useServer()
const TIMEOUT_MS = 120_000
const corpora = readCorpora()

/** A fresh organisation as the corpus wants it. */
async function tenantFor(corpus: Corpus): Promise<Tenant> {
  const org = await server.org({ idp: corpus.profile })
  for (const name of corpus.accounts ?? []) await server.localAccount(org.orgId, name)
  const { origin, root, base } = server
  return { origin, root, base, token: org.token, auditRows: () => writesOf(org.orgId) }
}

async function writesOf(orgId: string): Promise<AuditRow[]> {
  const rows = await server.rows(
    `select action, outcome, target ->> 'id' as target, request_id, payload::text as payload from audit_log
     where org_id = $1 and channel = 'scim' and action !~ '(read|list|failed)$' order by id`,
    [orgId],
  )
  return rows.map((row) => ({
    action: String(row['action']),
    outcome: String(row['outcome']),
    targetId: row['target'] === null ? undefined : String(row['target']),
    payload: String(row['payload']),
    requestId: row['request_id'] === null ? undefined : String(row['request_id']),
  }))
}

describe.each(corpora)('$name: $corpus.title', ({ corpus }) => {
  test('is answered as the identity provider needs it, and touches no other organisation [RC-10 L3]', { timeout: TIMEOUT_MS }, async () => {
    const bystander = await server.org()
    await bystander.group('bystanders', [await bystander.user('bystander')])
    const before = await server.snapshot(bystander.orgId)
    await replay(corpus, await tenantFor(corpus))
    expect(await server.snapshot(bystander.orgId)).toEqual(before)
  })

  test('may send every request twice [RC-30 OK-16]', { timeout: TIMEOUT_MS }, async () => {
    await replay(corpus, await tenantFor(corpus), 'repeated')
  })

  test('plays in two organisations at once without noticing [TEN-03 B2]', { timeout: TIMEOUT_MS }, async () => {
    const [one, two] = await Promise.all([tenantFor(corpus), tenantFor(corpus)])
    const [first, second] = [startReplay(corpus, one), startReplay(corpus, two)]
    let played = 0
    while ((await first.next()) && (await second.next())) played += 1
    expect(played).toBe(
      corpus.steps.reduce((sum, { each }) => sum + (each === undefined || each.parallel === true ? 1 : each.to - each.from + 1), 0),
    )
  })
})

test('the corpus holds every set of its plan', () => {
  expect(corpora.map(({ name }) => name.split('/')[0])).toEqual(
    expect.arrayContaining(['okta', 'entra', 'onelogin', 'jumpcloud', 'ping', 'keycloak', 'authentik', 'sailpoint', 'hostile']),
  )
})
