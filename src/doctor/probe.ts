// The existence checks by which IdPs test a connection and keep it alive, the server's clock, and paging.
import { at, listAt, numberAt, queryOf, textAt, type Exchange } from '@plur-enterprise/scim/client'
import { failed, ok, skipped, warning, type Finding } from './finding.ts'
import { ask, isList, type Visit } from './visit.ts'

const CLOCK_WARNING_S = 60
const CLOCK_FAILURE_S = 300

/** idp-wire EN-12: a random GUID has to be an empty list, never a 404 or a 400, or Entra quarantines the connection. */
export async function filterProbe({ client }: Visit): Promise<readonly Finding[]> {
  const guid = crypto.randomUUID()
  const probes = [
    ['userName', `/Users${queryOf({ filter: `userName eq "${guid}"` })}`],
    ['displayName of groups', `/Groups${queryOf({ excludedAttributes: 'members', filter: `displayName eq "${guid}"` })}`],
  ] as const
  const findings: Finding[] = []
  for (const [name, path] of probes) {
    const judged = await ask(client, {
      part: 'filter',
      what: `filter on ${name} with a random value`,
      request: { method: 'GET', path },
      status: [200],
      wrong: emptyListProblem,
      advice: 'Answer 200 with totalResults 0 and an empty Resources: Entra and Okta test the connection so.',
    })
    findings.push('finding' in judged ? judged.finding : ok('filter', `an unknown ${name} is an empty list`, judged.exchange.ms))
  }
  return findings
}

function emptyListProblem(exchange: Exchange): string | undefined {
  if (!isList(exchange)) return 'it is no ListResponse'
  const total = at(exchange.json, 'totalResults')
  if (total !== 0) return `totalResults is ${JSON.stringify(total)}: the filter is ignored`
  return Array.isArray(at(exchange.json, 'Resources')) ? undefined : 'Resources is no array'
}

/** Clock of the server against ours, by its Date header. */
export async function clock({ client }: Visit): Promise<Finding> {
  const judged = await ask(client, {
    part: 'clock',
    what: 'reading the time',
    request: { method: 'GET', path: '/Users?count=0' },
    status: [200],
    advice: 'Answer count=0 with the total alone.',
  })
  if ('finding' in judged) return judged.finding
  const date = Date.parse(judged.exchange.headers.get('date') ?? '')
  if (Number.isNaN(date)) return skipped('clock', 'the server sends no Date header')
  const skewS = Math.round(Math.abs(Date.now() - judged.exchange.ms / 2 - date) / 1000)
  const advice = 'Synchronise the clocks (NTP): tokens and sign-ins end too early or too late.'
  if (skewS > CLOCK_FAILURE_S) return failed('clock', `the clocks differ by ${skewS} s`, advice)
  if (skewS > CLOCK_WARNING_S) return warning('clock', `the clocks differ by ${skewS} s`, advice)
  return ok('clock', skewS <= 1 ? 'the clocks agree' : `the clocks differ by ${skewS} s only`)
}

/** Two pages of one do not overlap, numbers are numbers, and cursors lead on where they are announced. */
export async function paging({ client, provider }: Visit): Promise<readonly Finding[]> {
  const page = (query: string) =>
    ask(client, {
      part: 'paging',
      what: `/Users?${query}`,
      request: { method: 'GET', path: `/Users?${query}` },
      status: [200],
      wrong: listProblem,
      advice: 'Follow RFC 7644 section 3.4.2.4: imports page through everything and stop at wrong numbers, or never.',
    })
  const [first, second] = [await page('startIndex=1&count=1'), await page('startIndex=2&count=1')]
  for (const judged of [first, second]) if ('finding' in judged) return [judged.finding]
  if (!('exchange' in first) || !('exchange' in second)) return []
  const [a, b] = [idOf(first.exchange), idOf(second.exchange)]
  if (a !== undefined && a === b)
    return [
      failed(
        'paging',
        'page 2 repeats page 1',
        'Order lists by something stable and honour startIndex: Okta’s import runs in circles otherwise.',
      ),
    ]
  const total = numberAt(first.exchange.json, 'totalResults')
  const byIndex = ok('paging', `pages by index work (${total} users)`)
  if (at(provider, 'pagination', 'cursor') !== true) return [byIndex]
  return [byIndex, await cursors({ client, mark: '', provider }, total ?? 0)]
}

async function cursors({ client }: Visit, total: number): Promise<Finding> {
  const advice = 'Follow RFC 9865 or announce pagination.cursor as false.'
  const get = (query: string) =>
    ask(client, {
      part: 'paging',
      what: `/Users?${query}`,
      request: { method: 'GET', path: `/Users?${query}` },
      status: [200],
      wrong: (exchange) => (isList(exchange) ? undefined : 'it is no ListResponse'),
      advice,
    })
  const first = await get('cursor=&count=1')
  if ('finding' in first) return first.finding
  const next = textAt(first.exchange.json, 'nextCursor')
  if (total < 2) return ok('paging', 'cursors are announced; there are too few users to follow one')
  if (next === undefined) return failed('paging', 'the first cursor page has no nextCursor', advice)
  const second = await get(`cursor=${encodeURIComponent(next)}&count=1`)
  if ('finding' in second) return second.finding
  if (idOf(second.exchange) === idOf(first.exchange)) return failed('paging', 'the second cursor page repeats the first', advice)
  return ok('paging', 'cursors lead from page to page')
}

function listProblem(exchange: Exchange): string | undefined {
  if (!isList(exchange)) return 'it is no ListResponse'
  for (const name of ['totalResults', 'startIndex', 'itemsPerPage'])
    if (!Number.isInteger(at(exchange.json, name))) return `${name} is ${JSON.stringify(at(exchange.json, name))}, not a number`
  const count = listAt(exchange.json, 'Resources').length
  return count > 1 ? `${count} users on a page of one` : undefined
}

const idOf = (exchange: Exchange) => textAt(exchange.json, 'Resources', 0, 'id')
