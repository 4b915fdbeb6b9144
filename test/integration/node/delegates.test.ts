/** Decisions of the program: who may join, who may be a member, how long the gone are kept. */

import type { NameConflict } from 'folkmoot';
import { describe, expect, it } from 'vitest';

import { Crew } from '../../support/crew.ts';
import { aliveView, allSee, allSeeStatus } from '../../support/view.ts';
import { waitFor } from '../../support/wait-for.ts';
import { blockFor } from '../support/busy.ts';
import { at, embed, observers, runtimes } from './embedded.ts';

describe.each(runtimes)('with the %s runtime', (runtime) => {
  it('a merge delegate vetoes a join, with its reason', async () => {
    await using crew = new Crew();
    const a = crew.add(await embed('a', { runtime, tags: { cluster: 'blue' } }));
    const b = crew.add(
      await embed('b', {
        runtime,
        tags: { cluster: 'green' },
        delegates: {
          merge: (candidates) => {
            const stranger = candidates.find(({ tags }) => tags.get('cluster') !== 'green');
            return stranger === undefined
              ? true
              : { accept: false, reason: `${stranger.name} is not green` };
          },
        },
      }),
    );
    const error = await b.join([at(a)]).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'ERR_JOIN',
      details: { failures: [{ reason: 'vetoed', text: 'a is not green' }] },
    });
    expect([...b.members.keys()]).toEqual(['b']);
    await a.setTags({ cluster: 'green' });
    await b.join([at(a)]);
    await allSee(observers(a, b), aliveView(observers(a, b)));
  });

  it('an alive delegate keeps members out, and lets the others in', async () => {
    await using crew = new Crew();
    const asked: string[] = [];
    const picky = crew.add(
      await embed('picky', {
        runtime,
        delegates: {
          alive: async ({ name }) => {
            asked.push(name);
            return name !== 'unwanted';
          },
        },
      }),
    );
    const good = crew.add(await embed('good', { runtime }));
    const unwanted = crew.add(await embed('unwanted', { runtime }));
    await good.join([at(picky)]);
    await unwanted.join([at(good)]);
    await waitFor(() => asked.includes('unwanted'), { describe: 'it was asked about' });
    await allSee(observers(picky), aliveView(observers(picky, good)));
    expect((await picky.stats()).drops).toMatchObject({ vetoed: expect.any(Number) as number });
  });

  it('a member that fails is kept as long as is said of it', async () => {
    await using crew = new Crew();
    const a = crew.add(
      await embed('a', {
        runtime,
        limits: { reapIntervalMs: 200 },
        delegates: {
          reconnectTimeoutMs: ({ tags }, defaultMs) =>
            tags.get('kind') === 'ephemeral' ? 300 : defaultMs,
        },
      }),
    );
    const kept = crew.add(await embed('kept', { runtime }));
    const ephemeral = crew.add(await embed('ephemeral', { runtime, tags: { kind: 'ephemeral' } }));
    await kept.join([at(a)]);
    await ephemeral.join([at(a)]);
    await allSee(observers(a), aliveView(observers(a, kept, ephemeral)));
    await Promise.all([kept.shutdown(), ephemeral.shutdown()]);
    await allSeeStatus(observers(a), 'ephemeral', 'none');
    await allSeeStatus(observers(a), 'kept', 'failed');
  });
});

describe('a delegate whose thread is blocked', () => {
  it.each([
    ['refuse', 'none'],
    ['accept', 'alive'],
  ] as const)(
    'does not hold up the protocol: %s holds after the deadline',
    async (onTimeout, status) => {
      await using crew = new Crew();
      const alive = (): boolean => {
        blockFor(1_500);
        return onTimeout === 'refuse';
      };
      const delegates = { alive, timeoutMs: 300, onTimeout };
      const a = crew.add(await embed('a', { runtime: 'worker', delegates }));
      const b = crew.add(await embed('b', { runtime: 'worker' }));
      await b.join([at(a)]);
      await waitFor(async () => (await a.stats()).members >= 1, { describe: 'a answers again' });
      expect(a.members.get('b')?.status ?? 'none').toBe(status);
    },
  );
});

describe('two nodes of one name', () => {
  it('are told to whoever sees both', async () => {
    await using crew = new Crew();
    const told: NameConflict[] = [];
    const nameConflict = (conflict: NameConflict): void => void told.push(conflict);
    const a = crew.add(await embed('a', { delegates: { nameConflict } }));
    const first = crew.add(await embed('twin'));
    const second = crew.add(await embed('twin'));
    const voter = crew.add(await embed('voter'));
    await first.join([at(a)]);
    await voter.join([at(a)]);
    await allSee(observers(a, voter), aliveView(observers(a, first, voter)));
    const heard: NameConflict[] = [];
    first.conflict$.subscribe((conflict) => heard.push(conflict));
    await second.join([at(first)]).catch(() => undefined);
    await waitFor(() => heard.length + told.length > 0, { describe: 'somebody noticed' });
    const [conflict] = [...told, ...heard];
    expect(conflict).toMatchObject({
      name: 'twin',
      existing: first.address,
      other: second.address,
    });
  });
});
