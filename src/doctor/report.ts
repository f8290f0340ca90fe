// How findings look: a mark, what was found, and below it what to do.
import { countFindings, type Finding } from './finding.ts'

const MARKS = { ok: '✓', failed: '✗', warning: '!', skipped: '-' } as const

/** One finding, ending with a line break. */
export function findingText({ part, outcome, text, advice, ms }: Finding): string {
  const time = ms === undefined || ms === 0 ? '' : ` (${ms} ms)`
  return `${MARKS[outcome]} ${part.padEnd(10)} ${text}${time}\n${advice === undefined ? '' : `             → ${advice}\n`}`
}

/** The last line. */
export function summaryText(findings: readonly Finding[]): string {
  const { ok, failed, warning } = countFindings(findings)
  const plain = failed === 0 ? 'The connection is healthy' : 'The connection is not healthy'
  return `\n${plain}: ${ok} ok, ${failed} failed, ${warning} worth a look.\n`
}

export function reportJson(url: string, findings: readonly Finding[]): string {
  const counts = countFindings(findings)
  return `${JSON.stringify({ url, healthy: counts.failed === 0, ...counts, findings })}\n`
}
