/**
 * Leaving gracefully: first Serf's leave intent, then SWIM's own word, then a while to let both spread.
 * Others then show the member as left instead of failed.
 */

import type { Cause } from '../model/fact.ts';
import type { Context } from './context.ts';
import { handleLeaveIntent, nodeGone } from './members.ts';
import { passOn } from './nodes.ts';

type Stage = 'intent' | 'dead' | 'propagate';

const cause: Cause = { kind: 'command', command: 'leave' };

export class Leaving {
  #commands: number[] = [];
  #stage: Stage | undefined;
  #isComplete = true;

  /** Leaves; a second call while leaving waits for the first. */
  start(ctx: Context, command: number): void {
    this.#commands.push(command);
    if (ctx.localState === 'left') return this.#finish(ctx);
    if (ctx.localState === 'leaving') return;
    ctx.localState = 'leaving';
    const time = ctx.memberClock.time;
    ctx.memberClock.increment();
    const node = ctx.options.name;
    const intent = { kind: 'leave-intent', time, node, prune: false } as const;
    handleLeaveIntent(ctx, intent, cause);
    if (!ctx.hasPeers) return this.#sayDead(ctx);
    this.#enter(ctx, 'intent', ctx.options.broadcastTimeoutMs);
    ctx.intentBroadcasts.add(ctx.codec.encodeSerf(intent), undefined, () => {
      this.#proceed(ctx, 'intent', true);
    });
  }

  /** A stage took as long as it may. */
  deadline(ctx: Context, stage: string): void {
    this.#proceed(ctx, stage, stage === 'propagate');
  }

  /** Called after each step: with nobody left to tell, there is nothing to wait for. */
  consider(ctx: Context): void {
    if (this.#stage === 'propagate' || this.#stage === undefined || ctx.hasPeers) return;
    this.#proceed(ctx, this.#stage, true);
  }

  #proceed(ctx: Context, stage: string, isComplete: boolean): void {
    if (stage !== this.#stage) return;
    this.#isComplete &&= isComplete;
    switch (this.#stage) {
      case 'intent':
        return this.#sayDead(ctx);
      case 'dead':
        return this.#enter(ctx, 'propagate', ctx.options.leavePropagateDelayMs);
      case 'propagate':
        return this.#finish(ctx);
      case undefined:
        return;
      default:
        return this.#stage satisfies never;
    }
  }

  #sayDead(ctx: Context): void {
    const { name, incarnation } = ctx.self;
    const dead = { kind: 'dead', incarnation, node: name, from: name } as const;
    const { hasPeers } = ctx;
    ctx.emit({ kind: 'node-left', name, at: ctx.now, cause, incarnation });
    nodeGone(ctx, name);
    if (!hasPeers) return this.#enter(ctx, 'propagate', 0);
    this.#enter(ctx, 'dead', ctx.options.broadcastTimeoutMs);
    passOn(ctx, dead, () => this.#proceed(ctx, 'dead', true));
  }

  #enter(ctx: Context, stage: Stage, delayMs: number): void {
    this.#stage = stage;
    ctx.arm(delayMs, { kind: 'command-deadline', command: 0, stage });
  }

  #finish(ctx: Context): void {
    ctx.localState = 'left';
    this.#stage = undefined;
    const value = { kind: 'leave', complete: this.#isComplete } as const;
    for (const id of this.#commands) {
      ctx.outputs.push({ kind: 'answered', id, result: { ok: true, value } });
    }
    this.#commands = [];
  }
}
