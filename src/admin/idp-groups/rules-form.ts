// The form of rules and paths: what was entered, and what the buttons in it do to it before anything is saved.
import { z } from 'zod'
import type { Role } from '../../permissions/scope.ts'
import type { Rule } from '../../permissions/selection.ts'
import type { PermissionSettings } from '../../permissions/settings.ts'
import { checkForm } from '../../web/form.ts'

const texts = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .transform((value) => (value === undefined ? [] : [value].flat()))

const schema = z.object({
  pattern: texts,
  select: texts,
  separator: z.string(),
  prefix: z.string().transform((text) => text.trim()),
  memberRole: z.enum(['viewer', 'editor', 'admin']) satisfies z.ZodType<Role>,
  nestByName: z.literal('on').optional(),
})

/** Empty patterns are lines that nobody filled in. Undefined for a form that no page of ours sends. */
export function readRulesForm(form: URLSearchParams): PermissionSettings | undefined {
  const reading = checkForm(schema, form)
  if (reading.kind === 'wrong') return undefined
  const { pattern, select, separator, prefix, memberRole, nestByName } = reading.value
  const rules = pattern.map((text, i): Rule => ({ pattern: text.trim(), select: select[i] !== 'off' }))
  return { rules: rules.filter((rule) => rule.pattern !== ''), separator, prefix, memberRole, nestByName: nestByName === 'on' }
}

/** `up 2`, `down 2` and `remove 2` change the order of what was entered; anything else leaves it as it is. */
export function rearrange(rules: readonly Rule[], button: string): readonly Rule[] {
  const [verb = '', place] = button.split(' ', 2)
  const i = Number(place)
  const rule = Number.isInteger(i) ? rules[i] : undefined
  if (rule === undefined) return rules
  const others = rules.toSpliced(i, 1)
  switch (verb) {
    case 'up':
      return others.toSpliced(Math.max(0, i - 1), 0, rule)
    case 'down':
      return others.toSpliced(i + 1, 0, rule)
    case 'remove':
      return others
    default:
      return rules
  }
}
