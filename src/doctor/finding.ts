// What the doctor says about one thing: fine, wrong with one sentence of what to do, worth a look, or not looked at.

export type Finding = {
  /** Which part of the connection: `url`, `network`, `token`, `discovery`, `user`, … */
  readonly part: string
  readonly outcome: 'ok' | 'failed' | 'warning' | 'skipped'
  /** What was found. */
  readonly text: string
  /** What to do about it, in one sentence. Always there for `failed` and `warning`. */
  readonly advice?: string
  readonly ms?: number
}

export const ok = (part: string, text: string, ms?: number): Finding => ({
  part,
  outcome: 'ok',
  text,
  ...(ms === undefined ? {} : { ms: Math.round(ms) }),
})
export const failed = (part: string, text: string, advice: string): Finding => ({ part, outcome: 'failed', text, advice })
export const warning = (part: string, text: string, advice: string): Finding => ({ part, outcome: 'warning', text, advice })
export const skipped = (part: string, text: string): Finding => ({ part, outcome: 'skipped', text })

export type Counts = Readonly<Record<Finding['outcome'], number>>

export function countFindings(findings: readonly Finding[]): Counts {
  const counts = { ok: 0, failed: 0, warning: 0, skipped: 0 }
  for (const { outcome } of findings) counts[outcome] += 1
  return counts
}
