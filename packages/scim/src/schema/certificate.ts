// Certificates arrive as base64 of DER (RFC 7643 section 4.1.2, x509Certificates).

const SEQUENCE = 0x30
const LONG_FORM = 0x80
/** Longer lengths than four octets would be gigabytes. */
const LENGTH_OCTETS_MAX = 4

/** What is wrong with the value, unless it is one whole DER SEQUENCE, as a certificate is: not two of them, not a PEM text. */
export function checkCertificate(base64: string): string | undefined {
  const bare = withoutPadding(base64)
  const head = Array.from(atob(bare.slice(0, 8)), (character) => character.charCodeAt(0))
  const length = encodedLength(head)
  if (length === undefined) return 'must be base64 of a DER encoded certificate, not of a PEM text or of anything else'
  return length === Math.floor((bare.length * 3) / 4) ? undefined : 'must be base64 of exactly one whole DER encoded certificate'
}

/** Octets of the SEQUENCE with its header, or undefined when none begins here. */
function encodedLength(head: readonly number[]): number | undefined {
  const [tag, first = 0, ...rest] = head
  if (tag !== SEQUENCE) return undefined
  if (first < LONG_FORM) return 2 + first
  const octets = first - LONG_FORM
  if (octets === 0 || octets > LENGTH_OCTETS_MAX || octets > rest.length) return undefined
  return rest.slice(0, octets).reduce((length, octet) => length * 256 + octet, 0) + 2 + octets
}

function withoutPadding(base64: string): string {
  const end = base64.indexOf('=')
  return end === -1 ? base64 : base64.slice(0, end)
}
