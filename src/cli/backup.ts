// plur backup and restore: the whole database in one file.
import { existsSync } from 'node:fs'
import { Command } from 'commander'
import type { OnProgress } from '../db/backup/dump.ts'
import { DomainError } from '../primitives/errors.ts'
import { type Common, withJson } from './context.ts'
import type { CliHost } from './host.ts'
import { createOutput } from './output.ts'

const PROGRESS_MS = 1_000

export function backupCommand(host: CliHost): Command {
  const command = new Command('backup')
    .description('write all of the database to a file, while the server runs or not')
    .argument('<file>', 'it holds personal data: keep it as safe as the database')
    .option('--force', 'replace a file that is there')
    .action(async (file: string, { json = false, force = false }: Common & { force?: boolean }) => {
      if (!force && existsSync(file)) throw new DomainError('conflict', `${file} is there already. --force replaces it.`)
      const { createdAt, tables } = await host.backUp(file, progress(host, 'saved'))
      const facts = { file, createdAt, tables: tables.length, rows: total(tables, 'rows'), bytes: total(tables, 'bytes') }
      createOutput(host, { json }).result(
        facts,
        `${file} holds ${facts.rows} rows of ${facts.tables} tables as they were at ${createdAt}. It was read back.`,
      )
    })
  return withJson(command)
}

export function restoreCommand(host: CliHost): Command {
  const command = new Command('restore')
    .description('fill an empty database from a backup; the server must not run')
    .argument('<file>', 'a file that `backup` wrote')
    .option('--replace', 'remove what the embedded database holds, once the backup is in')
    .action(async (file: string, { json = false, replace = false }: Common & { replace?: boolean }) => {
      const migrations = await host.restore(file, { replace, onProgress: progress(host, 'restored') })
      const more = migrations.length === 0 ? '' : ` Newer migrations were run: ${migrations.join(', ')}.`
      createOutput(host, { json }).result({ file, migrations }, `${file} is restored.${more}`)
    })
  return withJson(command)
}

/** A line for each table, and one now and then while a large one goes on. */
function progress(host: CliHost, done: string): OnProgress {
  let next = performance.now() + PROGRESS_MS
  return ({ table, bytes, rows }) => {
    if (rows !== undefined) host.stderr(`${done} ${table}: ${rows} rows, ${megabytes(bytes)}\n`)
    else if (performance.now() > next) {
      host.stderr(`${table} … ${megabytes(bytes)}\n`)
      next = performance.now() + PROGRESS_MS
    }
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

function total<K extends string>(tables: readonly Readonly<Record<K, number>>[], of: K): number {
  return tables.reduce((sum, table) => sum + table[of], 0)
}
