// Forms that were sent, read once: bytes → fields → the value a schema makes of them, or what is wrong with which field.
import type { z } from 'zod'
import { HttpError, type HttpRequest } from '../http/message.ts'

/** Octets of a form; the largest holds a few hundred rules. */
export const FORM_BYTES_MAX = 256 * 1024

/** What was entered, to be shown again beside what is wrong with it. */
export type Entered = {
  /** As text, by field; the first value where a field came more than once. */
  readonly values: Readonly<Record<string, string>>
  /** What is wrong, by field. Empty for a form that nobody has sent yet. */
  readonly problems: Readonly<Record<string, string>>
}

export const NOTHING_ENTERED: Entered = { values: {}, problems: {} }

export type Reading<T> = { readonly kind: 'right'; readonly value: T } | ({ readonly kind: 'wrong' } & Entered)

/** Throws an `HttpError`: 415 for anything but a form, 400 for bytes that are no text, 413 past the limit. */
export async function readForm(request: HttpRequest): Promise<URLSearchParams> {
  const type = request.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  const body = await request.body(FORM_BYTES_MAX)
  if (body === undefined) return new URLSearchParams()
  if (type !== 'application/x-www-form-urlencoded') {
    throw new HttpError({ status: 415, detail: 'A form must be sent as application/x-www-form-urlencoded.' })
  }
  return new URLSearchParams(body.toString('latin1'))
}

/** Checks the fields of a form. A field that came once is a text, one that came more often a list of texts; NUL is refused. */
export function checkForm<T>(schema: z.ZodType<T>, form: URLSearchParams): Reading<T> {
  const names = [...new Set(form.keys())]
  const values = Object.fromEntries(names.map((name) => [name, form.get(name)?.replaceAll('\0', '\uFFFD') ?? '']))
  const fields = names.map((name) => {
    const all = form.getAll(name).map((text) => text.replaceAll('\0', '\uFFFD'))
    return [name, all.length === 1 ? all[0] : all]
  })
  const parsed = schema.safeParse(Object.fromEntries(fields))
  if (parsed.success) return { kind: 'right', value: parsed.data }
  const problems: Record<string, string> = {}
  for (const { path, message } of parsed.error.issues) problems[String(path[0] ?? '')] ??= message
  return { kind: 'wrong', values, problems }
}
