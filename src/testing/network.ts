/** The network between the simulated machines: decides for each packet and stream what becomes of it. */

import type { Random } from '../model/random.ts';
import { defaultConditions, drawDelay } from './link.ts';
import type { LinkConditions, LinkRule, Protocol } from './link.ts';
import { quantise } from './node-clock.ts';

/** Rules in force at once: each is looked at for each packet. */
export const linkRulesMax = 256;

/** A lost stream segment is sent again after this long, then twice as long, … (Linux's minimum). */
const retransmissionTimeoutMs = 200;
/** After so many losses in a row the delay stops growing; the stream's own timeout ends it. */
const retransmissionsMax = 8;

/** Which way something goes: indexes of nodes. */
export interface Route {
  readonly from: number;
  readonly to: number;
}

/** Why a datagram does not arrive. */
export type LossReason = 'loss' | 'cut' | 'mtu';

/** What becomes of a datagram: why it is lost, or one or two travel times. */
export type Fate =
  | { readonly kind: 'lost'; readonly reason: LossReason }
  | {
      readonly kind: 'delivered';
      readonly delayMs: number;
      readonly copyDelayMs: number | undefined;
    };

const lost: Readonly<Record<LossReason, Fate>> = {
  loss: { kind: 'lost', reason: 'loss' },
  cut: { kind: 'lost', reason: 'cut' },
  mtu: { kind: 'lost', reason: 'mtu' },
};

export class Network {
  #conditions: LinkConditions;
  #rules: readonly LinkRule[] = [];
  #lastRule = 0;

  constructor(conditions: Partial<LinkConditions>) {
    this.#conditions = { ...defaultConditions, ...conditions };
  }

  /** The conditions where no rule says otherwise. */
  get conditions(): LinkConditions {
    return this.#conditions;
  }

  /** Changes the conditions where no rule says otherwise. */
  change(conditions: Partial<LinkConditions>): void {
    this.#conditions = { ...this.#conditions, ...conditions };
  }

  get rules(): readonly LinkRule[] {
    return this.#rules;
  }

  /** Adds a rule, which wins over earlier ones; `undefined` if there are too many already. */
  addRule(rule: Omit<LinkRule, 'id'>): LinkRule | undefined {
    if (this.#rules.length >= linkRulesMax) return undefined;
    this.#lastRule += 1;
    const added = { ...rule, id: this.#lastRule };
    this.#rules = [...this.#rules, added];
    return added;
  }

  /** Removes the rules that `isGone` names. */
  removeRules(isGone: (rule: LinkRule) => boolean): void {
    this.#rules = this.#rules.filter((rule) => !isGone(rule));
  }

  /** The conditions for one direction between two nodes. */
  between(route: Route, protocol: Exclude<Protocol, 'all'>): LinkConditions {
    let conditions = this.#conditions;
    // A node always reaches itself: its own traffic never leaves the machine.
    if (this.#rules.length === 0 || route.from === route.to) return conditions;
    for (const rule of this.#rules) {
      if (rule.protocol !== 'all' && rule.protocol !== protocol) continue;
      if (rule.from !== undefined && !rule.from.has(route.from)) continue;
      if (rule.to !== undefined && !rule.to.has(route.to)) continue;
      conditions = { ...conditions, ...rule.conditions };
    }
    return conditions;
  }

  /** What becomes of a datagram of `bytes`. */
  datagram(route: Route, bytes: number, random: Random): Fate {
    const conditions = this.between(route, 'udp');
    if (conditions.isBlocked) return lost.cut;
    if (bytes > conditions.datagramBytesMax) return lost.mtu;
    if (conditions.lossRate > 0 && random() < conditions.lossRate) return lost.loss;
    const delayMs = travel(conditions, random);
    const isDoubled = conditions.duplicateRate > 0 && random() < conditions.duplicateRate;
    const copyDelayMs = isDoubled ? delayMs + travel(conditions, random) : undefined;
    return { kind: 'delivered', delayMs, copyDelayMs };
  }

  /** How long one flight of a stream takes in this direction; `undefined` if nothing passes. */
  flight(route: Route, random: Random): number | undefined {
    const conditions = this.between(route, 'tcp');
    if (conditions.isBlocked) return undefined;
    let delayMs = drawDelay(conditions.delay, random);
    let timeoutMs = retransmissionTimeoutMs;
    for (let attempt = 0; attempt < retransmissionsMax; attempt += 1) {
      if (conditions.lossRate === 0 || random() >= conditions.lossRate) break;
      delayMs += timeoutMs;
      timeoutMs *= 2;
    }
    return quantise(delayMs);
  }
}

function travel(conditions: LinkConditions, random: Random): number {
  const delayMs = drawDelay(conditions.delay, random);
  if (conditions.reorderRate === 0 || random() >= conditions.reorderRate) return delayMs;
  return quantise(delayMs + random() * conditions.reorderMs);
}
