// The form of corpus/<idp>/*.json: what one identity provider sends, in order, and what it must get back.
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { Assertion } from './assertion.ts'

const Status = z.union([z.number().int(), z.array(z.number().int()).min(1)])

const Expectation = z.strictObject({
  status: Status,
  /** Exact values, by header name. */
  headers: z.record(z.string(), z.string()).optional(),
  json: z.array(Assertion).optional(),
})

/** A body too long or too broken to write out: `prefix`, `repeat` `times` over, `suffix`. */
const RawBody = z.union([
  z.string(),
  z.strictObject({ prefix: z.string(), repeat: z.string(), times: z.number().int().positive(), suffix: z.string() }),
])

const Step = z.strictObject({
  name: z.string().optional(),
  /** Facts of the wire notes, or rows of the RFC list, that this step shows. */
  facts: z.array(z.string()),
  /** The step once for each number; `{{n}}` stands for it. `parallel` sends them all at once. */
  each: z.strictObject({ from: z.number().int(), to: z.number().int(), parallel: z.boolean().optional() }).optional(),
  req: z.strictObject({
    method: z.string(),
    /** Below the service root and as on the wire, still encoded; `//host`-like paths and a missing slash are kept as they are. */
    path: z.string(),
    /** Over the file's own headers; null leaves one out. */
    headers: z.record(z.string(), z.string().nullable()).optional(),
    body: z.unknown().optional(),
    rawBody: RawBody.optional(),
  }),
  expect: Expectation,
  /**
   * What the same request gets when it is sent again at once. Left out, the rules of idempotence hold: a create that worked now
   * conflicts, a delete that worked finds nothing, all else answers as before and changes no version. `false`: is not repeated.
   */
  repeat: z
    .union([
      z.literal(false),
      z.strictObject({ status: Status.optional(), json: z.array(Assertion).optional(), newVersion: z.boolean().optional() }),
    ])
    .optional(),
  /** Names for values of the answer, by JSON Pointer; `header:etag` takes a header. */
  capture: z.record(z.string(), z.string()).optional(),
})

const Corpus = z.strictObject({
  idp: z.string(),
  dialect: z.string(),
  title: z.string(),
  /** The `idp` of the SCIM token. */
  profile: z.enum(['generic', 'okta', 'entra']),
  source: z.array(z.string()).min(1),
  /** User names of local accounts that exist beforehand. */
  accounts: z.array(z.string()).optional(),
  /** Headers of every request besides Authorization. */
  headers: z.record(z.string(), z.string()).optional(),
  steps: z.array(Step).min(1),
})

export type Corpus = z.infer<typeof Corpus>
export type Step = z.infer<typeof Step>
export type Status = z.infer<typeof Status>

export const CORPUS_ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../corpus')

/** All corpus files with their names, such as `okta/spec.json`. @throws when one breaks the form. */
export function readCorpora(root: string = CORPUS_ROOT): { name: string; corpus: Corpus }[] {
  return globSync('*/*.json', { cwd: root })
    .sort()
    .map((name) => ({ name, corpus: parseCorpus(readFileSync(path.join(root, name), 'utf8'), name) }))
}

export function parseCorpus(text: string, name: string): Corpus {
  const parsed = Corpus.safeParse(JSON.parse(text))
  if (!parsed.success) throw new Error(`corpus/${name}: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}

export type Variables = ReadonlyMap<string, string>

/** Replaces `{{name}}` in a text, also inside another name: `{{user{{n}}}}`. @throws when the name is unknown. */
export function fill(text: string, variables: Variables): string {
  const once = fillOnce(text, variables)
  return once.includes('{{') ? fillOnce(once, variables) : once
}

function fillOnce(text: string, variables: Variables): string {
  return text.replaceAll(/\{\{([\w.]+)\}\}/g, (_, name: string) => {
    const known = variables.get(name)
    if (known === undefined) throw new Error(`{{${name}}} was never captured`)
    return known
  })
}

/** Replaces `{{name}}` in every string of a JSON value, member names included. */
export function fillAll(value: unknown, variables: Variables): unknown {
  if (typeof value === 'string') return fill(value, variables)
  if (Array.isArray(value)) return value.map((item: unknown) => fillAll(item, variables))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [fill(name, variables), fillAll(item, variables)]))
}
