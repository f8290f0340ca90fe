// The HTTP server: route tables in, one listener out. The only file that knows the HTTP library, which brings the routing, the reading
// of proxy headers and the orderly stop.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { type FastifyInstance, fastify } from 'fastify'
import { HttpError, type Route } from './message.ts'
import { Rim, type RimOptions, TARGET_OCTETS_MAX } from './rim.ts'

/** Octets of the request line and all headers. Past it: 431, or 414 when the target alone is too long. */
const HEAD_OCTETS_MAX = 32 * 1024

export type Timeouts = {
  /** For the request line and the headers. */
  readonly headersMs: number
  /** For the body, once somebody wants it. */
  readonly bodyMs: number
  /** For the whole request, wanted or not. */
  readonly requestMs: number
  /** Of an idle connection; longer than what load balancers in front use. */
  readonly keepAliveMs: number
}

const DEFAULT_TIMEOUTS: Timeouts = { headersMs: 15_000, bodyMs: 30_000, requestMs: 60_000, keepAliveMs: 72_000 }

export type HttpServerOptions = Omit<RimOptions, 'bodyTimeoutMs'> & {
  readonly routes: readonly Route[]
  /** Addresses and networks of the proxies whose X-Forwarded-For is believed. */
  readonly trustProxy: readonly string[]
  readonly timeouts?: Timeouts
}

export type HttpServer = {
  listen: (address: { host: string; port: number }) => Promise<AddressInfo>
  /**
   * For up to `drainMs` every answer is the last of its connection, so that clients leave by themselves: one that is sending on an idle
   * connection in the moment it is closed would see an error. Then nothing new is accepted, what runs may finish, and what is not done
   * after `graceMs` in all is cut.
   */
  close: (times: { readonly drainMs: number; readonly graceMs: number }) => Promise<void>
}

const DRAIN_POLL_MS = 10

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { headersMs, bodyMs, requestMs, keepAliveMs } = options.timeouts ?? DEFAULT_TIMEOUTS
  const rim = new Rim({ ...options, bodyTimeoutMs: bodyMs })
  const app: FastifyInstance = fastify({
    trustProxy: options.trustProxy.length === 0 ? false : [...options.trustProxy],
    requestTimeout: requestMs,
    // A connection on which nothing moves, such as that of a reader who stopped reading.
    connectionTimeout: 2 * requestMs,
    keepAliveTimeout: keepAliveMs,
    return503OnClosing: false,
    exposeHeadRoutes: false,
    http: {
      maxHeaderSize: HEAD_OCTETS_MAX,
      headersTimeout: headersMs,
      connectionsCheckingInterval: Math.min(1000, headersMs),
      // A missing Host is refused by the rim, in the form of the path it asks for.
      requireHostHeader: false,
    },
    clientErrorHandler: (error, socket) => rim.malformed(error, socket),
    frameworkErrors: (_, request, reply) => {
      reply.hijack()
      void rim.exchange(badTarget, { message: request.raw, response: reply.raw, address: request.ip })
    },
    // Queries are read by the handlers, each in its own way.
    routerOptions: { maxParamLength: TARGET_OCTETS_MAX, querystringParser: () => ({}) },
  })
  refuseOddities(app, rim)
  register(app, rim, options.routes)
  return {
    async listen(address) {
      await app.listen(address)
      const bound = app.server.address()
      if (bound === null || typeof bound === 'string') throw new TypeError('the server is not bound to a port')
      return bound
    },
    async close({ drainMs, graceMs }) {
      rim.closing = true
      const timer = setTimeout(() => app.server.closeAllConnections(), graceMs)
      for (const until = performance.now() + drainMs; performance.now() < until && (await connections(app.server)) > 0; )
        await delay(DRAIN_POLL_MS)
      await app.close()
      clearTimeout(timer)
    },
  }
}

const connections = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))))

/** Every pattern takes every method, so that a wrong one is answered by us: with 405 and what is allowed. */
function register(app: FastifyInstance, rim: Rim, routes: readonly Route[]): void {
  for (const method of UNCOMMON_METHODS) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method)
  for (const route of [...routes, notFound]) {
    const urls = route.pattern.endsWith('/*') && route.pattern !== '/*' ? [route.pattern, route.pattern.slice(0, -2)] : [route.pattern]
    for (const url of urls) {
      app.route({
        method: [...app.supportedMethods],
        url,
        // Answered before the library looks at the body or its type; it never goes on from here.
        onRequest: (request, reply) => {
          reply.hijack()
          void rim.exchange(route, { message: request.raw, response: reply.raw, address: request.ip })
        },
        handler: () => undefined,
      })
    }
  }
}

/** What Node would answer by itself, without a body, or cut off. */
function refuseOddities(app: FastifyInstance, rim: Rim): void {
  app.server.on('checkExpectation', (message: IncomingMessage, response: ServerResponse) => {
    response.detachSocket(message.socket)
    rim.endWith(message.socket, rim.raw({ status: 417, detail: 'No expectation but `Expect: 100-continue` can be met.' }, message.url))
  })
  app.server.on('connect', (message: IncomingMessage) => {
    rim.endWith(message.socket, rim.raw({ status: 405, detail: 'This is no proxy.', headers: { Allow: 'GET' } }, undefined))
  })
}

/** Methods that Node parses beyond those the library knows by itself. */
const UNCOMMON_METHODS: readonly string[] =
  'ACL BIND CHECKOUT COPY LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL MOVE NOTIFY PROPFIND PROPPATCH PURGE QUERY REBIND REPORT SEARCH SOURCE SUBSCRIBE UNBIND UNLINK UNLOCK UNSUBSCRIBE'.split(
    ' ',
  )

const notFound: Route = {
  pattern: '/*',
  handle: () => Promise.reject(new HttpError({ status: 404, detail: 'There is nothing at this path.' })),
}

const badTarget: Route = {
  pattern: '/*',
  handle: () => Promise.reject(new HttpError({ status: 400, detail: 'A percent sign in the path needs two hexadecimal digits after it.' })),
}
