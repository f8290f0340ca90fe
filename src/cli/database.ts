// plur migrate, sql, dsn: the database from the command line.
import { Command } from 'commander'
import { type Common, withJson } from './context.ts'
import type { CliHost } from './host.ts'
import { createOutput, table } from './output.ts'

export function migrateCommand(host: CliHost): Command {
  const command = new Command('migrate')
    .description('bring the database schema up to date (serve does it too)')
    .action(async ({ json = false }: Common) => {
      const migrations = await host.migrate()
      createOutput(host, { json }).result(
        { migrations },
        migrations.length === 0 ? 'The schema was up to date.' : `Done: ${migrations.join(', ')}.`,
      )
    })
  return withJson(command)
}

export function sqlCommand(host: CliHost): Command {
  const command = new Command('sql')
    .description('run one statement that only reads, and print what it finds')
    .argument('<statement>', 'such as "select ts, action, actor, target from audit_log order by ts desc limit 20"')
    .action(async (statement: string, { json = false }: Common) => {
      const storage = await host.openStorage({ migrated: false })
      try {
        const { columns, rows } = await storage.query(statement)
        const objects = rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])))
        createOutput(host, { json }).result(objects, table(columns, rows))
      } finally {
        await storage.close()
      }
    })
  return withJson(command)
}

export function dsnCommand(host: CliHost): Command {
  const command = new Command('dsn')
    .description('print the connection string of the database, for psql')
    .option('--tcp', 'with a port on 127.0.0.1 instead of a socket, for tools that need one; restarts an embedded database once')
    .action(async ({ json = false, tcp = false }: Common & { tcp?: boolean }) => {
      const storage = await host.openStorage({ migrated: false })
      try {
        const dsn = await storage.dsn({ tcp })
        createOutput(host, { json }).result({ dsn }, dsn)
      } finally {
        await storage.close()
      }
    })
  return withJson(command)
}
