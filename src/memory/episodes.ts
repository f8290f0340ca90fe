// Episodes: what happened in a person's agent sessions. Appended, never changed, read by that person alone.
import { sql } from 'kysely'
import { z } from 'zod'
import type { Work } from '../db/work.ts'
import { memoryId } from './ids.ts'

export const SUMMARY_LENGTH_MAX = 16_384
const LIST_MAX = 256

export const episodeSchema = z.strictObject({
  summary: z.string().min(1).max(SUMMARY_LENGTH_MAX),
  agent: z.string().min(1).max(256).nullish(),
  channel: z.enum(['session', 'hook', 'incident', 'mcp', 'webhook', 'learning']).nullish(),
  session: z.string().min(1).max(256).nullish(),
  tags: z.array(z.string().max(256)).max(LIST_MAX).optional(),
  links: z
    .array(z.string().regex(/^[\w:./-]{1,128}$/))
    .max(LIST_MAX)
    .optional(),
})

export type Episode = {
  readonly id: string
  readonly ts: Date
  readonly agent: string | null
  readonly channel: string | null
  readonly summary: string
  readonly session: string | null
  readonly tags: readonly string[]
  readonly links: readonly string[]
}

const EPISODE = sql`e.id, e.ts, e.agent, e.channel, e.summary, e.session, e.tags, e.links`
const ID_ATTEMPTS = 5

export async function appendEpisode(
  work: Work,
  owner: { readonly orgId: string; readonly accountId: string },
  { episode, now }: { readonly episode: z.infer<typeof episodeSchema>; readonly now: Date },
): Promise<Episode> {
  const { summary, agent = null, channel = null, session = null, tags = [], links = [] } = episode
  for (let attempt = 0; attempt < ID_ATTEMPTS; attempt++) {
    const { rows } = await sql<Episode>`
      insert into episodes as e (org_id, id, account_id, agent, channel, summary, session, tags, links)
      values (${owner.orgId}::uuid, ${memoryId('EPS', now)}, ${owner.accountId}::uuid, ${agent}, ${channel}, ${summary}, ${session},
        ${JSON.stringify(tags)}::jsonb, ${JSON.stringify(links)}::jsonb)
      on conflict (org_id, id) do nothing
      returning ${EPISODE}`.execute(work.db)
    if (rows[0] !== undefined) return rows[0]
  }
  throw new Error('no free episode id was found')
}

/** A person's own, newest first. */
export async function listEpisodes(
  work: Work,
  { orgId, accountId, limit, offset }: { orgId: string; accountId: string; limit: number; offset: number },
): Promise<{ readonly episodes: readonly Episode[]; readonly total: number }> {
  const mine = sql`e.org_id = ${orgId}::uuid and e.account_id = ${accountId}::uuid`
  const { rows } = await sql<Episode>`
    select ${EPISODE} from episodes e where ${mine} order by e.seq desc limit ${limit} offset ${offset}`.execute(work.db)
  const { rows: counts } = await sql<{ total: number }>`select count(*)::integer as total from episodes e where ${mine}`.execute(work.db)
  return { episodes: rows, total: counts[0]?.total ?? 0 }
}
