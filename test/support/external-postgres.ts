// A PostgreSQL of the distribution, if there is one: the server's tests run on it too, because production uses other versions than ours.
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'

const DEBIAN = '/usr/lib/postgresql'
/** The oldest version that the product supports. */
const MAJOR_MIN = 14

/** The newest supported installation, or undefined. */
export function externalPostgres(): { readonly directory: string; readonly major: number } | undefined {
  if (!existsSync(DEBIAN)) return undefined
  const majors = readdirSync(DEBIAN)
    .map(Number)
    .filter((major) => major >= MAJOR_MIN && existsSync(path.join(DEBIAN, String(major), 'bin/initdb')))
  if (majors.length === 0) return undefined
  const major = Math.max(...majors)
  return { directory: path.join(DEBIAN, String(major), 'bin'), major }
}
