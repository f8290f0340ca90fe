// The last part of an account's own scope, `user:<org>:<slug>`: taken once from the user name, never changed, never given away again.

const SLUG_LENGTH_MAX = 64

/** `alice@example.com` → `alice`; letters with marks lose them, other characters become `-`. Never empty. */
export function accountSlug(userName: string): string {
  const local = userName.includes('@') ? userName.slice(0, userName.indexOf('@')) : userName
  const plain = local
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
  const trimmed = plain.replaceAll(/^[-.]+|[-.]+$/g, '').slice(0, SLUG_LENGTH_MAX)
  return trimmed === '' ? 'user' : trimmed
}
