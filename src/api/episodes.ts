// /api/v1/episodes: a person appends to and reads the record of their own agent sessions; nobody else can.
import { append } from '../audit/append.ts'
import { appendEpisode, type Episode, episodeSchema, listEpisodes } from '../memory/episodes.ts'
import { holdAccount } from '../permissions/writing.ts'
import { writing } from './access.ts'
import { bodyEndpoint, type Endpoint, json, queryEndpoint } from './endpoint.ts'
import { episodeAnswerSchema, episodeListQuery, episodePageSchema } from './schemas.ts'

const add = bodyEndpoint(
  {
    method: 'post',
    path: '/episodes',
    summary: 'Append an episode. It cannot be changed afterwards.',
    body: episodeSchema,
    answers: [{ status: 201, description: 'Appended.', schema: episodeAnswerSchema }],
  },
  (call, body) =>
    writing(call, { action: 'episode.create', target: { kind: 'episode' } }, async (work) => {
      const { orgId, accountId } = call.principal
      await holdAccount(work, call.principal)
      const episode = await appendEpisode(work, { orgId, accountId }, { episode: body, now: call.clock.now() })
      await append(work.db, call.context, [
        { action: 'episode.create', target: { kind: 'episode', id: episode.id }, outcome: 'success', payload: {} },
      ])
      return json(201, rowOf(episode))
    }),
)

const list = queryEndpoint(
  {
    method: 'get',
    path: '/episodes',
    summary: 'Your own episodes, newest first.',
    query: episodeListQuery,
    answers: [{ status: 200, description: 'One page.', schema: episodePageSchema }],
  },
  async (call, { limit, offset }) => {
    const { orgId, accountId } = call.principal
    const { episodes, total } = await listEpisodes(call.work, { orgId, accountId, limit, offset })
    return json(200, { rows: episodes.map(rowOf), total_count: total })
  },
)

export const episodeEndpoints: readonly Endpoint[] = [add, list]

const rowOf = ({ ts, ...episode }: Episode) => ({ ...episode, ts: ts.toISOString() })
