// One folder per test run for everything that PostgreSQL writes, and a guardian that cleans up after it, also when the run is killed.
// The server itself is started by the first test that asks for a database.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { externalPostgres } from './external-postgres.ts'

export type TestCluster = {
  /** Below it each test makes its own folders. */
  readonly root: string
  /** Another installation whose programs the run uses; null for the embedded one. */
  readonly external: { readonly directory: string; readonly major: number } | null
}

declare module 'vitest' {
  interface ProvidedContext {
    cluster: TestCluster
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Short, because sockets go there; open to enter, because as root the server runs as another user.
  const root = await mkdtemp(path.join(process.platform === 'darwin' ? '/tmp' : os.tmpdir(), 'plur-test-'))
  await chmod(root, 0o711)
  const external = project.name === 'external' ? (externalPostgres() ?? null) : null
  project.provide('cluster', { root, external })
  // In a process group of its own, so that Ctrl-C does not end it before its work begins.
  const guardian = spawn(process.execPath, [fileURLToPath(new URL('./guardian.mjs', import.meta.url)), root], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  })
  guardian.unref()
  return async () => {
    const ended = once(guardian, 'exit')
    guardian.stdin.end()
    await ended
  }
}
