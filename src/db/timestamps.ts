// Timestamps as the database writes them. A page of a hundred people holds two hundred: the driver's own reading, of any form that PostgreSQL
// may be set to, takes a tenth of the time that the server has for such a page.
import { types, TypeOverrides } from 'pg'

const { TIMESTAMPTZ } = types.builtins
const readAnyForm = readerOf(types.getTypeParser(TIMESTAMPTZ))

/** The driver's readers of values, with ours for timestamps. */
export function valueReaders(): TypeOverrides {
  const readers = new TypeOverrides()
  readers.setTypeParser(TIMESTAMPTZ, readTimestamp)
  return readers
}

/** The form of all sessions of the pool, in UTC: with up to three digits of a second's fraction, as columns have it. */
const OURS = /^[1-9]\d{3}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,3})?\+00$/

/** `2026-11-30 23:59:43.12+00`; any other form is the driver's business. */
export function readTimestamp(text: string): unknown {
  if (!OURS.test(text)) return readAnyForm(text)
  const [year, month, day] = [numberAt(text, 0, 4), numberAt(text, 5, 2), numberAt(text, 8, 2)]
  const ms = (numberAt(text, 20, 1) * 10 + numberAt(text, 21, 1)) * 10 + numberAt(text, 22, 1)
  return new Date(Date.UTC(year, month - 1, day, numberAt(text, 11, 2), numberAt(text, 14, 2), numberAt(text, 17, 2), ms))
}

const [ZERO, NINE] = [48, 57]

/** Of so many characters; what is no digit counts as 0, so that a fraction may be short. */
function numberAt(text: string, from: number, length: number): number {
  let number = 0
  for (let i = from; i < from + length; i++) {
    const code = text.charCodeAt(i)
    number = number * 10 + (code >= ZERO && code <= NINE ? code - ZERO : 0)
  }
  return number
}

function readerOf(parser: unknown): (text: string) => unknown {
  if (!isReader(parser)) throw new TypeError('the driver cannot read timestamps')
  return parser
}

function isReader(parser: unknown): parser is (text: string) => unknown {
  return typeof parser === 'function'
}
