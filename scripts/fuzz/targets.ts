// All that is fuzzed.
import type { Target } from './target.ts'
import { bulkTarget } from './targets/bulk.ts'
import { filterTarget } from './targets/filter.ts'
import { headersTarget } from './targets/headers.ts'
import { jsonTarget } from './targets/json.ts'
import { patchTarget, pathTarget } from './targets/patch.ts'
import { queryTarget } from './targets/query.ts'

export const TARGETS: readonly Target[] = [filterTarget, pathTarget, patchTarget, bulkTarget, queryTarget, jsonTarget, headersTarget]
