// What the database did for the server: each statement with the plan that it ran by and the rows that went through it, as PostgreSQL itself
// tells (auto_explain, whose findings come as notices to the connection that asked).
import { Client, type Pool, type PoolClient } from 'pg'
import { vi } from 'vitest'
import { z } from 'zod'
import { clientConfig } from '../../src/db/connection-target.ts'
import type { TestDatabase } from './database.ts'

const planNode = z.object({
  'Node Type': z.string(),
  'Parent Relationship': z.string().optional(),
  'Relation Name': z.string().optional(),
  'Index Name': z.string().optional(),
  'Actual Rows': z.number(),
  'Actual Loops': z.number(),
  'Rows Removed by Filter': z.number().optional(),
  'Rows Removed by Index Recheck': z.number().optional(),
  'Conflict Resolution': z.enum(['NOTHING', 'UPDATE']).optional(),
  'Tuples Inserted': z.number().optional(),
  get Plans() {
    return z.array(planNode).optional()
  },
})
const explained = z.object({ 'Query Text': z.string(), Plan: planNode })

export type PlanNode = z.infer<typeof planNode>
export type Recording = {
  /** Everything that was sent to the database, `begin` and `commit` included. */
  readonly statements: readonly string[]
  readonly plans: readonly { readonly text: string; readonly nodes: readonly PlanNode[] }[]
}

const SETTINGS = {
  session_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_timing': 'off',
  'auto_explain.log_format': 'json',
  'auto_explain.log_level': 'notice',
}

/** Makes every later session of the database tell its plans. */
export async function tellPlans({ superuserConnection }: TestDatabase): Promise<void> {
  const client = new Client(clientConfig(superuserConnection))
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string }>('select current_database() as name')
    for (const [name, value] of Object.entries(SETTINGS))
      await client.query(`alter database ${rows[0]?.name ?? ''} set ${name} = '${value}'`)
  } finally {
    await client.end()
  }
}

/** What the server writes now and then beside its requests: counts of requests, last uses of tokens. */
const BESIDE = [/^\s*insert into scim_activity\b/, /^\s*with used as\b/]
const isBeside = (text: string) => BESIDE.some((pattern) => pattern.test(text))

export class PlanRecorder {
  readonly #known = new WeakSet<PoolClient>()
  #plans: Recording['plans'][number][] = []
  #statements: string[] = []

  /** From the next use of each connection on. */
  constructor(pool: Pool) {
    pool.on('acquire', (client) => this.#watch(client))
  }

  /** What is sent for this while it runs. */
  async record(run: () => Promise<unknown>): Promise<Recording> {
    this.#plans = []
    this.#statements = []
    await run()
    return { statements: this.#statements, plans: this.#plans }
  }

  #watch(client: PoolClient): void {
    if (this.#known.has(client)) return
    this.#known.add(client)
    client.on('notice', ({ message = '' }) => {
      const begin = message.indexOf('plan:')
      if (begin < 0) return
      const { Plan, 'Query Text': text } = explained.parse(JSON.parse(message.slice(begin + 'plan:'.length)))
      if (!isBeside(text)) this.#plans.push({ text, nodes: nodesOf(Plan) })
    })
    const query = client.query.bind(client)
    vi.spyOn(client, 'query').mockImplementation((...sent: Parameters<typeof query>) => {
      const [asked]: readonly unknown[] = sent
      const text = z.union([z.string(), z.object({ text: z.string() }).transform((statement) => statement.text)]).parse(asked)
      if (!isBeside(text)) this.#statements.push(text)
      return query(...sent)
    })
  }
}

const nodesOf = (node: PlanNode): readonly PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]

/** The names of the indexes that were used, each once. */
export const indexesOf = ({ plans }: Recording): readonly string[] => [
  ...new Set(plans.flatMap(({ nodes }) => nodes.flatMap((node) => node['Index Name'] ?? []))),
]

/** The tables that were read from end to end. */
export const scannedTables = ({ plans }: Recording): readonly string[] =>
  plans.flatMap(({ nodes }) => nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name'] ?? ''))

/** Rows that were taken up from tables, those that were then thrown away included. */
export function rowsRead({ plans }: Recording): number {
  const scans = plans.flatMap(({ nodes }) =>
    nodes.filter((node) => node['Node Type'] !== 'ModifyTable' && node['Relation Name'] !== undefined),
  )
  return scans.reduce((sum, node) => sum + (node['Actual Rows'] + removed(node)) * node['Actual Loops'], 0)
}

const removed = (node: PlanNode) => (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)

/** Rows that were inserted, changed or deleted, by table. */
export function rowsWritten({ plans }: Recording): Readonly<Record<string, number>> {
  const written: Record<string, number> = {}
  for (const node of plans.flatMap(({ nodes }) => nodes.filter((node) => node['Node Type'] === 'ModifyTable'))) {
    const table = node['Relation Name'] ?? ''
    const from = node.Plans?.find((child) => child['Parent Relationship'] === 'Outer')
    const inserted = node['Conflict Resolution'] === 'NOTHING' ? node['Tuples Inserted'] : undefined
    written[table] = (written[table] ?? 0) + (inserted ?? (from === undefined ? 0 : from['Actual Rows'] * from['Actual Loops']))
  }
  return written
}
