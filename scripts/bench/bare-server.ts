// The least that a server can be: Node's own HTTP server, in a process of its own, which answers each request by one prepared point select.
// Started with a connection string and a number of connections; prints its port.
import { createServer } from 'node:http'
import { Pool } from 'pg'

const [dsn, connections] = process.argv.slice(2)
const pool = new Pool({ connectionString: dsn, max: Number(connections) })

const server = createServer((incoming, outgoing) => {
  const values = [Number(incoming.url?.slice(1))]
  pool.query({ name: 'point', text: 'select body::text as body from bench_row where id = $1', values }).then(
    ({ rows }: { rows: { body: string }[] }) => outgoing.setHeader('content-type', 'application/json').end(rows[0]?.body),
    () => outgoing.writeHead(500).end(),
  )
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`${typeof address === 'object' && address !== null ? address.port : 0}\n`)
})
