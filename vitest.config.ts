// Three projects: the protocol library without a database, the server on the embedded PostgreSQL, and what speaks SQL once more on the
// PostgreSQL of the distribution where there is one. `vitest run --project server PATH` for one of them.
import { availableParallelism } from 'node:os'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'
import { externalPostgres } from './test/support/external-postgres.ts'

const globalSetup = ['test/support/global-setup.ts']

const external: TestProjectConfiguration = {
  extends: true,
  test: {
    name: 'external',
    include: [
      'test/server/*.test.ts',
      'test/races/*.test.ts',
      'test/e2e/{corpus,differential,conformance}.test.ts',
      'test/db/{postgres,migrate,server-role,backup}.test.ts',
    ],
    // What these find is decided before any SQL, or by the plans of one version.
    exclude: [
      'test/server/{authentication,characteristics,common,json,lengths,media-types,operation,projection,schemas}.test.ts',
      'test/server/{costs,growth,threats-exhaustion,threats-mass-assignment,tolerances}.test.ts',
    ],
    globalSetup,
  },
}

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    // Tests wait for the database more than for the processor.
    maxWorkers: availableParallelism() + 1,
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: 'package', include: ['packages/scim/test/**/*.test.ts'] } },
      { extends: true, test: { name: 'server', include: ['test/**/*.test.ts'], globalSetup } },
      ...(externalPostgres() === undefined ? [] : [external]),
    ],
  },
})
