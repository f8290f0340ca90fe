// The base URL as an admin pastes it into an IdP, judged before anything is sent.
import { isIP } from 'node:net'
import { failed, ok, warning, type Finding } from './finding.ts'

const PART = 'url'
/** idp-wire EN-10: a flag of Entra's that rides in the tenant URL. */
const ENTRA_FLAG = /^aadOptscim062020(=.*)?$/i

export type JudgedUrl = { readonly url: URL | undefined; readonly findings: readonly Finding[] }

/** Judges the text; `url` is undefined when nothing can be sent there. */
export function judgeUrl(text: string): JudgedUrl {
  if (!URL.canParse(text))
    return {
      url: undefined,
      findings: [failed(PART, `${JSON.stringify(text)} is no URL`, 'Give the whole base URL, such as https://scim.example.com/scim/v2.')],
    }
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return { url: undefined, findings: [failed(PART, `${url.protocol} is no protocol of SCIM`, 'Use https://.')] }
  if (url.username !== '' || url.password !== '')
    return {
      url: undefined,
      findings: [
        failed(PART, 'the URL holds a name or a password', 'Leave out everything before the @; the token goes into its own field.'),
      ],
    }
  const problems = [protocol(url), underscore(url), ...path(url), query(url)].filter((finding) => finding !== undefined)
  return { url, findings: problems.length === 0 ? [ok(PART, text)] : problems }
}

function protocol({ protocol, hostname }: URL): Finding | undefined {
  if (protocol === 'https:') return undefined
  if (isLoopback(hostname))
    return warning(PART, 'http on this machine: fine for trying out', 'IdPs in the cloud need an https URL with a public name.')
  return failed(PART, 'http sends the token in the clear', 'Put TLS in front of the server and use https://; Okta and Entra refuse http.')
}

/** idp-wire OK-5. */
function underscore({ hostname, pathname }: URL): Finding | undefined {
  if (!hostname.includes('_') && !pathname.includes('_')) return undefined
  return warning(PART, 'the URL has an underscore', 'Okta refuses base URLs with an underscore: use a hyphen in the name or path.')
}

function path({ pathname }: URL): readonly Finding[] {
  const findings: Finding[] = []
  const trimmed = pathname.replace(/\/+$/, '')
  const resource = /\/(Users|Groups|Bulk|Me|ServiceProviderConfig|ResourceTypes|Schemas)\b/i.exec(trimmed)
  if (resource !== null)
    findings.push(
      failed(PART, `the path goes down to ${resource[0]}`, `End the base URL before ${resource[0]}: the IdP appends that itself.`),
    )
  else if (!/\/v2$/i.test(trimmed))
    findings.push(
      warning(
        PART,
        `the path ${pathname} does not end in /v2`,
        'A PLUR server answers below /scim/v2; check that this is the whole base URL.',
      ),
    )
  if (pathname !== '/' && pathname.endsWith('/'))
    findings.push(warning(PART, 'the URL ends in a slash', 'Leave the last slash out: some IdPs append another one.'))
  if (/\/admin\b/.test(trimmed))
    findings.push(failed(PART, 'this is the address of the admin pages', 'Use the address that ends in /scim/v2.'))
  return findings
}

function query({ search }: URL): Finding | undefined {
  if (search === '') return undefined
  if (ENTRA_FLAG.test(search.slice(1)))
    return ok(PART, 'has the flag aadOptscim062020: Entra will send RFC-like PATCH requests; all checks carry it')
  return failed(
    PART,
    `the URL has a query (${search})`,
    'Leave the query out: RFC 7644 section 1.3 allows none; only Entra’s flag ?aadOptscim062020 may stand there.',
  )
}

/** True for this very machine, which no IdP in the cloud can reach. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname === '::1' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
}
