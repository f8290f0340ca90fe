// The table of the pages of the permission graph.
import type { Page } from '../../web/pages.ts'
import type { MemberVisit } from '../../web/visit.ts'
import { groupActions } from './actions.ts'
import { groupPage } from './group.tsx'
import { groupsPage } from './list.tsx'
import { newGroupPage } from './new.tsx'

export const groupPages: readonly Page<MemberVisit>[] = [groupsPage, newGroupPage, groupPage, ...groupActions]
