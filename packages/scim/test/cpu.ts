// How much work something is: processor time of this process, which a busy machine does not change as it changes the clock on the wall.

/** A clock that stands still while others use the processor: milliseconds since it was started. */
export function cpuClock(): () => number {
  const start = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1000
  }
}
