// Ids that the server makes up.
import { randomUUID } from 'node:crypto'

/** A UUID of version 7 (RFC 9562 section 5.7): sorts by the time given, to the millisecond; 74 bits are random. */
export function uuidV7(time: Date): string {
  const ms = time.getTime().toString(16).padStart(12, '0')
  // Version 4 has its random bits in the same places, and its randomness is drawn for many at once.
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7${randomUUID().slice(15)}`
}
