// The black-box checks against the provider on the example store, over HTTP: what the smallest possible host answers.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  createProvider,
  errorResponse,
  GROUP_RESOURCE_TYPE,
  type Provider,
  ScimError,
  type ScimResponse,
  USER_RESOURCE_TYPE,
} from '@plur-enterprise/scim'
import { expect, onTestFinished, test } from 'vitest'
import { reportText } from '../../conformance/report.ts'
import { runConformance } from '../../conformance/run.ts'
import { FEATURES } from '../../conformance/suite.ts'
import { createMemoryStore } from '../memory-store.ts'
import { cursors, type TestCaller } from './harness.ts'

const ROOT = '/scim/v2'
const TOKEN = 'token-of-the-test'

test('every check of the conformance suite passes on the example store', { timeout: 120_000 }, async () => {
  const url = await startHost()
  const results = await runConformance({ url, token: TOKEN, features: FEATURES })
  const failed = results.filter(({ outcome }) => outcome.kind === 'failed')
  expect(failed.length === 0 ? '' : reportText(failed)).toBe('')
  expect(results.filter(({ outcome }) => outcome.kind === 'passed').length).toBeGreaterThan(450)
})

async function startHost(): Promise<string> {
  let provider: Provider<TestCaller> | undefined
  const server = createServer((request, response) => {
    void answer(request, provider).then((answered) => write(response, answered))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The host listens on no port')
  const baseUrl = `http://127.0.0.1:${address.port}${ROOT}`
  const store = createMemoryStore<TestCaller>({ baseUrl, now: () => new Date() })
  provider = createProvider({ baseUrl, resourceTypes: [USER_RESOURCE_TYPE, GROUP_RESOURCE_TYPE], store, cursors })
  return baseUrl
}

async function answer(request: IncomingMessage, provider: Provider<TestCaller> | undefined): Promise<ScimResponse> {
  const { authorization } = request.headers
  const [path = '', ...query] = (request.url ?? '').split('?')
  if (authorization?.toLowerCase() !== `bearer ${TOKEN}`) {
    const challenge = authorization === undefined ? 'Bearer realm="scim"' : 'Bearer realm="scim", error="invalid_token"'
    return errorResponse(new ScimError(401, 'A valid token is needed.', { headers: { 'WWW-Authenticate': challenge } }))
  }
  if (provider === undefined || !path.startsWith(ROOT)) return errorResponse(new ScimError(404, 'SCIM is elsewhere.'))
  const body = Buffer.concat(await request.toArray())
  const header = (name: string) => request.headers[name]?.toString()
  return provider.handle(
    { method: request.method ?? '', path: path.slice(ROOT.length), query: query.join('?'), header, body },
    { profile: 'generic', name: 'conformance' },
  )
}

async function write(response: ServerResponse, { status, headers, body }: ScimResponse): Promise<void> {
  response.writeHead(status, { ...headers, 'Cache-Control': 'no-store' })
  for await (const chunk of typeof body === 'object' ? body : [body ?? '']) response.write(chunk)
  response.end()
}
