// Plays an IdP against a SCIM server, from the connection test to the reconciliation, and says what the server did wrong.
import type { ScimClient } from '@plur-enterprise/scim/client'
import { entra, type EntraDialect } from './entra.ts'
import type { Idp } from './idp.ts'
import { okta, type OktaDialect } from './okta.ts'
import { makePeople, makeTeams, seeded } from './people.ts'
import {
  cleanup,
  groupDelete,
  groupPushes,
  hardDeletes,
  joiners,
  leavers,
  movers,
  reconciliation,
  returners,
  updates,
  type Phase,
  type World,
} from './phases.ts'
import { Wire, type PhaseReport, type Unexpected } from './wire.ts'

export type Dialect = { readonly idp: 'okta'; readonly dialect: OktaDialect } | { readonly idp: 'entra'; readonly dialect: EntraDialect }

export type SimulateOptions = {
  readonly url: string
  readonly token: string
  readonly as: Dialect
  readonly users: number
  readonly groups: number
  /** Requests per second at most; 0 for no cap. */
  readonly rate: number
  readonly concurrency: number
  /** The same seed plays the same people and the same changes. */
  readonly seed: number
  /** Leave everybody there when it is over. */
  readonly keep: boolean
  /** Stands in the names of all that is created. Random when not given, so that runs never meet. */
  readonly run?: string
  readonly client?: ScimClient
}

/** Told how the simulation goes on. */
export type Watcher = {
  readonly phaseBegins: (phase: string) => void
  readonly tick: (done: number, total: number) => void
  readonly phaseEnds: (report: PhaseReport) => void
}

export type SimulationReport = {
  readonly idp: string
  readonly url: string
  readonly run: string
  readonly seed: number
  readonly users: number
  readonly groups: number
  readonly kept: boolean
  /** False when the connection test failed and nothing else was tried. */
  readonly connected: boolean
  readonly ok: boolean
  readonly durationMs: number
  readonly phases: readonly PhaseReport[]
  /** The first ones; each phase has its count. */
  readonly unexpected: readonly Unexpected[]
}

const LIFE: readonly Phase[] = [joiners, updates, groupPushes, movers, leavers, returners, hardDeletes, groupDelete, reconciliation]

/** Plays all phases. Never throws for what a server does; a failed connection test ends the play. */
export async function runSimulation(options: SimulateOptions, watcher: Watcher): Promise<SimulationReport> {
  const startedAt = performance.now()
  const run = options.run ?? crypto.randomUUID().slice(0, 6)
  const { wire, idp } = connect(options)
  const random = seeded(options.seed)
  const world: World = {
    wire,
    idp,
    random,
    people: makePeople(options.users, run, random),
    teams: makeTeams(options.groups, run),
    concurrency: options.concurrency,
    tick: watcher.tick,
  }

  const phases: PhaseReport[] = []
  const play = async ({ name, run }: Phase): Promise<void> => {
    wire.phase = name
    watcher.phaseBegins(name)
    await run(world)
    const report = wire.report(name)
    phases.push(report)
    watcher.phaseEnds(report)
  }

  let connected = false
  await play({
    name: 'connection test',
    run: async () => {
      connected = await idp.testConnection()
    },
  })
  if (connected) for (const phase of options.keep ? LIFE : [...LIFE, cleanup]) await play(phase)
  return {
    idp: idp.name,
    url: options.url,
    run,
    seed: options.seed,
    users: options.users,
    groups: options.groups,
    kept: options.keep,
    connected,
    ok: phases.every(({ unexpected }) => unexpected === 0),
    durationMs: Math.round(performance.now() - startedAt),
    // A phase without a request, such as hard deletes at Okta, did not take place.
    phases: phases.filter(({ requests }) => requests > 0),
    unexpected: wire.unexpected,
  }
}

function connect({ as, url, token, rate, client }: SimulateOptions): { wire: Wire; idp: Idp } {
  const wireTo = (query: string, userAgent: string) => {
    const address = query === '' ? url : `${url}${url.includes('?') ? '&' : '?'}${query}`
    return new Wire({ url: address, token, rate, userAgent, ...(client === undefined ? {} : { client }) })
  }
  switch (as.idp) {
    case 'okta': {
      const wire = wireTo('', OKTA_AGENT)
      return { wire, idp: okta(wire, as.dialect) }
    }
    case 'entra': {
      const wire = wireTo(as.dialect === 'flag' ? ENTRA_FLAG : '', ENTRA_AGENT)
      return { wire, idp: entra(wire, as.dialect) }
    }
  }
}

/** idp-wire OK-1. */
const OKTA_AGENT = 'Okta SCIM Client 1.0.0'
const ENTRA_AGENT = 'plur-simulated-entra'
/** idp-wire EN-10: rides in the tenant URL and so on every request. */
const ENTRA_FLAG = 'aadOptscim062020'
