import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import type { ActorRefFrom } from 'xstate';
import { supervisionMachine } from '../../../src/machines/index.ts';

const options = { restartsMax: 3, windowMs: 60_000, backoffMsMin: 100, backoffMsMax: 250 };

function running(): ActorRefFrom<typeof supervisionMachine> {
  const actor = createActor(supervisionMachine, { input: options }).start();
  actor.send({ type: 'started' });
  return actor;
}

/** Loses the worker and, if it may, brings it up again. Returns the state in between. */
function loseAt(actor: ActorRefFrom<typeof supervisionMachine>, at: number): string {
  actor.send({ type: 'lost', at, reason: 'crashed' });
  const { value, status } = actor.getSnapshot();
  if (status === 'done') return value;
  actor.send({ type: 'backoff-elapsed' });
  actor.send({ type: 'started' });
  return value;
}

describe('the supervision of the worker', () => {
  it('starts a lost worker again, after a pause', () => {
    const actor = running();
    actor.send({ type: 'lost', at: 0, reason: 'out of memory' });
    expect(actor.getSnapshot()).toMatchObject({
      value: 'backing-off',
      context: { backoffMs: 100, restarts: 0, reason: 'out of memory' },
    });
    actor.send({ type: 'backoff-elapsed' });
    expect(actor.getSnapshot()).toMatchObject({ value: 'starting', context: { restarts: 1 } });
    actor.send({ type: 'started' });
    expect(actor.getSnapshot().value).toBe('running');
  });

  it('waits twice as long with each loss in the window, up to the maximum', () => {
    const actor = running();
    const pauses = [0, 1, 2].map((at) => {
      loseAt(actor, at);
      return actor.getSnapshot().context.backoffMs;
    });
    expect(pauses).toEqual([100, 200, 250]);
    // Later the losses are forgotten.
    loseAt(actor, 70_000);
    expect(actor.getSnapshot().context.backoffMs).toBe(100);
  });

  it('gives up at one loss more than may be restarted within the window', () => {
    const actor = running();
    expect([0, 10, 20, 59_999].map((at) => loseAt(actor, at))).toEqual([
      'backing-off',
      'backing-off',
      'backing-off',
      'given-up',
    ]);
    expect(actor.getSnapshot().status).toBe('done');
    expect(actor.getSnapshot().context.restarts).toBe(3);
  });

  it('goes on for ever if the losses are rare enough', () => {
    const actor = running();
    for (let at = 0; at <= 100 * 20_000; at += 20_000) {
      expect(loseAt(actor, at)).toBe('backing-off');
    }
    expect(actor.getSnapshot().context.lostAt.length).toBeLessThanOrEqual(options.restartsMax + 1);
  });

  it('does not repeat the very first start', () => {
    const actor = createActor(supervisionMachine, { input: options }).start();
    actor.send({ type: 'lost', at: 0, reason: 'port taken' });
    expect(actor.getSnapshot()).toMatchObject({
      value: 'given-up',
      context: { reason: 'port taken' },
    });
  });

  it('counts a restart that does not come up as a loss', () => {
    const actor = running();
    for (const at of [0, 1, 2]) {
      actor.send({ type: 'lost', at, reason: 'crashed' });
      actor.send({ type: 'backoff-elapsed' });
      expect(actor.getSnapshot().value).toBe('starting');
    }
    actor.send({ type: 'lost', at: 3, reason: 'port taken' });
    expect(actor.getSnapshot().value).toBe('given-up');
  });

  it('never restarts if none is allowed', () => {
    const actor = createActor(supervisionMachine, {
      input: { ...options, restartsMax: 0 },
    }).start();
    actor.send({ type: 'started' });
    actor.send({ type: 'lost', at: 0, reason: 'crashed' });
    expect(actor.getSnapshot().value).toBe('given-up');
  });

  it.each(['starting', 'running', 'backing-off'] as const)('stops when %s, for good', (state) => {
    const actor = createActor(supervisionMachine, { input: options }).start();
    if (state !== 'starting') actor.send({ type: 'started' });
    if (state === 'backing-off') actor.send({ type: 'lost', at: 0, reason: 'crashed' });
    expect(actor.getSnapshot().value).toBe(state);
    actor.send({ type: 'stop' });
    expect(actor.getSnapshot()).toMatchObject({ value: 'stopped', status: 'done' });
  });
});
