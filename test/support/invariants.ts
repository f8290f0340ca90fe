// What holds for every answer of a SCIM server, whatever was asked (idp-wire RC-9 to RC-12, RFC 7644 sections 3.8 and 3.12).
import { valueAt } from './json-pointer.ts'
import type { Answer, Exchange } from './wire.ts'

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error'
const CORE = ['urn:ietf:params:scim:schemas:core:2.0:User', 'urn:ietf:params:scim:schemas:core:2.0:Group']

/** Everything about an answer that no SCIM answer may be. `base` is the public service root. */
export function answerProblems(exchange: Exchange, answer: Answer, base: string): string[] {
  if (exchange.method === 'HEAD' || answer.status === 204 || answer.status === 304) {
    return answer.text === '' ? [] : [`status ${answer.status} has a body`]
  }
  let body: unknown
  try {
    body = answer.json()
  } catch {
    return [`the body is not JSON: ${answer.text.slice(0, 200)}`]
  }
  return [
    ...contentTypeProblems(exchange, answer),
    ...bodyProblems(body, base),
    ...(answer.status >= 400 ? errorProblems(answer, body) : []),
    ...(mentionsPassword(body) ? ['a member called "password" is in the answer'] : []),
  ]
}

function contentTypeProblems(exchange: Exchange, answer: Answer): string[] {
  const accept =
    new Map(Object.entries(exchange.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)])).get('accept') ?? '*/*'
  const plain = accept.includes('application/json') && !/scim\+json|\*/.test(accept)
  const wanted = plain ? 'application/json' : 'application/scim+json'
  const [type, ...parameters] = (answer.header('content-type') ?? '').toLowerCase().split(/\s*;\s*/)
  if (type !== wanted) return [`Content-Type is ${answer.header('content-type') ?? 'missing'}, not ${wanted}`]
  return parameters.every((parameter) => parameter === 'charset=utf-8') ? [] : [`Content-Type has parameters ${parameters.join('; ')}`]
}

function bodyProblems(body: unknown, base: string): string[] {
  const resources = valueAt(body, '/Resources')
  const items: unknown[] = Array.isArray(resources) ? [body, ...(resources as unknown[])] : [body]
  return items.flatMap((item) => {
    const schemas = valueAt(item, '/schemas')
    if (!Array.isArray(schemas) || schemas.length === 0) return ['there is no schemas list']
    const problems = CORE.some((urn) => schemas.includes(urn)) ? resourceProblems(item, base) : []
    return new Set(schemas).size === schemas.length ? problems : [...problems, 'schemas repeats a URN']
  })
}

function resourceProblems(resource: unknown, base: string): string[] {
  const id = valueAt(resource, '/id')
  if (typeof id !== 'string' || id === '') return ['a resource has no id']
  const location = valueAt(resource, '/meta/location')
  if (location === undefined) return []
  return typeof location === 'string' && location.startsWith(`${base}/`) && location.endsWith(`/${id}`)
    ? []
    : [`meta.location ${JSON.stringify(location)} is not below ${base}`]
}

function errorProblems(answer: Answer, body: unknown): string[] {
  const problems: string[] = []
  const schemas = valueAt(body, '/schemas')
  if (!Array.isArray(schemas) || !schemas.includes(ERROR)) problems.push('an error does not say that it is one in schemas')
  if (valueAt(body, '/status') !== String(answer.status)) problems.push(`the error's status is ${JSON.stringify(valueAt(body, '/status'))}`)
  const detail = valueAt(body, '/detail')
  if (typeof detail !== 'string' || detail === '') problems.push('an error has no detail')
  else if (/\bat .*:\d+:\d+|node_modules|\.ts\b|select .* from |syntax error at|pg_/i.test(detail)) {
    problems.push(`the detail shows the inside of the server: ${detail}`)
  }
  return problems
}

function mentionsPassword(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(mentionsPassword)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([name, item]) => name.toLowerCase() === 'password' || mentionsPassword(item))
}
