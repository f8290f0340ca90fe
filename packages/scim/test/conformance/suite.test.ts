import { describe, expect, test } from 'vitest'
import { TransportError } from '../../src/client/client.ts'
import type { Feature } from '../../conformance/check.ts'
import { count, reportJson, reportText } from '../../conformance/report.ts'
import { runConformance, selectChecks } from '../../conformance/run.ts'
import { FEATURES } from '../../conformance/suite.ts'
import { startPeer, type Received, type Reply } from '../client/peer.ts'

const checks = FEATURES.flatMap((feature) => feature.checks)
const idsOf = (features: readonly Feature[]) => features.flatMap((feature) => feature.checks.map(({ id }) => id))

describe('the list of checks', () => {
  test('has more than 400 checks with unique ids', () => {
    expect(checks.length).toBeGreaterThan(400)
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length)
  })

  test('each cites a sentence and says what it sees', () => {
    const wrong = checks.filter(
      ({ id, sentence, title }) =>
        !/^([A-Z][A-Z0-9]{1,2}-\d{1,2}(\.\d{1,2})?|PMX-\d{1,2}-(add|remove|replace))$/.test(id) ||
        !/^RFC \d{4} §\d+(\.\d+)*: \S/.test(sentence) ||
        title.endsWith('.'),
    )
    expect(wrong.map(({ id }) => id)).toEqual([])
  })

  test.each([
    [['PAT-13'], ['PAT-13']],
    [['PAT-17'], ['PAT-17', 'PAT-17.2']],
    [['ME'], ['ME-01']],
    [['PAT-1'], []],
  ])('--only %j keeps %j', (only, expected) => {
    expect(idsOf(selectChecks(FEATURES, only, 'MAY'))).toEqual(expected)
  })

  test('--only takes a feature, --level what is at least so strong', () => {
    expect(selectChecks(FEATURES, ['bulk'], 'MAY').map(({ name }) => name)).toEqual(['bulk'])
    const must = selectChecks(FEATURES, [], 'MUST').flatMap((feature) => feature.checks)
    expect(must.every(({ level }) => level === 'MUST')).toBe(true)
    expect(must.length).toBeLessThan(checks.length)
  })
})

/** A server that answers every request with the same nonsense. */
const nonsense = (reply: Reply) => () => reply

describe('a server that does nothing right', () => {
  test.each([
    ['an empty object', nonsense({ body: '{}' })],
    ['HTML', nonsense({ status: 403, headers: { 'content-type': 'text/html' }, body: '<html>no</html>' })],
    ['server errors', nonsense({ status: 500, body: '' })],
    [
      'an empty list',
      nonsense({ body: '{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"Resources":[]}' }),
    ],
  ])('%s: no MUST about discovery, creation or PUT is passed by accident', async (_name, answer) => {
    const url = await startPeer(answer)
    const features = selectChecks(FEATURES, ['CRE', 'PUT', 'DSC-01', 'DSC-02', 'DSC-05', 'DSC-13', 'DEL'], 'MUST')
    const results = await runConformance({ url, token: 't', features })
    expect(results.filter(({ outcome }) => outcome.kind === 'passed').map(({ check }) => check.id)).toEqual([])
  })
})

describe('a run', () => {
  const feature: Feature = {
    name: 'sample',
    checks: [
      { id: 'CRE-03', level: 'MUST', title: 'passes', sentence: 'RFC 7644 §3.3: x', run: async (scim) => void (await scim.user()) },
      {
        id: 'CRE-04',
        level: 'MUST',
        title: 'fails',
        sentence: 'RFC 7644 §3.3: y',
        run: async (scim) => void (await scim.read('/Users/none')),
      },
      {
        id: 'BLK-01',
        level: 'MUST',
        title: 'skips',
        sentence: 'RFC 7644 §3.7: z',
        needs: ['bulk'],
        run: () => Promise.reject(new Error('not run')),
      },
    ],
  }
  const creating = (received: Received[]) => (request: Received) => {
    received.push(request)
    if (request.method === 'POST') return { status: 201, body: '{"id":"u1"}' }
    return request.url === '/Users/none' ? { status: 404 } : {}
  }

  test('passes, fails with its exchange, skips with its reason', async () => {
    const url = await startPeer(creating([]))
    const results = await runConformance({ url, token: 'secret-token', features: [feature] })
    expect(results.map(({ outcome }) => outcome.kind)).toEqual(['passed', 'failed', 'skipped'])
    const report = reportText(results)
    expect(report.trimEnd().split('\n').at(-1)).toBe('1 passed, 1 failed')
    expect(report).toContain(
      '✗ CRE-04 (MUST) fails\n  RFC 7644 §3.3: y\n  → expected 200, got 404\n  > GET /Users/none\n  < 404 application/scim+json',
    )
    expect(report).toContain('1 × bulk.supported is not true in ServiceProviderConfig')
    expect(report + reportJson(url, results)).not.toContain('secret-token')
    expect(JSON.parse(reportJson(url, results))).toMatchObject({ passed: 1, failed: 1, skipped: 1 })
    expect(count(results)).toEqual({ passed: 1, failed: 1, skipped: 1 })
  })

  test('deletes what its checks created', async () => {
    const received: Received[] = []
    const url = await startPeer(creating(received))
    await runConformance({ url, token: 't', features: [feature] })
    expect(received.filter(({ method }) => method === 'DELETE').map(({ url }) => url)).toEqual(['/Users/u1'])
  })

  test('does not begin when nobody answers', async () => {
    await expect(runConformance({ url: 'http://conformance.invalid', token: 't', features: [feature] })).rejects.toThrow(TransportError)
  })
})
