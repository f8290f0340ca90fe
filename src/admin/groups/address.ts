// Addresses of the permission graph.
export const GROUPS_PATH = '/admin/groups'
export const GROUP_PATH = `${GROUPS_PATH}/group`

/** The page of one group, by its place. */
export const groupHref = (path: string): string => `${GROUP_PATH}?${new URLSearchParams({ path })}`

export type GraphFields = {
  readonly view?: 'picture' | undefined
  /** The picture shows what is near this group. */
  readonly focus?: string | undefined
  readonly q?: string | undefined
  readonly after?: string | undefined
}

export function graphHref(fields: GraphFields): string {
  const query = new URLSearchParams(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]])),
  )
  const text = query.toString()
  return text === '' ? GROUPS_PATH : `${GROUPS_PATH}?${text}`
}
