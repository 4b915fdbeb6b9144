/** The tables do what XState does with the machines they were compiled from: state, context, actions. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { memberMachine } from '../../../src/machines/member-machine.ts';
import { nodeMachine } from '../../../src/machines/node-machine.ts';
import { memberTable, nodeTable } from '../../../src/machines/tables.ts';
import type { MemberState, NodeState } from '../../../src/model/member.ts';
import { memberEvents, memberEventsAround, nodeEvents, nodeEventsAround } from './events.ts';
import { askMachine, askTable } from './oracle.ts';
import { runs } from './seed.ts';

const nodeStates: readonly NodeState[] = ['unknown', 'alive', 'suspect', 'failed', 'left'];
const memberStates: readonly MemberState[] = ['none', 'alive', 'leaving', 'left', 'failed'];
const boundaries = [0, 1, 7, 2 ** 32 - 1];

describe('on every state, event type and combination of guard inputs', () => {
  it.each(nodeStates)('the node table answers as XState does from %s', (state) => {
    for (const incarnation of boundaries) {
      const context = { incarnation };
      for (const event of nodeEventsAround(incarnation)) {
        const question = { state, context, event };
        const label = JSON.stringify(question);
        expect(askTable(nodeTable, question), label).toEqual(askMachine(nodeMachine, question));
      }
    }
  });

  it.each(memberStates)('the member table answers as XState does from %s', (state) => {
    for (const statusTime of boundaries) {
      const context = { statusTime };
      for (const event of memberEventsAround(statusTime)) {
        const question = { state, context, event };
        const label = JSON.stringify(question);
        expect(askTable(memberTable, question), label).toEqual(askMachine(memberMachine, question));
      }
    }
  });

  it('covers all states of both machines', () => {
    expect(Object.keys(nodeMachine.states)).toEqual(nodeStates);
    expect(Object.keys(memberMachine.states)).toEqual(memberStates);
  });

  it('starts both tables where XState starts', () => {
    expect(nodeTable.initial).toBe(createActor(nodeMachine).getSnapshot().value);
    expect(memberTable.initial).toBe(createActor(memberMachine).getSnapshot().value);
  });
});

describe('over random sequences', () => {
  it('the node table stays with a live actor and with transition()', () => {
    fc.assert(
      fc.property(fc.array(nodeEvents, { maxLength: 30, size: 'max' }), (events) => {
        const actor = createActor(nodeMachine).start();
        let state = nodeTable.initial;
        let context = { incarnation: 0 };
        for (const event of events) {
          const question = { state, context, event };
          const answer = askTable(nodeTable, question);
          expect(answer).toEqual(askMachine(nodeMachine, question));
          actor.send(event);
          expect(actor.getSnapshot()).toMatchObject({
            value: answer.state,
            context: answer.context,
          });
          ({ state, context } = answer);
        }
      }),
      runs(300),
    );
  });

  it('the member table stays with a live actor and with transition()', () => {
    fc.assert(
      fc.property(fc.array(memberEvents, { maxLength: 30, size: 'max' }), (events) => {
        const actor = createActor(memberMachine).start();
        let state = memberTable.initial;
        let context = { statusTime: 0 };
        for (const event of events) {
          const question = { state, context, event };
          const answer = askTable(memberTable, question);
          expect(answer).toEqual(askMachine(memberMachine, question));
          actor.send(event);
          expect(actor.getSnapshot()).toMatchObject({
            value: answer.state,
            context: answer.context,
          });
          ({ state, context } = answer);
        }
      }),
      runs(300),
    );
  });
});
