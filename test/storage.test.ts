// Opening and leaving the database that the settings name.
import { expect, test } from 'vitest'
import { readPidFile } from '../src/db/embedded/postmaster.ts'
import { openStorage } from '../src/storage.ts'
import { testFolder } from './support/embedded.ts'

test('an embedded database is stopped by the last to leave, also when our connections cannot be closed in order', async () => {
  const storage = await openStorage({
    source: { kind: 'embedded', dataDir: await testFolder() },
    poolSize: 1,
    onEmbeddedEvent: () => undefined,
    onConnectionLost: () => undefined,
  })
  expect((await readPidFile(storage.location)).kind).toBe('ready')
  await storage.database.pool.end()
  await expect(storage.close()).rejects.toThrow('more than once')
  expect((await readPidFile(storage.location)).kind).toBe('absent')
})
