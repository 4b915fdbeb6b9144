import { describe, expect, it } from 'vitest';
import { FolkmootError } from '../../../src/model/error.ts';

const error = new FolkmootError('ERR_BIND', 'The port is taken.', { address: '127.0.0.1:1' });

describe('an error', () => {
  it('crosses threads as a record and is the same afterwards', () => {
    const copy = FolkmootError.from(structuredClone(error.toRecord()));
    expect(copy).toBeInstanceOf(FolkmootError);
    expect(copy.toRecord()).toEqual(error.toRecord());
    expect(copy.name).toBe('FolkmootError');
  });

  it('is known as ours, also from another copy of the package', () => {
    const foreign = { [Symbol.for('folkmoot.error')]: true };
    expect(FolkmootError.is(error)).toBe(true);
    expect(FolkmootError.is(foreign)).toBe(true);
    expect(FolkmootError.is(new Error('other'))).toBe(false);
    expect(FolkmootError.is(null)).toBe(false);
    expect(FolkmootError.is('ERR_BIND')).toBe(false);
  });

  it('keeps its cause', () => {
    const cause = new Error('EADDRINUSE');
    expect(new FolkmootError('ERR_BIND', 'taken', {}, { cause }).cause).toBe(cause);
  });
});
