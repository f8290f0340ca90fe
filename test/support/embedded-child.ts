// A process with the embedded database open: argument: options as JSON; output: one JSON value a line; leaves when its input ends.
import { z } from 'zod'
import { openEmbedded } from '../../src/db/embedded/open.ts'
import type { ChildMessage } from './embedded.ts'

const say = (message: ChildMessage) => process.stdout.write(`${JSON.stringify(message)}\n`)

try {
  const { packageRoot, ...places } = z
    .object({ dataDir: z.string(), systemDirectory: z.string(), packageRoot: z.string().optional() })
    .parse(JSON.parse(process.argv[2] ?? ''))
  const server = await openEmbedded({
    ...places,
    ...(packageRoot === undefined ? {} : { packageRoot }),
    log: ({ kind }) => say({ kind: 'event', event: kind }),
  })
  const { connection, location } = server
  if (connection.kind === 'socket') say({ kind: 'ready', directory: connection.directory, port: connection.port, location })
  process.stdin.resume().once('end', () => void server.close())
} catch (error) {
  say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
}
