import { describe, expect, it } from 'vitest';
import { assign, createActor, setup } from 'xstate';
import type { ActorRefFrom } from 'xstate';
import { memberMachine, memberTable, nodeMachine, nodeTable } from '../../../src/machines/index.ts';

const alive = { type: 'alive', addressChanged: false, mayMove: false } as const;

describe('the node table', () => {
  const at = (incarnation: number): { readonly incarnation: number } => ({ incarnation });

  it('believes a claim of life only if it is newer than what is known', () => {
    expect(nodeTable.step('alive', { ...alive, incarnation: 3 }, at(3))).toBeUndefined();
    expect(nodeTable.step('alive', { ...alive, incarnation: 4 }, at(3))).toMatchObject({
      target: 'alive',
      facts: ['node-refreshed'],
    });
  });

  it('believes an accusation of the known incarnation, which is how a suspicion can start at all', () => {
    const accusation = { type: 'suspect', isNewAccuser: true } as const;
    expect(nodeTable.step('alive', { ...accusation, incarnation: 2 }, at(3))).toBeUndefined();
    expect(nodeTable.step('alive', { ...accusation, incarnation: 3 }, at(3))).toMatchObject({
      target: 'suspect',
      facts: ['node-suspected'],
    });
  });

  it('lets only a higher incarnation refute a suspicion', () => {
    expect(nodeTable.step('suspect', { ...alive, incarnation: 3 }, at(3))).toBeUndefined();
    expect(nodeTable.step('suspect', { ...alive, incarnation: 4 }, at(3))).toMatchObject({
      target: 'alive',
      facts: ['node-refuted'],
    });
  });

  it('counts each accuser once', () => {
    const accusation = { type: 'suspect', incarnation: 3 } as const;
    expect(
      nodeTable.step('suspect', { ...accusation, isNewAccuser: false }, at(3)),
    ).toBeUndefined();
    expect(nodeTable.step('suspect', { ...accusation, isNewAccuser: true }, at(3))).toMatchObject({
      target: 'suspect',
      facts: ['suspicion-confirmed'],
      remembers: false,
    });
  });

  it('takes a death in its own name as a leave, and in another name as a failure', () => {
    const dead = { type: 'dead', incarnation: 3 } as const;
    expect(nodeTable.step('alive', { ...dead, isOwn: true }, at(3))?.facts).toEqual(['node-left']);
    expect(nodeTable.step('alive', { ...dead, isOwn: false }, at(3))?.facts).toEqual([
      'node-failed',
    ]);
  });

  it('keeps a known name at its address, unless the node may move', () => {
    const moved = { ...alive, addressChanged: true, incarnation: 9 } as const;
    expect(nodeTable.step('alive', moved, at(3))?.facts).toEqual(['name-conflicted']);
    expect(nodeTable.step('failed', moved, at(3))?.facts).toEqual(['name-conflicted']);
    const lower = { ...moved, mayMove: true, incarnation: 1 };
    expect(nodeTable.step('left', lower, at(3))).toMatchObject({
      target: 'alive',
      facts: ['node-joined'],
    });
  });

  it('lets a left node return with a higher incarnation', () => {
    expect(nodeTable.step('left', { ...alive, incarnation: 3 }, at(3))).toBeUndefined();
    expect(nodeTable.step('left', { ...alive, incarnation: 4 }, at(3))?.target).toBe('alive');
  });
});

