/** Words for the trace: facts, packets and commands in a few columns. */

import type { Command } from '../core/input.ts';
import type { Cause, Fact } from '../model/fact.ts';
import { formatAddress } from '../model/address.ts';
import type { PacketMessage } from '../model/message.ts';
import type { Tags } from '../model/member.ts';
import type { Told } from './told.ts';

/** `node-suspected n7 #3 by n2 (probe)`. */
export function describeFact(fact: Fact): string {
  return `${fact.kind} ${fact.name}${detail(fact)} (${describeCause(fact.cause)})`;
}

function detail(fact: Fact): string {
  switch (fact.kind) {
    case 'node-joined':
    case 'node-refreshed':
    case 'node-refuted':
      return ` #${fact.incarnation} at ${formatAddress(fact.address)}`;
    case 'node-suspected':
    case 'suspicion-confirmed':
    case 'node-failed':
      return ` #${fact.incarnation} by ${fact.from}`;
    case 'node-left':
      return ` #${fact.incarnation}`;
    case 'member-joined':
      return ` ${fact.memberState} @${fact.statusTime}`;
    case 'member-leaving':
    case 'member-stayed':
    case 'member-time-advanced':
      return ` @${fact.statusTime}`;
    case 'member-left':
      return ` @${fact.statusTime}${fact.forced ? ' forced' : ''}`;
    case 'member-reaped':
      return ` ${fact.reason}`;
    case 'name-conflicted':
      return ` at ${formatAddress(fact.existing)} and ${formatAddress(fact.other)}`;
    case 'node-forgotten':
    case 'member-updated':
    case 'member-failed':
      return '';
    default:
      return fact satisfies never;
  }
}

function describeCause(cause: Cause): string {
  switch (cause.kind) {
    case 'gossip':
    case 'push-pull':
      return `${cause.kind} ${cause.via}`;
    case 'intent':
      return `intent @${cause.time}`;
    case 'command':
      return `command ${cause.command}`;
    case 'refutation':
      return `refutes ${cause.claim} by ${cause.accuser}`;
    case 'suspicion-timeout':
      return `suspicion of ${cause.accusers.length} ran out`;
    case 'probe':
    case 'expiry':
    case 'consequence':
    case 'checkpoint':
      return cause.kind;
    default:
      return cause satisfies never;
  }
}

/** `ping alive*3 (412 B)`: what a packet carries, in order, repeats counted. */
export function describePacket(messages: readonly PacketMessage[], bytes: number): string {
  let text = '';
  let index = 0;
  while (index < messages.length) {
    const kind = (messages[index] as PacketMessage).kind;
    let end = index + 1;
    while (end < messages.length && messages[end]?.kind === kind) end += 1;
    text += end - index === 1 ? `${kind} ` : `${kind}*${end - index} `;
    index = end;
  }
  return `${text}(${bytes} B)`;
}

export function describeCommand(command: Command): string {
  switch (command.kind) {
    case 'join':
      return `join ${command.targets.map(formatAddress).join(' ')}${command.ignoreOld ? ' ignoring old events' : ''}`;
    case 'leave':
      return 'leave';
    case 'force-leave':
      return `force-leave ${command.name}${command.prune ? ' and prune' : ''}`;
    case 'set-tags':
      return `set-tags ${describeTags(command.tags)}`;
    case 'user-event':
    case 'query':
      return `${command.kind} ${command.name} (${command.payload.length} B)`;
    case 'end-query':
    case 'respond':
    case 'keys':
    case 'keep-gone':
      return command.kind;
    default:
      return command satisfies never;
  }
}

/** `role=web zone=a`, or `none`. */
export function describeTags(tags: Tags): string {
  return tags.size === 0 ? 'none' : [...tags].map(([key, value]) => `${key}=${value}`).join(' ');
}

/** What a node tells its user beside member events. */
export function describeTold(told: Told): string {
  switch (told.kind) {
    case 'user-event':
      return `user-event ${told.event.name} @${told.event.time} (${told.event.payload.length} B)`;
    case 'query':
      return `query ${told.query.name} @${told.query.time} by ${told.query.from}`;
    case 'query-progress':
      return `${told.payload === undefined ? 'ack' : 'response'} from ${told.from}`;
    default:
      return told satisfies never;
  }
}
