// What was there before parts of texts had an index is found by it too, in the form that the server writes.
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { clientConfig } from '../../src/db/connection-target.ts'
import { migrate, migrateTo } from '../../src/db/migrate.ts'
import { testDatabase } from '../support/database.ts'

const BEFORE = [
  '0001_directory',
  '0002_tokens',
  '0003_audit',
  '0004_server_secrets',
  '0005_permissions',
  '0006_credentials',
  '0007_memory',
  '0008_group_above',
  '0013_sign_in',
  '0014_single_sign_on',
  '0015_provisioning_view',
  '0017_audit_search_and_retention',
  '0018_people_search',
  '0020_least_privilege',
  '0023_lean_writes',
]

test('names and addresses of resources from before the migration are there after it, each once', async () => {
  const database = await testDatabase({ empty: true })
  await migrateTo(database.connection, BEFORE)
  const client = new Client(clientConfig(database.connection))
  await client.connect()
  try {
    await client.query(`
      with org as (insert into orgs (slug) values ('acme') returning org_id)
      insert into scim_resources (org_id, id, type, unique_key, display_name_key, json, comparable)
      select org_id, gen_random_uuid(), type, key, display, '{}', comparable::jsonb from org cross join (values
        ('User', 'ada@x.example', 'ada l.', '{"emails": [{"value": "ada@x.example"}, {"value": "b@x.example"}, {"value": "b@x.example"}, {"type": "home"}]}'),
        ('User', 'grace', null, '{}'), ('Group', 'staff', 'staff', '{"emails": [{"value": "list@x.example"}]}')) r (type, key, display, comparable)`)
    expect(await migrate(database.connection)).toContain('0025_texts')
    const { rows } = await client.query<{ texts: string }>('select texts from scim_texts order by texts')
    expect(rows.map(({ texts }) => texts)).toEqual(['ada@x.example\nada l.\nb@x.example', 'grace', 'staff'])
  } finally {
    await client.end()
    await database.drop()
  }
})
