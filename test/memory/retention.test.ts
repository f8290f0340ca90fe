// What becomes of memories when a person goes for good: their own are gone from every table, shared ones stay under the placeholder.
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { dataOf } from '../../src/memory/engram.ts'
import { findEngram } from '../../src/memory/engrams.ts'
import { appendEpisode, listEpisodes } from '../../src/memory/episodes.ts'
import { deletePreview, eraseOwn, moveOwn, reassignShared } from '../../src/memory/retention.ts'
import { type Team, useMemory } from '../support/memory.ts'

const memory = useMemory()

async function lived() {
  const team = await memory.team(1)
  const [group] = team.scopes
  if (group === undefined) throw new Error('no scope')
  const own = await memory.learn(team, { authorId: team.alice, scopeId: team.alice, statement: `private-of-alice ${team.orgId}` })
  const attribution = { asserted_by: 'alice@example.com' }
  const shared = await memory.learn(team, {
    authorId: team.alice,
    scopeId: group.id,
    statement: `shared-by-alice ${team.orgId}`,
    attribution,
    provenance: { origin: 'alice-laptop' },
    source: 'chat with alice',
    domain: 'dev',
  })
  const ofBob = await memory.learn(team, { authorId: team.bob, scopeId: group.id, statement: 'shared-by-bob', attribution })
  await appendEpisode(
    memory.work,
    { orgId: team.orgId, accountId: team.alice },
    { episode: { summary: `episode-of-alice ${team.orgId}` }, now: new Date() },
  )
  return { team, group, own, shared, ofBob, owner: { orgId: team.orgId, accountId: team.alice } }
}

async function placeholder({ orgId }: Team): Promise<string> {
  const id = randomUUID()
  await sql`insert into accounts (org_id, id, user_name, slug, origin, status, disabled_at)
    values (${orgId}, ${id}, 'former member', ${`former-${id.slice(0, 8)}`}, 'placeholder', 'disabled', now())`.execute(memory.work.db)
  return id
}

async function dump(): Promise<string> {
  const tables = await memory.rows(`select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and relkind in ('r', 'p', 'm') and not relispartition`)
  const texts = await Promise.all(tables.map(({ relname }) => memory.rows(`select t::text from "${String(relname)}" t`)))
  return JSON.stringify(texts)
}

test('the preview counts what the erasure then does', async () => {
  const { owner } = await lived()
  expect(await deletePreview(memory.work, owner)).toEqual({ ownEngrams: 1, episodes: 1, sharedEngrams: 1 })
})

test('erasing leaves no row in any table with what was the person’s own, and keeps what is shared under the placeholder, scrubbed', async () => {
  const { team, group, own, shared, ofBob, owner } = await lived()
  const placeholderId = await placeholder(team)
  await memory.work.atomically(async (work) => {
    expect(await eraseOwn(work, owner)).toEqual({ engrams: 1, episodes: 1 })
    expect(await reassignShared(work, { ...owner, placeholderId })).toBe(1)
  })
  const within = { orgId: team.orgId, scopes: [group] }
  expect(await findEngram(memory.work, { ...within, scopes: [{ id: team.alice, name: 'user:acme:alice' }], id: own.id })).toBeUndefined()
  const kept = await findEngram(memory.work, { ...within, id: shared.id })
  expect(kept).toMatchObject({ statement: `shared-by-alice ${team.orgId}`, data: { domain: 'dev' } })
  if (kept !== undefined) expect(JSON.stringify(dataOf(kept))).not.toMatch(/asserted_by|alice-laptop|chat with/)
  expect((await findEngram(memory.work, { ...within, id: ofBob.id }))?.data).toHaveProperty('attribution')
  const [row] = await memory.rows(`select author_id::text as author from engrams where id = '${shared.id}'`)
  expect(row).toEqual({ author: placeholderId })
  const everything = await dump()
  expect(everything).toContain(`shared-by-alice ${team.orgId}`)
  expect(everything).not.toContain(`private-of-alice ${team.orgId}`)
  expect(everything).not.toContain(`episode-of-alice ${team.orgId}`)
  expect(await deletePreview(memory.work, owner)).toEqual({ ownEngrams: 0, episodes: 0, sharedEngrams: 0 })
})

test('an erasure that does not commit leaves everything', async () => {
  const { owner } = await lived()
  const undone = memory.work.atomically(async (work) => {
    await eraseOwn(work, owner)
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  expect(await deletePreview(memory.work, owner)).toEqual({ ownEngrams: 1, episodes: 1, sharedEngrams: 1 })
})

test('moving takes scope, authorship and episodes to the other account', async () => {
  const { team, owner } = await lived()
  expect(await moveOwn(memory.work, { orgId: team.orgId, fromId: team.alice, toId: team.bob })).toEqual({ engrams: 2, episodes: 1 })
  expect(await deletePreview(memory.work, owner)).toEqual({ ownEngrams: 0, episodes: 0, sharedEngrams: 0 })
  const bob = { orgId: team.orgId, accountId: team.bob }
  expect(await deletePreview(memory.work, bob)).toEqual({ ownEngrams: 1, episodes: 1, sharedEngrams: 2 })
  const { episodes, total } = await listEpisodes(memory.work, { ...bob, limit: 10, offset: 0 })
  expect([total, episodes.map(({ summary }) => summary)]).toEqual([1, [`episode-of-alice ${team.orgId}`]])
})
