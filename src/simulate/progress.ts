// Progress on standard error: a bar on a terminal, one line a phase elsewhere.
import type { Writable } from 'node:stream'
import { Presets, SingleBar } from 'cli-progress'
import type { Watcher } from './simulate.ts'
import type { PhaseReport } from './wire.ts'

/** Watches a simulation and shows how it goes. */
export function showProgress(stream: Writable & { readonly isTTY?: boolean }): Watcher {
  return stream.isTTY === true ? bars(stream) : lines(stream)
}

function lines(stream: Writable): Watcher {
  return { phaseBegins: () => {}, tick: () => {}, phaseEnds: (report) => void (report.requests > 0 && stream.write(`${lineOf(report)}\n`)) }
}

function bars(stream: Writable): Watcher {
  const bar = new SingleBar(
    { stream, format: '{phase} {bar} {value}/{total}', hideCursor: true, clearOnComplete: true, barsize: 30, gracefulExit: true },
    Presets.shades_classic,
  )
  return {
    phaseBegins: (phase) => bar.start(1, 0, { phase: phase.padEnd(16) }),
    tick: (done, total) => {
      bar.setTotal(total)
      bar.update(done)
    },
    phaseEnds: (report) => {
      bar.stop()
      if (report.requests > 0) stream.write(`${lineOf(report)}\n`)
    },
  }
}

function lineOf({ phase, requests, unexpected, p95Ms }: PhaseReport): string {
  return `${unexpected === 0 ? '✓' : '✗'} ${phase.padEnd(16)} ${requests} requests, ${unexpected} unexpected, p95 ${p95Ms} ms`
}
