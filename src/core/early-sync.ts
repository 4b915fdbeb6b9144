/**
 * Extra push/pulls while a cluster grows fast. Gossip sends a message only so often, counted by how
 * large the cluster looks; when many join at once most of it is spent while it still looks small, and
 * the next regular push/pull is half a minute off.
 */

import type { Context } from './context.ts';

/** Share of new nodes since the last push/pull from which another one is worth its bytes. */
const growthMin = 0.02;

/** Delay of the first extra push/pull; each one doubles it, quiet resets it. */
const delayMsMin = 250;

/** A larger cluster waits longer, so that an exchange finds most of what there is to find. */
const delayMsPerNode = 2;

export class EarlySync {
  #nodesAtSync = 1;
  #delayMs = delayMsMin;
  #isArmed = false;
  #lastAt = 0;

  /** A push/pull is over, with whomever: what was learned by it needs no other. */
  synced(ctx: Context): void {
    this.#nodesAtSync = Math.max(1, ctx.roster.size);
  }

  /** Arms an extra push/pull if the cluster has grown by enough since the last one. */
  consider(ctx: Context): void {
    if (this.#isArmed || !this.#hasGrown(ctx)) return;
    const { pushPullIntervalMs } = ctx.options;
    if (pushPullIntervalMs === 0) return;
    if (ctx.now - this.#lastAt > pushPullIntervalMs) this.#delayMs = delayMsMin;
    this.#isArmed = true;
    const delayMs = Math.max(this.#delayMs, delayMsPerNode * ctx.roster.size);
    // At a random moment of the second half, so that those who joined together do not ask together.
    ctx.arm(delayMs * (0.5 + ctx.random() / 2), { kind: 'early-sync' });
    this.#delayMs = Math.min(delayMs * 2, pushPullIntervalMs);
  }

  /** The extra push/pull is due; whether there is still a reason for it. */
  isDue(ctx: Context): boolean {
    this.#isArmed = false;
    this.#lastAt = ctx.now;
    return this.#hasGrown(ctx);
  }

  #hasGrown(ctx: Context): boolean {
    const nodes = this.#nodesAtSync;
    return ctx.roster.size >= nodes + Math.max(2, nodes * growthMin);
  }
}
