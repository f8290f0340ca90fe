// Secrets that people read from a screen and type: no letters or digits that look alike.
import { randomInt } from 'node:crypto'

const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'

/** Random groups, such as `k7vq-m2xd-…`; each character has almost five bits. */
export function randomGroups(groups: number, length: number): string {
  const group = () => Array.from({ length }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('')
  return Array.from({ length: groups }, group).join('-')
}
