// Groups: one member in and out whatever their size, and reading a large one.
import { sql } from 'kysely'
import type { Bench, Scenario } from './bench.ts'
import { checked, patch } from './bodies.ts'
import { load, type Sample, sampleOf } from './load.ts'
import { seedGroup } from './people.ts'
import { forgetPeak, memoryMb, peakMb } from './process-tree.ts'
import { atMost, measured, type Row } from './row.ts'

const SIZES = [10, 1_000, 100_000, 1_000_000]
/** The large group of the other scenarios. */
const LARGE = 100_000
/** How much longer one member may take in a large group than in one of ten. */
const RATIO_MAX = 1.3
const WARM_UP_ROUNDS = 10
const FIRST_BYTE_MS_MAX = 50
const GROWTH_MB_MAX = 100

async function orgOf({ database }: Bench): Promise<string> {
  const { rows } = await sql<{ id: string }>`select org_id::text as id from orgs where slug = 'default'`.execute(database.kysely)
  return rows[0]?.id ?? ''
}

const groupOf = async (bench: Bench, size: number) =>
  seedGroup({ ...bench, orgId: await orgOf(bench) }, `bench ${size} ${crypto.randomUUID().slice(0, 8)}`, size)

/** Adds one member and removes it again, group after group in turn, so that whatever else the machine does meets all of them alike. */
async function memberChanges({ http, people, load: { seconds } }: Bench, groups: readonly string[]): Promise<readonly Sample[]> {
  const member = people.idOf(people.count - 1)
  const add = patch({ op: 'add', path: 'members', value: [{ value: member }] })
  const remove = patch({ op: 'remove', path: `members[value eq "${member}"]` })
  const durations = groups.map((): number[] => [])
  const until = performance.now() + seconds * 1000 * groups.length
  for (let round = 0; performance.now() < until; round++)
    for (const [i, group] of groups.entries())
      for (const body of [add, remove]) {
        const from = performance.now()
        await checked(http, 'PATCH', `/Groups/${group}`, body)
        // The first rounds find plans, pages and compiled code cold.
        if (round >= WARM_UP_ROUNDS) durations[i]?.push(performance.now() - from)
      }
  return durations.map(sampleOf)
}

async function members(bench: Bench): Promise<readonly Row[]> {
  const sizes = SIZES.filter((size) => size <= bench.people.count).map((size) => Math.min(size, bench.people.count - 1))
  const made: string[] = []
  // The member that comes and goes is the last of all, who is in none of them yet.
  for (const size of sizes) made.push(await groupOf(bench, size))
  const samples = await memberChanges(bench, made)
  return samples.map((sample, i) => {
    const name = `PATCH one member, group of ${sizes[i] ?? 0}`
    if (i === 0) return measured(name, sample)
    const ratio = sample.p50 / (samples[0]?.p50 ?? Number.NaN)
    return measured(name, sample, { note: `${ratio.toFixed(2)} × the group of 10`, goal: atMost(ratio, RATIO_MAX, '× the group of 10') })
  })
}

const READS = 5

async function whole(bench: Bench): Promise<readonly Row[]> {
  const size = Math.min(LARGE, bench.people.count - 1)
  const group = await groupOf(bench, size)
  const { pid } = bench.server
  const before = memoryMb(pid)
  forgetPeak(pid)
  const [firstBytes, times]: [number[], number[]] = [[], []]
  for (let i = 0; i < READS; i++) {
    const from = performance.now()
    const reply = await checked(bench.http, 'GET', `/Groups/${group}`)
    times.push(performance.now() - from)
    firstBytes.push(reply.firstByteMs)
    const read = reply.body.split('"$ref":').length - 1
    if (read !== size) throw new Error(`the group has ${size} members, and ${read} were read`)
  }
  const middle = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(READS / 2)] ?? Number.NaN
  const growth = peakMb(pid) - before
  const limit = await bench.limits.read()
  const without = await load(bench.load, () => checked(bench.http, 'GET', `/Groups/${group}?excludedAttributes=members`))
  return [
    { name: `GET group of ${size}: first byte`, p50: middle(firstBytes), goal: atMost(middle(firstBytes), FIRST_BYTE_MS_MAX, 'ms') },
    { name: `GET group of ${size}: all of it`, p50: middle(times), note: `${((size * 1000) / middle(times)).toFixed(0)} members/s` },
    {
      name: `GET group of ${size}: growth of memory at most`,
      memoryMb: peakMb(pid),
      note: `${growth.toFixed(0)} MB more than before`,
      goal: atMost(growth, GROWTH_MB_MAX, 'MB'),
    },
    measured(`GET group of ${size}, excludedAttributes=members`, without, { share: without.rate / limit.rate }),
  ]
}

export const groups: readonly Scenario[] = [
  { name: 'PATCH one member', run: members },
  { name: 'GET group', run: whole },
]
