// Hashing of passwords: Argon2id, a few at a time. Each takes 19 MiB and some 15 ms of a core, so that a flood of sign-ins must not take
// the machine from everybody else.
import { hash, verify } from '@node-rs/argon2'
import { Turns } from '../primitives/turns.ts'

/** The least that OWASP asks for: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const AT_ONCE = 2
/** Those that wait beyond it are sent away. */
const WAITING_MAX = 100

/** Too many sign-ins at this moment; a little later there is room again. */
export class PasswordsBusy extends Error {
  constructor() {
    super('too many passwords are being checked')
    this.name = 'PasswordsBusy'
  }
}

export class PasswordHasher {
  readonly #turns = new Turns<'hash'>(AT_ONCE)
  readonly #insideMax: number
  #inside = 0
  /** Compared with where there is no password, so that the time is the same. */
  #nobody: Promise<string> | undefined

  constructor({ waitingMax = WAITING_MAX } = {}) {
    this.#insideMax = AT_ONCE + waitingMax
  }

  /** In the PHC string form. Rejects with PasswordsBusy. */
  hash(password: string): Promise<string> {
    return this.#turn(() => hash(normal(password), COST))
  }

  /** Whether it is the password of that hash; false, as slowly, where there is none. Rejects with PasswordsBusy. */
  async matches(hashed: string | null, password: string): Promise<boolean> {
    this.#nobody ??= this.hash(crypto.randomUUID())
    const compared = hashed ?? (await this.#nobody)
    const right = await this.#turn(() => verify(compared, normal(password)))
    return right && hashed !== null
  }

  async #turn<T>(task: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#insideMax) throw new PasswordsBusy()
    this.#inside += 1
    try {
      return await this.#turns.run('hash', task)
    } finally {
      this.#inside -= 1
    }
  }
}

/** One text for what keyboards enter in several ways. */
const normal = (password: string) => password.normalize('NFKC')
