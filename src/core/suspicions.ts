/** The suspicions that run: who accuses whom, and until when (SWIM's suspicion, Lifeguard's timeout). */

import type { Context } from './context.ts';
import { suspicionLengthMs, suspicionTimeoutMs } from './scaling.ts';

export interface Suspicion {
  readonly name: string;
  readonly incarnation: number;
  /** How many further accusers shorten the timeout to its minimum. */
  readonly wanted: number;
  readonly range: { readonly minMs: number; readonly maxMs: number };
  /** The first is who started it; it does not count as a confirmation of itself. */
  readonly accusers: readonly string[];
  readonly startedAt: number;
  readonly token: number;
}

export class Suspicions {
  readonly #running = new Map<string, Suspicion>();
  #tokens = 0;

  get(name: string): Suspicion | undefined {
    return this.#running.get(name);
  }

  /** Starts a suspicion of `name` by `from` and arms its timer. */
  start(
    ctx: Context,
    claim: { readonly name: string; readonly incarnation: number; readonly from: string },
  ): void {
    const { suspicionMult, suspicionMaxTimeoutMult, probeIntervalMs } = ctx.options;
    const nodes = ctx.roster.size;
    // With too few others to confirm it, waiting for confirmations would only be slow.
    const wanted = nodes - 2 < suspicionMult - 2 ? 0 : suspicionMult - 2;
    const minMs = suspicionTimeoutMs(suspicionMult, nodes, probeIntervalMs);
    const range = { minMs, maxMs: minMs * suspicionMaxTimeoutMult };
    const { name, incarnation, from } = claim;
    this.#arm(ctx, {
      name,
      incarnation,
      wanted,
      range,
      accusers: [from],
      startedAt: ctx.now,
      token: 0,
    });
  }

  /** Whether another accusation by `from` would be news. */
  isNewAccuser(name: string, from: string): boolean {
    const suspicion = this.#running.get(name);
    if (suspicion === undefined) return true;
    return suspicion.accusers.length - 1 < suspicion.wanted && !suspicion.accusers.includes(from);
  }

  /** Adds an accuser, which brings the end nearer. */
  confirm(ctx: Context, name: string, from: string): void {
    const suspicion = this.#running.get(name);
    if (suspicion === undefined) return;
    this.#arm(ctx, { ...suspicion, accusers: [...suspicion.accusers, from] });
  }

  /** Ends the suspicion of `name`, if there is one. */
  clear(name: string): void {
    this.#running.delete(name);
  }

  /** The suspicion that a timer belongs to, unless it ended or was armed anew since. */
  due(name: string, token: number): Suspicion | undefined {
    const suspicion = this.#running.get(name);
    return suspicion?.token === token ? suspicion : undefined;
  }

  /** Gives every suspicion `byMs` more: time in which this process could not hear a refutation. */
  postpone(ctx: Context, byMs: number): void {
    // A copy, because arming replaces the entries that are being walked.
    for (const suspicion of Array.from(this.#running.values())) {
      this.#arm(ctx, { ...suspicion, startedAt: suspicion.startedAt + byMs });
    }
  }

  #arm(ctx: Context, suspicion: Suspicion): void {
    this.#tokens += 1;
    const token = this.#tokens;
    this.#running.set(suspicion.name, { ...suspicion, token });
    const { accusers, wanted, range, startedAt, name } = suspicion;
    const lengthMs = suspicionLengthMs(accusers.length - 1, wanted, range);
    ctx.deadlines.arm(Math.max(ctx.now, startedAt + lengthMs), { kind: 'suspicion', name, token });
  }
}
