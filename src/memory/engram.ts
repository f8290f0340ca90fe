// An engram: what may be said about it, what the server keeps to itself, and the pure rules of its life. The field names are the wire's.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { DomainError } from '../primitives/errors.ts'

/** Words, not bytes; the body limit of the wire comes first. */
export const STATEMENT_LENGTH_MAX = 32_768
export const LIST_ENTRIES_MAX = 256
export const TEXT_LENGTH_MAX = 8_192
/** Of an engram as JSON, whatever its parts: lists and recall carry many. */
export const ENGRAM_BYTES_MAX = 64 * 1024

export const STATUSES = ['active', 'dormant', 'retired', 'candidate'] as const
export const TYPES = ['behavioral', 'terminological', 'procedural', 'architectural'] as const
export const COMMITMENTS = ['exploring', 'leaning', 'decided', 'locked', 'draft'] as const
export const SIGNALS = ['positive', 'negative', 'neutral'] as const
const CLAIM_CLASSES = ['observed', 'documented', 'structural', 'asserted', 'inferred', 'revised'] as const
const ENTITY_TYPES = ['person', 'organization', 'technology', 'concept', 'project', 'tool', 'place', 'event', 'standard', 'other'] as const

export type Status = (typeof STATUSES)[number]
export type Signal = (typeof SIGNALS)[number]

const text = z.string().max(TEXT_LENGTH_MAX)
const texts = z.array(text).max(LIST_ENTRIES_MAX)
const statement = z.string().min(1).max(STATEMENT_LENGTH_MAX)
const engramId = z.string().regex(/^(ENG|ABS|META)-[A-Za-z0-9-]{1,120}$/)
const named = z.looseObject({ name: text, version: text.optional() })

/** What a client may say beside statement, type and pinned; what is not named here is kept as it came. */
const optional = {
  visibility: z.enum(['private', 'public', 'template']).optional(),
  rationale: text.nullish(),
  summary: z.string().max(80).nullish(),
  domain: z.string().max(512).nullish(),
  source: text.nullish(),
  contraindications: texts.optional(),
  source_patterns: texts.optional(),
  tags: z.array(z.string().max(256)).max(LIST_ENTRIES_MAX).optional(),
  commitment: z.enum(COMMITMENTS).optional(),
  locked_reason: text.nullish(),
  valid_from: z.string().max(64).nullish(),
  valid_until: z.string().max(64).nullish(),
  supersedes: z.array(engramId).max(LIST_ENTRIES_MAX).optional(),
  claim_class: z.enum(CLAIM_CLASSES).optional(),
  confidence_score: z.number().nullish(),
  polarity: z.enum(['do', 'dont']).nullish(),
  attribution: z
    .looseObject({
      asserted_by: text.optional(),
      runtime: named.optional(),
      model: named.optional(),
      tool: named.optional(),
      on_behalf_of: text.optional(),
    })
    .optional(),
  provenance: z.looseObject({ origin: text, chain: texts.optional(), signature: text.nullish(), license: text.optional() }).optional(),
  knowledge_anchors: z
    .array(
      z.looseObject({
        path: text,
        relevance: z.enum(['primary', 'supporting', 'example']).optional(),
        snippet: z.string().max(200).optional(),
        snippet_extracted_at: z.string().max(64).optional(),
      }),
    )
    .max(LIST_ENTRIES_MAX)
    .optional(),
  dual_coding: z
    .looseObject({ example: text.optional(), analogy: text.optional() })
    .refine(({ example, analogy }) => example !== undefined || analogy !== undefined, 'needs an example or an analogy')
    .optional(),
  measured_under: z.looseObject({}).optional(),
  entities: z
    .array(z.looseObject({ name: text, type: z.enum(ENTITY_TYPES), uri: text.optional() }))
    .max(LIST_ENTRIES_MAX)
    .optional(),
}

/** A create. Names that are not listed are kept as they came; those that are the server's to say are dropped (SERVER_OWNED). */
export const engramCreateSchema = z.looseObject({
  statement,
  scope: z.string().min(1).max(700),
  type: z.enum(TYPES).optional(),
  pinned: z.boolean().optional(),
  ...optional,
})

