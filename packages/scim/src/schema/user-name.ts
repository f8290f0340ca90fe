// What a userName may hold (RFC 7644 section 5: PRECIS, RFC 8265 section 3.3 over the IdentifierClass of RFC 8264).
// Spaces inside are the application's own construct (RFC 8265 section 3.5), GUIDs are what Entra probes with (RC-15). Of the rules
// that only keep scripts pure (symbols, compatibility characters, direction) none is applied: real directories hold such names,
// and two of them that fold to one text still collide.

/** Controls, formats, surrogates, private use, unassigned; invisible ones; separators but for the space; the replacement mark. */
const FORBIDDEN = /[\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\ufffd]|(?! )\p{Zs}/u

/** What is wrong with the userName, or undefined when it is fine [USR-01 I18-01]. */
export function checkUserName(userName: string): string | undefined {
  if (userName.trim() === '') return 'must not be blank'
  if (userName.trim() !== userName) return 'must not begin or end with a space'
  const found = FORBIDDEN.exec(userName)?.[0]?.codePointAt(0)
  if (found === undefined) return undefined
  return `must not hold the character U+${found.toString(16).toUpperCase().padStart(4, '0')}`
}
