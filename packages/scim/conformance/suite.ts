// All checks, in the order in which they run.
import { bulk } from './checks/bulk.ts'
import { create } from './checks/create.ts'
import { cursor } from './checks/cursor.ts'
import { discovery } from './checks/discovery.ts'
import { filter } from './checks/filter.ts'
import { groups } from './checks/groups.ts'
import { auth, errors, etag, mediaTypes } from './checks/http.ts'
import { paging } from './checks/page.ts'
import { patchAdd } from './checks/patch-add.ts'
import { patchRemove } from './checks/patch-remove.ts'
import { patchReplace } from './checks/patch-replace.ts'
import { patchRequest } from './checks/patch-request.ts'
import { projection, search } from './checks/projection.ts'
import { put, remove } from './checks/put.ts'
import { retrieve } from './checks/retrieve.ts'
import { schemas } from './checks/schemas.ts'
import { sort } from './checks/sort.ts'
import { values } from './checks/values.ts'
import type { Feature } from './check.ts'

export const FEATURES: readonly Feature[] = [
  discovery,
  schemas,
  create,
  values,
  retrieve,
  filter,
  sort,
  paging,
  cursor,
  projection,
  search,
  put,
  patchRequest,
  patchAdd,
  patchRemove,
  patchReplace,
  remove,
  groups,
  bulk,
  etag,
  mediaTypes,
  errors,
  auth,
]
