// Where memories are: the decided scopes that come in from outside. This folder never asks who somebody is.

/** A scope that somebody may read, or write, as the caller has decided. */
export type ScopeRef = { readonly id: string; readonly name: string }

/** Looking at memories of one organisation, only inside these scopes; no scopes: nothing. */
export type Within = { readonly orgId: string; readonly scopes: readonly ScopeRef[] }

export const idsOf = (scopes: readonly ScopeRef[]): readonly string[] => scopes.map(({ id }) => id)
