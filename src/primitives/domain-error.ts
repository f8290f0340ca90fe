// The server's own error: what the domain refuses, in words of the domain. The rims map it to their wires; nothing here knows HTTP.

export type DomainErrorCode = 'not_found' | 'conflict' | 'forbidden' | 'invalid' | 'precondition_failed' | 'limit_exceeded'

export class DomainError extends Error {
  readonly code: DomainErrorCode

  constructor(code: DomainErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DomainError'
    this.code = code
  }
}
