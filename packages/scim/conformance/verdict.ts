// How a check ends when it does not pass.
import type { Exchange } from '../src/client/client.ts'

/** The server does not keep the sentence. */
export class CheckFailure extends Error {
  readonly exchange: Exchange | undefined

  constructor(message: string, exchange?: Exchange) {
    super(message)
    this.name = 'CheckFailure'
    this.exchange = exchange
  }
}

/** The check does not apply to this server. */
export class CheckSkipped extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'CheckSkipped'
  }
}
