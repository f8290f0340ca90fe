// The second factor on /me/security: off, with the way to switch it on; or on, with its recovery codes.
import type { FactorState } from '../auth/second-factor.ts'
import { Badge } from '../web/components/badge.tsx'
import { Confirm, LinkButton } from '../web/components/button.tsx'
import { Card, Facts } from '../web/components/card.tsx'
import { Field } from '../web/components/field.tsx'
import { Callout } from '../web/components/notice-bar.tsx'
import { Time } from '../web/components/time.tsx'
import { TOTP_PATH } from './paths.ts'

/** So few recovery codes that it is time for new ones. */
const FEW = 3

export function FactorCard({ factor }: { readonly factor: FactorState | undefined }) {
  if (factor === undefined) {
    return (
      <Card title="Authenticator app" actions={<Badge tone="warn">off</Badge>}>
        <p>A password can be seen or guessed. With an app on your phone, signing in also takes a code that only you can see.</p>
        <div>
          <LinkButton href={TOTP_PATH} look="primary" icon="security">
            Set up an app
          </LinkButton>
        </div>
      </Card>
    )
  }
  const { enabledAt, recoveryCodesLeft } = factor
  return (
    <Card title="Authenticator app" actions={<Badge tone="good">on</Badge>}>
      <Facts
        facts={[
          { term: 'Since', value: <Time at={enabledAt} /> },
          { term: 'Recovery codes left', value: String(recoveryCodesLeft) },
        ]}
      />
      {recoveryCodesLeft > FEW ? null : (
        <Callout tone="warn">
          <p>Few recovery codes are left. Make new ones before you need them.</p>
        </Callout>
      )}
      <div class="row">
        <Confirm label="New recovery codes" action={`${TOTP_PATH}/codes`} confirm="Make new codes" look="primary">
          <p>The codes that you have now stop working.</p>
          <PasswordField name="codes-current" />
        </Confirm>
        <Confirm label="Switch off" action={`${TOTP_PATH}/disable`} confirm="Switch off">
          <p>From then on your password alone signs you in. The recovery codes are deleted.</p>
          <PasswordField name="disable-current" />
        </Confirm>
      </div>
    </Card>
  )
}

function PasswordField({ name }: { readonly name: string }) {
  return <Field name={name} label="Your password" type="password" autocomplete="current-password" required />
}
