// The file: a ZIP, so that any tool can look inside. One entry for each table, the manifest last. Both ways stream; nothing is held whole
// but the manifest.
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { PassThrough, type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Entry, openPromise, type ZipFile as Unzip } from 'yauzl'
import { ZipFile } from 'yazl'
import { BackupUnusable, type Manifest, parseManifest, type TableEntry } from './manifest.ts'

const MANIFEST = 'manifest.json'
const MANIFEST_BYTES_MAX = 16 * 1024 * 1024
const entryOf = (table: string) => `tables/${table}.copy`

export type Digest = { readonly bytes: number; readonly sha256: string }
/** Told of bytes as they pass. */
export type OnBytes = (bytes: number) => void

export type ArchiveWriter = {
  /** Adds what a table holds; resolves when all of it has been taken. */
  readonly table: (name: string, rows: Readable, onBytes: OnBytes) => Promise<Digest>
  readonly finish: (manifest: string) => Promise<void>
}

/**
 * Writes a file that has its name only when `run` ended well and all of it is on disk; a file of that name is replaced then.
 * For the owner's eyes only.
 */
export async function writeArchive<T>(file: string, run: (writer: ArchiveWriter) => Promise<T>): Promise<T> {
  const unfinished = `${file}.unfinished-${process.pid}`
  const zip = new ZipFile()
  const output = new PassThrough()
  zip.outputStream.pipe(output)
  zip.once('error', (error: Error) => output.destroy(error))
  const written = pipeline(output, createWriteStream(unfinished, { flags: 'wx', mode: 0o600, flush: true }))
  // Whatever fails first is told; the other failure is its consequence.
  written.catch(() => undefined)
  try {
    const result = await Promise.race([run(writerOf(zip, written)), failureOf(written)])
    await written
    await rename(unfinished, file)
    await syncFolder(path.dirname(path.resolve(file)))
    return result
  } catch (error) {
    output.destroy()
    await written.catch(() => undefined)
    await rm(unfinished, { force: true })
    throw error
  }
}

function writerOf(zip: ZipFile, written: Promise<void>): ArchiveWriter {
  return {
    async table(name, rows, onBytes) {
      const entry = new PassThrough()
      const meter = measure(onBytes)
      zip.addReadStream(entry, entryOf(name))
      await pipeline(rows, meter.stream, entry)
      return meter.digest()
    },
    async finish(manifest) {
      zip.addBuffer(Buffer.from(manifest), MANIFEST)
      zip.end()
      await written
    },
  }
}

/** Never resolves. */
function failureOf(work: Promise<void>): Promise<never> {
  return new Promise((_, reject) => {
    work.catch(reject)
  })
}

export type ArchiveReader = {
  readonly manifest: Manifest
  /** What a table held, as it is read; at its end it throws BackupUnusable unless it is what was written. */
  readonly table: (entry: TableEntry, onBytes: OnBytes) => Promise<Readable>
}

/** Opens a backup and reads what it says about itself. Throws BackupUnusable. */
export async function readArchive<T>(file: string, run: (reader: ArchiveReader) => Promise<T>): Promise<T> {
  const zip = await openPromise(file, { autoClose: false, lazyEntries: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error) throw error
    throw new BackupUnusable('It is not a backup, or it was cut off.', { cause: error })
  })
  try {
    const entries = await entriesOf(zip)
    const found = entries.get(MANIFEST)
    if (found === undefined || found.uncompressedSize > MANIFEST_BYTES_MAX) throw new BackupUnusable('It is not a backup of this product.')
    const manifest = parseManifest(await textOf(await zip.openReadStreamPromise(found)))
    return await run({ manifest, table: (entry, onBytes) => openTable({ zip, entries, entry, onBytes }) })
  } finally {
    zip.close()
  }
}

async function entriesOf(zip: Unzip): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>()
  try {
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry)
  } catch (error) {
    throw new BackupUnusable('Its directory is damaged.', { cause: error })
  }
  return entries
}

type Wanted = {
  readonly zip: Unzip
  readonly entries: ReadonlyMap<string, Entry>
  readonly entry: TableEntry
  readonly onBytes: OnBytes
}

async function openTable({ zip, entries, entry, onBytes }: Wanted): Promise<Readable> {
  const found = entries.get(entryOf(entry.name))
  if (found === undefined) throw new BackupUnusable(`The table ${entry.name} is missing.`)
  const damaged = (cause?: unknown) => new BackupUnusable(`The table ${entry.name} is damaged.`, { cause })
  const source = await zip.openReadStreamPromise(found).catch((error: unknown) => {
    throw damaged(error)
  })
  const meter = measure(onBytes, () => {
    const { bytes, sha256 } = meter.digest()
    return bytes === entry.bytes && sha256 === entry.sha256 ? undefined : damaged()
  })
  source.once('error', (error) => meter.stream.destroy(damaged(error)))
  return source.pipe(meter.stream)
}

/** Passes bytes on and measures them; `judge` may turn the end into an error. */
function measure(onBytes: OnBytes, judge: () => Error | undefined = () => undefined) {
  const hash = createHash('sha256')
  let bytes = 0
  let digest: Digest | undefined
  const stream = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk)
      bytes += chunk.length
      onBytes(chunk.length)
      done(null, chunk)
    },
    flush(done) {
      done(judge() ?? null)
    },
  })
  return { stream, digest: () => (digest ??= { bytes, sha256: hash.digest('hex') }) }
}

async function textOf(stream: Readable): Promise<string> {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-argument -- chunks of a byte stream
    return Buffer.concat(await stream.toArray()).toString()
  } catch (error) {
    throw new BackupUnusable('Its list of contents is damaged.', { cause: error })
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
