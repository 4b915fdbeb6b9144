import { describe, expect, it } from 'vitest';
import { createActor, toPromise } from 'xstate';
import { localNodeMachine } from '../../../src/machines/index.ts';
import type { LocalNodeEvent, LocalNodeState } from '../../../src/machines/index.ts';

/** Every state that a new node is in, one after the other. */
function lifeOf(...events: readonly LocalNodeEvent['type'][]): readonly LocalNodeState[] {
  const actor = createActor(localNodeMachine);
  const states: LocalNodeState[] = [];
  actor.subscribe(({ value }) => {
    if (states.at(-1) !== value) states.push(value);
  });
  actor.start();
  for (const type of events) actor.send({ type, detail: 'why' });
  return states;
}

describe('the local node', () => {
  it('starts, lives, leaves and ends', () => {
    expect(lifeOf('started', 'leave', 'leave-finished', 'shutdown')).toEqual([
      'starting',
      'alive',
      'leaving',
      'left',
      'shutdown',
    ]);
  });

  it('ends when it cannot start, and says why', async () => {
    const actor = createActor(localNodeMachine).start();
    actor.send({ type: 'start-failed', detail: 'port taken' });
    await expect(toPromise(actor)).resolves.toEqual({
      reason: 'start-failed',
      detail: 'port taken',
    });
  });

  it('is alive again after its thread was replaced', () => {
    expect(lifeOf('started', 'worker-lost', 'worker-restored')).toEqual([
      'starting',
      'alive',
      'restarting',
      'alive',
    ]);
  });

  it('goes on leaving when its thread was replaced in the middle', () => {
    expect(lifeOf('started', 'leave', 'worker-lost', 'worker-restored', 'leave-finished')).toEqual([
      'starting',
      'alive',
      'leaving',
      'restarting',
      'leaving',
      'left',
    ]);
  });

  it('leaves after the restart if it was told to during it', () => {
    expect(lifeOf('started', 'worker-lost', 'leave', 'worker-restored').at(-1)).toBe('leaving');
  });

  it('is not restarted once it has left', () => {
    expect(lifeOf('started', 'leave', 'leave-finished', 'worker-lost').at(-1)).toBe('shutdown');
  });

  it.each(['name-lost', 'worker-given-up', 'shutdown'] as const)(
    'ends by %s in any state',
    (end) => {
      const ways: readonly (readonly LocalNodeEvent['type'][])[] = [
        [],
        ['started'],
        ['started', 'leave'],
        ['started', 'leave', 'leave-finished'],
        ['started', 'worker-lost'],
      ];
      for (const way of ways) expect(lifeOf(...way, end).at(-1)).toBe('shutdown');
      expect(localNodeMachine.states['shutdown']?.type).toBe('final');
    },
  );

  it('ignores what does not fit its state', () => {
    expect(lifeOf('leave', 'leave-finished', 'worker-restored')).toEqual(['starting']);
    expect(lifeOf('started', 'leave', 'leave').at(-1)).toBe('leaving');
  });
});
