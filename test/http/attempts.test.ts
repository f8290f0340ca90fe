// Counting guesses when they cannot be counted: nothing is tried then.
import { Pool } from 'pg'
import { expect, test } from 'vitest'
import { Attempts } from '../../src/http/attempts.ts'

test('an attempt that cannot be counted is refused', async () => {
  const pool = new Pool({ host: '127.0.0.1', port: 1 })
  await expect(new Attempts(pool).take([{ kind: 'password', key: 'alice' }])).rejects.toThrow()
  await pool.end()
})
