// Requests and responses as plain values: no HTTP library, no Web Request, so that every protocol test is a table.

export type ScimRequest = {
  readonly method: string
  /** Path below the service root, still percent-encoded, such as `/Users/2819c223`. */
  readonly path: string
  /** Query string without its question mark, still encoded. */
  readonly query: string
  /** Header by lower-case name. */
  readonly header: (name: string) => string | undefined
  readonly body: Uint8Array | undefined
}

export type ScimResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Chunks when the body holds a large collection. */
  readonly body: string | AsyncIterable<string> | undefined
}
