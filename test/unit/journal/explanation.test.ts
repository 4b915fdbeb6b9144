import { describe, expect, it } from 'vitest';
import { asidesMax, reasonsFor } from '../../../src/journal/explanation.ts';
import type { Reasons } from '../../../src/journal/explanation.ts';
import { explanationText } from '../../../src/journal/explanation-text.ts';
import { Journal } from '../../../src/journal/journal.ts';
import type { Cause } from '../../../src/model/fact.ts';
import { arrival, claim, fact } from './facts.ts';
import {
  consequence,
  failed,
  gossip,
  observer,
  pushPull,
  ranOut,
  reasons,
  report,
  suspected,
  texts,
} from './reasons.ts';

describe('an alive member', () => {
  it('is explained by who told of it', () => {
    const { status, since, chain, gaps } = reasons([
      fact({ kind: 'node-joined', at: 5, cause: gossip, ...claim(1) }),
      fact({
        kind: 'member-joined',
        at: 5,
        cause: consequence,
        memberState: 'alive',
        statusTime: 0,
      }),
    ]);
    expect({ status, since, gaps }).toEqual({ status: 'alive', since: 5, gaps: [] });
    expect(chain.map(({ text }) => text)).toEqual([
      'It joined at 127.0.0.1:7946, heard by gossip from 10.0.0.2:7946.',
    ]);
    expect(chain[0]?.entries.map(({ fact: { kind } }) => kind)).toEqual([
      'node-joined',
      'member-joined',
    ]);
  });

  it('that we learnt of at a join is explained by the push/pull', () => {
    const [joined] = texts(reasons([fact({ kind: 'node-joined', cause: pushPull, ...claim(1) })]));
    expect(joined).toContain('heard in a push/pull with 10.0.0.2:7946');
  });

  it('that refuted is explained by the suspicion and the refutation', () => {
    const told = reasons([
      ...arrival(),
      suspected(1_000),
      fact({ kind: 'node-refuted', at: 2_500, cause: gossip, ...claim(2) }),
    ]);
    expect(told.status).toBe('alive');
    expect(told.since).toBe(2_500);
    expect(texts(told)).toHaveLength(3);
    expect(texts(told)[2]).toBe(
      'It refuted the suspicion after 1.5 s, with incarnation 2, heard by gossip from 10.0.0.2:7946.',
    );
  });

  it('that refuted often tells the last suspicion, and how many there were', () => {
    const facts = [...arrival()];
    for (let round = 1; round <= 50; round += 1) {
      facts.push(suspected(round * 1_000));
      facts.push(fact({ kind: 'node-refuted', at: round * 1_000 + 500, ...claim(round + 1) }));
    }
    const told = reasons(facts);
    expect(told.chain).toHaveLength(3);
    expect(told.refutedBefore).toBe(49);
    expect(explanationText(told, 60_000)).toContain(
      'It refuted 49 earlier suspicions since it came',
    );
  });

  it('that came back says what it had been, and where it is now', () => {
    const again = { ...claim(2), address: { ip: '127.0.0.1', port: 7_947 } };
    const told = reasons([
      ...arrival(),
      suspected(1_000),
      ...failed(5_000, ranOut),
      fact({ kind: 'node-joined', at: 65_000, cause: gossip, ...again }),
      fact({
        kind: 'member-joined',
        at: 65_000,
        cause: consequence,
        memberState: 'alive',
        statusTime: 0,
      }),
    ]);
    expect(texts(told)).toEqual([
      'It came back, 1 min after it had failed, now at 127.0.0.1:7947 instead of 127.0.0.1:7946, with incarnation 2, heard by gossip from 10.0.0.2:7946.',
    ]);
  });

  it('that took its leave back says so', () => {
    const told = reasons([
      ...arrival(),
      fact({ kind: 'member-leaving', statusTime: 4, cause: { kind: 'intent', time: 4, via: '' } }),
      fact({
        kind: 'member-stayed',
        statusTime: 5,
        cause: { kind: 'intent', time: 5, via: '10.0.0.2:7946' },
      }),
    ]);
    expect(told.status).toBe('alive');
    expect(texts(told).at(-1)).toBe(
      'A newer join intent (Lamport time 5, heard from 10.0.0.2:7946) took the leave back.',
    );
  });

  it('whose name another node claims tells of the latest disputes', () => {
    const disputes = Array.from({ length: 10 }, (_, index) =>
      fact({
        kind: 'name-conflicted',
        at: index + 2,
        existing: { ip: '127.0.0.1', port: 7_946 },
        other: { ip: '127.0.0.9', port: index },
      }),
    );
    const told = reasons([...arrival(), ...disputes]);
    expect(told.status).toBe('alive');
    expect(told.since).toBe(1);
    expect(told.chain).toHaveLength(1 + asidesMax);
    expect(texts(told).at(-1)).toBe(
      'Another node claimed its name from 127.0.0.9:9, heard by gossip from web (127.0.0.1:7946), and was not believed: the name is known at 127.0.0.1:7946.',
    );
  });
});

