// One process at a time: a file that names its holder. A holder that died is told by its process id and passed over.
import { closeSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'

const LOOK_EVERY_MS = 100
/** Waiting longer than this is told. */
const TELL_AFTER_MS = 1_000
const WAIT_MS_MAX = 15 * 60_000

/**
 * Waits for the lock; gives the function that releases it, which also runs when the process leaves. Where nothing can be written, nothing can
 * be installed or built either: there it goes on without.
 */
export function takeLock(file, { say, fail }) {
  try {
    mkdirSync(path.dirname(file), { recursive: true })
    return wait(file, { say, fail })
  } catch (error) {
    if (['EROFS', 'EACCES', 'EPERM'].includes(error.code)) return () => undefined
    throw error
  }
}

function wait(file, { say, fail }) {
  const from = performance.now()
  let told = false
  while (!create(file)) {
    if (passOver(file)) continue
    const waited = performance.now() - from
    if (!told && waited > TELL_AFTER_MS) say('Another process is installing or building here; waiting for it …')
    told ||= waited > TELL_AFTER_MS
    if (waited > WAIT_MS_MAX) fail(`Waited ${WAIT_MS_MAX / 60_000} minutes. If nothing is installing here, remove ${file} and try again.`)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_EVERY_MS)
  }
  let held = true
  const release = () => {
    if (held) rmSync(file, { force: true })
    held = false
  }
  process.once('exit', release)
  return release
}

function create(file) {
  try {
    const descriptor = openSync(file, 'wx')
    writeSync(descriptor, String(process.pid))
    closeSync(descriptor)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

/** Takes the file of a holder that died out of the way. Moved first and looked at again: another may have done the same a moment before. */
function passOver(file) {
  if (isAlive(holderOf(file))) return false
  const aside = `${file}.${process.pid}`
  try {
    renameSync(file, aside)
  } catch {
    return true
  }
  if (isAlive(holderOf(aside))) {
    try {
      linkSync(aside, file)
    } catch {
      // Taken by a third in the same instant: that one goes on beside the one it was taken from.
    }
  }
  rmSync(aside, { force: true })
  return true
}

/** Undefined when the file is gone, or its holder has not written yet. */
function holderOf(file) {
  try {
    const text = readFileSync(file, 'utf8')
    return text === '' ? undefined : Number(text)
  } catch {
    return undefined
  }
}

function isAlive(pid) {
  if (pid === undefined) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
