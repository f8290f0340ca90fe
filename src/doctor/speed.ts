// Is it fast enough: times against what the IdPs wait for (idp-wire RC-19, OK-58, OK-79), and the rate that Entra asks for (EN-56).
import { TransportError, type Exchange } from '@plur-enterprise/scim/client'
import { failed, ok, skipped, warning, type Finding } from './finding.ts'
import type { Visit } from './visit.ts'

const PART = 'speed'
const SAMPLES = 10
/** Okta's optional assertion on lists of groups. */
const GOOD_MS = 600
/** The shortest time-out seen at an IdP (Keycloak's extension). */
const SHORTEST_TIMEOUT_MS = 5000
const ENTRA_PER_SECOND = 25
const BURST = 50
const BURST_WIDTH = 10

/** `client` must not wait out a 429: the throttling is what is looked at. */
export async function speed({ client }: Visit): Promise<readonly Finding[]> {
  try {
    const times: number[] = []
    for (let i = 0; i < SAMPLES; i += 1)
      times.push((await client.send({ method: 'GET', path: '/Groups?count=10&excludedAttributes=members' })).ms)
    const startedAt = performance.now()
    const answers = await burst(() => client.send({ method: 'GET', path: '/Users?count=1' }))
    const perSecond = Math.round(BURST / ((performance.now() - startedAt) / 1000))
    return [latency(times), throughput(answers, perSecond), limits(answers)]
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    return [
      failed(PART, `no answer (${error.code})`, 'The server does not bear even a few requests at once: look at its log and its load.'),
    ]
  }
}

async function burst(send: () => Promise<Exchange>): Promise<readonly Exchange[]> {
  const answers: Exchange[] = []
  const worker = async () => {
    for (let i = 0; i < BURST / BURST_WIDTH; i += 1) answers.push(await send())
  }
  await Promise.all(Array.from({ length: BURST_WIDTH }, worker))
  return answers
}

function latency(times: readonly number[]): Finding {
  const sorted = times.toSorted((a, b) => a - b)
  const [median, worst] = [Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0), Math.round(sorted.at(-1) ?? 0)]
  const text = `lists of groups take ${median} ms, at worst ${worst} ms`
  if (worst > SHORTEST_TIMEOUT_MS)
    return failed(PART, text, 'Some IdPs give up after 5 s and Okta after 60 s: look at the database and the way between.')
  if (median > GOOD_MS) return warning(PART, text, 'Okta wants lists of groups within 600 ms: look at the database and the way between.')
  return ok(PART, text)
}

function throughput(answers: readonly Exchange[], perSecond: number): Finding {
  const broken = answers.filter(({ status }) => status >= 500)
  if (broken.length > 0)
    return failed(
      PART,
      `${broken.length} of ${answers.length} requests in a burst ended with ${broken[0]?.status}`,
      'Entra sends bursts: look at the log of the server for these requests.',
    )
  const text = `${perSecond} requests per second from here`
  if (perSecond < ENTRA_PER_SECOND)
    return warning(PART, text, 'Entra asks for 25 per second and tenant: look at the time of each request and at the way between.')
  return ok(PART, text)
}

function limits(answers: readonly Exchange[]): Finding {
  const throttled = answers.filter(({ status }) => status === 429)
  if (throttled.length > 0) {
    const retryAfter = throttled[0]?.headers.get('retry-after') ?? 'nothing'
    if (!/^\d+$/.test(retryAfter))
      return failed(
        PART,
        `a 429 with Retry-After: ${retryAfter}`,
        'Send Retry-After in whole seconds: without, Okta waits 5 minutes and doubles it each time.',
      )
    return warning(
      PART,
      `${throttled.length} of ${answers.length} requests in a burst were throttled (Retry-After: ${retryAfter})`,
      'Entra needs at least 25 requests per second: raise the limit of the token.',
    )
  }
  const names = ['ratelimit-limit', 'ratelimit', 'ratelimit-policy', 'x-ratelimit-limit']
  const told = names.flatMap((name) => answers[0]?.headers.get(name) ?? [])[0]
  return told === undefined
    ? skipped(PART, 'no rate-limit headers; a burst of 50 was not throttled')
    : ok(PART, `rate limit as the server tells it: ${told}`)
}
