/** Joining: exchanging states with addresses that the user named. */

import type { Address } from '../model/address.ts';
import { formatAddress, ipFromBytes, sameAddress } from '../model/address.ts';
import { nodeStateNumbers } from '../model/member.ts';
import type { PushPull, StreamMessage } from '../model/message.ts';
import type { Context } from './context.ts';
import type { ExchangeFailure, JoinTarget } from './input.ts';
import { broadcastJoinIntent } from './members.ts';
import type { JoinFailure } from './output.ts';
import { mergeState, startPushPull } from './push-pull.ts';
import { releaseHeldEvents } from './user-events.ts';

/** Targets of one join tried at once. */
const joinConcurrencyMax = 8;

interface Join {
  readonly waiting: JoinTarget[];
  readonly joined: JoinTarget[];
  readonly failures: JoinFailure[];
  readonly ignoreOld: boolean;
  running: number;
}

export class Joins {
  readonly #running = new Map<number, Join>();

  start(
    ctx: Context,
    command: number,
    request: { readonly targets: readonly JoinTarget[]; readonly ignoreOld: boolean },
  ): void {
    const join = {
      waiting: request.targets.toReversed(),
      joined: [],
      failures: [],
      ignoreOld: request.ignoreOld,
      running: 0,
    };
    if (join.ignoreOld) ctx.heldEvents.joinStarted();
    this.#running.set(command, join);
    this.#proceed(ctx, command, join);
  }

  /** The state of a target arrived. */
  replied(
    ctx: Context,
    join: { readonly command: number; readonly target: JoinTarget },
    message: StreamMessage,
  ): void {
    const running = this.#running.get(join.command);
    if (running === undefined) return;
    if (message.kind !== 'push-pull') return this.failed(ctx, join, strangeReply(message));
    const holder = nameHolder(ctx, message);
    if (holder !== undefined) {
      const text = `the name ${ctx.options.name} belongs to a live member at ${formatAddress(holder)}`;
      return this.failed(ctx, join, { reason: 'name-taken', text });
    }
    const options = { ignoreOldEvents: running.ignoreOld };
    mergeState(ctx, message, join.target, options, (refusal) => {
      if (refusal !== undefined) return this.failed(ctx, join, refusal);
      running.joined.push(join.target);
      return this.#ended(ctx, join.command);
    });
  }

  /** A target could not be reached, or not understood. */
  failed(
    ctx: Context,
    join: { readonly command: number; readonly target: JoinTarget },
    failure: ExchangeFailure,
  ): void {
    this.#running.get(join.command)?.failures.push({ ...failure, target: join.target });
    this.#ended(ctx, join.command);
  }

  #ended(ctx: Context, command: number): void {
    const join = this.#running.get(command);
    if (join === undefined) return;
    join.running -= 1;
    this.#proceed(ctx, command, join);
  }

  #proceed(ctx: Context, command: number, join: Join): void {
    while (join.running < joinConcurrencyMax) {
      const target = join.waiting.pop();
      if (target === undefined) break;
      join.running += 1;
      startPushPull(ctx, target, { kind: 'join', command, target });
    }
    if (join.running > 0) return;
    this.#running.delete(command);
    if (join.ignoreOld) releaseHeldEvents(ctx);
    if (join.joined.length > 0 && ctx.localState === 'alive') broadcastJoinIntent(ctx);
    const { joined, failures } = join;
    const value = { kind: 'join', joined, failures } as const;
    ctx.outputs.push({ kind: 'answered', id: command, result: { ok: true, value } });
  }
}

function strangeReply(message: Exclude<StreamMessage, PushPull>): ExchangeFailure {
  return message.kind === 'error'
    ? { reason: 'remote-error', text: message.text }
    : { reason: 'unreadable', text: `answered a push/pull with ${message.kind}` };
}

/**
 * The address of a live member that already has this node's name, if the remote state shows one. The
 * newcomer yields at once: it has not disturbed anybody yet, and a vote of two decides nothing.
 */
function nameHolder(ctx: Context, remote: PushPull): Address | undefined {
  const entry = remote.nodes.find(({ name }) => ctx.isSelf(name));
  if (entry === undefined || entry.state > nodeStateNumbers.suspect) return undefined;
  const ip = ipFromBytes(entry.address);
  if (ip === undefined) return undefined;
  const holder = { ip, port: entry.port };
  return sameAddress(holder, ctx.options.advertise) ? undefined : holder;
}
