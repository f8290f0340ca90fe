// plur why: why somebody reaches a scope, as a tree from the person to the scope, with who or what made each step, when, and by which
// request.
import { Command } from 'commander'
import type { Actor } from '../audit/event.ts'
import { listScimTokens } from '../auth/scim-tokens.ts'
import type { Account } from '../directory/accounts.ts'
import { type Evidence, explain, type Path, type Step, type Why } from '../permissions/why.ts'
import { getAccount } from './account.ts'
import { type Common, onOrg, withJson, withOrg } from './context.ts'
import type { CliHost } from './host.ts'
import { printable } from './output.ts'

export function whyCommand(host: CliHost): Command {
  const command = new Command('why')
    .description('why somebody can read or write a scope: every way from the person to it, and what made each step')
    .requiredOption('--user <user>', 'user name, slug or id')
    .requiredOption('--scope <scope>', 'such as group:engineering/platform')
    .action((options: Common & { user: string; scope: string }) =>
      onOrg(host, options, async (context) => {
        const { work, org, output } = context
        const account = await getAccount(context, options.user)
        const why = await explain(work, { orgId: org.id, accountId: account.id }, options.scope)
        const tokens = new Map((await listScimTokens(work, org.id)).map(({ id, name }) => [id, name]))
        const named = { ...why, tokens: Object.fromEntries(tokensOf(why).flatMap((id) => nameOf(id, tokens))) }
        output.result({ user: account.userName, accountId: account.id, status: account.status, ...named }, whyText(account, why, tokens))
      }),
    )
  return withOrg(withJson(command))
}

const nameOf = (id: string, tokens: ReadonlyMap<string, string>): [string, string][] => {
  const name = tokens.get(id)
  return name === undefined ? [] : [[id, name]]
}

/** Ids of all SCIM tokens that had a hand in it. */
function tokensOf({ paths }: Why): readonly string[] {
  const ids = paths.flatMap(({ steps }) => steps.flatMap((step) => evidenceOf(step).flatMap(({ tokenId }) => tokenId ?? [])))
  return [...new Set(ids)]
}

function evidenceOf(step: Step): readonly Evidence[] {
  switch (step.kind) {
    case 'everybody':
      return []
    case 'carries':
      return [step.evidence, step.named]
    case 'member':
    case 'nested':
    case 'granted':
      return [step.evidence]
  }
}

function whyText({ userName, status }: Account, why: Why, tokens: ReadonlyMap<string, string>): string {
  const [who, scope] = [printable(userName), printable(why.scope)]
  if (status === 'disabled') return `${who} is disabled and reaches nothing.`
  if (!why.readable) return `${who} does not reach ${scope}: nothing that takes part leads there, or there is no such scope.`
  const lines = [`${who} ${why.writable ? 'reads and writes' : 'only reads'} ${scope}`, ...branches(treeOf(why.paths), '', tokens)]
  if (why.truncated) lines.push('There are more ways than these.')
  return lines.join('\n')
}

/** A step with the ways that go on from it; ways that begin alike share their beginning. */
type Branch = { readonly step: Step; readonly writable: boolean; readonly next: Branch[] }

function treeOf(paths: readonly Path[]): readonly Branch[] {
  const roots: Branch[] = []
  for (const { steps, writable } of paths) {
    let level = roots
    for (const step of steps) {
      const known = level.find((branch) => sameStep(branch.step, step))
      const branch = known ?? { step, writable, next: [] }
      if (known === undefined) level.push(branch)
      level = branch.next
    }
  }
  return roots
}

const sameStep = (a: Step, b: Step): boolean => JSON.stringify(a) === JSON.stringify(b)

function branches(level: readonly Branch[], indent: string, tokens: ReadonlyMap<string, string>): readonly string[] {
  return level.flatMap(({ step, writable, next }, i) => {
    const isLast = i === level.length - 1
    const inner = `${indent}${isLast ? '   ' : '│  '}`
    const told = evidenceTexts(step, tokens).map((text) => `${inner}${next.length > 0 ? '│  ' : '   '}${text}`)
    return [`${indent}${isLast ? '└─ ' : '├─ '}${stepText(step, writable)}`, ...told, ...branches(next, inner, tokens)]
  })
}

function stepText(step: Step, writable: boolean): string {
  switch (step.kind) {
    case 'everybody':
      return step.detail
    case 'member':
      return `member of ${printable(step.group.name)} (${step.role}${step.group.origin === 'local' ? ', local group' : ''})`
    case 'nested':
      return `which is in ${printable(step.group.name)}${step.by === 'name' ? ' by its name' : ''} (${step.role})`
    case 'carries':
      return `which carries this scope: ${writable ? 'read and write' : 'read'}`
    case 'granted':
      return `which was granted this scope (${step.role}): ${writable ? 'read and write' : 'read'}`
  }
}

function evidenceTexts(step: Step, tokens: ReadonlyMap<string, string>): readonly string[] {
  switch (step.kind) {
    case 'everybody':
      return []
    case 'carries':
      return [`switched on ${evidenceText(step.evidence, tokens)}`, `in its place ${evidenceText(step.named, tokens)}`]
    case 'member':
    case 'granted':
      return [`since ${evidenceText(step.evidence, tokens)}`]
    case 'nested':
      return [`${step.by === 'name' ? 'named so' : 'since'} ${evidenceText(step.evidence, tokens)}`]
  }
}

function evidenceText({ at, tokenId, actor, requestId }: Evidence, tokens: ReadonlyMap<string, string>): string {
  const by = tokenId === null ? actorText(actor) : `by SCIM token ${printable(tokens.get(tokenId) ?? 'of an earlier time')} (${tokenId})`
  return [at?.toISOString() ?? 'at an unknown time', by, requestId === null ? '' : `request ${printable(requestId)}`]
    .filter(Boolean)
    .join(', ')
}

export function actorText(actor: Actor | null): string {
  switch (actor?.kind) {
    case 'scim_token':
      return `by SCIM token ${printable(actor.name)} (${actor.id})`
    case 'account':
      return `by ${printable(actor.name)}`
    case 'cli':
      return `by ${printable(actor.user)} at the command line`
    case 'system':
      return 'by the server itself'
    case 'unknown':
    case undefined:
      return ''
  }
}
