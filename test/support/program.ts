// The program as a process of its own, as it is shipped: `npm test` builds it before it runs anything.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export type Program = ChildProcess & { readonly printed: { out: string; err: string } }

/** Starts it. `env` is all it gets beside the path of programs. */
export function startProgram(args: readonly string[], env: Readonly<Record<string, string>>): Program {
  const child = spawn(process.execPath, ['--enable-source-maps', path.join(ROOT, 'dist/main.js'), ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], PLUR_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => void (printed.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => void (printed.err += chunk.toString()))
  return Object.assign(child, { printed })
}

/** A server that says that it is ready. */
export async function serveProgram(env: Readonly<Record<string, string>>) {
  const child = startProgram(['serve'], env)
  await expect.poll(() => child.exitCode !== null || child.printed.err.includes('What next'), { timeout: 55_000 }).toBe(true)
  const port = Number(/listens on 127\.0\.0\.1:(\d+)/.exec(child.printed.err)?.[1])
  return {
    child,
    port,
    origin: `http://127.0.0.1:${port}`,
    async stop(): Promise<void> {
      if (child.exitCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}
