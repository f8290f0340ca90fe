// The token as an admin pastes it, judged without asking the server: prefix and checksum (design section 6).
import { parseToken, tokenKind } from '../primitives/token.ts'
import { failed, ok, warning, type Finding } from './finding.ts'

const PART = 'token'

/** Never repeats the token. */
export function judgeToken(token: string): Finding {
  if (token === '')
    return failed(PART, 'there is no token', 'Make one: scim-token create --name "…" --idp okta (or entra), and give it with --token.')
  if (/^bearer\s/i.test(token))
    return failed(PART, 'it begins with the word Bearer', 'Give the token alone: the IdP puts Bearer before it.')
  if (/\s/.test(token))
    return failed(
      PART,
      'it holds blanks or line breaks',
      'Copy it again, from the first character to the last, without what stands around it.',
    )
  // A header takes no other characters (RFC 6750 section 2.1).
  if (!/^[\x21-\x7e]+$/.test(token))
    return failed(PART, 'it holds characters that no token has', 'Copy it again from where it was shown, not from a formatted text.')
  switch (tokenKind(token)) {
    case undefined:
      return warning(
        PART,
        'it is no PLUR token, so that only the server can judge it',
        'With a PLUR server use a token that begins with plur_scim_.',
      )
    case 'api_key':
      return failed(
        PART,
        'it is an API key of a person (plur_sk_…)',
        'Make a SCIM token: scim-token create; API keys are refused at /scim/v2.',
      )
    case 'session':
      return failed(PART, 'it is a session of a person', 'Make a SCIM token: scim-token create; sessions are refused at /scim/v2.')
    case 'scim':
      return parseToken(token) === undefined
        ? failed(
            PART,
            'its checksum does not fit: a character is missing, extra or wrong',
            'Copy it again; if it was not kept, rotate it: scim-token rotate.',
          )
        : ok(PART, 'has the right form and checksum')
  }
}