/** A change. What is not sent stays as it is; null takes a value away. No other names are understood. */
export const engramPatchSchema = z
  .strictObject({
    statement: statement.optional(),
    type: z.enum(TYPES).optional(),
    status: z.enum(STATUSES).optional(),
    pinned: z.boolean().optional(),
    ...optional,
  })
  .refine((change) => Object.keys(change).length > 0, 'nothing to change')

export const feedbackSchema = z.strictObject({ signal: z.enum(SIGNALS) })

/** Clients send whole engrams; on these the server has its own word (contract 5.3), so they do not count on the way in. */
const SERVER_OWNED: ReadonlySet<string> = new Set(
  `id version status scope statement type pinned created_at updated_at activation feedback_signals content_hash write_count
  reference_count injection_count recurrence_count engram_version previous_version_ref author author_id score`.split(/\s+/),
)

export type EngramContent = {
  readonly statement: string
  readonly type: (typeof TYPES)[number]
  readonly pinned: boolean
  /** Everything else that was said. */
  readonly data: Readonly<Record<string, unknown>>
}

export type EngramChange = z.infer<typeof engramPatchSchema>

/** An engram with all that the server knows of it; its author stays inside. */
export type Engram = EngramContent & {
  readonly id: string
  readonly scopeId: string
  readonly status: Status
  readonly contentHash: string
  readonly retrievalStrength: number
  readonly storageStrength: number
  readonly frequency: number
  /** A day, `YYYY-MM-DD`. */
  readonly lastAccessed: string
  readonly positive: number
  readonly negative: number
  readonly neutral: number
  readonly writeCount: number
  readonly version: number
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** The content of a create. A type that was not sent is the commonest one. Throws a `DomainError` `limit_exceeded`. */
export function contentOf(create: z.infer<typeof engramCreateSchema>): EngramContent {
  const { type = 'behavioral', pinned = false } = create
  return bounded({ statement: create.statement, type, pinned, data: withoutNulls(create, SERVER_OWNED) })
}

/** The content after a change. Throws a `DomainError` `limit_exceeded`. */
export function changed(content: EngramContent, change: EngramChange): EngramContent {
  const { statement = content.statement, type = content.type, pinned = content.pinned, status: _, ...others } = change
  return bounded({ statement, type, pinned, data: withoutNulls({ ...content.data, ...others }, SERVER_OWNED) })
}

/** Many small changes make no large engram, nor do numbers that are longer when they are written out, as PostgreSQL does. */
function bounded(content: EngramContent): EngramContent {
  if (Buffer.byteLength(JSON.stringify(content)) + zeros(content) <= ENGRAM_BYTES_MAX) return content
  throw new DomainError('limit_exceeded', `An engram has at most ${ENGRAM_BYTES_MAX} bytes as JSON: this one would be larger.`)
}

/** Digits that stand in the database where JavaScript writes an exponent. */
function zeros(value: unknown): number {
  if (typeof value === 'number') return Number(/e[+-](\d+)$/.exec(String(value))?.[1] ?? 0)
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce((sum: number, one: unknown) => sum + zeros(one), 0)
}

/** What a client reads as the engram: what was said, and what every client needs to find in each row (contract 5.2). */
export function dataOf(engram: Engram): Record<string, unknown> {
  const { data, createdAt, updatedAt } = engram
  return {
    ...data,
    tags: Array.isArray(data['tags']) ? data['tags'] : [],
    statement: engram.statement,
    type: engram.type,
    // A row without the field is an engram that nobody pinned.
    ...(engram.pinned ? { pinned: true } : {}),
    version: 2,
    activation: {
      retrieval_strength: engram.retrievalStrength,
      storage_strength: engram.storageStrength,
      frequency: engram.frequency,
      last_accessed: engram.lastAccessed,
    },
    feedback_signals: { positive: engram.positive, negative: engram.negative, neutral: engram.neutral },
    content_hash: engram.contentHash,
    write_count: engram.writeCount,
    engram_version: engram.version,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  }
}

/** Tells the same fact: case, width and spaces do not matter. */
export function contentHash(statement: string): string {
  return createHash('sha256').update(statement.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim()).digest('hex')
}

/** Tells the same create, however its members are ordered. */
export function createHashOf({ statement, type, pinned, data }: EngramContent): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([statement, type, pinned, ordered(data)]))
    .digest()
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => [name, ordered(inner)])
}

function withoutNulls(object: object, except: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([name, value]) => value !== null && value !== undefined && !except.has(name)))
}
