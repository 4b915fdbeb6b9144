/**
 * One timer for all deadlines, that lets nobody be judged too early. After a pause of this process
 * Node runs expired timers before it reads its sockets, so an answer that came in time may still lie
 * in the kernel. When the alarm goes off it therefore first lets the event loop turn until a turn
 * reads nothing, and only then judges (docs/adr/0004-drain-before-judge.md).
 */

/** Turns of the event loop after which is judged even if every one of them read something. */
export const drainTurnsMax = 256;

/** The alarm goes off at least this often, so that a pause is noticed soon and measured well. */
export const heartbeatMs = 200;

/** An alarm that is later than this was held up by a pause of this process. */
export const pauseThresholdMs = 200;

export interface AlarmOptions {
  /** Milliseconds, never falling. */
  now(): number;
  /** A count that rises with everything that is read from the network. */
  reads(): number;
  /**
   * Deadlines up to `now()` are due. `pausedMs` is how long this process did not run, or 0. Returns
   * the next deadline.
   */
  judge(pausedMs: number): number;
}

/** Call {@link Alarm.set} once to begin, and whenever the next deadline comes nearer. */
export class Alarm {
  readonly #options: AlarmOptions;
  #timer: NodeJS.Timeout | undefined;
  #wakeAt = Infinity;
  #isDraining = false;
  #isStopped = false;
  #isReferenced = true;
  #pausedMsMax = 0;

  constructor(options: AlarmOptions) {
    this.#options = options;
  }

  /** The longest time by which this process was late. */
  get pausedMsMax(): number {
    return this.#pausedMsMax;
  }

  /** Goes off at `deadline`, or at the next heartbeat. A later deadline than before costs nothing. */
  set(deadline: number): void {
    if (this.#isStopped || this.#isDraining) return;
    const now = this.#options.now();
    // A deadline that has passed already makes nobody late who was not asked before.
    const wakeAt = Math.max(now, Math.min(deadline, now + heartbeatMs));
    if (this.#timer !== undefined && wakeAt >= this.#wakeAt) return;
    clearTimeout(this.#timer);
    this.#wakeAt = wakeAt;
    this.#timer = setTimeout(this.#goOff, Math.ceil(wakeAt - now));
    if (!this.#isReferenced) this.#timer.unref();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  ref(): void {
    this.#isReferenced = true;
    this.#timer?.ref();
  }

  unref(): void {
    this.#isReferenced = false;
    this.#timer?.unref();
  }

  readonly #goOff = (): void => {
    this.#timer = undefined;
    const lateMs = Math.max(0, this.#options.now() - this.#wakeAt);
    this.#pausedMsMax = Math.max(this.#pausedMsMax, lateMs);
    this.#isDraining = true;
    this.#drain(lateMs > pauseThresholdMs ? lateMs : 0, 1);
  };

  #drain(pausedMs: number, turn: number): void {
    const readsBefore = this.#options.reads();
    // Runs after this turn's reading of the sockets.
    setImmediate(() => {
      if (this.#isStopped) return;
      const isDry = this.#options.reads() === readsBefore;
      if (!isDry && turn < drainTurnsMax) {
        this.#drain(pausedMs, turn + 1);
        return;
      }
      const deadline = this.#options.judge(pausedMs);
      this.#isDraining = false;
      this.set(deadline);
    });
  }
}
