// Writes of people that share a statement fare as each would alone (docs/decisions/0024; threats F1, F6, L3, M1, M2).
import { describe, expect, test } from 'vitest'
import { Client } from 'pg'
import { expectError, expectStatus, list, number, text, user } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'
import type { Answer } from '../support/wire.ts'

const server = useServer()
const TWENTY = Array.from({ length: 20 }, (_, n) => n)
const requestOf = (answer: Answer | undefined) => answer?.header('x-request-id') ?? ''

const auditOf = (org: Org, answer: Answer | undefined) =>
  server.rows(
    `select action, outcome, target ->> 'id' as id, target ->> 'name' as name from audit_log where org_id = $1 and request_id = $2 order by ts, id`,
    [org.orgId, requestOf(answer)],
  )

describe('creates at once', () => {
  test('one that collides, one that is taken and one that is wrong fail alone; the others are made, each with its row [L3 C2]', async () => {
    const org = await server.org()
    await server.localAccount(org.orgId, 'local')
    await org.user('taken')
    const names = ['local', 'taken', ...TWENTY.map((n) => `u${n}`)]
    const answers = await Promise.all(names.map((name) => org.post('/Users', user(name, { externalId: `e-${name}` }))))
    expect(answers.map(({ status }) => status)).toEqual([409, 409, ...TWENTY.map(() => 201)])
    expect(number(await org.get('/Users'), '/totalResults')).toBe(21)
    for (const [nth, answer] of answers.entries()) {
      const name = names[nth]
      const made = answer.status === 201
      expect(await auditOf(org, answer)).toEqual([
        {
          action: 'scim.user.create',
          outcome: made ? 'success' : 'denied',
          id: made ? text(answer, '/id') : null,
          name: made ? name : null,
        },
      ])
    }
  })

  test('one whose name breaks a constraint of the database takes nobody along', async () => {
    const org = await server.org()
    const answers = await Promise.all(
      TWENTY.map((n) => org.post('/Users', user(n === 7 ? 'x'.repeat(3000) : `u${n}`, { displayName: n === 8 ? '\u0000' : `U ${n}` }))),
    )
    expect(answers.map(({ status }) => status)).toEqual(TWENTY.map((n) => (n === 7 || n === 8 ? 400 : 201)))
  })

  test('are the organisation’s own, whoever creates beside it [B2 B4]', async () => {
    const [one, two] = [await server.org(), await server.org()]
    const answers = await Promise.all(TWENTY.flatMap((n) => [one, two].map((org) => org.post('/Users', user(`same-${n}`)))))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    for (const org of [one, two]) expect(number(await org.get('/Users'), '/totalResults')).toBe(20)
  })
})

describe('changes at once', () => {
  test('one of a name that is taken fails alone', async () => {
    const org = await server.org()
    await org.user('taken')
    const ids = await Promise.all(TWENTY.map((n) => org.user(`u${n}`)))
    const answers = await Promise.all(
      ids.map((id, n) => org.patch(`/Users/${id}`, { op: 'replace', path: 'userName', value: n === 3 ? 'taken' : `v${n}` })),
    )
    const refused = answers.filter(({ status }) => status !== 200)
    for (const answer of refused) expectError(answer, 409, 'uniqueness')
    expect(answers.map(({ status }) => status)).toEqual(TWENTY.map((n) => (n === 3 ? 409 : 200)))
  })

  test('of one person happen one after another, and none is lost', async () => {
    const org = await server.org()
    const id = await org.user('u')
    const answers = await Promise.all(
      TWENTY.map((n) => org.patch(`/Users/${id}`, { op: 'add', path: 'emails', value: [{ value: `m${n}@x.example`, type: `t${n}` }] })),
    )
    for (const answer of answers) expectStatus(answer, 200)
    const found = await org.get(`/Users/${id}`)
    expect(list(found, '/emails')).toHaveLength(20)
    expect(found.header('etag')).toBe('W/"21"')
  })

  test('leavers leave with their credentials, the last admin stays, and each tells why first [F1 F6 E9 L3]', async () => {
    const org = await server.org()
    const ids = await Promise.all(TWENTY.map((n) => org.user(`u${n}`)))
    await server.asOwner(`update accounts set org_role = 'org_admin' where org_id = '${org.orgId}' and user_name = 'u5'`)
    const answers = await Promise.all(ids.map((id) => org.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false })))
    expect(answers.map(({ status }) => status)).toEqual(TWENTY.map((n) => (n === 5 ? 409 : 200)))
    const states = await server.rows('select user_name, status, credential_epoch from accounts where org_id = $1', [org.orgId])
    for (const { user_name: name, status, credential_epoch: epoch } of states)
      expect([name, status, epoch]).toEqual(name === 'u5' ? ['u5', 'active', 0] : [name, 'disabled', 1])
    for (const [nth, answer] of answers.entries())
      if (nth !== 5) expect((await auditOf(org, answer)).map(({ action }) => action)).toEqual(['scim.user.disable', 'account.disable'])
  })

  test('do not wait for one whose row somebody else holds', async () => {
    const org = await server.org()
    const ids = await Promise.all(TWENTY.map((n) => org.user(`u${n}`)))
    const holder = new Client({ connectionString: server.databaseUrl })
    await holder.connect()
    try {
      await holder.query('begin')
      await holder.query('select from scim_resources where id = $1 for update', [ids[0]])
      const change = (id: string) => org.patch(`/Users/${id}`, { op: 'replace', path: 'title', value: 'T' })
      const held = ids.slice(0, 1).map(change)
      for (const answer of await Promise.all(ids.slice(1).map(change))) expectStatus(answer, 200)
      await holder.query('commit')
      for (const answer of await Promise.all(held)) expectStatus(answer, 200)
    } finally {
      await holder.end()
    }
  })
})
