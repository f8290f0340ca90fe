// Reads dateTime values (RFC 7643 section 2.3.5, xsd:dateTime) into a text whose order is the order of time.

const DATE_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))$/
const DAY_MS = 86_400_000

/**
 * The instant as `YYYY-MM-DDTHH:MM:SS.ffffffZ`, or undefined when the text is no dateTime. A time zone is asked for: without one
 * it is no instant. Digits past the microsecond are cut off; the year in UTC is one of 0001 to 9999 (xsd:dateTime has no year 0).
 */
export function utcDateTime(text: string): string | undefined {
  const [, local = '', fraction = '', sign, hours = '0', minutes = '0'] = DATE_TIME.exec(text) ?? []
  const localMs = parseLocal(local, fraction)
  const offsetMinutes = Number(hours) * 60 + Number(minutes)
  if (localMs === undefined || offsetMinutes > 14 * 60 || Number(minutes) > 59) {
    return undefined
  }
  const utc = new Date(localMs - (sign === '-' ? -offsetMinutes : offsetMinutes) * 60_000).toISOString()
  // Years outside 0 to 9999 are written with a sign.
  return /^\d/.test(utc) && !utc.startsWith('0000') ? `${utc.slice(0, 19)}.${fraction.slice(0, 6).padEnd(6, '0')}Z` : undefined
}

/** Milliseconds since 1970 of the whole seconds. The engine would take 30 February for 2 March, so the way back is compared. */
function parseLocal(local: string, fraction: string): number | undefined {
  // xsd:dateTime writes the end of a day as 24:00:00 too.
  const isDayEnd = local.endsWith('T24:00:00') && !/[1-9]/.test(fraction)
  const text = isDayEnd ? local.replace('T24', 'T00') : local
  const ms = Date.parse(`${text}Z`)
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 19) !== text) {
    return undefined
  }
  return isDayEnd ? ms + DAY_MS : ms
}