describe('the member table', () => {
  const at = (statusTime: number): { readonly statusTime: number } => ({ statusTime });

  it('takes a node that goes as failed, and as left only if it had said that it leaves', () => {
    expect(memberTable.step('alive', { type: 'node-gone' }, at(0))?.facts).toEqual([
      'member-failed',
    ]);
    expect(memberTable.step('leaving', { type: 'node-gone' }, at(0))?.facts).toEqual([
      'member-left',
    ]);
  });

  it('counts only intents that are strictly later than the last accepted one', () => {
    expect(memberTable.step('alive', { type: 'leave-intent', time: 5 }, at(5))).toBeUndefined();
    expect(memberTable.step('alive', { type: 'leave-intent', time: 6 }, at(5))?.target).toBe(
      'leaving',
    );
    expect(memberTable.step('leaving', { type: 'join-intent', time: 6 }, at(5))?.facts).toEqual([
      'member-stayed',
    ]);
  });

  it('advances the time of a member that has left already, so that the intent is passed on once', () => {
    expect(memberTable.step('left', { type: 'leave-intent', time: 6 }, at(5))).toEqual({
      target: 'left',
      facts: ['member-time-advanced'],
      remembers: true,
    });
  });

  it('makes a failed member left by a leave intent from anybody', () => {
    expect(memberTable.step('failed', { type: 'leave-intent', time: 6 }, at(5))).toMatchObject({
      target: 'left',
      facts: ['member-left'],
    });
  });

  it('starts a member as leaving if its leave intent came first', () => {
    const joined = { type: 'node-joined', intent: 'leave', intentTime: 4 } as const;
    expect(memberTable.step('none', joined, at(0))?.target).toBe('leaving');
    expect(memberTable.remember(at(0), joined)).toEqual(at(4));
    // A known member keeps its time and is here again, whatever was buffered.
    expect(memberTable.step('left', joined, at(9))).toEqual({
      target: 'alive',
      facts: ['member-joined'],
      remembers: false,
    });
  });

  it('reaps only the gone, and prunes anybody', () => {
    expect(memberTable.step('alive', { type: 'reap' }, at(1))).toBeUndefined();
    expect(memberTable.step('failed', { type: 'reap' }, at(1))?.target).toBe('none');
    expect(memberTable.step('alive', { type: 'prune' }, at(1))?.target).toBe('none');
  });
});

describe('the machines in the hands of a user', () => {
  it('run as actors', () => {
    const actor = createActor(memberMachine).start();
    actor.send({ type: 'leave-intent', time: 7 });
    expect(actor.getSnapshot().value).toBe('none');
    actor.send({ type: 'node-joined', intent: undefined, intentTime: 0 });
    actor.send({ type: 'leave-intent', time: 7 });
    expect(actor.getSnapshot()).toMatchObject({ value: 'leaving', context: { statusTime: 7 } });
  });

  it('take effects for their facts', () => {
    const heard: string[] = [];
    const machine = nodeMachine.provide({
      actions: {
        'node-joined': ({ context, event }) => {
          heard.push(`${event.type} at ${context.incarnation}`);
        },
      },
    });
    createActor(machine)
      .start()
      .send({ ...alive, incarnation: 3 });
    // Facts come before `remember`, so an effect sees what was known before.
    expect(heard).toEqual(['alive at 0']);
  });

  it('live in an actor system of their own making', () => {
    const types = {} as {
      context: { readonly web: ActorRefFrom<typeof memberMachine>; readonly changes: number };
      events: { readonly type: 'gone' };
    };
    const parent = setup({ types, actors: { member: memberMachine } }).createMachine({
      context: ({ spawn }) => ({ web: spawn('member', { id: 'web' }), changes: 0 }),
      on: {
        gone: {
          actions: [
            ({ context }) => context.web.send({ type: 'node-gone' }),
            assign({ changes: ({ context }) => context.changes + 1 }),
          ],
        },
      },
    });
    const actor = createActor(parent).start();
    const { web } = actor.getSnapshot().context;
    web.send({ type: 'node-joined', intent: undefined, intentTime: 0 });
    actor.send({ type: 'gone' });
    expect(web.getSnapshot().value).toBe('failed');
    expect(actor.getSnapshot().context.changes).toBe(1);
  });

  it('can be saved and taken up again', () => {
    const actor = createActor(nodeMachine).start();
    actor.send({ ...alive, incarnation: 3 });
    const saved: unknown = JSON.parse(JSON.stringify(actor.getPersistedSnapshot()));
    const again = createActor(nodeMachine, { snapshot: saved as never }).start();
    again.send({ type: 'dead', incarnation: 3, isOwn: false });
    expect(again.getSnapshot().value).toBe('failed');
  });
});
