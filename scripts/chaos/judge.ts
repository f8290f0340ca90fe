// Holds what the harness was told against what the database says. Afterwards the ledger is settled: what was doubtful is known.
import { type Acknowledged, edgeOf, type Kind, type Known, type Ledger, type Person } from './ledger.ts'
import type { AuditRow, Snapshot, UserRow } from './snapshot.ts'

/** What must not be; empty lists when all is well. */
export type Findings = {
  /** Acknowledged and not there. */
  readonly lost: readonly string[]
  /** Somebody is out by one account of it and in by another. */
  readonly half: readonly string[]
  /** A change or its audit row is there more than once. */
  readonly twice: readonly string[]
  /** A change without its audit row, or a row without its change. */
  readonly gaps: readonly string[]
}

const ACTIONS: Readonly<Record<Kind, readonly string[]>> = {
  create: ['scim.user.create'],
  change: ['scim.user.update'],
  leave: ['scim.user.disable'],
  return: ['scim.user.enable'],
  join: ['scim.group.member.add'],
  part: ['scim.group.member.remove'],
}
const OF_USER: ReadonlySet<string> = new Set(['scim.user.create', 'scim.user.update', 'scim.user.disable', 'scim.user.enable'])

export function judge(ledger: Ledger, snapshot: Snapshot): Findings {
  const audit = {
    byTarget: Map.groupBy(snapshot.audit, ({ target }) => target),
    byRequest: Map.groupBy(snapshot.audit, (row) => row.requestId),
  }
  const people = [...ledger.touched].map((person) => ({ person, row: snapshot.users.get(person.userName) }))
  const findings: Findings = {
    lost: [...people.flatMap(({ person, row }) => lostOf(person, row)), ...lostEdges(ledger, snapshot)],
    half: [...people.flatMap(({ row }) => (row === undefined ? [] : halfOf(row))), ...halfInAll(snapshot)],
    twice: [...rowsTwice(audit.byRequest), ...titlesTwice(snapshot.audit), ...namesTwice(snapshot)],
    gaps: [
      ...ledger.acknowledged.flatMap((change) => untold(change, audit.byRequest.get(change.requestId) ?? [])),
      ...people.flatMap(({ person, row }) => (row === undefined ? [] : miscounted(person, row, audit.byTarget))),
      ...miscountedEdges(ledger, snapshot),
    ],
  }
  settle(ledger, snapshot)
  const known = [...ledger.people.values()].filter(({ exists }) => exists.sure).length
  const strangers =
    snapshot.totals.users === known ? [] : [`the database has ${snapshot.totals.users} users, and ${known} are accounted for`]
  return { ...findings, gaps: [...findings.gaps, ...strangers] }
}

const holds = <T>({ sure, doubts }: Known<T>, found: T) => found === sure || doubts.includes(found)

function lostOf(person: Person, row: UserRow | undefined): string[] {
  const { userName, exists, title, active } = person
  if (row === undefined) return exists.sure ? [`${userName} was created and is not there`] : []
  return [
    ...(holds(title, row.title) ? [] : [`${userName} has "${row.title}" and was given "${title.sure}"`]),
    ...(holds(active, row.active) ? [] : [`${userName} is active: ${row.active}, and was made ${active.sure}`]),
  ]
}

function lostEdges(ledger: Ledger, { edges }: Snapshot): string[] {
  return [...ledger.edges].flatMap(([key, known]) =>
    holds(known, edges.has(key)) ? [] : [`membership ${key} is ${edges.has(key)}, and was made ${known.sure}`],
  )
}

function halfOf({ userName, active, status, liveKeys, liveSessions }: UserRow): string[] {
  const accountIsActive = status === 'active'
  return [
    ...(active === accountIsActive ? [] : [`${userName}: the user is active: ${active}, the account ${status}`]),
    ...(active || liveKeys + liveSessions === 0 ? [] : [`${userName} has left with ${liveKeys} keys and ${liveSessions} sessions`]),
  ]
}

