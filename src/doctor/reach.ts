// Can the host be reached: name, connection, certificate. Each with its time, so that a slow part shows.
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { failed, ok, warning, type Finding } from './finding.ts'
import { isLoopback } from './url.ts'

const PART = 'network'
const TIMEOUT_MS = 10_000
const SLOW_MS = 1000
const DAY_MS = 24 * 60 * 60 * 1000
const EXPIRY_WARNING_DAYS = 21

type Target = { readonly host: string; readonly port: number }

/** Name, TCP and, for https, TLS. Stops at the first that fails. */
export async function reach(url: URL): Promise<readonly Finding[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const target = { host, port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80) }
  const findings: Finding[] = []
  const steps = [
    () => resolveName(target.host),
    () => openConnection(target),
    ...(url.protocol === 'https:' ? [() => openTls(target), () => openTls12(target)] : []),
  ]
  for (const step of steps) {
    const found = await step()
    findings.push(...found)
    if (found.some(({ outcome }) => outcome === 'failed')) break
  }
  return findings
}

async function resolveName(host: string): Promise<readonly Finding[]> {
  if (isIP(host) !== 0) return addressFindings([host], 0)
  const startedAt = performance.now()
  try {
    const addresses = (await lookup(host, { all: true })).map(({ address }) => address)
    return addressFindings(addresses, performance.now() - startedAt)
  } catch (error) {
    return [
      failed(
        PART,
        `${host} has no address (${codeOf(error)})`,
        'Check the spelling of the host; a name that only your own network knows is unknown to an IdP in the cloud.',
      ),
    ]
  }
}

function addressFindings(addresses: readonly string[], ms: number): readonly Finding[] {
  const text = `address ${addresses.join(', ')}`
  const outside = addresses.filter((address) => !isPrivate(address) && !isLoopback(address))
  if (outside.length > 0 || addresses.every(isLoopback)) return [ok(PART, text, ms)]
  return [
    warning(
      PART,
      `${text} is a private one`,
      'An IdP in the cloud cannot reach it: publish the server, or use the IdP’s on-premises agent.',
    ),
  ]
}

/** RFC 1918, RFC 4193 and link-local addresses. */
function isPrivate(address: string): boolean {
  return /^(10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|f[cd]|fe80)/i.test(address)
}

async function openConnection(target: Target): Promise<readonly Finding[]> {
  const startedAt = performance.now()
  const socket = connectTcp({ ...target, timeout: TIMEOUT_MS })
  const problem = await opened(socket, 'connect')
  socket.destroy()
  if (problem === undefined) return [ok(PART, `port ${target.port} is open`, performance.now() - startedAt)]
  const advice =
    problem === 'ECONNREFUSED'
      ? 'Nothing listens there: check the port, and that the server runs.'
      : 'Nothing answers there: check the port and the firewall, which has to let the IdP’s addresses in.'
  return [failed(PART, `port ${target.port}: ${problem}`, advice)]
}

async function openTls({ host, port }: Target): Promise<readonly Finding[]> {
  const startedAt = performance.now()
  const socket = connectTls({ host, port, timeout: TIMEOUT_MS, ...(isIP(host) === 0 ? { servername: host } : {}) })
  const problem = await opened(socket, 'secureConnect')
  const ms = performance.now() - startedAt
  const findings = problem === undefined ? certificateFindings(socket, ms) : [failed(PART, `TLS: ${problem}`, tlsAdvice(problem))]
  socket.destroy()
  return findings
}

function certificateFindings(socket: TLSSocket, ms: number): readonly Finding[] {
  const validTo = new Date(socket.getPeerCertificate().valid_to)
  const days = Math.floor((validTo.getTime() - Date.now()) / DAY_MS)
  const text = `${socket.getProtocol()}, certificate valid for ${days} days`
  if (days < EXPIRY_WARNING_DAYS) return [warning(PART, text, 'Renew the certificate before it ends: an IdP stops at once when it does.')]
  if (ms > SLOW_MS)
    return [
      warning(
        PART,
        `${text}, after ${Math.round(ms)} ms`,
        'The handshake is slow: look at the load of the server or the proxy in front of it.',
      ),
    ]
  return [ok(PART, text, ms)]
}

const TLS_ADVICE: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'Use a certificate of a public authority: IdPs do not accept a self-signed one.',
  SELF_SIGNED_CERT_IN_CHAIN: 'Use a certificate of a public authority: IdPs do not know your own.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'Send the intermediate certificates too: browsers find them by themselves, IdPs do not.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'Send the intermediate certificates too: browsers find them by themselves, IdPs do not.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate is for another name: use a name that stands in it, or get one for this name.',
  CERT_HAS_EXPIRED: 'Renew the certificate.',
}

function tlsAdvice(problem: string): string {
  return TLS_ADVICE[problem] ?? 'No TLS connection comes about: check that the port speaks TLS 1.2 or newer and sends a certificate.'
}

/** idp-wire EN-1: Entra's page names TLS 1.2 only. */
async function openTls12({ host, port }: Target): Promise<readonly Finding[]> {
  const socket = connectTls({ host, port, timeout: TIMEOUT_MS, maxVersion: 'TLSv1.2', ...(isIP(host) === 0 ? { servername: host } : {}) })
  const problem = await opened(socket, 'secureConnect')
  socket.destroy()
  return problem === undefined
    ? []
    : [warning(PART, `no connection with TLS 1.2 (${problem})`, 'Allow TLS 1.2 besides 1.3: Entra connects with 1.2.')]
}

/** The code of what prevented the event, or undefined when it came. */
async function opened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<string | undefined> {
  const late = new AbortController()
  // What goes wrong later, while the socket is being thrown away, is of no interest.
  socket.on('error', () => undefined)
  socket.once('timeout', () => late.abort())
  try {
    await once(socket, event, { signal: late.signal })
    return undefined
  } catch (error) {
    return late.signal.aborted ? 'no answer in time' : codeOf(error)
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
