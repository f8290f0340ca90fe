// Makes a failing input smaller: pieces are taken out, larger ones first, as long as it still fails (delta debugging).

const ATTEMPTS_MAX = 400

export async function shrink(input: string, fails: (candidate: string) => Promise<boolean>): Promise<string> {
  let smallest = input
  let attempts = 0
  for (let piece = Math.ceil(smallest.length / 2); piece >= 1 && attempts < ATTEMPTS_MAX; ) {
    let shorter = false
    for (let at = 0; at < smallest.length && attempts < ATTEMPTS_MAX; ) {
      const candidate = smallest.slice(0, at) + smallest.slice(at + piece)
      attempts++
      if (await fails(candidate)) {
        smallest = candidate
        shorter = true
      } else at += piece
    }
    if (!shorter || piece > smallest.length) piece = Math.floor(piece / 2)
  }
  return smallest
}
