// All checks, in the order in which they run.
import { auth } from './checks/auth.ts'
import { bulk } from './checks/bulk.ts'
import { create } from './checks/create.ts'
import { cursor } from './checks/cursor.ts'
import { remove } from './checks/delete.ts'
import { discovery } from './checks/discovery.ts'
import { errors } from './checks/errors.ts'
import { etag } from './checks/etag.ts'
import { filter } from './checks/filter.ts'
import { groups } from './checks/groups.ts'
import { mediaTypes } from './checks/media-types.ts'
import { paging } from './checks/page.ts'
import { patchAdd } from './checks/patch-add.ts'
import { patchRemove } from './checks/patch-remove.ts'
import { patchReplace } from './checks/patch-replace.ts'
import { patchRequest } from './checks/patch-request.ts'
import { projection } from './checks/projection.ts'
import { put } from './checks/put.ts'
import { retrieve } from './checks/retrieve.ts'
import { schemas } from './checks/schemas.ts'
import { search } from './checks/search.ts'
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
