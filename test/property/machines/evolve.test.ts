/** The fold of the facts is where the machines are: decided by one, evolved by the other, the same. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createActor } from 'xstate';
import { memberMachine } from '../../../src/machines/member-machine.ts';
import { nodeMachine } from '../../../src/machines/node-machine.ts';
import { memberStatus } from '../../../src/model/member.ts';
import { runs } from './seed.ts';
import { Walk, histories } from './walk.ts';

it('folds the facts of any history to the states and orders of live actors of both machines', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const walk = new Walk();
      const node = createActor(nodeMachine).start();
      const member = createActor(memberMachine).start();
      for (const stimulus of history) {
        const count = walk.heard.length;
        walk.take({ ...stimulus, name: 'a' });
        for (const { machine, event } of walk.heard.slice(count)) {
          if (machine === 'node') node.send(event);
          else member.send(event);
        }
        const record = walk.members.get('a');
        expect({
          nodeState: record?.nodeState ?? 'unknown',
          memberState: record?.memberState ?? 'none',
          incarnation: record?.incarnation ?? 0,
          statusTime: record?.statusTime ?? 0,
        }).toEqual({
          nodeState: node.getSnapshot().value,
          memberState: member.getSnapshot().value,
          ...node.getSnapshot().context,
          ...member.getSnapshot().context,
        });
      }
    }),
    runs(300),
  );
});

it('keeps of each record the status that its two states make, and no record of the unknown', () => {
  fc.assert(
    fc.property(histories, (history) => {
      for (const { name, status, nodeState, memberState } of new Walk(history).members.values()) {
        expect(status, name).toBe(memberStatus(nodeState, memberState));
        expect(nodeState === 'unknown' && memberState === 'none', name).toBe(false);
      }
    }),
    runs(500),
  );
});
