import { expect, it } from 'vitest';
import { memberTable, nodeTable } from '../../../src/machines/tables.ts';

it('takes a self-authored death as a leave', () => {
  const step = nodeTable.step(
    'alive',
    { type: 'dead', incarnation: 3, isOwn: true },
    { incarnation: 3 },
  );
  expect(step).toEqual({ target: 'left', facts: ['node-left'], remembers: true });
});

it('makes a failed member left by a newer leave intent', () => {
  const step = memberTable.step('failed', { type: 'leave-intent', time: 4 }, { statusTime: 3 });
  expect(step).toEqual({ target: 'left', facts: ['member-left'], remembers: true });
});
