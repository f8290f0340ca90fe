// The black-box suite against this server: every check passes, and next to nothing is skipped.
import { expect, test } from 'vitest'
import { runConformance } from '../../packages/scim/conformance/run.ts'
import { FEATURES } from '../../packages/scim/conformance/suite.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

/** Only what a server without Bulk could be asked. */
const SKIPPED = ['DSC-07']

test.each(FEATURES.map((feature) => [feature.name, feature] as const))('conformance: %s', { timeout: 120_000 }, async (_name, feature) => {
  const org = await server.org()
  const results = await runConformance({ url: server.base, token: org.token, features: [feature] })
  const failed = results.flatMap(({ check, outcome }) =>
    outcome.kind === 'failed' ? [`${check.id} ${check.title}: ${outcome.message}`] : [],
  )
  const skipped = results.flatMap(({ check, outcome }) => (outcome.kind === 'skipped' ? [check.id] : []))
  expect(failed).toEqual([])
  expect(skipped.filter((id) => !SKIPPED.includes(id))).toEqual([])
  const left = await server.rows(`select type from scim_resources where org_id = $1`, [org.orgId])
  expect(left, 'what the checks left behind').toEqual([])
})
