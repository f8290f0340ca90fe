// A second cluster that follows the first synchronously, and takes its place. What was acknowledged is on both: that is what the report
// holds the product and `synchronous_standby_names` to.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from 'pg'
import { giveTo } from '../../src/db/embedded/user.ts'
import { Cluster, copyRunning } from './cluster.ts'
import { type Stage, superuser } from './stage.ts'

const IN_STEP_MS_MAX = 60_000
let standbys = 0

/** Gives the stage's primary a standby that every commit waits for. */
export async function addStandby(stage: Stage): Promise<void> {
  const { primary } = stage
  const directory = path.join(path.dirname(primary.files.directory), `standby-${++standbys}`)
  await mkdir(path.dirname(directory), { recursive: true })
  const files = await superuser(primary, (client) => copyWhole(client, primary, directory))
  const signal = path.join(directory, 'standby.signal')
  await writeFile(signal, '')
  await giveTo(files.user, signal)
  const standby = await Cluster.on(files, {
    primary_conninfo: `host=127.0.0.1 port=${primary.port} user=postgres application_name=standby`,
  })
  await standby.start()
  await superuser(primary, async (client) => {
    await client.query(`alter system set synchronous_standby_names = 'standby'`)
    await client.query('select pg_reload_conf()')
    await inStep(client)
  })
  stage.standby = standby
}

/** The primary is killed in the middle of everything, the standby promoted, and the address led to it. */
export async function failOver(stage: Stage): Promise<{ healedAt: number }> {
  const { standby, primary: dead } = stage
  if (standby === undefined) throw new Error('There is no standby to fail over to.')
  await dead.end('SIGKILL')
  // It waits for no standby itself: what was set on the old primary was left out of the copy.
  await superuser(standby, (client) => client.query('select pg_promote(true, 60)'))
  stage.proxy.leadTo({ port: standby.port })
  stage.proxy.cut()
  const healedAt = performance.now()
  stage.primary = standby
  stage.standby = undefined
  await stage.operator.move(standby.url('plur', 'plur'))
  await rm(dead.files.directory, { recursive: true, force: true, maxRetries: 5 })
  return { healedAt }
}

/** As pg_basebackup does, which the shipped programs do not include. */
async function copyWhole(client: Client, { files }: Cluster, directory: string) {
  await client.query(`select pg_backup_start('standby', true)`)
  const copied = await copyRunning(files, directory)
  const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)')
  const label = path.join(directory, 'backup_label')
  await writeFile(label, rows[0]?.labelfile ?? '', { mode: 0o600 })
  await giveTo(files.user, label)
  return copied
}

async function inStep(client: Client): Promise<void> {
  for (const deadline = Date.now() + IN_STEP_MS_MAX; ; await delay(20)) {
    const { rows } = await client.query<{ state: string }>(`select sync_state as state from pg_stat_replication where state = 'streaming'`)
    if (rows.some(({ state }) => state === 'sync')) return
    if (Date.now() > deadline) throw new Error(`The standby is not in step after ${IN_STEP_MS_MAX / 1000} s.`)
  }
}
