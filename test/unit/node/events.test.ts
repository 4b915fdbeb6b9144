import { describe, expect, expectTypeOf, it } from 'vitest';

import type { ReceivedEvent } from '../../../src/core/output.ts';
import { FolkmootError } from '../../../src/model/error.ts';
import { defineEvent } from '../../../src/node/definitions.ts';
import type { InvalidMessage } from '../../../src/node/inbox.ts';
import type { UserEvent } from '../../../src/streams/user-events.ts';
import { fakeNode, rejection } from './fake-runtime.ts';
import { aVersion } from './schemas.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const deploy = defineEvent('deploy', aVersion);

function event(name: string, payload = '', time = 1): ReceivedEvent {
  return { name, payload: utf8(payload), time, coalesce: false, at: 5 };
}

/** A node whose engine takes every event. */
async function nodeThatEmits() {
  const { node, runtime } = await fakeNode();
  runtime.answer = async () => ({ kind: 'user-event', time: 7 });
  return { node, runtime };
}

describe('emitting', () => {
  it('sends bytes as they are, texts as UTF-8, and nothing as nothing', async () => {
    const { node, runtime } = await nodeThatEmits();
    expect(await node.emit('a', Uint8Array.of(1, 2))).toEqual({ time: 7 });
    await node.emit('b', 'ü', { coalesce: true });
    await node.emit('c');
    expect(runtime.commands).toEqual([
      { kind: 'user-event', name: 'a', payload: Uint8Array.of(1, 2), coalesce: false },
      { kind: 'user-event', name: 'b', payload: utf8('ü'), coalesce: true },
      { kind: 'user-event', name: 'c', payload: new Uint8Array(0), coalesce: false },
    ]);
  });

  it('by a definition writes the payload as it says', async () => {
    const { node, runtime } = await nodeThatEmits();
    await node.emit(deploy, { version: '1' });
    expect(runtime.commands).toMatchObject([{ name: 'deploy', payload: utf8('{"version":"1"}') }]);
  });

  it('in a row without waiting keeps its order', async () => {
    const { node, runtime } = await nodeThatEmits();
    const names = Array.from({ length: 50 }, (_, at) => `n${at}`);
    await Promise.all(names.map((name) => node.emit(name)));
    expect(runtime.commands.map((command) => 'name' in command && command.name)).toEqual(names);
  });

  it('of what the definition does not take, or no payload, is refused and not sent', async () => {
    const { node, runtime } = await nodeThatEmits();
    const wrong = { version: 1 } as unknown as { version: string };
    expect(await rejection(node.emit(deploy, wrong))).toMatchObject({ code: 'ERR_OPTION' });
    for (const [name, payload] of [
      ['a', 5],
      [7, 'x'],
      [{ kind: 'query', name: 'load' }, 'x'],
    ]) {
      const refused = await rejection(node.emit(name as never, payload as never));
      expect(refused.code).toBe('ERR_OPTION');
    }
    const mistyped = node.emit('a', 'x', { coalese: true } as never);
    expect((await rejection(mistyped)).message).toContain("Did you mean 'coalesce'?");
    expect(runtime.commands).toEqual([]);
  });

  it('too much rejects at the call, with both sizes', async () => {
    const { node, runtime } = await fakeNode();
    runtime.answer = async () => {
      throw new FolkmootError('ERR_EVENT_SIZE', 'too large', { bytes: 600, bytesMax: 512 });
    };
    expect(await rejection(node.emit('a', 'x'.repeat(600)))).toMatchObject({
      code: 'ERR_EVENT_SIZE',
      details: { bytes: 600, bytesMax: 512 },
    });
  }); // TestSerf_eventsUser_sizeLimit

  it('after the end rejects, and so does an aborted one', async () => {
    const { node } = await nodeThatEmits();
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(node.emit('a', 'x', { signal })).rejects.toThrow('enough');
    await node.shutdown();
    expect(await rejection(node.emit('a'))).toMatchObject({ code: 'ERR_STATE' });
  });
});

describe('event$', () => {
  it('tells every event as it came, in the order in which the engine told it', async () => {
    const { node, runtime } = await fakeNode();
    const heard: UserEvent[] = [];
    let isComplete = false;
    node.event$.subscribe({
      next: (each) => heard.push(each),
      complete: () => (isComplete = true),
    });
    const told = [event('b', '2', 9), event('a', '1', 3), event('a', '1', 4)];
    for (const each of told) runtime.listener.userEvent?.(each);
    expect(heard).toEqual(told);
    await node.shutdown();
    expect(isComplete).toBe(true);
  });
});

describe('the events of a definition', () => {
  it('are decoded, and have its type', async () => {
    const { node, runtime } = await fakeNode();
    const heard: string[] = [];
    node.on(deploy).subscribe(({ payload, time }) => {
      expectTypeOf(payload).toEqualTypeOf<{ readonly version: string }>();
      heard.push(`${payload.version} ${time}`);
    });
    runtime.listener.userEvent?.(event('deploy', '{"version":"1"}', 4));
    runtime.listener.userEvent?.(event('other', '{"version":"2"}', 5));
    expect(heard).toEqual(['1 4']);
  });

  it('that cannot be decoded are told on invalid$ and counted, once however many listen', async () => {
    const { node, runtime } = await fakeNode();
    const [heard, invalid]: [unknown[], InvalidMessage[]] = [[], []];
    node.on(deploy).subscribe((each) => heard.push(each));
    node.on(deploy).subscribe((each) => heard.push(each));
    node.invalid$.subscribe((each) => invalid.push(each));
    runtime.listener.userEvent?.(event('deploy', 'not JSON'));
    runtime.listener.userEvent?.(event('deploy', '{"version":2}'));
    expect(heard).toEqual([]);
    expect(invalid).toMatchObject([
      { kind: 'user-event', name: 'deploy', reason: 'undecodable', payload: utf8('not JSON') },
      { error: { message: 'version: not a text' } },
    ]);
    expect(await node.stats()).toMatchObject({ messagesInvalid: 2, messagesRefused: 0 });
  });

  it('are decoded anew for a subscriber that comes when all others have gone', async () => {
    const { node, runtime } = await fakeNode();
    node.on(deploy).subscribe().unsubscribe();
    const heard: unknown[] = [];
    node.on(deploy).subscribe(({ payload }) => heard.push(payload));
    runtime.listener.userEvent?.(event('deploy', '{"version":"1"}'));
    expect(heard).toEqual([{ version: '1' }]);
  });
});
