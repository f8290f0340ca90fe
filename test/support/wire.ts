// HTTP as raw as a test needs it: the path goes out byte for byte, headers are only those given, nothing follows or retries.
import { Agent, request } from 'node:http'

export type Exchange = {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Buffer
}

export type Answer = {
  readonly status: number
  readonly header: (name: string) => string | undefined
  readonly text: string
  /** The parsed body; undefined when there is none. @throws when it is not JSON. */
  readonly json: () => unknown
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** Sends one request to `origin` (scheme, host, port) and reads the whole answer. */
export function send(origin: string, exchange: Exchange): Promise<Answer> {
  const { method, path, headers = {}, body } = exchange
  const { hostname, port } = new URL(origin)
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const length = bytes === undefined || hasHeader(headers, 'transfer-encoding') ? {} : { 'content-length': String(bytes.length) }
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path, agent, headers: { ...length, ...toNodeHeaders(headers) } }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => resolve(toAnswer(incoming.statusCode ?? 0, incoming.headers, Buffer.concat(chunks).toString('utf8'))))
    })
    outgoing.on('error', reject)
    outgoing.end(bytes)
  })
}

const hasHeader = (headers: object, name: string): boolean => Object.keys(headers).some((key) => key.toLowerCase() === name)

function toNodeHeaders(headers: Readonly<Record<string, string | readonly string[]>>): Record<string, string | string[]> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]))
}

function toAnswer(status: number, headers: NodeJS.Dict<string | string[]>, text: string): Answer {
  return {
    status,
    header: (name) => {
      const value = headers[name.toLowerCase()]
      return Array.isArray(value) ? value.join(', ') : value
    },
    text,
    json: () => (text === '' ? undefined : (JSON.parse(text) as unknown)),
  }
}