describe('a suspect member', () => {
  it('is explained by the probe: who was asked, the stream, the local health', () => {
    const told = reasons([...arrival(), suspected(1_000)]);
    expect(told.status).toBe('suspect');
    expect(texts(told).at(-1)).toBe(
      'us probed it and had no answer within 1 s: a, b had no answer from it either (nack); c did not say anything in time; a probe over TCP failed too; local health of us: 0 (healthy). So us suspects it.',
    );
  });

  it('is explained by the probe when there was nobody to ask', () => {
    const lonely = { ...report, relays: [], stream: 'not-tried', awareness: 2 } as const;
    const told = reasons([...arrival(), suspected(1_000, { kind: 'probe', report: lonely })]);
    expect(texts(told).at(-1)).toBe(
      'us probed it and had no answer within 1 s: there was nobody else to ask; TCP was not tried; local health of us: 2 (it may itself be slow to hear). So us suspects it.',
    );
  });

  it('is explained by the accuser and those who confirmed, counted', () => {
    const told = reasons([
      ...arrival(),
      suspected(1_000, gossip, 'a'),
      fact({ kind: 'suspicion-confirmed', at: 1_200, incarnation: 1, from: 'b', cause: gossip }),
      fact({
        kind: 'suspicion-confirmed',
        at: 1_300,
        incarnation: 1,
        from: observer,
        cause: { kind: 'probe', report },
      }),
    ]);
    expect(texts(told).slice(1)).toEqual([
      'a suspects it, heard by gossip from 10.0.0.2:7946.',
      'b suspects it too (confirmation 1), heard by gossip from 10.0.0.2:7946.',
      expect.stringMatching(/^us probed it .* So us suspects it too \(confirmation 2\)\.$/),
    ]);
  });

  it('is explained by a push/pull that showed it as failed, and why that is only a suspicion', () => {
    const told = reasons([...arrival(), suspected(1_000, pushPull)]);
    expect(texts(told).at(-1)).toContain(
      'A push/pull with 10.0.0.2:7946 showed it as suspect or failed. us takes that for a suspicion only',
    );
  });
});

describe('a failed member', () => {
  it('is explained by how long the suspicion ran, and with how many confirmations of how many', () => {
    const told = reasons([
      ...arrival(),
      suspected(1_000),
      fact({ kind: 'suspicion-confirmed', at: 1_200, incarnation: 1, from: 'a', cause: gossip }),
      ...failed(5_200, ranOut),
    ]);
    expect(told).toMatchObject({ status: 'failed', since: 5_200, gaps: [] });
    expect(texts(told)).toHaveLength(4);
    expect(texts(told).at(-1)).toBe(
      'The suspicion by us ran out after 4.2 s without a refutation; 1 of 2 wanted confirmations (a). So us declared it failed; local health of us: 1 (it may itself be slow to hear).',
    );
  });

  it('of a small cluster says that no confirmations were waited for', () => {
    const alone = { ...ranOut, accusers: [observer], wanted: 0 };
    const told = reasons([...arrival(), suspected(1_000), ...failed(5_200, alone)]);
    expect(texts(told).at(-1)).toContain('no confirmations are waited for in a cluster so small');
  });

  it('that another node declared failed says who, and how we heard of it', () => {
    const told = reasons([...arrival(), suspected(1_000), ...failed(4_000, gossip, 'a')]);
    expect(texts(told).at(-1)).toBe(
      'a declared it failed after 3 s, heard by gossip from 10.0.0.2:7946.',
    );
  });

  it('names nodes instead of addresses where it knows them', () => {
    const peer = { ...claim(1), address: { ip: '10.0.0.2', port: 7_946 } };
    const told = reasons([
      ...arrival(),
      fact({ kind: 'node-joined', name: 'a', ...peer }),
      ...failed(4_000, gossip, 'a'),
      fact({ kind: 'name-conflicted', at: 5_000, existing: peer.address, other: peer.address }),
    ]);
    expect(texts(told)[1]).toBe('a declared it failed, heard by gossip from a (10.0.0.2:7946).');
  });

  it('that only said that it goes, without a leave intent, says why it counts as failed', () => {
    const told = reasons([
      ...arrival(),
      fact({ kind: 'node-left', at: 3, incarnation: 1, cause: gossip }),
      fact({ kind: 'member-failed', at: 3, cause: consequence }),
    ]);
    expect(told.status).toBe('failed');
    expect(texts(told).at(-1)).toBe(
      'It said itself that it is gone, heard by gossip from 10.0.0.2:7946. No leave intent of it had been heard, so it counts as failed.',
    );
  });
});

