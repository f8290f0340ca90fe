// What was refused, in words that help: what happened, what the server said, and what to do.
import type { ComponentChildren } from 'preact'
import type { Refused, Stranger } from '../../auth/token-trail.ts'
import type { AuthenticationFailure, SignInFailure } from '../../audit/event.ts'
import { Time } from '../../web/components/time.tsx'
import { Status } from './token-state.tsx'

export function Refusals({ refused }: { readonly refused: readonly Refused[] }) {
  return (
    <ul class="refusals">
      {refused.map((one) => {
        const { title, advice } = explain(one)
        return (
          <li key={`${one.action} ${one.status} ${one.scimType ?? ''}`}>
            <p>
              <Status status={one.status} /> <strong>{title}</strong>{' '}
              <span class="muted">
                {one.times > 1 ? `${one.times.toLocaleString('en')} times, last ` : ''}
                <Time at={one.at} />
              </span>
            </p>
            {one.detail === null || one.status === 401 ? null : <p class="said">{one.detail}</p>}
            <p>{advice}</p>
          </li>
        )
      })}
    </ul>
  )
}

export type Explanation = { readonly title: string; readonly advice: ComponentChildren }

/** What a refusal means to whoever runs the identity provider. */
export function explain({ action, status, detail }: Pick<Refused, 'action' | 'status' | 'detail'>): Explanation {
  if (status >= 500) {
    return {
      title: 'The server could not answer',
      advice: 'The identity provider tries again by itself. If it goes on, look at the server’s log for the request id of the audit row.',
    }
  }
  switch (status) {
    case 401:
      return { title: 'The token was refused', advice: explainReason(detail) }
    case 404:
      return {
        title: 'Something was asked for that is not here',
        advice:
          'It was deleted here or there, or never arrived. Most identity providers make it anew; with Okta, unassign and assign again.',
      }
    case 409:
      return conflict(action)
    case 413:
      return { title: 'Too much at once', advice: 'Send fewer members or operations in one request.' }
    case 429:
      return {
        title: 'Too many requests a second',
        advice:
          'The identity provider waits and tries again; nothing is lost. A token can be made with a higher limit (plur scim-token create --rate).',
      }
    case 400:
      return invalid(action)
    default:
      return { title: 'Refused', advice: 'The audit log has the whole request.' }
  }
}

function conflict(action: string): Explanation {
  if (action === 'scim.user.create') {
    return {
      title: 'A person collides with somebody who is here already',
      advice: (
        <>
          Link the local account to the pushed one, or rename one of the two: <a href="/admin/users?filter=collisions">collisions</a>. The
          next attempt of the identity provider then succeeds.
        </>
      ),
    }
  }
  if (action.startsWith('scim.group.')) {
    return {
      title: 'A group of that name is here already',
      advice: 'Names of groups are unique. Rename one of the two in the identity provider.',
    }
  }
  return {
    title: 'A protected account was to be changed',
    advice: 'The last admin and accounts marked break-glass cannot be disabled, renamed away or deleted by an identity provider.',
  }
}

function invalid(action: string): Explanation {
  if (action.startsWith('scim.group.')) {
    return {
      title: 'A change of a group was not understood, or named only people nobody knows',
      advice: 'Assign the people to the app first, then push the group again (Okta: Push Now).',
    }
  }
  return {
    title: 'A value or an attribute was not understood',
    advice: 'The sentence above says what would be right. Change the attribute mapping in the identity provider.',
  }
}

/** Why a request to /scim/v2 can be refused; people who sign in fail for other reasons. */
const REASONS: Readonly<Record<Exclude<AuthenticationFailure, SignInFailure | 'unfinished'>, string>> = {
  missing: 'It came without a token. Enter the token in the identity provider.',
  malformed: 'What was entered is not a SCIM token: those begin with plur_scim_. If the header is free text, it has to be “Bearer TOKEN”.',
  checksum: 'The token is mistyped or cut off. Copy it again, whole, or rotate it.',
  api_key: 'An API key was entered. Enter a SCIM token, which begins with plur_scim_.',
  session: 'A session was used. Enter a SCIM token, which begins with plur_scim_.',
  cookie: 'It came with a browser’s cookie and without a token.',
  query_token: 'The token was put into the URL, where it may have been logged. Rotate it, and enter it as a header.',
  several_headers: 'The Authorization header came more than once.',
  unknown: 'The token was never made by this server, or belongs to another organisation’s database. Make one here.',
  wrong_secret: 'A part of the token is wrong. Copy it again, whole, or rotate it.',
  revoked: 'The token is revoked. Make a new one and enter it in the identity provider.',
  expired: 'The token has expired. Make a new one and enter it in the identity provider.',
  scim_token: 'A SCIM token was used where an account is asked for.',
  disabled: 'The account behind the credential is disabled.',
}

function explainReason(reason: string | null): string {
  return Object.entries(REASONS).find(([name]) => name === reason)?.[1] ?? REASONS.unknown
}

/** Requests that brought no token of ours: most often the one that was just copied, not whole. */
export function Strangers({ strangers }: { readonly strangers: readonly Stranger[] }) {
  return (
    <ul class="refusals">
      {strangers.map(({ reason, ip, at, times }) => (
        <li key={`${reason} ${ip ?? ''}`}>
          <p>
            <Status status={401} /> <strong>{explainReason(reason)}</strong>
          </p>
          <p class="muted">
            {`${times.toLocaleString('en')} ${times === 1 ? 'request' : 'requests'}${ip === null ? '' : ` from ${ip}`}, last `}
            <Time at={at} />
          </p>
        </li>
      ))}
    </ul>
  )
}
