// Addresses of the permission graph.
export const GROUPS_PATH = '/admin/groups'

/** The page of one group, by its place. */
export const groupHref = (path: string): string => `${GROUPS_PATH}?${new URLSearchParams({ at: path })}`
