/** Facts as English sentences: what happened, who says so, and on what grounds. */

import { formatAddress, sameAddress } from '../model/address.ts';
import type { Cause, Fact, NodeClaim, ProbeReport } from '../model/fact.ts';
import type { LamportTime } from '../model/lamport.ts';
import type { Member } from '../model/member.ts';
import { durationText } from './time-text.ts';

/** What a sentence is said in: who observes, and what was known before. */
export interface Setting {
  /** Whose journal it is. */
  readonly observer: string;
  /** The member before the fact. */
  readonly before: Member | undefined;
  /** When the running suspicion began; `undefined` if there is none. */
  readonly suspectedAt: number | undefined;
  /** Accusers of the running suspicion after the first. */
  readonly confirmations: number;
  /** The name of who is at an `ip:port`, if it is known. */
  readonly nameAt: (address: string) => string | undefined;
}

/** A fact that led to others, or stands alone. */
export function sentenceOf(fact: Fact, setting: Setting): string {
  const { observer } = setting;
  const heard = heardText(fact.cause, setting);
  switch (fact.kind) {
    case 'node-joined':
      return joinedText(fact, fact.cause, setting);
    case 'node-refreshed':
      return refreshedText(fact, setting);
    case 'node-refuted':
      return `It refuted the suspicion${afterText(setting.suspectedAt, fact.at)}, with incarnation ${fact.incarnation}${heard}.`;
    case 'node-suspected':
      return suspectedText(fact.cause, fact.from, setting);
    case 'suspicion-confirmed':
      return confirmedText(fact.cause, fact.from, setting);
    case 'node-failed':
      return failedText(fact, setting);
    case 'node-left':
      return leftText(fact.cause, setting);
    case 'node-forgotten':
      return `${observer} forgot its address${fact.cause.kind === 'expiry' ? `, after it was gone for ${durationText(fact.cause.afterMs)}` : ''}.`;
    case 'name-conflicted':
      return `Another node claimed its name from ${formatAddress(fact.other)}${heard}, and was not believed: the name is known at ${formatAddress(fact.existing)}.`;
    case 'member-joined':
      return `It became a member${heard}.`;
    case 'member-updated':
      return `It changed its tags${heard}.`;
    case 'member-leaving':
      return leavingText(fact.cause, fact.statusTime, setting);
    case 'member-stayed':
      return `A newer join intent (Lamport time ${fact.statusTime}${fromText(fact.cause, setting)}) took the leave back.`;
    case 'member-time-advanced':
      return `An intent at Lamport time ${fact.statusTime} changed nothing${heard}.`;
    case 'member-left':
      return forcedText(fact.cause, fact.statusTime, setting);
    case 'member-failed':
      return `It counts as failed${heard}.`;
    case 'member-reaped':
      return reapedText(fact.cause, fact.reason, setting);
    default:
      return fact satisfies never;
  }
}

/** What a fact adds that followed from another one in the same step; empty if it goes without saying. */
export function consequenceText(fact: Fact, first: Fact): string {
  if (fact.kind === 'member-joined' && fact.memberState === 'leaving') {
    return ` Its leave intent (Lamport time ${fact.statusTime}) had been heard before, so it is leaving at once.`;
  }
  if (fact.kind === 'member-left' && first.kind === 'node-failed') {
    return ' It had announced before that it leaves, so it counts as left.';
  }
  if (fact.kind === 'member-failed' && first.kind === 'node-left') {
    return ' No leave intent of it had been heard, so it counts as failed.';
  }
  return fact.kind === 'member-reaped'
    ? ' Its record was removed at once, because the force-leave asked for that (prune).'
    : '';
}

/** `local health 0 (healthy)`: Lifeguard's score of the observer itself. */
export function healthText(observer: string, awareness: number): string {
  const meaning = awareness === 0 ? 'healthy' : 'it may itself be slow to hear';
  return `local health of ${observer}: ${awareness} (${meaning})`;
}

function joinedText(
  fact: NodeClaim & { readonly at: number },
  cause: Cause,
  setting: Setting,
): string {
  const { before, observer } = setting;
  if (cause.kind === 'command') return `${observer} was started.`;
  const heard = heardText(cause, setting);
  if (before === undefined || before.memberState === 'none') {
    return `It joined at ${formatAddress(fact.address)}${heard}.`;
  }
  const gone = before.memberState === 'left' ? 'left' : 'failed';
  const moved = sameAddress(before, fact.address)
    ? ''
    : `, now at ${formatAddress(fact.address)} instead of ${formatAddress(before)}`;
  const since = before.goneSince ?? before.nodeStateSince;
  return `It came back, ${durationText(fact.at - since)} after it had ${gone}${moved}, with incarnation ${fact.incarnation}${heard}.`;
}

function refreshedText(
  fact: { readonly cause: Cause; readonly incarnation: number },
  setting: Setting,
): string {
  const { cause, incarnation } = fact;
  if (cause.kind !== 'refutation') return `It announced itself anew${heardText(cause, setting)}.`;
  const { accuser, claim } = cause;
  const claimant = accuser === '' ? 'Somebody' : nameText(accuser, setting);
  const claimed = claim === 'alive' ? 'something else of it' : `that it is ${claim}`;
  return `${claimant} claimed ${claimed}; it refuted that itself, with incarnation ${incarnation}.`;
}

function suspectedText(cause: Cause, from: string, setting: Setting): string {
  const { observer } = setting;
  if (cause.kind === 'probe') {
    return `${probeText(cause.report, observer)} So ${observer} suspects it.`;
  }
  if (cause.kind === 'push-pull') {
    return `A push/pull with ${viaText(cause.via, setting)} showed it as suspect or failed. ${observer} takes that for a suspicion only: the other side may be the one that is cut off.`;
  }
  return `${who(from)} suspects it${heardText(cause, setting)}.`;
}

