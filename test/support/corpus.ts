// Replays a corpus file against a running server: every step's own expectations, and what must hold for every step.
import { valueAt } from './json-pointer.ts'
import { answerProblems } from './invariants.ts'
import { fill, fillAll } from './corpus-format.ts'
import { type Assertion, violation } from './assertion.ts'
import { auditProblems, type AuditRow, isWaiting, type Write, writeOf } from './audit-ledger.ts'
import { send } from './wire.ts'
import type { Corpus, Status, Step, Variables } from './corpus-format.ts'
import type { Answer, Exchange } from './wire.ts'

/** The longest answer that no identity provider gives up on (idp-wire RC-19). */
const ANSWER_MS_MAX = 5000
/** How long after a refusal its audit row may come. */
const AUDIT_MS_MAX = 3000

/** One organisation's connection, as its identity provider and its auditor see it. */
export type Tenant = {
  /** Where requests go: scheme, host and port. */
  readonly origin: string
  /** The service root's path on that host, such as `/scim/v2`. */
  readonly root: string
  /** The public service root, which locations start with. */
  readonly base: string
  readonly token: string
  /** The audit rows of all SCIM writes in this organisation. */
  readonly auditRows: () => Promise<readonly AuditRow[]>
}

/** `fresh` sends each step once, `repeated` sends it again at once. */
export type Mode = 'fresh' | 'repeated'

export type Replay = {
  /** Plays the next step; false when there is none, and the audit log told of all. @throws when an expectation is not met. */
  readonly next: () => Promise<boolean>
}

/** Plays a whole corpus. */
export async function replay(corpus: Corpus, tenant: Tenant, mode: Mode = 'fresh'): Promise<void> {
  const playing = startReplay(corpus, tenant, mode)
  while (await playing.next());
}

/** Starts a replay that is driven from outside, so that two can be interleaved. */
export function startReplay(corpus: Corpus, tenant: Tenant, mode: Mode = 'fresh'): Replay {
  const variables = new Map([['base', tenant.base]])
  const writes: Write[] = []
  const note = (step: Step, label: string, answer: Answer) => void (isWrite(step, answer) && writes.push(writeOf(label, answer)))
  const play = async (step: Step, label: string, own: Map<string, string>): Promise<void> => {
    const exchange = toExchange(corpus, step, tenant, own)
    const answer = await timed(exchange, tenant, label)
    note(step, label, answer)
    verify({ label, exchange, answer, problems: firstProblems({ step, exchange, answer, tenant, variables: own }) })
    for (const [name, from] of Object.entries(step.capture ?? {})) variables.set(fill(name, own), captured(answer, from, label))
    if (mode === 'repeated' && step.repeat !== false) {
      const again = await timed(exchange, tenant, `${label}, again`)
      note(step, `${label}, again`, again)
      verify({
        label: `${label}, again`,
        exchange,
        answer: again,
        problems: repeatProblems({ step, exchange, answer: again, tenant, variables: own }, answer),
      })
    }
  }
  const rounds = corpus.steps.flatMap((step, index) => roundsOf(step, index))
  return {
    next: async () => {
      const round = rounds.shift()
      if (round === undefined) {
        await verifyAudit(writes, tenant)
        return false
      }
      await Promise.all(round.runs.map((n) => play(round.step, round.label(n), withNumber(variables, n))))
      return true
    },
  }
}

type Round = { readonly step: Step; readonly runs: readonly (number | undefined)[]; readonly label: (n: number | undefined) => string }

function roundsOf(step: Step, index: number): Round[] {
  const label = (n: number | undefined) =>
    `step ${index + 1}${n === undefined ? '' : ` (n=${n})`} ${step.name ?? `${step.req.method} ${step.req.path}`}`
  if (step.each === undefined) return [{ step, runs: [undefined], label }]
  const { from, to, parallel } = step.each
  const numbers = Array.from({ length: to - from + 1 }, (_, offset) => from + offset)
  return parallel === true ? [{ step, runs: numbers, label }] : numbers.map((n) => ({ step, runs: [n], label }))
}

const withNumber = (variables: Map<string, string>, n: number | undefined): Map<string, string> =>
  n === undefined ? variables : new Map([...variables, ['n', String(n)]])

function toExchange(corpus: Corpus, step: Step, tenant: Tenant, variables: Variables): Exchange {
  const { method, path, headers = {} } = step.req
  const all = { authorization: `Bearer ${tenant.token}`, ...lowerNames(corpus.headers ?? {}), ...lowerNames(headers) }
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(all)) if (value !== null) kept[name] = fill(value, variables)
  const filled = fill(path, variables)
  const body = bodyText(step, variables)
  return {
    method,
    // An `@` in front: the path as it stands, not below the service root.
    path: filled.startsWith('@') ? filled.slice(1) : tenant.root + filled,
    headers: kept,
    ...(body === undefined ? {} : { body }),
  }
}

