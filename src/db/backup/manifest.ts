// What a backup says about itself. Written last: a file without it was never finished.
import { z } from 'zod'

/** Raised when files of the new form cannot be read by old programs. */
const FORMAT = 1

const tableSchema = z.object({
  name: z.string(),
  columns: z.array(z.string()).min(1),
  rows: z.int().min(0),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

const manifestSchema = z.object({
  format: z.literal(FORMAT),
  createdAt: z.iso.datetime(),
  /** Version of the PostgreSQL that it came from. */
  server: z.string(),
  /** The schema that the rows fit. */
  migrations: z.array(z.string()).min(1),
  /** First days of the months that have a partition of the audit log. */
  auditMonths: z.array(z.iso.date()),
  sequences: z.array(z.object({ name: z.string(), value: z.string().regex(/^\d+$/), called: z.boolean() })),
  tables: z.array(tableSchema),
})

export type Manifest = z.infer<typeof manifestSchema>
export type TableEntry = z.infer<typeof tableSchema>

/** The file is no backup, is damaged, or does not fit. The message says which. */
export class BackupUnusable extends Error {
  constructor(reason: string, options: { cause?: unknown } = {}) {
    super(reason, options)
    this.name = 'BackupUnusable'
  }
}

export function printManifest(facts: Omit<Manifest, 'format'>): string {
  const manifest: Manifest = { format: FORMAT, ...facts }
  return `${JSON.stringify(manifest, undefined, 1)}\n`
}

/** Throws BackupUnusable. */
export function parseManifest(text: string): Manifest {
  const parsed = manifestSchema.safeParse(jsonOf(text))
  if (parsed.success) return parsed.data
  throw new BackupUnusable('Its list of contents cannot be read: it is damaged, or was made by a newer version.')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BackupUnusable('Its list of contents is damaged.', { cause: error })
  }
}
