// Text that is there to be copied.
import type { ComponentChildren } from 'preact'
import { Icon } from './icon.tsx'

export type CopyProps = {
  readonly text: string
  /** What it is, for screen readers: "Copy the base URL". */
  readonly what: string
  /** Several lines, such as a configuration. */
  readonly block?: boolean
}

/** The text and a button that copies it; without script the text can be selected with one click. */
export function Copy({ text, what, block = false }: CopyProps) {
  return (
    <div class={block ? 'copy block' : 'copy'}>
      {block ? (
        <pre tabIndex={0}>
          <code>{text}</code>
        </pre>
      ) : (
        <code>{text}</code>
      )}
      <button type="button" class="button quiet small" data-copy={text} hidden aria-label={`Copy ${what}`}>
        <Icon name="copy" />
        <span data-copy-label>Copy</span>
      </button>
    </div>
  )
}

export type SecretOnceProps = {
  readonly secret: string
  readonly what: string
  /** Where to go when it is stored. */
  readonly doneHref: string
  /** It has several lines. */
  readonly block?: boolean
  readonly children?: ComponentChildren
}

/** A secret that is shown this one time, with a way on for whoever has stored it. */
export function SecretOnce({ secret, what, doneHref, block = false, children }: SecretOnceProps) {
  return (
    <section class="card secret" aria-labelledby="secret-title">
      <h2 id="secret-title">{`Your new ${what}`}</h2>
      <p>
        Copy it now and store it where it will be used. <strong>It is not shown again</strong>: we keep only a fingerprint of it.
      </p>
      <Copy text={secret} what={`the ${what}`} block={block} />
      {children}
      <form method="get" action={doneHref.split('?', 1)[0]} class="stored">
        <QueryFields href={doneHref} />
        <label class="checkbox">
          <input type="checkbox" required />
          <span>I have stored it</span>
        </label>
        <button type="submit" class="button primary">
          Continue
        </button>
      </form>
    </section>
  )
}

/** The parameters of an address as fields: a form that asks leaves those of its own address out. */
function QueryFields({ href }: { readonly href: string }) {
  const [, query = ''] = href.split('?', 2)
  return (
    <>
      {[...new URLSearchParams(query)].map(([name, value]) => (
        <input key={`${name}=${value}`} type="hidden" name={name} value={value} />
      ))}
    </>
  )
}
