// Addresses of the pages about people.
export const USERS_PATH = '/admin/users'

export const personHref = (id: string): string => `${USERS_PATH}/${id}`
export const returnerHref = (id: string, formerId: string): string => `${personHref(id)}/returner?former=${formerId}`

export function usersHref(fields: {
  readonly q?: string | undefined
  readonly filter?: string | undefined
  readonly after?: string | undefined
}): string {
  const query = new URLSearchParams(Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
  const text = query.toString()
  return text === '' ? USERS_PATH : `${USERS_PATH}?${text}`
}
