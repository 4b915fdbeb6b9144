/** Commands that are done once their broadcast has been sent often enough: force-leave and set-tags. */

import type { ErrorRecord } from '../model/error.ts';
import type { Tags } from '../model/member.ts';
import type { Context } from './context.ts';
import { handleLeaveIntent } from './members.ts';
import { announceSelf, metaBytesMax } from './nodes.ts';
import type { CommandResult, CommandValue } from './output.ts';

export class Announcements {
  /** Commands that still wait, with what they resolve to. */
  readonly #waiting = new Map<number, CommandValue>();

  /** Makes a failed member count as left, or with `prune` forgets it. */
  forceLeave(
    ctx: Context,
    command: number,
    request: { readonly name: string; readonly prune: boolean },
  ): void {
    const { name: node, prune } = request;
    const known = (ctx.members.get(node)?.memberState ?? 'none') !== 'none';
    const time = ctx.memberClock.time;
    ctx.memberClock.increment();
    const intent = { kind: 'leave-intent', time, node, prune } as const;
    handleLeaveIntent(ctx, intent, { kind: 'command', command: 'force-leave' });
    const done = this.#wait(ctx, command, { kind: 'force-leave', known });
    if (done !== undefined) ctx.intentBroadcasts.add(ctx.codec.encodeSerf(intent), undefined, done);
  }

  /** Replaces this node's tags. */
  setTags(ctx: Context, command: number, tags: Tags): void {
    const meta = ctx.codec.encodeTags(tags);
    if (meta.length > metaBytesMax) {
      const error = tagsTooLarge(meta.length);
      return finish(ctx, command, { ok: false, error });
    }
    const previousTags = ctx.tags;
    ctx.tags = tags;
    ctx.meta = meta;
    const cause = { kind: 'command', command: 'set-tags' } as const;
    const done = this.#wait(ctx, command, { kind: 'set-tags' });
    announceSelf(ctx, 0, cause, done);
    ctx.emit({ kind: 'member-updated', name: ctx.options.name, at: ctx.now, cause, previousTags });
  }

  /** Called after each step: with nobody left to tell, there is nothing to wait for. */
  consider(ctx: Context): void {
    if (this.#waiting.size === 0 || ctx.hasPeers) return;
    for (const [command, value] of this.#waiting) finish(ctx, command, { ok: true, value });
    this.#waiting.clear();
  }

  /** The broadcast of a command took longer than it may. What it said stands, and goes on spreading. */
  deadline(ctx: Context, command: number): void {
    const value = this.#waiting.get(command);
    if (value === undefined) return;
    this.#waiting.delete(command);
    const timeoutMs = ctx.options.broadcastTimeoutMs;
    const error: ErrorRecord = {
      code: 'ERR_TIMEOUT',
      message: `${value.kind} took effect here, but its news was not sent often enough within ${timeoutMs} ms; it goes on spreading`,
      details: { timeoutMs, command: value.kind },
    };
    finish(ctx, command, { ok: false, error });
  }

  /** Answers at once if there is nobody to tell; else returns what to call when all was sent. */
  #wait(ctx: Context, command: number, value: CommandValue): (() => void) | undefined {
    if (!ctx.hasPeers) {
      finish(ctx, command, { ok: true, value });
      return undefined;
    }
    this.#waiting.set(command, value);
    ctx.arm(ctx.options.broadcastTimeoutMs, { kind: 'command-deadline', command, stage: '' });
    return () => {
      if (this.#waiting.delete(command)) finish(ctx, command, { ok: true, value });
    };
  }
}

function tagsTooLarge(bytes: number): ErrorRecord {
  return {
    code: 'ERR_TAGS_SIZE',
    message: `the tags take ${bytes} bytes encoded, and at most ${metaBytesMax} fit: shorten or drop some`,
    details: { bytes, bytesMax: metaBytesMax },
  };
}

function finish(ctx: Context, id: number, result: CommandResult): void {
  ctx.outputs.push({ kind: 'answered', id, result });
}
