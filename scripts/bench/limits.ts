// What this machine allows at best, measured in the same run: the figures that the server's are held against.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { Client, Pool } from 'pg'
import { checked } from './bodies.ts'
import { httpClient, load, type LoadOptions, type Operation, type Sample } from './load.ts'
import { cpuMs } from './process-tree.ts'
import { measured, type Row } from './row.ts'

/** Something to hold an operation against. */
export type Limit = { readonly operation: Operation; close(): Promise<void> }

export type Limits = {
  reader(): Promise<Limit>
  writer(): Promise<Limit>
  /** Measured anew at each call. */
  read(): Promise<Sample>
  write(): Promise<Sample>
  /** The same two rows in a single statement: what nothing that speaks a protocol can come near. */
  writeAtOnce(): Promise<Sample>
  /** Users a second through a cursor of the database. */
  scan(): Promise<number>
  close(): Promise<void>
}

const ROWS = 20_000
const BARE_SERVER = path.join(import.meta.dirname, 'bare-server.ts')

/** A bare HTTP server with one prepared point select, a bare transaction of one row plus one audit row, a bare cursor. */
export async function openLimits(dsn: string, options: LoadOptions): Promise<Limits> {
  const pool = new Pool({ connectionString: dsn, max: options.concurrency })
  // An embedded database goes with the server that is restarted, and comes back with it.
  pool.on('error', () => undefined)
  await pool.query('drop table if exists bench_row, bench_audit')
  await pool.query('create table bench_row (id int primary key, body jsonb not null)')
  await pool.query('create table bench_audit (id bigserial primary key, body jsonb not null)')
  await pool.query(
    `insert into bench_row select i, jsonb_build_object('userName', 'u' || i, 'pad', repeat('x', 900)) from generate_series(1, ${ROWS}) i`,
  )
  let written = ROWS
  const reader = () => bareServer(dsn, options.concurrency)
  const writer = { operation: bareWrite(pool, () => (written += 1)), close: () => Promise.resolve() }
  return {
    reader,
    writer: () => Promise.resolve(writer),
    read: () => measureReads(reader, options),
    write: () => load(options, writer.operation),
    writeAtOnce: () => measureWritesAtOnce(pool, options, () => (written += 1)),
    scan: () => measureScan(dsn),
    async close() {
      await pool.query('drop table if exists bench_row, bench_audit')
      await pool.end()
    },
  }
}

export const limitRows = async (limits: Limits): Promise<readonly Row[]> => [
  measured('limit: bare HTTP server, one prepared point select', await limits.read()),
  measured('limit: bare transaction, one row and one audit row', await limits.write()),
  measured('the same rows in a single statement', await limits.writeAtOnce()),
  { name: 'limit: cursor of the database over the same users', rate: await limits.scan() },
]

type BareServer = Limit & { readonly pid: number }

async function bareServer(dsn: string, concurrency: number): Promise<BareServer> {
  const child = spawn(process.execPath, [...process.execArgv, BARE_SERVER, dsn, String(concurrency)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const port = await new Promise((resolve: (line: string) => void, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('exit', () => reject(new Error('the bare server did not start')))
  })
  const http = httpClient(`http://127.0.0.1:${port}`, undefined)
  return {
    pid: child.pid ?? 0,
    operation: (index) => checked(http, 'GET', `/${(index % ROWS) + 1}`),
    async close() {
      http.close()
      child.kill()
      await ended
    },
  }
}

async function measureReads(open: () => Promise<BareServer>, options: LoadOptions): Promise<Sample> {
  const server = await open()
  try {
    return await load({ ...options, cpuMs: () => cpuMs(server.pid) }, server.operation)
  } finally {
    await server.close()
  }
}

const ROW = `insert into bench_row (id, body) values ($1::int, jsonb_build_object('pad', repeat('x', 900)))`
const AUDIT_ROW = `insert into bench_audit (body) values (jsonb_build_object('action', 'create', 'id', $1::int))`

/** As a driver does it: begin, the row, its audit row, commit. */
const bareWrite = (pool: Pool, next: () => number) => async () => {
  const client = await pool.connect()
  try {
    const values = [next()]
    await client.query('begin')
    await client.query({ name: 'row', text: ROW, values })
    await client.query({ name: 'audit row', text: AUDIT_ROW, values })
    await client.query('commit')
  } finally {
    client.release()
  }
}

function measureWritesAtOnce(pool: Pool, options: LoadOptions, next: () => number): Promise<Sample> {
  return load(options, () => pool.query({ name: 'at once', text: `with a as (${AUDIT_ROW}) ${ROW}`, values: [next()] }))
}

/** What the pages of a reconcile are made of, read by a cursor in their order: users a second. */
async function measureScan(dsn: string): Promise<number> {
  const client = new Client({ connectionString: dsn })
  await client.connect()
  try {
    await client.query('begin')
    await client.query(`declare every_user no scroll cursor for
      select id, json, version, created_at, last_modified_at from scim_resources where type = 'User' order by org_id, type, seq`)
    let read = 0
    const from = performance.now()
    for (;;) {
      const { rowCount } = await client.query('fetch 100 from every_user')
      if (rowCount === null || rowCount === 0) break
      read += rowCount
    }
    return (read * 1000) / (performance.now() - from)
  } finally {
    await client.end()
  }
}
