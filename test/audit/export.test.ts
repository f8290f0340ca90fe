// The audit log as a file: complete, inert, audited itself (threat L1).
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { AuditContext } from '../../src/audit/event.ts'
import { csvCell, type ExportFormat, exportAudit } from '../../src/audit/export.ts'
import type { AuditSearch } from '../../src/audit/search.ts'
import { createDatabase, type Database } from '../../src/db/postgres.ts'
import { makeRows } from '../support/audit-rows.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

let server: TestDatabase
let db: Database
beforeAll(async () => {
  server = await testDatabase()
  db = createDatabase({ connection: server.connection, poolSize: 2 })
})
afterAll(async () => {
  await db.close()
  await server.drop()
})

const EVIL = '=HYPERLINK("http://evil.example")\r\n\u001b[31m\u009b31m\u202egpj'

async function filled(rows: number) {
  const org = { orgId: randomUUID(), slug: 'acme' }
  const from = Date.now() - rows * 1000
  await makeRows(
    db.work,
    org,
    Array.from({ length: rows }, (_, n) => ({
      ts: new Date(from + n * 1000),
      target: { kind: 'scim_user', id: `user-${n}`, name: n === 0 ? EVIL : `user ${n}` },
      payload: n === 0 ? { changes: { title: { before: null, after: EVIL } } } : {},
      channel: n % 2 === 0 ? 'scim' : 'admin',
    })),
  )
  const context: AuditContext = {
    orgId: org.orgId,
    org: org.slug,
    actor: { kind: 'cli', user: 'me' },
    channel: 'cli',
    requestId: 'export-1',
  }
  const write = async (format: ExportFormat, search: AuditSearch = {}): Promise<string[]> => {
    const chunks: string[] = []
    for await (const chunk of exportAudit(db.work, context, { format, filter: search, search, now: new Date() })) chunks.push(chunk)
    return chunks
  }
  return { org, write }
}

describe('an export', () => {
  test('holds every row once, the newest first, a batch at a time', async () => {
    const { write } = await filled(2_500)
    const chunks = await write('ndjson')
    const rows = chunks
      .join('')
      .trimEnd()
      .split('\n')
      .map((line) => z.object({ target: z.object({ id: z.string().optional() }) }).parse(JSON.parse(line)))
    // The row of the export itself is older than its end.
    expect(rows.map(({ target }) => target.id).filter((id) => id !== undefined)).toEqual(
      Array.from({ length: 2_500 }, (_, n) => `user-${2_499 - n}`),
    )
    expect(Math.max(...chunks.map((chunk) => chunk.split('\n').length))).toBeLessThanOrEqual(1_001)
  })

  test('as JSON is one value, also of nothing', async () => {
    const { write } = await filled(3)
    expect(JSON.parse((await write('json', { channel: 'scim' })).join(''))).toHaveLength(2)
    expect(JSON.parse((await write('json', { channel: 'nowhere' })).join(''))).toEqual([])
  })

  test('as CSV has a line for each row and nothing that a spreadsheet or a terminal would carry out [L1]', async () => {
    const { write } = await filled(2)
    const lines = (await write('csv', { action: 'scim.*' })).join('').trimEnd().split('\r\n')
    expect(lines[0]).toBe(
      'time,organisation,channel,action,outcome,actor_kind,actor_id,actor_name,target_kind,target_id,target_name,payload,ip,user_agent,request_id',
    )
    expect(lines).toHaveLength(3)
    expect(lines[2]).toContain(`,user-0,"'=HYPERLINK(""http://evil.example"")\\u{d}\\u{a}\\u{1b}[31m\\u{9b}31m\\u{202e}gpj","{""changes"":`)
    expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  })

  test('as NDJSON escapes what a terminal would obey and stays JSON [L1]', async () => {
    const { write } = await filled(1)
    const text = (await write('ndjson')).join('')
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(JSON.parse(text.trim().split('\n').at(-1) ?? '')).toMatchObject({ target: { name: EVIL } })
  })

  test('is in the log itself, with its filter, before its first row leaves', async () => {
    const { org, write } = await filled(1)
    await write('csv', { outcome: 'denied', from: new Date('2026-01-01T00:00:00Z') })
    const { rows } =
      await sql<object>`select action, target, payload, channel, outcome from audit_log where org_id = ${org.orgId} and action = 'audit.export'`.execute(
        db.kysely,
      )
    expect(rows).toEqual([
      {
        action: 'audit.export',
        target: { kind: 'audit_log', name: 'acme' },
        channel: 'cli',
        outcome: 'success',
        payload: { format: 'csv', filter: { outcome: 'denied', from: '2026-01-01T00:00:00.000Z' } },
      },
    ])
  })
})

test.each([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['=1+1', `"'=1+1"`],
  ['+1 555', `"'+1 555"`],
  ['-1', `"'-1"`],
  ['@SUM(A1)', `"'@SUM(A1)"`],
  [' =1+1', `"' =1+1"`],
  ['\t=1+1', '\\u{9}=1+1'],
  ['＝1+1', `"'＝1+1"`],
  ['a=1', 'a=1'],
  ['', ''],
])('the cell of %j is %j [L1]', (text, cell) => {
  expect(csvCell(text)).toBe(cell)
})
