import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utcDateTime } from '../../src/filter/date-time.ts'

describe('dateTime', () => {
  test.each([
    ['2011-05-13T04:42:34Z', '2011-05-13T04:42:34.000000Z'],
    ['2011-05-13T06:42:34+02:00', '2011-05-13T04:42:34.000000Z'],
    ['2011-05-12T23:12:34.5-05:30', '2011-05-13T04:42:34.500000Z'],
    ['2011-05-13T04:42:34.123456Z', '2011-05-13T04:42:34.123456Z'],
    ['2011-05-13T04:42:34.1234569Z', '2011-05-13T04:42:34.123456Z'],
    ['2011-05-13T04:42:34.000Z', '2011-05-13T04:42:34.000000Z'],
    [`2011-05-13T04:42:34.${'9'.repeat(40)}Z`, '2011-05-13T04:42:34.999999Z'],
    ['2012-02-29T00:00:00Z', '2012-02-29T00:00:00.000000Z'],
    ['2000-02-29T00:00:00-00:00', '2000-02-29T00:00:00.000000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000000Z'],
    ['0099-12-31T23:59:59Z', '0099-12-31T23:59:59.000000Z'],
    ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
    ['2011-12-31T24:00:00Z', '2012-01-01T00:00:00.000000Z'],
    ['2011-12-31T24:00:00.000+14:00', '2011-12-31T10:00:00.000000Z'],
    ['1969-12-31T23:59:59.25Z', '1969-12-31T23:59:59.250000Z'],
  ])('%s is %s [FLT-29]', (text, expected) => {
    expect(utcDateTime(text)).toBe(expected)
  })

  test.each([
    '',
    'yesterday',
    '2011-05-13',
    '2011-05-13T04:42:34',
    '2011-05-13T04:42Z',
    '2011-05-13 04:42:34Z',
    '2011-05-13t04:42:34z',
    '2011-5-13T04:42:34Z',
    '2011-05-13T04:42:34.Z',
    '2011-05-13T04:42:34,5Z',
    '2011-05-13T04:42:34+0200',
    '2011-05-13T04:42:34+14:01',
    '2011-05-13T04:42:34+02:60',
    '2011-05-13T04:42:60Z',
    '2011-05-13T04:60:34Z',
    '2011-05-13T24:00:01Z',
    '2011-05-13T24:00:00.5Z',
    '2011-05-13T25:00:00Z',
    '2011-02-29T00:00:00Z',
    '2011-02-30T00:00:00Z',
    '2011-04-31T00:00:00Z',
    '2011-00-13T00:00:00Z',
    '2011-13-13T00:00:00Z',
    '2011-05-00T00:00:00Z',
    '2011-05-32T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    '9999-12-31T24:00:00Z',
    '-2011-05-13T04:42:34Z',
    '12011-05-13T04:42:34Z',
    '2011-05-13T04:42:34Z\n',
    ' 2011-05-13T04:42:34Z',
    '20110513T044234Z',
    '1305261754',
  ])('%j is none [JSN-11 FLT-30 G7]', (text) => {
    expect(utcDateTime(text)).toBeUndefined()
  })

  test('the order of the texts is the order of the instants, whatever the offsets [FLT-29]', () => {
    const instant = fc.record({
      date: fc.date({ min: new Date('0001-01-03T00:00:00Z'), max: new Date('9999-12-29T00:00:00Z'), noInvalidDate: true }),
      offsetMinutes: fc.integer({ min: -14 * 60, max: 14 * 60 }),
    })
    const write = ({ date, offsetMinutes }: { date: Date; offsetMinutes: number }) => {
      const local = new Date(date.getTime() + offsetMinutes * 60_000).toISOString().slice(0, -1)
      const size = Math.abs(offsetMinutes)
      const pad = (number: number) => String(number).padStart(2, '0')
      return `${local}${offsetMinutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`
    }
    fc.assert(
      fc.property(instant, instant, (left, right) => {
        const texts = [utcDateTime(write(left)), utcDateTime(write(right))]
        expect(texts[0]).toBe(`${left.date.toISOString().slice(0, -1)}000Z`)
        expect((texts[0] ?? '') < (texts[1] ?? '')).toBe(left.date < right.date)
      }),
    )
  })
})
