/**
 * Random histories of a cluster as one node sees it: stimuli go through both machines' tables as the
 * engine couples them, and out come facts. Used wherever a property needs histories that can happen.
 */

import fc from 'fast-check';
import type { MemberMachineEvent } from '../../../src/machines/member-machine.ts';
import type { NodeMachineEvent } from '../../../src/machines/node-machine.ts';
import { heardBySerf } from '../../../src/machines/member-product.ts';
import { memberTable, nodeTable } from '../../../src/machines/tables.ts';
import { evolve } from '../../../src/model/evolve.ts';
import type { Members } from '../../../src/model/evolve.ts';
import type { Cause, Fact, NodeClaim, NodeFact } from '../../../src/model/fact.ts';
import type { Member } from '../../../src/model/member.ts';
import { ownVersions } from '../../../src/model/versions.ts';
import { memberEvents, nodeEvents } from './events.ts';

/** Something heard about a node, after `afterMs`. `role` is the tag that a claim of life carries. */
export interface Stimulus {
  readonly name: string;
  readonly afterMs: number;
  readonly role: string;
  readonly event: NodeMachineEvent | MemberMachineEvent;
}

/** An event on its way to one of the two machines of a name. */
export type Heard =
  | { readonly machine: 'node'; readonly name: string; readonly event: NodeMachineEvent }
  | { readonly machine: 'member'; readonly name: string; readonly event: MemberMachineEvent };

const intents = memberEvents.filter(({ type }) => !type.startsWith('node-'));

const stimuli: fc.Arbitrary<Stimulus> = fc.record({
  name: fc.constantFrom('a', 'b', 'c'),
  afterMs: fc.integer({ min: 1, max: 1000 }),
  role: fc.constantFrom('web', 'db'),
  event: fc.oneof({ weight: 3, arbitrary: nodeEvents }, { weight: 2, arbitrary: intents }),
});

// Without the size, fast-check keeps most histories under ten steps.
export const histories: fc.Arbitrary<readonly Stimulus[]> = fc.array(stimuli, {
  maxLength: 60,
  size: 'max',
});

/** Folds stimuli into facts, keeping the view that they make. */
export class Walk {
  readonly members: Members = new Map();
  readonly facts: Fact[] = [];
  /** Every event that a machine was asked about, in order. */
  readonly heard: Heard[] = [];
  now = 1_000_000;

  constructor(history: readonly Stimulus[] = []) {
    for (const stimulus of history) this.take(stimulus);
  }

  take(stimulus: Stimulus): void {
    this.now += stimulus.afterMs;
    const { event } = stimulus;
    switch (event.type) {
      case 'alive':
      case 'suspect':
      case 'dead':
      case 'suspicion-expired':
      case 'forget':
        return this.#stepNode(stimulus, event);
      case 'node-joined':
      case 'node-updated':
      case 'node-gone':
      case 'leave-intent':
      case 'join-intent':
      case 'reap':
      case 'prune':
        return this.#stepMember(stimulus.name, event, undefined);
      default:
        event satisfies never;
    }
  }

  #stepNode(stimulus: Stimulus, event: NodeMachineEvent): void {
    const { name } = stimulus;
    this.heard.push({ machine: 'node', name, event });
    const before = this.members.get(name);
    const context = { incarnation: before?.incarnation ?? 0 };
    const step = nodeTable.step(before?.nodeState ?? 'unknown', event, context);
    for (const kind of step?.facts ?? []) {
      this.#emit(nodeFact(kind, this.now, stimulus, event));
      const heard = heardBySerf(kind);
      if (heard === 'node-joined') {
        this.#stepMember(name, { type: heard, intent: undefined, intentTime: 0 }, before);
      } else if (heard === 'node-gone') {
        this.#stepMember(name, { type: heard }, before);
      } else if (before?.tags.get('role') !== this.members.get(name)?.tags.get('role')) {
        this.#stepMember(name, { type: 'node-updated' }, before);
      }
    }
  }

  #stepMember(name: string, event: MemberMachineEvent, before: Member | undefined): void {
    const member = this.members.get(name);
    if (member === undefined) return;
    this.heard.push({ machine: 'member', name, event });
    const step = memberTable.step(member.memberState, event, member);
    if (step === undefined) return;
    const { statusTime } = step.remembers ? memberTable.remember(member, event) : member;
    const memberState = step.target === 'leaving' ? 'leaving' : 'alive';
    for (const kind of step.facts) {
      // More fields than the kind has do no harm here.
      const fact = {
        kind,
        name,
        at: this.now,
        cause,
        statusTime,
        memberState,
        previousTags: before?.tags ?? member.tags,
        forced: member.memberState === 'failed',
        reason: 'prune',
      } as const;
      this.#emit(fact);
    }
  }

  #emit(fact: Fact): void {
    evolve(this.members, fact);
    this.facts.push(fact);
  }
}

const cause: Cause = { kind: 'gossip', via: '127.0.0.1:7946' };

function nodeFact(
  kind: NodeFact['kind'],
  at: number,
  stimulus: Stimulus,
  event: NodeMachineEvent,
): NodeFact {
  const incarnation = 'incarnation' in event ? event.incarnation : 0;
  const port = 'addressChanged' in event && event.addressChanged ? 7947 : 7946;
  const claim: NodeClaim = {
    incarnation,
    address: { ip: '127.0.0.1', port },
    meta: new TextEncoder().encode(stimulus.role),
    tags: new Map([['role', stimulus.role]]),
    versions: ownVersions,
  };
  const from = event.type === 'dead' && event.isOwn ? stimulus.name : 'z';
  // More fields than the kind has do no harm here.
  return { kind, name: stimulus.name, at, cause, from, ...claim } as NodeFact;
}
