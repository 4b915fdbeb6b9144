import { describe, expect, it } from 'vitest';

import { formatLine } from '../../../src/agent/event-line.ts';
import type { Member } from '../../../src/model/member.ts';
import { ownVersions } from '../../../src/model/versions.ts';

const member: Member = {
  name: 'web-1',
  ip: '10.0.0.1',
  port: 7_946,
  tags: new Map([
    ['role', 'web'],
    ['zone', 'a'],
  ]),
  status: 'alive',
  nodeState: 'alive',
  memberState: 'alive',
  incarnation: 1,
  statusTime: 1,
  versions: ownVersions,
  nodeStateSince: 0,
  goneSince: undefined,
  meta: new Uint8Array(),
};
const at = new Date(2026, 0, 2, 3, 4, 5);
const plain = { json: false, colour: false };

describe('the line of an event', () => {
  it('has time, kind, name, address and tags', () => {
    const line = formatLine({ kind: 'join', member, at }, plain);
    expect(line.split(/ {2,}/)).toEqual([
      '03:04:05',
      'join',
      'web-1',
      '10.0.0.1:7946',
      'role=web zone=a',
    ]);
  });

  it('ends after the address when there are no tags', () => {
    const line = formatLine({ kind: 'failed', member: { ...member, tags: new Map() }, at }, plain);
    expect(line).toMatch(/10\.0\.0\.1:7946$/);
  });

  it('is coloured only where colours are shown', () => {
    expect(formatLine({ kind: 'failed', member, at }, plain)).not.toContain('\u001b');
    expect(formatLine({ kind: 'failed', member, at }, { json: false, colour: true })).toContain(
      '\u001b[31mfailed',
    );
  });

  it('does not let a name or tag from the network move the cursor or begin a line', () => {
    const hostile = {
      ...member,
      name: 'a\u001b[2Jb\nc\u009bd',
      tags: new Map([['k', 'v\r\u0007']]),
    };
    const line = formatLine({ kind: 'join', member: hostile, at }, plain);
    // oxlint-disable-next-line no-control-regex -- Control characters are what must not be there.
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });

  it('is one JSON object for programs', () => {
    const tags = new Map([['__proto__', 'x']]);
    const line = formatLine(
      { kind: 'leave', member: { ...member, name: 'a\nb', tags, status: 'left' }, at },
      { json: true, colour: true },
    );
    expect(line).not.toContain('\n');
    expect(line).toBe(
      JSON.stringify({
        at: at.toISOString(),
        kind: 'leave',
        name: 'a\nb',
        address: '10.0.0.1:7946',
        status: 'left',
      }).replace('}', ',"tags":{"__proto__":"x"}}'),
    );
  });
});
