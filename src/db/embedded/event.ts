// What the supervisor tells its host while it works.

export type EmbeddedEvent = {
  readonly kind: 'moved' | 'copied' | 'initialised' | 'started' | 'adopted' | 'waiting' | 'lost' | 'left' | 'stopped' | 'loopback'
  readonly level: 'info' | 'warn'
  /** One sentence without secrets or personal data. */
  readonly message: string
}

export type EmbeddedLog = (event: EmbeddedEvent) => void
