// What an admin may decide about an account: whether it may come in, what it may do here, and which SCIM user will take it over.
import type { Account } from '../../directory/accounts.ts'
import type { ListedCollision } from '../../lifecycle/linking.ts'
import { Button, Confirm } from '../../web/components/button.tsx'
import { Card } from '../../web/components/card.tsx'
import { Field } from '../../web/components/field.tsx'
import { Form } from '../../web/components/form.tsx'
import { Time } from '../../web/components/time.tsx'
import { personHref } from './address.ts'

type AccountProps = { readonly account: Account }

export function StateCard({ account }: AccountProps) {
  const { id, origin, status, userName } = account
  const base = personHref(id)
  return (
    <Card title={status === 'active' ? 'May come in' : 'May not come in'}>
      {origin === 'scim' ? (
        <p>
          {status === 'active'
            ? 'Whether this person may come in is decided in your identity provider: disable or remove them there.'
            : 'Disabled by your identity provider. Who is enabled there comes back with all memories; who was deleted there comes back by being provisioned again.'}
        </p>
      ) : status === 'active' ? (
        <>
          <p>A local account: it comes in until you disable it.</p>
          <Confirm label="Disable" icon="off" opener="plain" action={`${base}/disable`} confirm={`Disable ${userName}`}>
            <p>Every session and API key of this account ends at once and stays dead. Memories and groups are kept.</p>
          </Confirm>
          <Confirm
            label="Give a password"
            icon="key"
            opener="plain"
            action={`${base}/password`}
            confirm="Make a one-time password"
            look="primary"
          >
            <p>It is shown once and good for one sign-in, which then asks for another. The present one, if any, and all sessions end.</p>
          </Confirm>
        </>
      ) : (
        <>
          <p>Disabled here. Enabling it lets it come in again, with its memories and groups; old keys and sessions stay dead.</p>
          <Form action={`${base}/enable`}>
            <Button look="primary" icon="check">
              Enable
            </Button>
          </Form>
        </>
      )}
    </Card>
  )
}

export function RightsCard({ account: { id, orgRole, breakGlass, userName } }: AccountProps) {
  const isAdmin = orgRole === 'org_admin'
  const base = personHref(id)
  return (
    <Card title="Rights here">
      <p>
        {isAdmin
          ? 'Administrator: sees these pages, decides about groups and tokens, and writes what the whole organisation reads.'
          : 'Member: uses memories through groups, and has pages about their own access.'}
      </p>
      <Confirm
        label={isAdmin ? 'Make a member' : 'Make an administrator'}
        opener="plain"
        action={`${base}/role`}
        hidden={{ role: isAdmin ? 'member' : 'org_admin' }}
        confirm={isAdmin ? `Make ${userName} a member` : `Make ${userName} an administrator`}
        look={isAdmin ? 'danger' : 'primary'}
      >
        <p>
          {isAdmin
            ? 'The admin pages close for this person at once. The last active administrator stays one.'
            : 'This person will see everybody, everything in the audit log, and may change all of it that can be changed.'}
        </p>
      </Confirm>
      <p>
        {breakGlass
          ? 'Break-glass: your identity provider can neither disable nor delete this account.'
          : 'Your identity provider may disable and delete this account, unless it is marked break-glass.'}
      </p>
      <Confirm
        label={breakGlass ? 'Take the mark away' : 'Mark as break-glass'}
        opener="plain"
        action={`${base}/break-glass`}
        hidden={{ mark: breakGlass ? 'off' : 'on' }}
        confirm={breakGlass ? 'Take the mark away' : 'Mark as break-glass'}
        look={breakGlass ? 'danger' : 'primary'}
      >
        <p>
          {breakGlass
            ? 'From then on the identity provider can disable and delete this account.'
            : 'For the account that has to work when the identity provider does not. Attempts to disable it by provisioning are refused and audited.'}
        </p>
      </Confirm>
    </Card>
  )
}

export type LinkCardProps = AccountProps & { readonly collision: ListedCollision | undefined }

export function LinkCard({ account, collision }: LinkCardProps) {
  const { id, userName, prelinkedAt, prelinkedExternalId } = account
  const base = personHref(id)
  if (prelinkedAt !== null) {
    return (
      <Card title="Linked to the identity provider">
        <p>
          {'The next create by provisioning with '}
          {prelinkedExternalId === null ? (
            <>
              the user name <strong>{collision?.pushedAs ?? userName}</strong>
            </>
          ) : (
            <>
              the externalId <code>{prelinkedExternalId}</code>
            </>
          )}
          {' takes this account over. Linked '}
          <Time at={prelinkedAt} />.
        </p>
        <Form action={`${base}/unlink`}>
          <Button icon="unlink">Take the link back</Button>
        </Form>
      </Card>
    )
  }
  return (
    <Card title="Hand over to the identity provider" id="link">
      {collision === undefined ? null : (
        <p>
          {`Provisioning tried to create ${collision.pushedAs} ${collision.times === 1 ? 'once' : `${collision.times} times`} and met this account, last `}
          <Time at={collision.lastSeenAt} />.
        </p>
      )}
      <p>
        A link lets the next matching create take this account over, with keys and memories. Name and state come from the identity provider
        from then on.
      </p>
      <Form action={`${base}/link`} class="fields">
        <Field
          name="externalId"
          label="externalId"
          hint={`Left empty, the user name ${collision?.pushedAs ?? userName} has to match.`}
          maxLength={256}
          literal
          autocomplete="off"
        />
        <div>
          <Button look={collision === undefined ? 'plain' : 'primary'} icon="link">
            Link
          </Button>
        </div>
      </Form>
    </Card>
  )
}