describe('a leaving or left member', () => {
  const leaving = fact({
    kind: 'member-leaving',
    at: 10,
    statusTime: 7,
    cause: { kind: 'intent', time: 7, via: '10.0.0.2:7946' },
  });

  it('is explained by its intent, with the Lamport time and the way it came', () => {
    const told = reasons([...arrival(), leaving]);
    expect(told.status).toBe('leaving');
    expect(texts(told).at(-1)).toBe(
      'It announced that it leaves, or was told to: leave intent at Lamport time 7, heard from 10.0.0.2:7946.',
    );
  });

  it('is explained by the intent and its own last word', () => {
    const told = reasons([
      ...arrival(),
      leaving,
      fact({ kind: 'node-left', at: 12, incarnation: 1, cause: gossip }),
      fact({ kind: 'member-left', at: 12, statusTime: 7, forced: false, cause: consequence }),
    ]);
    expect(told).toMatchObject({ status: 'left', since: 12 });
    expect(texts(told)).toHaveLength(3);
  });

  it('that was leaving when it fell silent counts as left, and says so', () => {
    const told = reasons([
      ...arrival(),
      leaving,
      fact({ kind: 'node-failed', at: 12, incarnation: 1, from: 'a', cause: gossip }),
      fact({ kind: 'member-left', at: 12, statusTime: 7, forced: false, cause: consequence }),
    ]);
    expect(texts(told).at(-1)).toContain('It had announced before that it leaves');
  });

  it('whose leave intent came before itself says so', () => {
    const told = reasons([
      fact({ kind: 'node-joined', ...claim(1) }),
      fact({ kind: 'member-joined', memberState: 'leaving', statusTime: 7, cause: consequence }),
    ]);
    expect(told.status).toBe('leaving');
    expect(texts(told)[0]).toContain('Its leave intent (Lamport time 7) had been heard before');
  });

  it('that had failed and was forced to leave says by whom, as far as that is known', () => {
    const forced = (cause: Cause): readonly string[] =>
      texts(
        reasons([
          ...arrival(),
          ...failed(5, gossip, 'a'),
          fact({ kind: 'member-left', at: 9, statusTime: 8, forced: true, cause }),
        ]),
      );
    expect(forced({ kind: 'intent', time: 8, via: '10.0.0.2:7946' }).at(-1)).toBe(
      'Somebody declared the failed member as left (force-leave): leave intent at Lamport time 8, heard from 10.0.0.2:7946.',
    );
    expect(forced({ kind: 'command', command: 'force-leave' }).at(-1)).toBe(
      'The user of us declared the failed member as left (force-leave): leave intent at Lamport time 8.',
    );
  });
});

describe('a member whose record is gone', () => {
  const reaped = (
    cause: Cause,
    reason: 'failed-timeout' | 'tombstone-timeout' | 'prune',
  ): Reasons =>
    reasons([
      ...arrival(),
      ...failed(5, gossip, 'a'),
      fact({ kind: 'node-forgotten', at: 30_005, cause: { kind: 'expiry', afterMs: 30_000 } }),
      fact({ kind: 'member-reaped', at: 86_400_005, cause, reason }),
    ]);

  it('is explained by the expiry that reaped it', () => {
    const told = reaped({ kind: 'expiry', afterMs: 86_400_000 }, 'failed-timeout');
    expect(told).toMatchObject({ status: 'reaped', since: 86_400_005 });
    expect(texts(told).at(-1)).toBe(
      'It had been failed for longer than 1 d (reconnectTimeoutMs, unless it had a time of its own), so us reaped its record.',
    );
    expect(texts(reaped({ kind: 'expiry', afterMs: 1 }, 'tombstone-timeout')).at(-1)).toContain(
      'It had been left for longer than 1 ms (tombstoneTimeoutMs',
    );
  });

  it('is explained by the prune that removed it', () => {
    const forced = fact({
      kind: 'member-left',
      at: 9,
      statusTime: 8,
      forced: true,
      cause: { kind: 'intent', time: 8, via: '10.0.0.2:7946' },
    });
    const pruned = fact({ kind: 'member-reaped', at: 9, cause: consequence, reason: 'prune' });
    const told = reasons([...arrival(), ...failed(5, gossip, 'a'), forced, pruned]);
    expect(told.status).toBe('reaped');
    expect(texts(told).at(-1)).toMatch(/force-leave.*Its record was removed at once.*\(prune\)\.$/);
  });
});

describe('this node itself', () => {
  it('is explained by its start, and by what it refuted', () => {
    const journal = new Journal();
    const create: Cause = { kind: 'command', command: 'create' };
    journal.append(fact({ kind: 'node-joined', name: observer, cause: create, ...claim(1) }));
    journal.append(
      fact({
        kind: 'member-joined',
        name: observer,
        cause: consequence,
        memberState: 'alive',
        statusTime: 0,
      }),
    );
    journal.append(
      fact({
        kind: 'node-refreshed',
        name: observer,
        at: 9,
        cause: { kind: 'refutation', accuser: 'a', claim: 'suspect' },
        ...claim(2),
      }),
    );
    const told = reasonsFor(journal, observer, observer);
    expect(texts(told)).toEqual([
      'us was started.',
      'a claimed that it is suspect; it refuted that itself, with incarnation 2.',
    ]);
    expect(explanationText(told, 10)).toContain('us is alive, by its own view');
  });

  it('that leaves says that its user asked for it', () => {
    const told = reasons([
      ...arrival(),
      fact({
        kind: 'member-leaving',
        at: 9,
        statusTime: 3,
        cause: { kind: 'command', command: 'leave' },
      }),
    ]);
    expect(texts(told).at(-1)).toBe('The user of us had it leave: leave intent at Lamport time 3.');
  });
});
