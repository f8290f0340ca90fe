// Who gets which path when several groups move at once. Pure. What holds: no two groups stand at one path; who stands somewhere is never
// driven away; a scope's name is given to another group only when its own group really moves on.

export type Claim = {
  readonly id: string
  /** Among newcomers the lower one is first. */
  readonly order: number
  /** Where the group stands now; undefined when it takes no part. */
  readonly path: string | undefined
  /** Where it wants to stand; undefined when nowhere. */
  readonly wanted: string | undefined
  readonly scopeId: string
  /** The path that its scope is named after, also while the group takes no part; undefined for a scope to be made. */
  readonly scopePath: string | undefined
}

/** A scope of that name which belongs to none of the claims; `live` when a group stands there. */
export type Obstacle = { readonly scopeId: string; readonly live: boolean }

export type Settled =
  | { readonly kind: 'placed'; readonly path: string }
  /** `taken`: another group stands there. `retained`: a scope of that name keeps the memories of a group that takes no part. */
  | { readonly kind: 'held'; readonly reason: 'taken' | 'retained'; readonly by: string }

/** Settles all claims that want a path; the others have no entry. */
export function settle(claims: readonly Claim[], obstacleAt: (path: string) => Obstacle | undefined): ReadonlyMap<string, Settled> {
  const board = new Board(claims)
  let waiting = claims.filter(({ wanted }) => wanted !== undefined).sort((a, b) => a.order - b.order)
  waiting = waiting.filter((claim) => !board.stays(claim))
  while (waiting.length > 0) {
    const left = waiting.filter((claim) => !board.decide(claim, obstacleAt))
    // Everybody waits for somebody who wants to move: then some wait in a circle, and all of it can move at once.
    if (left.length === waiting.length) for (const claim of circle(left, board)) board.place(claim)
    waiting = left.filter(({ id }) => !board.settled.has(id))
  }
  return board.settled
}

class Board {
  readonly settled = new Map<string, Settled>()
  /** Who stands at a path after the move. */
  readonly #standing = new Map<string, Claim>()
  /** Whose scope has the path's name and has not moved on. */
  readonly #named = new Map<string, Claim>()

  constructor(claims: readonly Claim[]) {
    for (const claim of claims) if (claim.scopePath !== undefined) this.#named.set(claim.scopePath, claim)
  }

  /** Stays where it stands, or comes back to the name that its scope kept. */
  stays(claim: Claim): boolean {
    if (claim.wanted !== claim.scopePath) return false
    this.place(claim)
    return true
  }

  place(claim: Claim): void {
    if (claim.wanted === undefined) return
    this.settled.set(claim.id, { kind: 'placed', path: claim.wanted })
    this.#standing.set(claim.wanted, claim)
    if (claim.scopePath !== undefined && this.#named.get(claim.scopePath) === claim) this.#named.delete(claim.scopePath)
  }

  /** The claim whose scope has the name that this one wants. */
  blocker(claim: Claim): Claim | undefined {
    return claim.wanted === undefined ? undefined : this.#named.get(claim.wanted)
  }

  /** False when it depends on a claim that is not settled. */
  decide(claim: Claim, obstacleAt: (path: string) => Obstacle | undefined): boolean {
    if (claim.wanted === undefined) return true
    const standing = this.#standing.get(claim.wanted)
    if (standing !== undefined) return this.#hold(claim, 'taken', standing.scopeId)
    const blocker = this.blocker(claim)
    if (blocker !== undefined) {
      if (blocker.wanted !== undefined && !this.settled.has(blocker.id)) return false
      return this.#hold(claim, 'retained', blocker.scopeId)
    }
    const obstacle = obstacleAt(claim.wanted)
    if (obstacle !== undefined) return this.#hold(claim, obstacle.live ? 'taken' : 'retained', obstacle.scopeId)
    this.place(claim)
    return true
  }

  #hold(claim: Claim, reason: 'taken' | 'retained', by: string): true {
    this.settled.set(claim.id, { kind: 'held', reason, by })
    return true
  }
}

/** Claims that wait for each other in a circle; there is one when each waits for another. */
function circle(waiting: readonly Claim[], board: Board): readonly Claim[] {
  const visited: Claim[] = []
  for (let claim = waiting[0]; claim !== undefined; claim = board.blocker(claim)) {
    const start = visited.indexOf(claim)
    if (start >= 0) return visited.slice(start)
    visited.push(claim)
  }
  return visited
}
