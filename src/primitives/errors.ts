// What the domain refuses, without a word about HTTP or the command line; each wire maps the code to its own form.

export type DomainErrorCode = 'not_found' | 'conflict' | 'forbidden' | 'invalid' | 'precondition_failed' | 'limit_exceeded'

/** A refusal. The message reaches the person who asked: what was wrong, where, and what would be right. */
export class DomainError extends Error {
  readonly code: DomainErrorCode

  constructor(code: DomainErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'DomainError'
    this.code = code
  }
}