const halfInAll = ({ totals }: Snapshot) => (totals.half === 0 ? [] : [`${totals.half} users in all are half in`])

function rowsTwice(byRequest: ReadonlyMap<string, readonly AuditRow[]>): string[] {
  return [...byRequest].flatMap(([request, rows]) =>
    new Set(rows.map(({ fact }) => fact)).size === rows.length ? [] : [`request ${request} told one fact twice`],
  )
}

/** Every title is sent once in the whole run, so that a change that was done again by itself shows. */
function titlesTwice(rows: readonly AuditRow[]): string[] {
  const titled = Map.groupBy(
    rows.filter(({ title }) => title !== null),
    ({ title }) => title,
  )
  return [...titled].flatMap(([title, of]) => (of.length === 1 ? [] : [`"${title}" was given ${of.length} times`]))
}

const namesTwice = ({ totals }: Snapshot) => (totals.users === totals.names ? [] : [`${totals.users} users share ${totals.names} names`])

function untold({ kind, requestId, target, member }: Acknowledged, rows: readonly AuditRow[]): string[] {
  const has = (action: string) =>
    rows.some((row) => row.action === action && row.target === target && (member === undefined || row.member === member))
  const missing = ACTIONS[kind].filter((action) => !has(action))
  // Its target is the account, which the answer does not name.
  if (kind === 'leave' && !rows.some(({ action }) => action === 'account.disable')) missing.push('account.disable')
  return missing.map((action) => `request ${requestId} (${kind}) left no row ${action}`)
}

function miscounted({ userName, settled }: Person, row: UserRow, byTarget: ReadonlyMap<string, readonly AuditRow[]>): string[] {
  const told = (byTarget.get(row.id) ?? []).filter(({ action, unchanged }) => OF_USER.has(action) && !unchanged).length
  const left = (byTarget.get(row.accountId) ?? []).filter(({ action }) => action === 'account.disable').length
  return [
    ...(row.version - settled.version === told ? [] : [`${userName}: ${row.version - settled.version} versions, ${told} rows`]),
    ...(row.epoch - settled.epoch === left ? [] : [`${userName}: ${row.epoch - settled.epoch} epochs, ${left} rows of leaving`]),
  ]
}

function miscountedEdges(ledger: Ledger, { audit, edges }: Snapshot): string[] {
  const told = new Map<string, number>()
  for (const { action, target, member } of audit) {
    const step = action === 'scim.group.member.add' ? 1 : action === 'scim.group.member.remove' ? -1 : 0
    if (step !== 0) told.set(edgeOf(target, member), (told.get(edgeOf(target, member)) ?? 0) + step)
  }
  const all = new Set([...told.keys(), ...ledger.settledEdges, ...edges])
  return [...all].flatMap((key) => {
    const moved = Number(edges.has(key)) - Number(ledger.settledEdges.has(key))
    return moved === (told.get(key) ?? 0) ? [] : [`membership ${key} moved by ${moved}, and the rows say ${told.get(key) ?? 0}`]
  })
}

function settle(ledger: Ledger, { users, edges }: Snapshot): void {
  for (const person of ledger.touched) {
    const row = users.get(person.userName)
    resolve(person.exists, row !== undefined)
    resolve(person.title, row?.title ?? person.title.sure)
    resolve(person.active, row?.active ?? person.active.sure)
    person.id = row?.id
    person.settled = { version: row?.version ?? 0, epoch: row?.epoch ?? 0 }
    if (!person.active.sure && person.credentials !== undefined) {
      ledger.dead.push(person.credentials)
      person.credentials = undefined
    }
  }
  for (const key of ledger.touchedEdges) resolve(ledger.edge(key), edges.has(key))
  ledger.settledEdges = edges
  ledger.touched.clear()
  ledger.touchedEdges.clear()
  ledger.acknowledged = []
}

function resolve<T>(known: Known<T>, found: T): void {
  known.sure = found
  known.doubts.length = 0
}
