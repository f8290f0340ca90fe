// The frame of pages for people who signed in: where they are, where they can go, who they are.
import type { ComponentChildren } from 'preact'
import { Form } from './components/form.tsx'
import { Icon } from './components/icon.tsx'
import { NoticeBar } from './components/notice-bar.tsx'
import type { IconName } from './icons.ts'
import type { MemberVisit } from './visit.ts'

type Place = { readonly href: string; readonly label: string; readonly icon: IconName }
type Section = { readonly label: string; readonly adminsOnly: boolean; readonly places: readonly Place[] }

const SECTIONS: readonly Section[] = [
  {
    label: 'Provisioning',
    adminsOnly: true,
    places: [
      { href: '/admin', label: 'Overview', icon: 'home' },
      { href: '/admin/scim/setup', label: 'Connect an IdP', icon: 'setup' },
      { href: '/admin/scim/tokens', label: 'SCIM tokens', icon: 'connection' },
      { href: '/admin/scim/groups', label: 'IdP groups', icon: 'groups' },
    ],
  },
  {
    label: 'Organisation',
    adminsOnly: true,
    places: [
      { href: '/admin/users', label: 'People', icon: 'people' },
      { href: '/admin/groups', label: 'Permission graph', icon: 'tree' },
      { href: '/admin/audit', label: 'Audit log', icon: 'audit' },
      { href: '/admin/sso', label: 'Single sign-on', icon: 'lock' },
    ],
  },
  {
    label: 'You',
    adminsOnly: false,
    places: [
      { href: '/me', label: 'My access', icon: 'person' },
      { href: '/me/api-keys', label: 'API keys', icon: 'key' },
      { href: '/me/sessions', label: 'Sessions', icon: 'session' },
      { href: '/me/security', label: 'Security', icon: 'security' },
    ],
  },
]

export type LayoutProps = {
  readonly visit: MemberVisit
  /** The page's heading. */
  readonly title: string
  /** One sentence below it. */
  readonly lead?: ComponentChildren
  /** The way here, when the page lies below one of the navigation. */
  readonly trail?: readonly { readonly href: string; readonly label: string }[]
  /** Buttons beside the heading. */
  readonly actions?: ComponentChildren
  readonly children: ComponentChildren
}

export function Layout({ visit, title, lead, trail = [], actions, children }: LayoutProps) {
  return (
    <div class="app">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="app-bar">
        <a class="brand" href={visit.principal.orgRole === 'org_admin' ? '/admin' : '/me'}>
          <span class="brand-mark" aria-hidden="true" />
          <span>PLUR Enterprise</span>
        </a>
        <details class="menu">
          <summary aria-label="Menu">
            <Icon name="menu" />
          </summary>
          <Navigation visit={visit} label="Menu" />
        </details>
      </header>
      <aside class="app-side">
        <Navigation visit={visit} label="Main" />
      </aside>
      <main id="main" class="app-main" tabIndex={-1}>
        <NoticeBar notice={visit.notice} />
        {trail.length === 0 ? null : <Trail trail={trail} />}
        <div class="page-head">
          <div>
            <h1>{title}</h1>
            {lead === undefined ? null : <p class="lead">{lead}</p>}
          </div>
          {actions === undefined ? null : <div class="actions">{actions}</div>}
        </div>
        {children}
      </main>
    </div>
  )
}

function Trail({ trail }: { readonly trail: NonNullable<LayoutProps['trail']> }) {
  return (
    <nav class="trail" aria-label="Breadcrumb">
      {trail.map(({ href, label }) => (
        <a key={href} href={href}>
          {label}
        </a>
      ))}
    </nav>
  )
}

function Navigation({ visit, label }: { readonly visit: MemberVisit; readonly label: string }) {
  const { principal, request } = visit
  const current = placeOf(request.path)
  return (
    <div class="nav">
      <nav aria-label={label}>
        {SECTIONS.filter(({ adminsOnly }) => !adminsOnly || principal.orgRole === 'org_admin').map((section) => (
          <div key={section.label} class="nav-section">
            <p class="nav-label">{section.label}</p>
            <ul>
              {section.places.map(({ href, label: name, icon }) => (
                <li key={href}>
                  <a href={href} aria-current={href === current ? 'page' : undefined}>
                    <Icon name={icon} />
                    {name}
                  </a>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
      <div class="nav-person">
        <p class="nav-name">{principal.displayName ?? principal.userName}</p>
        <p class="nav-org">{`${principal.userName} · ${principal.org}`}</p>
        <Form action="/me/sign-out">
          <button type="submit" class="button quiet small">
            <Icon name="sign_out" />
            Sign out
          </button>
        </Form>
      </div>
    </div>
  )
}

/** The place of the navigation that a path lies in: the longest that leads to it. */
function placeOf(path: string): string | undefined {
  const places = SECTIONS.flatMap((section) => section.places.map(({ href }) => href))
  return places.filter((href) => path === href || path.startsWith(`${href}/`)).toSorted((a, b) => b.length - a.length)[0]
}
