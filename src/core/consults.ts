/**
 * Decisions that are the user's: may these nodes be merged, may this node be taken. The question goes
 * out, the matter waits, and a verdict or the deadline settles it.
 */

import type { Address } from '../model/address.ts';
import type { Tags, Versions } from '../model/member.ts';
import type { Context } from './context.ts';

/** Matters that wait for a verdict at once; beyond it the default is taken at once. */
export const consultsMax = 1024;

/** A node that asks to be taken, as it describes itself. */
export interface Candidate extends Address {
  readonly name: string;
  readonly tags: Tags;
  readonly versions: Versions;
  readonly incarnation: number;
}

/** What the user is asked. */
export type Consultation =
  /** A join, ours or another's: may this node's list and that of `via` become one? */
  | { readonly kind: 'merge'; readonly candidates: readonly Candidate[]; readonly via: string }
  /** A node is new, back, elsewhere, or has other tags: may it be taken? */
  | { readonly kind: 'alive'; readonly candidate: Candidate; readonly via: string };

/** The user's word; `reason` is told to whoever asked to join. */
export type Verdict =
  { readonly accept: true } | { readonly accept: false; readonly reason: string };

/** Which questions the user wants to be asked, and what holds if no verdict comes in time. */
export interface ConsultOptions {
  readonly merge: boolean;
  readonly alive: boolean;
  readonly timeoutMs: number;
  /** Refusing is the safe default: who asks will ask again, who was let in stays. */
  readonly acceptOnTimeout: boolean;
}

type Settle = (verdict: Verdict) => void;

export class Consults {
  readonly #open = new Map<number, Settle>();
  #last = 0;

  get size(): number {
    return this.#open.size;
  }

  /** Asks; `settle` is called once, in this step if there are too many open questions. */
  ask(ctx: Context, consultation: Consultation, settle: Settle): void {
    const { timeoutMs } = ctx.options.consults;
    if (this.#open.size >= consultsMax)
      return settle(defaultVerdict(ctx, 'too many open questions'));
    this.#last += 1;
    this.#open.set(this.#last, settle);
    ctx.outputs.push({ kind: 'consult', id: this.#last, consultation });
    ctx.arm(timeoutMs, { kind: 'consult-deadline', consult: this.#last });
  }

  /** The user's verdict; one that comes too late changes nothing. */
  settle(consult: number, verdict: Verdict): void {
    const settle = this.#open.get(consult);
    this.#open.delete(consult);
    settle?.(verdict);
  }

  /** No verdict came in time. */
  deadline(ctx: Context, consult: number): void {
    if (!this.#open.has(consult)) return;
    ctx.note('warn', 'a delegate gave no verdict in time, the default holds', {
      accept: ctx.options.consults.acceptOnTimeout,
      timeoutMs: ctx.options.consults.timeoutMs,
    });
    this.settle(consult, defaultVerdict(ctx, 'no verdict in time'));
  }
}

function defaultVerdict(ctx: Context, reason: string): Verdict {
  return ctx.options.consults.acceptOnTimeout ? { accept: true } : { accept: false, reason };
}