function bodyText({ req: { body, rawBody } }: Step, variables: Variables): string | undefined {
  if (rawBody === undefined) return body === undefined ? undefined : JSON.stringify(fillAll(body, variables))
  if (typeof rawBody === 'string') return fill(rawBody, variables)
  return rawBody.prefix + rawBody.repeat.repeat(rawBody.times) + rawBody.suffix
}

const lowerNames = <T>(headers: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

async function timed(exchange: Exchange, tenant: Tenant, label: string): Promise<Answer> {
  const started = performance.now()
  const answer = await send(tenant.origin, exchange)
  const ms = performance.now() - started
  if (ms > ANSWER_MS_MAX) throw new Error(`${label} took ${Math.round(ms)} ms`)
  return answer
}

type Played = {
  readonly step: Step
  readonly exchange: Exchange
  readonly answer: Answer
  readonly tenant: Tenant
  readonly variables: Variables
}

function firstProblems(played: Played): string[] {
  const { step, exchange, answer, tenant, variables } = played
  const general = [...statusProblems(answer, step.expect.status), ...answerProblems(exchange, answer, tenant.base)]
  const headers = Object.entries(step.expect.headers ?? {}).flatMap(([name, value]) => {
    const wanted = fill(value, variables)
    return answer.header(name) === wanted ? [] : [`header ${name} is ${answer.header(name) ?? 'missing'}, not ${wanted}`]
  })
  return [...general, ...headers, ...assertionProblems(step.expect.json ?? [], answer, variables)]
}

function repeatProblems(played: Played, first: Answer): string[] {
  const { step, exchange, answer, tenant, variables } = played
  const rule = step.repeat === false ? {} : (step.repeat ?? {})
  const status = rule.status ?? repeatStatus(step, first)
  const problems = [...statusProblems(answer, status), ...answerProblems(exchange, answer, tenant.base)]
  const versioned = first.header('etag') !== undefined && answer.header('etag') !== undefined && rule.newVersion !== true
  if (versioned && answer.header('etag') !== first.header('etag'))
    problems.push(`the version went from ${first.header('etag')} to ${answer.header('etag')}`)
  return [...problems, ...assertionProblems(rule.json ?? [], answer, variables)]
}

function repeatStatus(step: Step, first: Answer): Status {
  if (step.req.method === 'POST' && first.status === 201) return 409
  if (step.req.method === 'DELETE' && first.status === 204) return 404
  return first.status
}

const statusProblems = (answer: Answer, wanted: Status): string[] =>
  [wanted].flat().includes(answer.status) ? [] : [`status is ${answer.status}, not ${[wanted].flat().join(' or ')}`]

function assertionProblems(assertions: readonly Assertion[], answer: Answer, variables: Variables): string[] {
  if (assertions.length === 0) return []
  let body: unknown
  try {
    body = answer.json()
  } catch {
    return []
  }
  return assertions.flatMap((assertion) => {
    const filled = { ...assertion, path: fill(assertion.path, variables), value: fillAll(assertion.value, variables) }
    return violation(filled, body) ?? []
  })
}

function captured(answer: Answer, from: string, label: string): string {
  const value = from.startsWith('header:') ? answer.header(from.slice('header:'.length)) : valueAt(answer.json(), from)
  if (typeof value !== 'string') throw new Error(`${label}: nothing to capture at ${from} in ${answer.text.slice(0, 500)}`)
  return value
}

function verify({ label, exchange, answer, problems }: { label: string; exchange: Exchange; answer: Answer; problems: string[] }): void {
  if (problems.length === 0) return
  const sent = exchange.body === undefined ? '' : `\n  > ${String(exchange.body).slice(0, 1000)}`
  const got = `\n  < ${answer.status} ${answer.text.slice(0, 1500)}`
  throw new Error(
    `${label}\n${problems.map((problem) => `  ✗ ${problem}`).join('\n')}\n  > ${exchange.method} ${exchange.path.slice(0, 500)}${sent}${got}`,
  )
}

/** Requests that reach a resource and may change it; refused ones count as well, unless nobody knows who asked. */
function isWrite({ req: { method, path } }: Step, answer: Answer): boolean {
  const reaches = /^(POST|PUT|PATCH|DELETE)$/.test(method) && /^\/(Users|Groups)(\/|\?|$)/.test(path) && !path.includes('/.search')
  return reaches && answer.status !== 401
}

/** Rows of refused requests may be written a moment later: they are waited for. */
async function verifyAudit(writes: readonly Write[], tenant: Tenant): Promise<void> {
  const deadline = performance.now() + AUDIT_MS_MAX
  let rows = await tenant.auditRows()
  while (isWaiting(writes, rows) && performance.now() < deadline) rows = await tenant.auditRows()
  const problems = auditProblems(writes, rows)
  if (problems.length > 0) throw new Error(problems.slice(0, 10).join('\n'))
}
