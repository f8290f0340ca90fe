// Looks at a SCIM connection as an IdP's admin would have to, in the order in which things can be wrong, and says what to do.
import { createClient } from '@plur-enterprise/scim/client'
import { withoutToken, withToken, withoutUserAgent } from './access.ts'
import { discover } from './discovery.ts'
import { skipped, type Finding } from './finding.ts'
import { probeLife } from './life.ts'
import { clock, filterProbe, paging } from './probe.ts'
import { reach } from './reach.ts'
import { speed } from './speed.ts'
import { judgeToken } from './token-form.ts'
import { judgeUrl } from './url.ts'
import type { Visit } from './visit.ts'

export type DoctorOptions = {
  readonly url: string
  readonly token: string
  /** Create nothing. */
  readonly readOnly: boolean
  /** Told of each finding as it comes. */
  readonly onFinding?: (finding: Finding) => void
  /** For one request. */
  readonly timeoutMs?: number
}

/** Runs all checks; a part that cannot work leaves the later ones out. Never throws for what a server does. */
export async function runDoctor(options: DoctorOptions): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  /** Notes what was found; true when nothing of it failed. */
  const note = (...found: readonly Finding[]): boolean => {
    for (const finding of found) {
      findings.push(finding)
      options.onFinding?.(finding)
    }
    return found.every(({ outcome }) => outcome !== 'failed')
  }

  const { url, findings: aboutUrl } = judgeUrl(options.url)
  note(...aboutUrl)
  // A wrong form of the token does not keep the rest from being looked at, but nothing is sent with it.
  const tokenIsSound = note(judgeToken(options.token))
  if (url === undefined || !note(...(await reach(url)))) {
    note(skipped('access', 'everything else, since the server cannot be reached'))
    return findings
  }
  const client = createClient({
    baseUrl: options.url,
    token: options.token,
    userAgent: 'plur-doctor',
    retriesMax: 0,
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  })
  const isScim = note(await withoutToken(client))
  if (!tokenIsSound || !isScim || !note(await withToken(client))) {
    note(skipped('discovery', 'everything else, since it needs a token that is let in'))
    return findings
  }

  note(await withoutUserAgent(client))
  const visit: Visit = { client, mark: crypto.randomUUID().slice(0, 8), provider: undefined }
  const { findings: aboutDiscovery, provider } = await discover(visit)
  note(...aboutDiscovery)
  note(...(await filterProbe(visit)))
  note(await clock(visit))
  note(...(options.readOnly ? [skipped('user', 'the life of a probe user and group (--read-only)')] : await probeLife(visit)))
  note(...(await paging({ ...visit, provider })))
  note(...(await speed(visit)))
  return findings
}
