// What a deployment's machinery asks: is it alive, is it ready, how is it. No personal data, no credentials.
import type { ErrorForm, HttpRequest, HttpResponse, Route } from './message.ts'

const TEXT = { 'Content-Type': 'text/plain; charset=utf-8' }
const READ = ['GET', 'HEAD']

export type StatusOptions = {
  /** Why requests cannot be served now; empty when they can. */
  readonly obstacles: () => Promise<readonly string[]>
  /** What the first page says to whoever is no browser. */
  readonly welcome: () => Promise<string>
  /** Where a browser goes from there. */
  readonly home: (request: HttpRequest) => Promise<string>
}

export function createStatusRoutes({ obstacles, welcome, home }: StatusOptions): readonly Route[] {
  return [
    {
      pattern: '/',
      methods: READ,
      async handle(request) {
        if (wantsPage(request)) return { status: 303, headers: { Location: await home(request), Vary: 'Accept, Cookie' } }
        return { status: 200, headers: { ...TEXT, Vary: 'Accept, Cookie' }, body: await welcome() }
      },
    },
    { pattern: '/healthz', methods: READ, handle: () => Promise.resolve(json(200, { status: 'ok' })) },
    {
      pattern: '/readyz',
      methods: READ,
      async handle() {
        const reasons = await obstacles()
        return reasons.length === 0 ? json(200, { status: 'ready' }) : json(503, { status: 'not ready', reasons })
      },
    },
  ]
}

const wantsPage = (request: HttpRequest): boolean => request.header('accept')?.includes('text/html') === true

export function createMetricsRoute(metrics: { expose: () => Promise<string>; contentType: string }): Route {
  return {
    pattern: '/metrics',
    methods: READ,
    handle: async () => ({ status: 200, headers: { 'Content-Type': metrics.contentType }, body: await metrics.expose() }),
  }
}

/** Errors of paths that belong to no wire. */
export const plainErrorForm: ErrorForm = {
  prefix: '/',
  render: ({ status, detail, headers = {} }) => {
    const response = json(status, { status, detail })
    return { ...response, headers: { ...response.headers, ...headers } }
  },
}

function json(status: number, value: unknown): HttpResponse {
  return { status, headers: { 'Content-Type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) }
}
