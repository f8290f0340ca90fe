// Base 62 (digits, capitals, small letters: the order of ASCII) of fixed width, for tokens that survive every copy and paste.

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Writes a non-negative integer with exactly `width` base-62 digits. Throws a RangeError when it does not fit. */
export function encodeBase62(value: bigint, width: number): string {
  let rest = value
  let text = ''
  for (let i = 0; i < width; i++) {
    text = ALPHABET.charAt(Number(rest % 62n)) + text
    rest /= 62n
  }
  if (rest !== 0n) throw new RangeError(`${value} has more than ${width} base-62 digits`)
  return text
}

/** The same for bytes, read as one big-endian number. */
export function encodeBase62Bytes(bytes: Uint8Array, width: number): string {
  return encodeBase62(BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`), width)
}

/** Whether a text is made of base-62 digits only and has the given length. */
export function isBase62(text: string, length: number): boolean {
  return text.length === length && /^[0-9A-Za-z]*$/.test(text)
}
