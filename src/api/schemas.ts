// What goes over the wire at /api/v1: one schema for reading, for the published description and for the tests.
import { z } from 'zod'
import { COMMITMENTS, SIGNALS, STATUSES, TYPES } from '../memory/engram.ts'
import { RECALL_LIMIT_DEFAULT, RECALL_LIMIT_MAX } from '../memory/recall.ts'

/** Rows of one page; the published clients ask for as many. */
export const PAGE_MAX = 200
const OFFSET_MAX = 1_000_000
const SCOPES_ASKED_MAX = 1_000

const time = z.iso.datetime()
const strength = z.number().min(0).max(1)

/** A number in a query string. */
const count = (max: number, preset: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/, 'must be a number')
    .transform(Number)
    .pipe(z.number().int().min(0).max(max))
    .default(preset)

export const errorSchema = z.object({ error: z.string() }).meta({ id: 'Error', description: 'What was wrong, and what would be right.' })

export const meSchema = z.object({
  username: z.string(),
  org_id: z.string(),
  role: z.string(),
  scopes: z.array(z.string()).meta({ description: 'All scopes that may be read.' }),
  writable_scopes: z.array(z.string()).meta({ description: 'Those of them that may be written.' }),
  scope_metadata: z.array(z.looseObject({ scope: z.string(), description: z.string().max(500).nullable() })),
})

export const engramDataSchema = z
  .looseObject({
    statement: z.string().min(1),
    type: z.enum(TYPES),
    tags: z.array(z.string()),
    activation: z.object({
      retrieval_strength: strength,
      storage_strength: strength,
      frequency: z.number().int(),
      last_accessed: z.iso.date(),
    }),
    feedback_signals: z.object({ positive: z.number().int(), negative: z.number().int(), neutral: z.number().int() }),
    commitment: z.enum(COMMITMENTS).optional(),
    pinned: z.boolean().optional(),
  })
  .meta({ description: 'The content, with all other fields of an engram that its writer sent.' })

export const engramRowSchema = z
  .object({
    id: z.string().regex(/^(ENG|ABS|META)-[A-Za-z0-9-]+$/),
    scope: z.string(),
    status: z.enum(STATUSES),
    data: engramDataSchema,
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'EngramRow' })

export const engramPageSchema = z.object({ rows: z.array(engramRowSchema), total_count: z.number().int() })

export const engramListQuery = z.strictObject({
  scope: z.string().max(700).optional().meta({ description: 'Only this scope; all readable ones otherwise.' }),
  status: z
    .enum([...STATUSES, 'all'])
    .optional()
    .meta({ description: 'All but retired ones otherwise.' }),
  limit: count(PAGE_MAX, 50),
  offset: count(OFFSET_MAX, 0),
})

export const recallSchema = z
  .strictObject({
    query: z.string(),
    mode: z.enum(['hybrid', 'keyword', 'bm25', 'semantic']).default('hybrid'),
    limit: z.number().int().min(1).max(RECALL_LIMIT_MAX).default(RECALL_LIMIT_DEFAULT),
    scopes: z.array(z.string().max(700)).max(SCOPES_ASKED_MAX).optional(),
    timeout_ms: z.number().min(0).max(3_600_000).optional(),
  })
  .meta({ description: 'Recall is keyword search whatever the mode, and needs no more time than any client gives.' })

export const recallResultSchema = engramDataSchema
  .extend({ id: z.string(), scope: z.string(), status: z.literal('active'), score: strength })
  .meta({ description: 'An engram, flat.' })

export const recallAnswerSchema = z.object({
  results: z.array(recallResultSchema),
  count: z.number().int(),
  mode: z.literal('keyword'),
  requested_mode: z.string(),
  vector: z.literal(false),
  effective_scopes: z.array(z.string()),
  dropped_scopes: z.array(z.string()).meta({ description: 'Scopes that were asked for and may not be read.' }),
  truncated: z.boolean().meta({ description: 'Whether results or scope names were left out to keep the answer within 128 KiB.' }),
})

export const feedbackAnswerSchema = z.object({ engram: engramRowSchema, signal: z.enum(SIGNALS) })

export const episodeAnswerSchema = z
  .object({
    id: z.string().regex(/^EPS-[0-9-]+$/),
    ts: time,
    agent: z.string().nullable(),
    channel: z.string().nullable(),
    summary: z.string(),
    session: z.string().nullable(),
    tags: z.array(z.string()),
    links: z.array(z.string()),
  })
  .meta({ id: 'Episode' })

export const episodePageSchema = z.object({ rows: z.array(episodeAnswerSchema), total_count: z.number().int() })

export const episodeListQuery = z.strictObject({ limit: count(PAGE_MAX, 50), offset: count(OFFSET_MAX, 0) })
