// The published PLUR client as a person has it: a folder of its own, no embeddings, and more patience than a person's.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Plur } from '@plur-ai/core'
import { afterAll, beforeAll, vi } from 'vitest'

/** Prepares the file's tests for it and removes the folders after them. */
export function usePlurClients() {
  const folders: string[] = []
  beforeAll(() => {
    vi.stubEnv('PLUR_DISABLE_EMBEDDINGS', '1')
    vi.stubEnv('PLUR_AUTO_DISCOVER', '0')
    // The limit is a person's patience; a busy test machine needs more of it.
    vi.stubEnv('PLUR_REMOTE_RECALL_TIMEOUT_MS', '20000')
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
  })
  return {
    /** A new client; `config` is what stands in its config.yaml. */
    async client(config?: string): Promise<Plur> {
      const folder = await mkdtemp(path.join(tmpdir(), 'plur-client-'))
      folders.push(folder)
      if (config !== undefined) await writeFile(path.join(folder, 'config.yaml'), config)
      return new Plur({ path: folder, autoDiscover: false })
    },
  }
}
