// The audit pages as people see them.
import { beforeAll, describe, test } from 'vitest'
import { portray, useBrowser } from '../support/browser.ts'
import { type Workforce, workforce } from '../support/workforce.ts'
import { useServer } from '../support/server.ts'

const server = useServer()
const browser = useBrowser(server)

let it: Workforce
beforeAll(async () => {
  it = await workforce(server)
}, 60_000)

describe('pictures', () => {
  test.each([
    ['/admin/audit', 'audit'],
    ['/admin/audit?channel=scim&outcome=denied', 'audit-denied'],
    ['/admin/audit?text=nowhere', 'audit-nothing'],
    ['/admin/audit?from=tomorrow&outcome=denied&actor=root', 'audit-problem'],
  ])('%s', async (path, name) => {
    await portray((options) => browser.signedIn(it.org, 'root', options), path, name)
  })

  test('of one request', async () => {
    const [row] = await server.rows(`select request_id from audit_log where org_id = $1 and action = 'account.disable'`, [it.org.orgId])
    await portray(
      (options) => browser.signedIn(it.org, 'root', options),
      `/admin/audit?request_id=${String(row?.['request_id'])}`,
      'audit-request',
    )
  })
})
