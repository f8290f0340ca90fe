// An OpenAPI document as a test walks it: its operations, inputs made from its schemas, and answers held against it.
import { Ajv2020 } from 'ajv/dist/2020.js'
import { z } from 'zod'
import type { Dice } from '../../scripts/fuzz/dice.ts'
import { valueAt } from './json-pointer.ts'

const schemaSchema = z.looseObject({ schema: z.looseObject({}).optional() })
const operationSchema = z.object({
  operationId: z.string(),
  parameters: z.array(z.looseObject({})).default([]),
  requestBody: z.object({ content: z.record(z.string(), schemaSchema) }).optional(),
  responses: z.record(z.string(), z.looseObject({})),
})
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const

export type Parameter = { readonly name: string; readonly in: string; readonly schema: unknown }
export type DescribedOperation = {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly parameters: readonly Parameter[]
  readonly body: unknown
  readonly statuses: readonly string[]
}

export function readOpenApi(document: object) {
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: FORMATS })
  ajv.addSchema(document, 'doc')
  const resolve = (value: unknown): unknown => {
    const reference = valueAt(value, '/$ref')
    return typeof reference === 'string' ? resolve(valueAt(document, reference.slice(1))) : value
  }
  const paths = z.object({ paths: z.record(z.string(), z.looseObject({})) }).parse(document).paths
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method): DescribedOperation[] => {
      if (item[method] === undefined) return []
      const { operationId, parameters, requestBody, responses } = operationSchema.parse(item[method])
      const shared = Array.isArray(item['parameters']) ? item['parameters'] : []
      const all = [...shared, ...parameters].map((parameter) => parameterSchema.parse(resolve(parameter)))
      const body = Object.values(requestBody?.content ?? {})[0]?.schema
      return [{ id: operationId, method, path, parameters: all, body, statuses: Object.keys(responses) }]
    }),
  )
  return {
    operations,
    /** What about an answer is not as the document says. */
    problems: (operation: DescribedOperation, answer: { status: number; type: string | null; text: string }): string[] => {
      const { method, path } = operation
      const place = `/paths/${path.replaceAll('~', '~0').replaceAll('/', '~1')}/${method}/responses/${answer.status}`
      const response = valueAt(document, place)
      if (response === undefined) return [`status ${answer.status} is not declared`]
      const reference = valueAt(response, '/$ref')
      const at = typeof reference === 'string' ? reference.slice(1) : place
      const content = valueAt(document, `${at}/content`)
      if (content === undefined) return answer.text === '' ? [] : [`status ${answer.status} has a body and none is declared`]
      const type = (answer.type ?? '').split(';')[0]?.trim() ?? ''
      if (valueAt(content, `/${type.replaceAll('/', '~1')}`) === undefined) return [`Content-Type ${type} is not declared`]
      if (!type.endsWith('json')) return []
      const pointer = `${at}/content/${type.replaceAll('/', '~1')}/schema`
      const validate = ajv.compile({ $ref: `doc#${pointer.split('/').map(encodeURIComponent).join('/')}` })
      if (validate(JSON.parse(answer.text))) return []
      return (validate.errors ?? []).slice(0, 3).map((error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`)
    },
    /** A value that the schema takes. */
    sample: (schema: unknown, dice: Dice) => sample(resolve, schema, { dice, depth: 0 }),
    resolve,
  }
}

const parameterSchema = z.object({ name: z.string(), in: z.string(), schema: z.unknown() })

const FORMATS = {
  'date-time': /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/,
  date: /^\d{4}-\d{2}-\d{2}$/,
}

type Sampling = { readonly dice: Dice; readonly depth: number }

function sample(resolve: (value: unknown) => unknown, given: unknown, { dice, depth }: Sampling): unknown {
  const schema = resolve(given)
  const at = (pointer: string) => valueAt(schema, pointer)
  const deeper = (inner: unknown) => sample(resolve, inner, { dice, depth: depth + 1 })
  const listed = [at('/examples'), at('/enum')].find(Array.isArray)
  if (listed !== undefined && listed.length > 0) return listed[dice.below(listed.length)]
  if (at('/const') !== undefined) return at('/const')
  if (at('/default') !== undefined && dice.oneIn(2)) return at('/default')
  const alternatives = [at('/anyOf'), at('/oneOf')].find(Array.isArray)
  if (alternatives !== undefined) return deeper(alternatives[dice.below(alternatives.length)])
  const types = at('/type')
  const type: unknown = Array.isArray(types) ? types[0] : types
  switch (type) {
    case 'object':
      return sampleObject(schema, { dice, depth }, deeper)
    case 'array': {
      const least = Number(at('/minItems') ?? 0)
      const count = depth > 4 ? least : Math.max(least, Math.min(dice.below(3), Number(at('/maxItems') ?? 2)))
      return Array.from({ length: count }, () => deeper(at('/items')))
    }
    case 'boolean':
      return dice.oneIn(2)
    case 'integer':
    case 'number':
      return Number(at('/minimum') ?? 0) + dice.below(Math.min(3, Number(at('/maximum') ?? 3) - Number(at('/minimum') ?? 0)) + 1)
    case 'null':
      return null
    default:
      return sampleText(schema, dice)
  }
}

function sampleObject(schema: unknown, { dice, depth }: Sampling, deeper: (inner: unknown) => unknown): Record<string, unknown> {
  const required = z.array(z.string()).default([]).parse(valueAt(schema, '/required'))
  const properties = z.record(z.string(), z.unknown()).default({}).parse(valueAt(schema, '/properties'))
  const wanted = Object.entries(properties).filter(([name]) => required.includes(name) || (depth < 3 && dice.oneIn(3)))
  return Object.fromEntries(wanted.map(([name, inner]) => [name, deeper(inner)]))
}

function sampleText(schema: unknown, dice: Dice): string {
  const format = valueAt(schema, '/format')
  if (format === 'date-time') return '2026-01-02T03:04:05Z'
  if (format === 'date') return '2026-01-02'
  if (valueAt(schema, '/contentEncoding') === 'base64') return 'QUJD'
  const least = Number(valueAt(schema, '/minLength') ?? 0)
  return `text ${dice.below(1e9)}`.padEnd(least, 'x').slice(0, Number(valueAt(schema, '/maxLength') ?? 64))
}

/** A value that is not what it should be, in one place. */
export function broken(value: unknown, dice: Dice): unknown {
  if (Array.isArray(value) && value.length > 0 && dice.oneIn(2))
    return [broken(value[0], dice), ...value.slice(1).map((item: unknown) => item)]
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const names = Object.keys(value)
    const name = names[dice.below(names.length)]
    if (name === undefined) return 'no object'
    if (dice.oneIn(3)) return Object.fromEntries(Object.entries(value).filter(([other]) => other !== name))
    return { ...value, [name]: broken(valueAt(value, `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`), dice) }
  }
  return dice.pick<unknown>([null, 7, -1, true, '', [], {}, [[]], 'x'.repeat(70_000), { a: 1 }])
}
