// Where a PostgreSQL server is and as whom we talk to it.
import type { ClientConfig } from 'pg'

export type ConnectionTarget =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'socket'; readonly directory: string; readonly port: number; readonly user: string; readonly database: string }

/** The part of the driver's configuration that says where to connect. */
export function clientConfig(target: ConnectionTarget): ClientConfig {
  if (target.kind === 'url') return { connectionString: target.url }
  return { host: target.directory, port: target.port, user: target.user, database: target.database }
}

/** The connection string for psql and other PostgreSQL tools. It holds the password if the target has one. */
export function connectionString(target: ConnectionTarget): string {
  if (target.kind === 'url') return target.url
  const url = new URL(`postgresql://${encodeURIComponent(target.user)}@localhost/${encodeURIComponent(target.database)}`)
  url.searchParams.set('host', target.directory)
  url.searchParams.set('port', String(target.port))
  return url.href
}
