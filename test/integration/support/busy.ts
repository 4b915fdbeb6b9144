/** A thread that is really blocked, as by a long computation. */

/** Spins for `ms` without letting the event loop turn. */
export function blockFor(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until) {
    // Deliberately nothing: this is the load.
  }
}
