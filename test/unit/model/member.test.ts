import { describe, expect, it } from 'vitest';
import { memberStatus } from '../../../src/model/member.ts';

describe('the status that users see', () => {
  it('is suspect only of a member that is otherwise alive', () => {
    expect(memberStatus('suspect', 'alive')).toBe('suspect');
    expect(memberStatus('alive', 'alive')).toBe('alive');
    expect(memberStatus('suspect', 'leaving')).toBe('leaving');
  });

  it('is what Serf says of the gone, even after SWIM forgot them', () => {
    expect(memberStatus('unknown', 'failed')).toBe('failed');
    expect(memberStatus('unknown', 'left')).toBe('left');
    // SWIM heard a goodbye, Serf heard no leave intent: Serf calls that failed.
    expect(memberStatus('left', 'failed')).toBe('failed');
  });
});
