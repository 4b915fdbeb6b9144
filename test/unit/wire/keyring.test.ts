import { describe, expect, it } from 'vitest';

import { FolkmootError } from '../../../src/model/error.ts';
import { Keyring } from '../../../src/wire/keyring.ts';

const first = new Uint8Array(16).fill(1);
const second = new Uint8Array(24).fill(2);
const third = new Uint8Array(32).fill(3);

describe('keyring', () => {
  it('takes keys of 16, 24 and 32 bytes, the first as primary, each once', () => {
    const ring = new Keyring([first, second, third, first]);
    expect(ring.primary).toEqual(first);
    expect(ring.all).toEqual([first, second, third]);
  });

  it('refuses other sizes, and to be empty', () => {
    for (const keys of [[], [new Uint8Array(15)], [first, new Uint8Array(33)]]) {
      expect(() => new Keyring(keys)).toThrow(FolkmootError);
    }
  });

  it('changes as key queries ask, and says what came of it', () => {
    const ring = new Keyring([first]);
    expect(ring.add(second)).toEqual({ ok: true, changed: true });
    expect(ring.add(second)).toEqual({ ok: true, changed: false });
    expect(ring.add(new Uint8Array(5))).toEqual({ ok: false, reason: 'bad-size' });
    expect(ring.use(third)).toEqual({ ok: false, reason: 'not-installed' });
    expect(ring.remove(first)).toEqual({ ok: false, reason: 'is-primary' });
    expect(ring.use(second)).toEqual({ ok: true, changed: true });
    expect(ring.all).toEqual([second, first]);
    expect(ring.use(second)).toEqual({ ok: true, changed: false });
    expect(ring.remove(first)).toEqual({ ok: true, changed: true });
    expect(ring.remove(first)).toEqual({ ok: true, changed: false });
    expect(ring.all).toEqual([second]);
  });

  it('keeps its own copy of a key', () => {
    const key = Uint8Array.from(first);
    const ring = new Keyring([key]);
    key.fill(9);
    expect(ring.primary).toEqual(first);
  });
});
