// An HTTP/1.1 response in bytes that are still coming in.

export type Parsed = { readonly status: number; readonly head: string; readonly body: Buffer; readonly octets: number }

/** The first answer in these bytes, or undefined when it is not complete. `isHead`: it has no body, whatever its length says. */
export function parseAnswer(bytes: Buffer, isHead: boolean): Parsed | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const head = bytes.toString('latin1', 0, end)
  const status = Number(head.slice(9, 12))
  const start = end + 4
  if (isHead || status < 200 || status === 204 || status === 304) return { status, head, body: Buffer.alloc(0), octets: start }
  if (/^transfer-encoding: chunked\r?$/im.test(head)) return parseChunks(bytes, { status, head, start })
  const length = Number(/^content-length: (\d+)\r?$/im.exec(head)?.[1] ?? 0)
  if (bytes.length < start + length) return undefined
  return { status, head, body: bytes.subarray(start, start + length), octets: start + length }
}

function parseChunks(bytes: Buffer, { status, head, start }: { status: number; head: string; start: number }): Parsed | undefined {
  const chunks: Buffer[] = []
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd === -1) return undefined
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    const next = lineEnd + 2 + size + 2
    if (bytes.length < next) return undefined
    if (size === 0) return { status, head, body: Buffer.concat(chunks), octets: next }
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = next
  }
}
