// The fields of rules and paths: lines in an order that buttons change, and what names become.
import type { Rule } from '../../permissions/selection.ts'
import type { PermissionSettings } from '../../permissions/settings.ts'
import { Button } from '../../web/components/button.tsx'
import { Card } from '../../web/components/card.tsx'
import { Checkbox, Field, Select } from '../../web/components/field.tsx'
import { Icon } from '../../web/components/icon.tsx'
import { ROLE_CHOICES } from './group-cells.tsx'

export function RulesCard({ rules }: { readonly rules: readonly Rule[] }) {
  return (
    <Card title="Rules">
      <p>
        For groups that nobody switched by hand, the first rule that matches the whole name decides; without one a group is off.{' '}
        <code>*</code> stands for anything within a part of the name, <code>**</code> for any number of parts, <code>?</code> for one
        character.
      </p>
      <ol class="rules">
        {[...rules, { pattern: '', select: true }].map((rule, i) => (
          <RuleLine key={i} rule={rule} place={i} isNew={i === rules.length} isLast={i >= rules.length - 1} />
        ))}
      </ol>
      <div>
        <Button small icon="add" name="do" value="add">
          Add a line
        </Button>
      </div>
    </Card>
  )
}

type RuleLineProps = { readonly rule: Rule; readonly place: number; readonly isNew: boolean; readonly isLast: boolean }

function RuleLine({ rule, place, isNew, isLast }: RuleLineProps) {
  const name = `Rule ${place + 1}`
  return (
    <li>
      <input
        name="pattern"
        type="text"
        value={rule.pattern}
        aria-label={`${name}: names`}
        placeholder={isNew ? 'Engineering/**' : undefined}
        maxLength={512}
        autocapitalize="none"
        spellcheck={false}
        autocomplete="off"
      />
      <select name="select" aria-label={`${name}: on or off`}>
        <option value="on" selected={rule.select}>
          on
        </option>
        <option value="off" selected={!rule.select}>
          off
        </option>
      </select>
      {isNew ? null : (
        <span class="rule-buttons">
          {place === 0 ? null : <RuleButton icon="up" label={`Move ${name} up`} value={`up ${place}`} />}
          {isLast ? null : <RuleButton icon="down" label={`Move ${name} down`} value={`down ${place}`} />}
          <RuleButton icon="close" label={`Remove ${name}`} value={`remove ${place}`} />
        </span>
      )}
    </li>
  )
}

function RuleButton({ icon, label, value }: { readonly icon: 'up' | 'down' | 'close'; readonly label: string; readonly value: string }) {
  return (
    <button type="submit" class="button quiet small" name="do" value={value}>
      <Icon name={icon} label={label} />
    </button>
  )
}

export function PathsCard({ settings: { separator, prefix, memberRole, nestByName } }: { readonly settings: PermissionSettings }) {
  return (
    <Card title="Names and paths">
      <div class="columns">
        <Field
          name="separator"
          label="Separator"
          value={separator}
          required
          maxLength={8}
          literal
          hint={
            <>
              Between the parts of a name: with <code>/</code>, <em>Engineering/Platform</em> becomes{' '}
              <code>group:engineering/platform</code>.
            </>
          }
        />
        <Field
          name="prefix"
          label="Prefix"
          value={prefix}
          maxLength={200}
          literal
          hint={
            <>
              In front of every path. <code>acme</code> makes <code>group:acme/engineering</code>, which PLUR clients dial by themselves.
            </>
          }
        />
        <Select
          name="memberRole"
          label="Role of members"
          value={memberRole}
          choices={ROLE_CHOICES}
          hint="Where a group says nothing else."
        />
      </div>
      <Checkbox
        name="nestByName"
        checked={nestByName}
        label="Members of Engineering/Platform may read what Engineering knows, by the names alone"
      />
    </Card>
  )
}
