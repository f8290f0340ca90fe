// The part of the setup that turns: from waiting for the first request to what has arrived.
import type { ComponentChildren } from 'preact'
import { readStrangers, readTrail, type Stranger, type TokenTrail } from '../../auth/token-trail.ts'
import type { ScimToken } from '../../auth/scim-tokens.ts'
import { LinkButton } from '../../web/components/button.tsx'
import { Callout } from '../../web/components/notice-bar.tsx'
import { Time } from '../../web/components/time.tsx'
import { page } from '../../web/pages.ts'
import { renderPart } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { getToken } from '../tokens/token.tsx'
import { isLive, Status } from '../tokens/token-state.tsx'
import { Refusals, Strangers } from '../tokens/refusals.tsx'

export type Progress = { readonly token: ScimToken; readonly trail: TokenTrail; readonly strangers: readonly Stranger[] }

export async function loadProgress({ work, principal }: MemberVisit, token: ScimToken): Promise<Progress> {
  const { orgId } = principal
  const trail = await readTrail(work, orgId, token.id)
  // Once the right token has come, what else knocks is no business of the setup.
  const strangers = token.firstUsedAt === null ? await readStrangers(work, orgId, token.createdAt) : []
  return { token, trail, strangers }
}

export const progressPart = page('/admin/scim/setup/progress/:id', {
  async show(visit: MemberVisit, { id }) {
    return renderPart(visit, <ProgressPart progress={await loadProgress(visit, await getToken(visit, id))} />)
  },
})

/** Whether there is more to wait for. */
export const isWaiting = ({ token, trail }: Progress) =>
  isLive(token) && (token.firstUsedAt === null || trail.firstUser === undefined || trail.firstGroup === undefined)

export function ProgressPart({ progress }: { readonly progress: Progress }) {
  const { token, trail, strangers } = progress
  const live = isWaiting(progress) ? { 'data-live': `/admin/scim/setup/progress/${token.id}` } : {}
  return (
    <div class="stack" id="progress" aria-live="polite" {...live}>
      {isLive(token) ? null : (
        <Callout tone="bad" title={`This token is ${token.state}`}>
          <p>Requests with it are refused. Make a new one and enter it in the identity provider.</p>
        </Callout>
      )}
      <ol class="progress">
        <Mark done={token.firstUsedAt !== null} waiting={`Waiting for the first request with ${token.name}`} title="Connected">
          {token.firstUsedAt === null ? null : (
            <>
              first request <Time at={token.firstUsedAt} />
              {token.lastStatus === null || token.lastUsedAt === null ? null : (
                <>
                  , the last one <Time at={token.lastUsedAt} /> <Status status={token.lastStatus} />
                </>
              )}
            </>
          )}
        </Mark>
        <Mark done={trail.firstUser !== undefined} waiting="Then the first person" title="First person">
          {trail.firstUser === undefined ? null : <Arrived {...trail.firstUser} />}
        </Mark>
        <Mark done={trail.firstGroup !== undefined} waiting="Then the first group" title="First group">
          {trail.firstGroup === undefined ? null : <Arrived {...trail.firstGroup} />}
        </Mark>
      </ol>
      {trail.firstGroup === undefined ? null : (
        <Callout tone="good" title="It works">
          <p>Groups open memories once you pick them.</p>
          <p>
            <LinkButton href="/admin/scim/groups" look="primary" icon="groups">
              Pick groups
            </LinkButton>
          </p>
        </Callout>
      )}
      {trail.refused.length === 0 ? null : (
        <div class="stack">
          <h3>What was refused</h3>
          <Refusals refused={trail.refused} />
        </div>
      )}
      {strangers.length === 0 ? null : (
        <Callout tone="warn" title="Somebody knocked, but not with this token">
          <Strangers strangers={strangers} />
        </Callout>
      )}
    </div>
  )
}

type MarkProps = { readonly done: boolean; readonly waiting: string; readonly title: string; readonly children: ComponentChildren }

function Mark({ done, waiting, title, children }: MarkProps) {
  return (
    <li class={done ? 'done' : undefined}>
      <span class={done ? 'live-dot on' : 'live-dot'} aria-hidden="true" />
      {done ? (
        <span>
          <strong>{title}</strong> {children}
        </span>
      ) : (
        <span>{waiting}</span>
      )}
    </li>
  )
}

function Arrived({ name, at }: { readonly name: string | null; readonly at: Date }) {
  return (
    <>
      {name ?? ''} <Time at={at} />
    </>
  )
}
