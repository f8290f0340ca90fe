// The published PLUR client as a person has it: a folder of its own, no embeddings, and more patience than a person's.
import { mkdtemp, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Plur } from '@plur-ai/core'
import { afterAll, beforeAll, inject, vi } from 'vitest'

/** Prepares the file's tests for it. */
export function usePlurClients() {
  beforeAll(() => {
    vi.stubEnv('PLUR_DISABLE_EMBEDDINGS', '1')
    vi.stubEnv('PLUR_AUTO_DISCOVER', '0')
    // The limit is a person's patience; a busy test machine needs more of it.
    vi.stubEnv('PLUR_REMOTE_RECALL_TIMEOUT_MS', '20000')
  })
  afterAll(() => vi.unstubAllEnvs())
  return {
    /** A new client; `config` is what stands in its config.yaml. What it writes late goes with the run. */
    async client(config?: string): Promise<Plur> {
      const folder = await mkdtemp(path.join(inject('cluster').root, 'plur-client-'))
      if (config !== undefined) await writeFile(path.join(folder, 'config.yaml'), config)
      return new Plur({ path: folder, autoDiscover: false })
    },
  }
}
