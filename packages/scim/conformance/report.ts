// What a person reads at the end: a table by feature, each failure with its sentence and its exchange, and the count as last line.
import type { Exchange } from '../src/client/client.ts'
import type { Feature } from './check.ts'
import type { Result } from './run.ts'

const BODY_LENGTH_MAX = 600
/** Skips with the same reason are counted together, and only so many reasons shown. */
const REASONS_MAX = 10

export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number }

export function count(results: readonly Result[]): Counts {
  const of = (kind: Result['outcome']['kind']) => results.filter((result) => result.outcome.kind === kind).length
  return { passed: of('passed'), failed: of('failed'), skipped: of('skipped') }
}

/** The report as text; its last line is `N passed, M failed`. */
export function reportText(results: readonly Result[]): string {
  const { passed, failed } = count(results)
  const parts = [table(results), skips(results), failures(results), `${passed} passed, ${failed} failed`]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

/** The report as one JSON value. */
export function reportJson(url: string, results: readonly Result[]): string {
  const checks = results.map(({ feature, check, outcome, ms }) => ({
    id: check.id,
    feature,
    level: check.level,
    title: check.title,
    sentence: check.sentence,
    outcome: outcome.kind,
    ms: Math.round(ms),
    ...(outcome.kind === 'skipped' ? { reason: outcome.reason } : {}),
    ...(outcome.kind === 'failed'
      ? { message: outcome.message, exchange: outcome.exchange === undefined ? null : shown(outcome.exchange) }
      : {}),
  }))
  return `${JSON.stringify({ url, ...count(results), checks }, undefined, 2)}\n`
}

/** One line a check, as `--list` prints it. */
export function listText(features: readonly Feature[]): string {
  const rows = features.flatMap(({ name, checks }) => checks.map((check) => [check.id, check.level, name, check.title]))
  return `${columns(rows).join('\n')}\n`
}

function table(results: readonly Result[]): string {
  const names = [...new Set(results.map(({ feature }) => feature))]
  const rows = names.map((name) => {
    const counts = count(results.filter(({ feature }) => feature === name))
    return [name, String(counts.passed), String(counts.failed), String(counts.skipped)]
  })
  return columns([['feature', 'passed', 'failed', 'skipped'], ...rows]).join('\n')
}

function skips(results: readonly Result[]): string {
  const reasons = new Map<string, number>()
  for (const { outcome } of results) if (outcome.kind === 'skipped') reasons.set(outcome.reason, (reasons.get(outcome.reason) ?? 0) + 1)
  if (reasons.size === 0) return ''
  const lines = [...reasons].map(([reason, times]) => `  ${times} × ${reason}`)
  const more = lines.length - REASONS_MAX
  return ['skipped:', ...lines.slice(0, REASONS_MAX), ...(more > 0 ? [`  … and ${more} other reasons`] : [])].join('\n')
}

function failures(results: readonly Result[]): string {
  return results
    .flatMap(({ check, outcome }) => {
      if (outcome.kind !== 'failed') return []
      const exchange = outcome.exchange === undefined ? [] : exchangeLines(outcome.exchange)
      return [[`✗ ${check.id} (${check.level}) ${check.title}`, `  ${check.sentence}`, `  → ${outcome.message}`, ...exchange].join('\n')]
    })
    .join('\n\n')
}

function exchangeLines(exchange: Exchange): readonly string[] {
  const { request, requestBody, response, responseBody } = shown(exchange)
  return [
    `  > ${request}`,
    ...(requestBody === '' ? [] : [`    ${requestBody}`]),
    `  < ${response}`,
    ...(responseBody === '' ? [] : [`    ${responseBody}`]),
  ]
}

function shown(exchange: Exchange) {
  const cut = (text: string) => (text.length > BODY_LENGTH_MAX ? `${text.slice(0, BODY_LENGTH_MAX)}… (${text.length} characters)` : text)
  return {
    request: cut(`${exchange.method} ${exchange.path}`),
    requestBody: cut(exchange.requestBody ?? ''),
    response: `${exchange.status} ${exchange.headers.get('content-type') ?? 'no Content-Type'}`,
    responseBody: cut(exchange.text),
  }
}

function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
