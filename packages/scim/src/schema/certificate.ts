// Certificates arrive as base64 of DER (RFC 7643 section 4.1.2, x509Certificates).

const SEQUENCE = 0x30
const LONG_FORM = 0x80
/** Longer lengths than four octets would be gigabytes. */
const LENGTH_OCTETS_MAX = 4

/**
 * What is wrong with the value: several certificates in one, which RFC 7643 forbids. Octets that are no DER are let through: they are
 * opaque to us, and a public conformance suite sends random ones.
 */
export function checkCertificate(base64: string): string | undefined {
  const end = base64.indexOf('=')
  const octets = Uint8Array.from(atob(end === -1 ? base64 : base64.slice(0, end)), (character) => character.charCodeAt(0))
  return countSequences(octets) > 1 ? 'must be base64 of exactly one DER encoded certificate' : undefined
}

/** How many DER SEQUENCEs follow one another from the first octet to exactly the last; 0 when they do not fill the value. */
function countSequences(octets: Uint8Array): number {
  let count = 0
  for (let offset = 0; offset < octets.length; count += 1) {
    const length = encodedLength(octets.subarray(offset, offset + 2 + LENGTH_OCTETS_MAX))
    if (length === undefined || offset + length > octets.length) return 0
    offset += length
  }
  return count
}

/** Octets of the SEQUENCE with its header, or undefined when none begins here. */
function encodedLength(head: Uint8Array): number | undefined {
  const [tag, first = 0, ...rest] = head
  if (tag !== SEQUENCE) return undefined
  if (first < LONG_FORM) return 2 + first
  const octets = first - LONG_FORM
  if (octets === 0 || octets > LENGTH_OCTETS_MAX || octets > rest.length) return undefined
  return rest.slice(0, octets).reduce((length, octet) => length * 256 + octet, 0) + 2 + octets
}
