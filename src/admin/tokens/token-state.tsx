// What a token is good for, and what it was last used for, at a glance.
import type { ScimToken } from '../../auth/scim-tokens.ts'
import { Badge } from '../../web/components/badge.tsx'
import type { Tone } from '../../web/components/notice-bar.tsx'
import { Time } from '../../web/components/time.tsx'

const SOON_MS = 30 * 24 * 60 * 60_000

export const isLive = ({ state }: ScimToken) => state === 'active'

export function TokenState({ token, now }: { readonly token: ScimToken; readonly now: Date }) {
  const { state, rotatedTo, expiresAt } = token
  switch (state) {
    case 'revoked':
      return <Badge>revoked</Badge>
    case 'expired':
      return <Badge tone="bad">expired</Badge>
    case 'active':
      if (rotatedTo !== null) return <Badge tone="info">replaced</Badge>
      if (expiresAt === null) return <Badge tone="warn">never expires</Badge>
      return expiresAt.getTime() - now.getTime() < SOON_MS ? <Badge tone="warn">expires soon</Badge> : <Badge tone="good">active</Badge>
  }
}

export function TokenExpiry({ token: { expiresAt, revokedAt } }: { readonly token: ScimToken }) {
  if (revokedAt !== null) return <span class="muted">–</span>
  return expiresAt === null ? <>never</> : <Time at={expiresAt} />
}

/** "3 minutes ago 200", and from where. */
export function LastRequest({ token, origin = false }: { readonly token: ScimToken; readonly origin?: boolean }) {
  const { lastUsedAt, lastStatus, lastUsedIp, lastUsedUserAgent } = token
  if (lastUsedAt === null) return <span class="muted">no request yet</span>
  return (
    <div class="last-request">
      <span>
        <Time at={lastUsedAt} /> {lastStatus === null ? null : <Status status={lastStatus} />}
      </span>
      {origin && lastUsedIp !== null ? (
        <span class="muted small">{lastUsedUserAgent === null ? lastUsedIp : `${lastUsedIp}, ${lastUsedUserAgent}`}</span>
      ) : null}
    </div>
  )
}

/** An HTTP status, told apart by its number and not by its colour alone. */
export function Status({ status }: { readonly status: number }) {
  return <Badge tone={toneOf(status)}>{String(status)}</Badge>
}

function toneOf(status: number): Tone {
  if (status >= 500) return 'bad'
  return status >= 400 ? 'warn' : 'good'
}
