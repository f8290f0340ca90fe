// Filters on parts of texts: by name and address, for somebody and for many.
import type { Bench, Scenario } from './bench.ts'
import { checked, filtered, numberIn } from './bodies.ts'
import { load } from './load.ts'
import { DISPLAY_NAME } from './people.ts'
import { measured } from './row.ts'

type Text = { readonly filter: string; readonly found: 'one' | 'some' | 'none' }

const textsOf = ({ people }: Bench): readonly Text[] => {
  const name = people.nameOf(Math.floor(people.count / 2))
  const [, family = ''] = DISPLAY_NAME.split(' ')
  return [
    { filter: `userName co "${name.slice(2)}"`, found: 'one' },
    { filter: `userName sw "${name}"`, found: 'one' },
    { filter: `userName ew "${name.slice(5)}@bench.example"`, found: 'one' },
    { filter: `userName co "nowhere"`, found: 'none' },
    { filter: `displayName co "${DISPLAY_NAME.slice(2)}"`, found: 'some' },
    { filter: `displayName sw "${DISPLAY_NAME}"`, found: 'some' },
    { filter: `displayName ew "${family}"`, found: 'some' },
    { filter: `emails.value co "${name.slice(2)}"`, found: 'one' },
    { filter: `emails.value sw "${name}"`, found: 'one' },
    { filter: `emails[value ew "${name.slice(5)}@bench.example"]`, found: 'one' },
    { filter: `userName co "${name.slice(2)}" or displayName co "nowhere"`, found: 'one' },
  ]
}

async function run(bench: Bench) {
  const rows = []
  for (const { filter, found } of textsOf(bench)) {
    const url = filtered(filter, '&count=100')
    const total = numberIn(await checked(bench.http, 'GET', url), 'totalResults')
    const isRight = found === 'one' ? total === 1 : found === 'none' ? total === 0 : total > 1
    if (!isRight) throw new Error(`${filter} finds ${total}`)
    const sample = await load({ ...bench.load, concurrency: 1 }, () => checked(bench.http, 'GET', url))
    // Every match is counted, so that a common name takes the longer the more bear it.
    rows.push(measured(`${filter.replace(/"[^"]*"/g, '…')}, ${found}`, sample, { note: `${total} found` }))
  }
  return rows
}

export const texts: readonly Scenario[] = [{ name: 'filters on texts', run }]
