// What a password has to be: long, and nothing that everybody knows who knows the name. No rules about kinds of characters: they make
// passwords that are hard to remember and easy to guess (NIST SP 800-63B section 3.1.1.2).

export const PASSWORD_LENGTH_MIN = 12
export const PASSWORD_LENGTH_MAX = 256
const DIFFERENT_MIN = 5

/** By which names a person is known. */
export type Names = { readonly userName: string; readonly displayName: string | null; readonly email: string | null }

/** What is wrong with a new password; undefined when it may be used. */
export function passwordProblem(password: string, names: Names): string | undefined {
  const characters = Array.from(password.normalize('NFKC'))
  if (characters.length < PASSWORD_LENGTH_MIN)
    return `Use at least ${PASSWORD_LENGTH_MIN} characters. A few unrelated words are easy to remember.`
  if (characters.length > PASSWORD_LENGTH_MAX) return `Use at most ${PASSWORD_LENGTH_MAX} characters.`
  if (new Set(characters).size < DIFFERENT_MIN) return `Use at least ${DIFFERENT_MIN} different characters.`
  if (isAName(password, names)) return 'Do not use your name or address, with or without digits.'
  return undefined
}

/** Whether nothing is left of a password but a name, once or several times, and what stands around its letters. */
function isAName(password: string, { userName, displayName, email }: Names): boolean {
  const letters = lettersOf(password)
  const names = [userName, displayName ?? '', email ?? ''].flatMap((name) => [name, name.split('@', 1)[0] ?? ''])
  return letters !== '' && names.map(lettersOf).some((name) => name !== '' && letters.replaceAll(name, '') === '')
}

const lettersOf = (text: string) =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}]/gu, '')
