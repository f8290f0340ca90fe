// The envelope of every query's answer (RFC 7644 section 3.4.2, RFC 9865 section 2).
import type { Elements } from '../provider/store.ts'
import { LIST_RESPONSE_URN } from '../urns.ts'

export type ListResponse = {
  readonly total: number
  /** Only in index paging. */
  readonly startIndex: number | undefined
  /** Only in cursor paging, and only when there is another page. */
  readonly nextCursor: string | undefined
  /** Each resource as pieces of JSON text. */
  readonly resources: readonly (readonly Elements[])[]
}

/** The message as pieces of JSON text. `Resources` is always there, because clients index it without looking (idp-wire RC-2). */
export function listResponse({ total, startIndex, nextCursor, resources }: ListResponse): readonly Elements[] {
  const head = { schemas: [LIST_RESPONSE_URN], totalResults: total, startIndex, itemsPerPage: resources.length, nextCursor }
  const pieces: Elements[] = [JSON.stringify(head).slice(0, -1), ',"Resources":[']
  for (const [index, resource] of resources.entries()) {
    if (index > 0) pieces.push(',')
    pieces.push(...resource)
  }
  pieces.push(']}')
  return pieces
}
