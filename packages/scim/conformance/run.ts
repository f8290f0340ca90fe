// Runs checks one after the other against one server and collects what became of each.
import { createClient, type Exchange, type ScimClient } from '../src/client/client.ts'
import { discover, missing } from './capabilities.ts'
import { CheckFailure, CheckSkipped } from './verdict.ts'
import { LEVELS, type Check, type Feature, type Level } from './check.ts'
import { Session } from './session.ts'

export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'failed'; readonly message: string; readonly exchange: Exchange | undefined }

export type Result = { readonly feature: string; readonly check: Check; readonly outcome: Outcome; readonly ms: number }

export type RunOptions = {
  readonly url: string
  readonly token: string | undefined
  readonly features: readonly Feature[]
  /** Told after each check. */
  readonly onResult?: (result: Result) => void
  readonly client?: ScimClient
}

/** Runs the features' checks. @throws TransportError when the server cannot be reached at the start. */
export async function runConformance(options: RunOptions): Promise<readonly Result[]> {
  const client = options.client ?? createClient({ baseUrl: options.url, token: options.token, userAgent: 'scim-conformance' })
  const capabilities = await discover(client)
  const session = new Session(client, capabilities, newMark())
  const results: Result[] = []
  try {
    for (const feature of options.features) {
      for (const check of feature.checks) {
        const startedAt = performance.now()
        const reason = [...(feature.needs ?? []), ...(check.needs ?? [])].map((need) => missing(capabilities, need)).find(Boolean)
        const outcome: Outcome = reason === undefined ? await outcomeOf(check, session) : { kind: 'skipped', reason }
        const result = { feature: feature.name, check, outcome, ms: performance.now() - startedAt }
        results.push(result)
        options.onResult?.(result)
      }
    }
  } finally {
    await session.finishRun()
  }
  return results
}

/** Keeps the checks whose id is or begins with one of `only` (`PAT`, `PAT-12`, a feature's name) and whose level is at least `level`. */
export function selectChecks(features: readonly Feature[], only: readonly string[], level: Level): readonly Feature[] {
  const wanted = (feature: Feature, check: Check) =>
    (only.length === 0 || only.some((part) => part === feature.name || isBelow(check.id, part))) &&
    LEVELS.indexOf(check.level) <= LEVELS.indexOf(level)
  return features
    .map((feature) => ({ ...feature, checks: feature.checks.filter((check) => wanted(feature, check)) }))
    .filter((feature) => feature.checks.length > 0)
}

function isBelow(id: string, part: string): boolean {
  return id === part || id.startsWith(`${part}.`) || id.startsWith(`${part}-`)
}

async function outcomeOf(check: Check, session: Session): Promise<Outcome> {
  try {
    await check.run(session)
    return { kind: 'passed' }
  } catch (error) {
    if (error instanceof CheckSkipped) return { kind: 'skipped', reason: error.message }
    const exchange = error instanceof CheckFailure ? (error.exchange ?? session.last) : session.last
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error), exchange }
  } finally {
    await session.finishCheck()
  }
}

/** A short random word; it stands in the names of all that the run creates. */
function newMark(): string {
  return crypto.randomUUID().slice(0, 8)
}
