// HTTP/1.1 on raw sockets: several requests at a time on one connection, any bytes, and answers in their order.
import { connect, type Socket } from 'node:net'
import { type Parsed, parseAnswer } from './answer.ts'

export type Answer = Pick<Parsed, 'status' | 'head' | 'body'> & { readonly kind: 'answer'; readonly ms: number }
/** `closed`: the connection ended instead. `late`: nothing came in time. */
export type Outcome = Answer | { readonly kind: 'closed' | 'late'; readonly ms: number }

export type Sending = {
  /** HEAD: the answer has no body, whatever its length says. */
  readonly isHead: boolean
  /** On a connection of its own, which is ended after the request: what is not framed as HTTP cannot wait for more. */
  readonly alone: boolean
}

type Waiting = Sending & { readonly since: number; readonly done: (outcome: Outcome | 'again') => void }

/** Nothing takes that long, on a busy machine either. */
const ANSWER_MS_MAX = 60_000
const DEPTH_MAX = 4
const TRIES_MAX = 20

export class Wire {
  readonly #port: number
  readonly #connections = new Set<Connection>()

  constructor(port: number) {
    this.#port = port
  }

  /** Sends a request and resolves with what came of it. One that was cut off by another's end is sent again. */
  async send(bytes: Buffer, sending: Sending): Promise<Outcome> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const outcome = await this.#connection(sending).send(bytes, sending)
      if (outcome !== 'again') return outcome
    }
    return { kind: 'closed', ms: 0 }
  }

  close(): void {
    for (const connection of this.#connections) connection.end()
  }

  #connection({ alone }: Sending): Connection {
    if (alone) return new Connection(this.#port)
    for (const connection of this.#connections) {
      if (!connection.isOpen) this.#connections.delete(connection)
      else if (connection.waiting < DEPTH_MAX) return connection
    }
    const made = new Connection(this.#port)
    this.#connections.add(made)
    return made
  }
}

class Connection {
  readonly #socket: Socket
  readonly #waiting: Waiting[] = []
  #received: Buffer = Buffer.alloc(0)
  #open = true

  constructor(port: number) {
    // Half open: the other side may still answer when it was sent the end.
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    this.#socket.on('data', (chunk: Buffer) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
      this.#deliver()
    })
    this.#socket.on('error', () => undefined)
    this.#socket.on('end', () => this.end())
    this.#socket.on('close', () => this.end())
  }

  get isOpen(): boolean {
    return this.#open
  }

  get waiting(): number {
    return this.#waiting.length
  }

  send(bytes: Buffer, sending: Sending): Promise<Outcome | 'again'> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.end('late'), ANSWER_MS_MAX)
      const done = (outcome: Outcome | 'again') => {
        clearTimeout(timer)
        resolve(outcome)
      }
      this.#waiting.push({ ...sending, since: performance.now(), done })
      if (sending.alone) this.#socket.end(bytes)
      else this.#socket.write(bytes)
    })
  }

  /** The first in line met the end, if anything was said to it; those behind were never looked at. */
  end(kind: 'closed' | 'late' = 'closed'): void {
    this.#open = false
    this.#socket.destroy()
    const [first, ...others] = this.#waiting.splice(0)
    if (first !== undefined) {
      const met = kind === 'late' || first.alone || this.#received.length > 0
      first.done(met ? { kind, ms: performance.now() - first.since } : 'again')
    }
    for (const { done } of others) done('again')
  }

  #deliver(): void {
    for (let [first] = this.#waiting; first !== undefined; [first] = this.#waiting) {
      const parsed = parseAnswer(this.#received, first.isHead)
      if (parsed === undefined) return
      this.#received = this.#received.subarray(parsed.octets)
      // 100 Continue comes before the answer.
      if (parsed.status < 200) continue
      this.#waiting.shift()
      const { status, head, body } = parsed
      first.done({ kind: 'answer', status, head, body, ms: performance.now() - first.since })
      if (first.alone || /^connection: close\r?$/im.test(head)) return this.end()
    }
  }
}
