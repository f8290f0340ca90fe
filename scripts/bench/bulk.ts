// A Bulk of a thousand creates against a thousand creates.
import type { Bench, Scenario } from './bench.ts'
import { bulk, checked, userBody } from './bodies.ts'
import { cpuMs, memoryMb } from './process-tree.ts'
import { atLeast, type Row } from './row.ts'

const OPERATIONS = 1_000
const BULKS = 3
/** Of the creates, one after another, by one client. */
const RATIO_MIN = 3

async function run({ http, server }: Bench): Promise<readonly Row[]> {
  const name = crypto.randomUUID().slice(0, 8)
  const creates = (prefix: string) => Array.from({ length: OPERATIONS }, (_, i) => `${name}-${prefix}-${i}`)
  const single = await timed(server.pid, async () => {
    for (const each of creates('single')) await checked(http, 'POST', '/Users', userBody(each))
  })
  const together: Timed[] = []
  for (let i = 0; i < BULKS; i++)
    together.push(
      await timed(server.pid, async () => {
        const { body } = await checked(http, 'POST', '/Bulk', bulk(creates(`bulk-${i}`)))
        const made = body.split('"status":"201"').length - 1
        if (made !== OPERATIONS) throw new Error(`the Bulk created ${made} of ${OPERATIONS}: ${body.slice(0, 300)}`)
      }),
    )
  const best = together.toSorted((a, b) => a.ms - b.ms)[Math.floor(BULKS / 2)] ?? single
  const ratio = single.ms / best.ms
  const rate = ({ ms }: Timed) => (OPERATIONS * 1000) / ms
  return [
    { name: 'creates one after another', rate: rate(single), cpuMs: single.cpuMs / OPERATIONS },
    {
      name: `Bulk of ${OPERATIONS} creates`,
      rate: rate(best),
      cpuMs: best.cpuMs / OPERATIONS,
      memoryMb: memoryMb(server.pid),
      note: `${ratio.toFixed(2)} × as many as one after another`,
      goal: atLeast(ratio, RATIO_MIN, '× single creates'),
    },
  ]
}

type Timed = { readonly ms: number; readonly cpuMs: number }

async function timed(pid: number, work: () => Promise<void>): Promise<Timed> {
  const [from, cpu] = [performance.now(), cpuMs(pid)]
  await work()
  return { ms: performance.now() - from, cpuMs: cpuMs(pid) - cpu }
}

export const bulks: readonly Scenario[] = [{ name: 'Bulk', run }]
