// A filter that no index can serve ends at the statement timeout, with an answer that says so; nobody else waits for it.
import { StatementTimeout } from '../../src/db/failures.ts'
import { expect, test } from 'vitest'
import { expectError, expectStatus, filterOf } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const failures: unknown[] = []
const server = useServer(
  {},
  {
    statementTimeoutMs: 1000,
    log: { exchange: () => undefined, failure: (error) => void failures.push(error), event: () => undefined, flush: () => undefined },
  },
)

test('a search that would take too long answers 400 tooMany and what to ask instead, and the others go on [G6]', async () => {
  const [greedy, other] = [await server.org(), await server.org()]
  // Texts of half a megabyte, of which fifty different ones are looked for in each: minutes of work.
  await server.asOwner(`
    insert into scim_resources (org_id, id, type, unique_key, json, comparable)
    select '${greedy.orgId}'::uuid, gen_random_uuid(), 'User', 'slow-' || i, json_build_object('userName', 'slow-' || i)::text,
      jsonb_build_object('userName', 'slow-' || i, 'nickName', repeat('ab', 250000))
    from generate_series(1, 500) i`)
  const filter = Array.from({ length: 50 }, (_, n) => `nickName co "${n}x"`).join(' or ')
  const busy = Promise.all(Array.from({ length: 10 }, () => greedy.get(`/Users?${filterOf(filter)}`)))
  let answered = 0
  let done = false
  const others = (async () => {
    while (!done) {
      const id = await other.user(`someone-${answered}`)
      expectStatus(await other.get(`/Users/${id}`), 200)
      answered += 1
    }
  })()
  const answers = await busy
  done = true
  await others
  for (const answer of answers) {
    expectError(answer, 400, 'tooMany')
    expect(answer.text).toContain('userName')
  }
  expect(answered).toBeGreaterThan(0)
  expectStatus(await greedy.get('/Users?count=0'), 200)
  // An operator sees each of them.
  expect(new Set(failures).size).toBe(10)
  for (const failure of failures) expect(failure).toBeInstanceOf(StatementTimeout)
})
