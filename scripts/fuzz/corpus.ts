// What once went wrong, shrunk: one JSON string a line in corpus/fuzz/<target>.txt, replayed by the tests for ever.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

const FOLDER = path.join(import.meta.dirname, '../../corpus/fuzz')
const fileOf = (target: string): string => path.join(FOLDER, `${target}.txt`)

export function readCorpus(target: string): readonly string[] {
  const file = fileOf(target)
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  return lines.map((line) => {
    const input: unknown = JSON.parse(line)
    if (typeof input !== 'string') throw new Error(`${file}: a line is no JSON string: ${line}`)
    return input
  })
}

export function addToCorpus(target: string, input: string, why: string): void {
  appendFileSync(fileOf(target), `# ${why}\n${JSON.stringify(input)}\n`)
}
