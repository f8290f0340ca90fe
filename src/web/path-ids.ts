// Ids in the paths of pages. What cannot be one of ours is answered like one that never was.
import { HttpError } from '../http/message.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Throws an `HttpError` 404 for anything but a UUID. */
export function uuidIn(text: string, what: string): string {
  if (!UUID.test(text)) throw notThere(what)
  return text.toLowerCase()
}

/** The page of something that is not there, or not in this organisation. */
export const notThere = (what: string) => new HttpError({ status: 404, detail: `There is no such ${what}.` })
