// A loopback TCP proxy between the servers and PostgreSQL: it can be slow, fall silent as a network that swallows everything, cut what is
// open, and lead somewhere else from now on, as the address of a primary does in a failover.
import { once } from 'node:events'
import net from 'node:net'

/** A port of the loopback address, or a Unix socket. */
export type Target = { readonly port: number } | { readonly path: string }

type Pending = { readonly due: number; readonly chunk: Buffer | undefined }

export class Proxy {
  readonly port: number
  readonly #server: net.Server
  readonly #pipes = new Set<Pipe>()
  readonly #sockets = new Set<net.Socket>()
  #target: Target
  #latencyMs = 0
  #silent = false

  private constructor(server: net.Server, port: number, target: Target) {
    this.#server = server
    this.port = port
    this.#target = target
    server.on('connection', (client) => this.#accept(client))
  }

  static async to(target: Target): Promise<Proxy> {
    const server = net.createServer({ allowHalfOpen: true })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (typeof address !== 'object' || address === null) throw new TypeError('A TCP server without a port')
    return new Proxy(server, address.port, target)
  }

  /** New connections go elsewhere; those that are open stay where they are. */
  leadTo(target: Target): void {
    this.#target = target
  }

  /** Every piece of data takes so much longer, in each direction. */
  slow(latencyMs: number): void {
    this.#latencyMs = latencyMs
  }

  /** Takes everything and passes nothing on, ends of connections included, until `heal`. */
  silence(): void {
    this.#silent = true
  }

  /** Passes on what it held back, also of connections whose client has left: a network may do that. */
  heal(): void {
    this.#latencyMs = 0
    this.#silent = false
    for (const pipe of this.#pipes) pipe.pump()
  }

  /** Ends every open connection, as a network does that has forgotten them. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    this.#server.close()
    this.cut()
    await once(this.#server, 'close')
  }

  #accept(client: net.Socket): void {
    const server = net.connect({ host: '127.0.0.1', ...this.#target, allowHalfOpen: true })
    this.#join(client, server)
    this.#join(server, client)
  }

  #join(from: net.Socket, to: net.Socket): void {
    const pipe = new Pipe(to, { latencyMs: () => this.#latencyMs, silent: () => this.#silent })
    this.#sockets.add(from)
    this.#pipes.add(pipe)
    from.setNoDelay(true)
    from.on('data', (chunk: Buffer) => pipe.push(chunk))
    from.on('end', () => pipe.push(undefined))
    from.on('error', () => pipe.push(undefined))
    from.on('close', () => {
      this.#sockets.delete(from)
      pipe.push(undefined)
    })
    to.on('close', () => this.#pipes.delete(pipe))
  }
}

/** One direction of one connection. */
class Pipe {
  readonly #to: net.Socket
  readonly #state: { readonly latencyMs: () => number; readonly silent: () => boolean }
  readonly #pending: Pending[] = []
  #waits = false

  constructor(to: net.Socket, state: { latencyMs: () => number; silent: () => boolean }) {
    this.#to = to
    this.#state = state
  }

  push(chunk: Buffer | undefined): void {
    this.#pending.push({ due: performance.now() + this.#state.latencyMs(), chunk })
    this.pump()
  }

  pump(): void {
    if (this.#state.silent()) return
    for (let next = this.#pending[0]; next !== undefined; next = this.#pending[0]) {
      const waitMs = next.due - performance.now()
      if (waitMs > 0) {
        this.#pumpIn(waitMs)
        return
      }
      this.#pending.shift()
      if (this.#to.destroyed || this.#to.writableEnded) continue
      if (next.chunk === undefined) this.#to.end()
      else this.#to.write(next.chunk)
    }
  }

  #pumpIn(ms: number): void {
    if (this.#waits) return
    this.#waits = true
    setTimeout(() => {
      this.#waits = false
      this.pump()
    }, ms)
  }
}
