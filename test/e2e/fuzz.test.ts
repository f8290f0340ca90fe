// Generated requests over raw sockets: a short run with a fixed seed, and for ever what once went wrong (corpus/fuzz). The long run is
// `npm run fuzz`; useServer holds that nothing was logged as a bug or an outage.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCorpus } from '../../scripts/fuzz/corpus.ts'
import { Fuzzer } from '../../scripts/fuzz/run.ts'
import { shrink } from '../../scripts/fuzz/shrink.ts'
import { TARGETS } from '../../scripts/fuzz/targets.ts'
import { useServer } from '../support/server.ts'

const CASES = 300
const server = useServer()
let fuzzer: Fuzzer
beforeAll(async () => {
  const { token } = await server.org()
  fuzzer = new Fuzzer({ port: server.app.port, token, seed: 20_260_101, concurrency: 16 })
})
afterAll(() => fuzzer.close())

describe.each(TARGETS)('$name', (target) => {
  test('no generated request is answered by anything but a sound answer [G1 G2 H1 H2 I3 K3 K5 K6]', async () => {
    const tally = await fuzzer.run(target, CASES)
    expect(tally.failures).toEqual([])
    expect(tally.cases).toBe(CASES)
    // Not all of it is nonsense, and not all of it is sense.
    const statuses = [...tally.statuses.keys()]
    expect(statuses.some((status) => status.startsWith('2')) && statuses.some((status) => status.startsWith('4')), statuses.join()).toBe(
      true,
    )
  })

  test('nothing of the corpus goes wrong again', async () => {
    const inputs = readCorpus(target.name)
    expect(await fuzzer.replay(target, inputs)).toMatchObject({ cases: inputs.length, failures: [] })
  })
})

test('a failing input is shrunk to what makes it fail', async () => {
  const input = `${'a'.repeat(100)}[${'b'.repeat(100)}(${'c'.repeat(100)}`
  expect(await shrink(input, (candidate) => Promise.resolve(/\[.*\(/.test(candidate)))).toBe('[(')
})