function confirmedText(cause: Cause, from: string, setting: Setting): string {
  const nth = `confirmation ${setting.confirmations}`;
  if (cause.kind === 'probe') {
    return `${probeText(cause.report, setting.observer)} So ${who(from)} suspects it too (${nth}).`;
  }
  return `${who(from)} suspects it too (${nth})${heardText(cause, setting)}.`;
}

function failedText(
  fact: { readonly cause: Cause; readonly from: string; readonly at: number },
  setting: Setting,
): string {
  const { cause, from, at } = fact;
  if (cause.kind !== 'suspicion-timeout') {
    const after = afterText(setting.suspectedAt, at);
    return `${who(from)} declared it failed${after}${heardText(cause, setting)}.`;
  }
  const { accusers, wanted, timeoutMs, awareness } = cause;
  const [first = '', ...others] = accusers;
  const confirmed =
    wanted === 0
      ? 'no confirmations are waited for in a cluster so small'
      : `${others.length} of ${wanted} wanted confirmations${others.length === 0 ? '' : ` (${others.join(', ')})`}`;
  return `The suspicion by ${who(first)} ran out after ${durationText(timeoutMs)} without a refutation; ${confirmed}. So ${who(from)} declared it failed; ${healthText(setting.observer, awareness)}.`;
}

function leftText(cause: Cause, setting: Setting): string {
  const { observer } = setting;
  if (cause.kind === 'command') return `${observer} told the others that it is gone.`;
  return cause.kind === 'push-pull'
    ? `A push/pull with ${viaText(cause.via, setting)} showed it as left.`
    : `It said itself that it is gone${heardText(cause, setting)}.`;
}

function leavingText(cause: Cause, time: LamportTime, setting: Setting): string {
  if (cause.kind !== 'command') {
    return `It announced that it leaves, or was told to: leave intent at Lamport time ${time}${fromText(cause, setting)}.`;
  }
  const { observer } = setting;
  return cause.command === 'force-leave'
    ? `The user of ${observer} told it to leave: leave intent at Lamport time ${time}.`
    : `The user of ${observer} had it leave: leave intent at Lamport time ${time}.`;
}

function forcedText(cause: Cause, time: LamportTime, setting: Setting): string {
  const user = cause.kind === 'command' ? `The user of ${setting.observer}` : 'Somebody';
  return `${user} declared the failed member as left (force-leave): leave intent at Lamport time ${time}${fromText(cause, setting)}.`;
}

function reapedText(cause: Cause, reason: string, { before, observer }: Setting): string {
  if (reason === 'prune') return 'Its record was removed on request (force-leave with prune).';
  const state = reason === 'failed-timeout' ? 'failed' : 'left';
  const option = reason === 'failed-timeout' ? 'reconnectTimeoutMs' : 'tombstoneTimeoutMs';
  const kept = cause.kind === 'expiry' ? ` for longer than ${durationText(cause.afterMs)}` : '';
  const member = before?.memberState === 'none' ? '' : `, so ${observer} reaped its record`;
  return `It had been ${state}${kept} (${option}, unless it had a time of its own)${member}.`;
}

function probeText(report: ProbeReport, observer: string): string {
  const { relays, stream, timeoutMs, awareness } = report;
  const nacks = relays.filter(({ outcome }) => outcome === 'nack').map(({ name }) => name);
  const silent = relays.filter(({ outcome }) => outcome === 'silent').map(({ name }) => name);
  const parts = [
    relays.length === 0 ? 'there was nobody else to ask' : '',
    nacks.length === 0 ? '' : `${nacks.join(', ')} had no answer from it either (nack)`,
    silent.length === 0 ? '' : `${silent.join(', ')} did not say anything in time`,
    stream === 'failed' ? 'a probe over TCP failed too' : 'TCP was not tried',
    healthText(observer, awareness),
  ].filter((part) => part !== '');
  return `${observer} probed it and had no answer within ${durationText(timeoutMs)}: ${parts.join('; ')}.`;
}

/** How the observer came to hear of it: the end of a sentence, or nothing. */
function heardText(cause: Cause, setting: Setting): string {
  switch (cause.kind) {
    case 'gossip':
      return `, heard by gossip from ${viaText(cause.via, setting)}`;
    case 'push-pull':
      return `, heard in a push/pull with ${viaText(cause.via, setting)}`;
    case 'intent':
      return `, by an intent at Lamport time ${cause.time}${fromText(cause, setting)}`;
    case 'command':
      return `, because the user of ${setting.observer} asked for it (${cause.command})`;
    case 'refutation':
    case 'probe':
    case 'suspicion-timeout':
    case 'expiry':
    case 'checkpoint':
    case 'consequence':
      return '';
    default:
      return cause satisfies never;
  }
}

function fromText(cause: Cause, setting: Setting): string {
  return 'via' in cause ? `, heard from ${viaText(cause.via, setting)}` : '';
}

function viaText(via: string, setting: Setting): string {
  if (via === '' || via === ':0') return 'a node that is not known any more';
  return nameText(via, setting);
}

function nameText(address: string, { nameAt }: Setting): string {
  const name = nameAt(address);
  return name === undefined ? address : `${name} (${address})`;
}

function who(name: string): string {
  return name === '' ? 'somebody' : name;
}

/** How long the suspicion had run, if there was one. */
function afterText(since: number | undefined, at: number): string {
  return since === undefined ? '' : ` after ${durationText(at - since)}`;
}
