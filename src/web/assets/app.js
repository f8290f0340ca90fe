// What pages do beyond what they do without it: copying, live parts, exact times in the reader's zone, popovers that close. Everything it
// adds is found by its data attribute; nothing is sent anywhere but to this server.
// @ts-check

const DONE_MS = 2000

/** A button that copies its text; unseen where nothing can be copied. @param {ParentNode} root */
function enableCopying(root) {
  if (!navigator.clipboard) return
  for (const button of root.querySelectorAll('[data-copy]')) {
    if (!(button instanceof HTMLButtonElement)) continue
    button.hidden = false
    button.addEventListener('click', () => void copy(button))
  }
}

/** @param {HTMLButtonElement} button */
async function copy(button) {
  await navigator.clipboard.writeText(button.dataset['copy'] ?? '')
  const label = button.querySelector('[data-copy-label]')
  if (label === null) return
  label.textContent = 'Copied'
  setTimeout(() => (label.textContent = 'Copy'), DONE_MS)
}

/** Exact times as the reader's clock shows them. @param {ParentNode} root */
function localiseTimes(root) {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
  for (const time of root.querySelectorAll('time[datetime]')) {
    if (!(time instanceof HTMLTimeElement)) continue
    const at = format.format(new Date(time.dateTime))
    if (time.dataset['exact'] !== undefined) time.textContent = at
    else time.title = at
  }
}

/** Controls with `data-submit` send their form when they change. @param {ParentNode} root */
function enableSubmitting(root) {
  for (const control of root.querySelectorAll('[data-submit]')) {
    if (!(control instanceof HTMLSelectElement || control instanceof HTMLInputElement)) continue
    control.addEventListener('change', () => control.form?.requestSubmit())
  }
}

const TYPING_MS = 400

/** A form whose part `data-preview` shows what sending it would do. @param {HTMLFormElement} form */
function followTyping(form) {
  const part = document.getElementById(form.dataset['preview'] ?? '')
  /** @type {number | undefined} */
  let timer
  let asked = 0
  form.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(() => void ask(), TYPING_MS)
  })
  async function ask() {
    const number = ++asked
    const body = new URLSearchParams()
    for (const [name, value] of new FormData(form)) if (typeof value === 'string') body.append(name, value)
    body.append('do', 'part')
    const response = await fetch(form.action, { method: 'POST', body }).catch(() => undefined)
    // What was typed meanwhile is asked anew.
    if (response?.ok !== true || number !== asked) return
    const next = new DOMParser().parseFromString(await response.text(), 'text/html').body.firstElementChild
    const shown = part?.querySelector('[aria-live]')
    if (next === null || !shown) return
    shown.replaceChildren(...next.childNodes)
    enhance(shown)
  }
}

/** A popover closes when something else is pressed, or with Escape. */
function closePopovers() {
  const open = () => document.querySelectorAll('details[data-popover][open], details.menu[open]')
  document.addEventListener('click', ({ target }) => {
    for (const details of open()) if (target instanceof Node && !details.contains(target)) details.removeAttribute('open')
  })
  document.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape') return
    for (const details of open()) {
      details.removeAttribute('open')
      details.querySelector('summary')?.focus()
    }
  })
}

/**
 * A part that shows something going on: asks for itself anew while the page is seen, until it comes back without `data-live`.
 * @param {HTMLElement} part
 */
function followLive(part) {
  const url = part.dataset['live']
  const seconds = Number(part.dataset['liveSeconds'] ?? 2)
  if (url === undefined) return
  const timer = setInterval(() => void ask(url), seconds * 1000)
  /** @param {string} url */
  async function ask(url) {
    if (document.hidden) return
    const response = await fetch(url, { headers: { Accept: 'text/html' } }).catch(() => undefined)
    if (response === undefined) return
    // Signed out, or the access ended: the page itself says so.
    if (response.redirected || response.status === 401 || response.status === 403) location.reload()
    if (!response.ok) return
    const next = new DOMParser().parseFromString(await response.text(), 'text/html').body.firstElementChild
    if (!(next instanceof HTMLElement) || !(part instanceof HTMLElement) || next.innerHTML === part.innerHTML) return
    const isOver = next.dataset['live'] === undefined
    part.replaceChildren(...next.childNodes)
    enhance(part)
    if (isOver) clearInterval(timer)
  }
}

/** @param {ParentNode} root */
function enhance(root) {
  enableCopying(root)
  localiseTimes(root)
  enableSubmitting(root)
}

enhance(document)
closePopovers()
for (const form of document.querySelectorAll('form[data-preview]')) if (form instanceof HTMLFormElement) followTyping(form)
for (const part of document.querySelectorAll('[data-live]')) if (part instanceof HTMLElement) followLive(part)
