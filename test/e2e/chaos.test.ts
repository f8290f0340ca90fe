// The short form of `npm run chaos`: real servers and a real PostgreSQL, killed in the middle of traffic, and everything that was
// acknowledged held against what is there. Bounded in count; the long run is in docs/chaos-report.md.
import { describe, expect, test } from 'vitest'
import { judge } from '../../scripts/chaos/judge.ts'
import { edgeOf, Ledger } from '../../scripts/chaos/ledger.ts'
import { run } from '../../scripts/chaos/run.ts'
import type { AuditRow, Snapshot, UserRow } from '../../scripts/chaos/snapshot.ts'
import { testFolder } from '../support/embedded.ts'

/** A machine with much else to do starts each server slowly; what takes longer hangs. */
const HANGS_MS = 240_000
const NOTHING = { lost: [], half: [], twice: [], gaps: [] }

test('servers and a database killed in the middle of writes lose nothing, leave nobody half out, do nothing twice [M3 F6 L3]', {
  timeout: HANGS_MS,
}, async () => {
  const { kills, faults, counts, found, strange } = await run({
    folder: await testFolder(),
    kills: 3,
    faults: ['crash', 'cut'],
    timesMax: 1,
    secondsMax: 600,
    random: Math.random,
    onProgress: () => undefined,
  })
  expect({ ...found, strange }).toMatchObject({ ...NOTHING, strange: [], checks: 6 })
  expect(kills).toBe(3)
  expect(faults.map(({ name, times }) => [name, times])).toEqual([
    ['crash', 1],
    ['cut', 1],
  ])
  expect(Math.min(counts.acknowledged, counts.leavers, counts.doubtful, found.probes)).toBeGreaterThan(0)
})

describe('the judge sees', () => {
  const row: UserRow = {
    id: 'u1',
    userName: 'ann',
    title: 't1',
    active: true,
    version: 1,
    accountId: 'a1',
    status: 'active',
    epoch: 0,
    liveKeys: 1,
    liveSessions: 1,
  }
  const told: AuditRow = {
    id: '1',
    action: 'scim.user.create',
    target: 'u1',
    member: '',
    title: 't1',
    unchanged: false,
    requestId: 'r1',
    fact: 'ann was made',
  }
  const joined: AuditRow = {
    ...told,
    id: '2',
    action: 'scim.group.member.add',
    target: 'g1',
    member: 'u1',
    title: null,
    requestId: 'r2',
    fact: 'joined',
  }

  /** Ann was created and joined a group, both with acknowledgement. */
  function world() {
    const ledger = new Ledger()
    const ann = ledger.person('ann', 't1')
    ann.id = 'u1'
    ann.exists.sure = true
    ledger.touched.add(ann)
    ledger.acknowledge({ kind: 'create', requestId: 'r1', target: 'u1' })
    ledger.edge(edgeOf('g1', 'u1')).sure = true
    ledger.touchedEdges.add(edgeOf('g1', 'u1'))
    ledger.acknowledge({ kind: 'join', requestId: 'r2', target: 'g1', member: 'u1' })
    const snapshot: Snapshot = {
      users: new Map([['ann', row]]),
      edges: new Set([edgeOf('g1', 'u1')]),
      audit: [told, joined],
      totals: { users: 1, names: 1, half: 0 },
    }
    return { ledger, ann, snapshot }
  }
  const seen = (more: Partial<Snapshot>) => {
    const { ledger, snapshot } = world()
    const { lost, half, twice, gaps } = judge(ledger, { ...snapshot, ...more })
    return { lost: lost.length, half: half.length, twice: twice.length, gaps: gaps.length }
  }
  const only = (more: Partial<UserRow>) => ({ users: new Map([['ann', { ...row, ...more }]]) })

  test('that all is well', () => {
    expect(seen({})).toEqual({ lost: 0, half: 0, twice: 0, gaps: 0 })
  })

  test.each<[string, Partial<Snapshot>, keyof typeof NOTHING]>([
    ['a user who is gone', { users: new Map(), totals: { users: 0, names: 0, half: 0 } }, 'lost'],
    ['a value that is another', only({ title: 't0' }), 'lost'],
    ['a membership that is gone', { edges: new Set() }, 'lost'],
    ['an account that is not as its user', only({ status: 'disabled' }), 'half'],
    ['a leaver whose key lives', only({ active: false, status: 'disabled' }), 'half'],
    ['somebody half in whom nobody touched', { totals: { users: 1, names: 1, half: 1 } }, 'half'],
    ['a fact that was told twice', { audit: [told, joined, { ...joined, id: '3' }] }, 'twice'],
    ['a change that was made twice', { audit: [told, joined, { ...told, id: '3', action: 'scim.user.update', requestId: 'r3' }] }, 'twice'],
    ['two users of one name', { totals: { users: 2, names: 1, half: 0 } }, 'twice'],
    ['an acknowledged change without its row', { audit: [joined] }, 'gaps'],
    ['a change that nobody told', only({ version: 2 }), 'gaps'],
    ['an epoch that moved without a leaver', only({ epoch: 1 }), 'gaps'],
    ['a membership that nobody told', { edges: new Set([edgeOf('g1', 'u1'), edgeOf('g1', 'u2')]) }, 'gaps'],
    ['a user whom nobody made', { totals: { users: 2, names: 2, half: 0 } }, 'gaps'],
  ])('%s', (_, more, kind) => {
    expect(seen(more)[kind]).toBeGreaterThan(0)
  })

  test('no loss where the answer was lost, whichever of the two is there, and knows it from then on', () => {
    for (const title of ['t1', 't2']) {
      const { ledger, ann, snapshot } = world()
      ann.title.doubts.push('t2')
      const changed = title === 't2'
      const audit = changed
        ? [told, joined, { ...told, id: '3', action: 'scim.user.update', title: 't2', requestId: 'r3' }]
        : [told, joined]
      expect(judge(ledger, { ...snapshot, ...only({ title, version: changed ? 2 : 1 }), audit })).toEqual(NOTHING)
      expect([ann.title, ledger.isSettled(ann)]).toEqual([{ sure: title, doubts: [] }, true])
    }
  })

  test('a leaver without the row of leaving', () => {
    const { ledger, ann, snapshot } = world()
    ann.active.sure = false
    ledger.acknowledge({ kind: 'leave', requestId: 'r3', target: 'u1' })
    const left = { ...told, id: '3', action: 'scim.user.disable', title: null, requestId: 'r3', fact: 'off' }
    const users = only({ active: false, status: 'disabled', version: 2, epoch: 1, liveKeys: 0, liveSessions: 0 })
    const gone = { ...left, id: '4', action: 'account.disable', target: 'a1', fact: 'out' }
    expect(judge(world().ledger, { ...snapshot, audit: [told, joined] })).toEqual(NOTHING)
    expect(judge(ledger, { ...snapshot, ...users, audit: [told, joined, left] }).gaps).toHaveLength(2)
    const again = world()
    again.ann.active.sure = false
    again.ledger.acknowledge({ kind: 'leave', requestId: 'r3', target: 'u1' })
    expect(judge(again.ledger, { ...snapshot, ...users, audit: [told, joined, left, gone] })).toEqual(NOTHING)
  })
})
