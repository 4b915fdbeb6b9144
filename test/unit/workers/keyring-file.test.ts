/** The keyring file: read as Go reads it, written as Go writes it, but whole at every moment. */

import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolkmootError } from '../../../src/model/error.ts';
import { Keyring } from '../../../src/wire/keyring.ts';
import { keyringAccess } from '../../../src/workers/keyring-access.ts';
import {
  keyringBytesMax,
  loadKeyringFile,
  saveKeyringFile,
} from '../../../src/workers/keyring-file.ts';

const vector = new URL('../../vectors/keyring/after-install-use-remove.json', import.meta.url);

let folder = '';
let path = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'folkmoot-keyring-'));
  path = join(folder, 'keyring.json');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('loading a keyring file', () => {
  it('gives the keys of a Go agent, its primary first', () => {
    writeFileSync(path, readFileSync(vector));
    const keys = loadKeyringFile(path);
    expect(keys.map((key) => key.length)).toEqual([32, 24]);
    expect([...(keys[0] ?? [])].slice(0, 4)).toEqual([0xa0, 0xa1, 0xa2, 0xa3]);
  });

  it('takes any layout of the JSON, and line breaks in a key', () => {
    const key = base64(16, 7);
    writeFileSync(
      path,
      `\n\t[ "${key.slice(0, 9)}\\r\\n${key.slice(9)}"\n ,"${base64(32, 1)}"]\n\n`,
    );
    expect(loadKeyringFile(path)).toEqual([keyOf(16, 7), keyOf(32, 1)]);
  });

  it.each([
    ['nothing', '', 'not JSON'],
    ['half a file', '[\n  "AAAA', 'not JSON'],
    ['an object', '{}', 'not a JSON array'],
    ['null', 'null', 'not a JSON array'],
    ['an empty array', '[]', 'no keys'],
  ])('refuses %s', (_, content, message) => {
    writeFileSync(path, content);
    expect(refusal()).toMatchObject({
      code: 'ERR_OPTION',
      message: expect.stringContaining(message) as string,
      details: { option: 'keyringFile', value: path },
    });
  });

  it.each([
    ['a number', '7', {}],
    ['a key of 15 bytes', JSON.stringify(base64(15, 1)), { bytes: 15 }],
    ['a key of no bytes', '""', { bytes: 0 }],
    ['a key without its padding', JSON.stringify(base64(16, 1).replaceAll('=', '')), {}],
    ['a key in the alphabet of URLs', JSON.stringify(base64(16, 0xff).replaceAll('/', '_')), {}],
    ['a key with a blank', JSON.stringify(` ${base64(16, 1)}`), {}],
  ])('refuses %s, and says which it is', (_, entry, details) => {
    writeFileSync(path, `["${base64(16, 3)}", ${entry}]`);
    expect(refusal()?.details).toEqual({
      option: 'keyringFile',
      value: path,
      index: 1,
      ...details,
    });
  });

  it('refuses a file that is not there, or is far too large', () => {
    expect(refusal()?.message).toContain('ENOENT');
    writeFileSync(path, ' '.repeat(keyringBytesMax + 1));
    expect(refusal()?.message).toContain('no keyring');
  });

  it('never shows a key in its refusal', () => {
    const secret = base64(16, 9).slice(0, -2);
    for (const content of [`["${secret}"]`, secret, `["${secret}`, `["${secret}#=="]`]) {
      writeFileSync(path, content);
      expect(JSON.stringify(refusal())).not.toContain(secret.slice(0, 8));
      expect(String(refusal()?.cause)).not.toContain(secret.slice(0, 8));
    }
  });
});

describe('saving a keyring file', () => {
  it('writes what a Go agent writes, byte for byte', () => {
    saveKeyringFile(path, [keyOf(32, 0xa0, 1), keyOf(24, 0x40, 1)]);
    expect(readFileSync(path, 'utf8')).toBe(readFileSync(vector, 'utf8'));
  });

  it('makes a file for its owner only', () => {
    saveKeyringFile(path, [keyOf(16, 1)]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('keeps the permissions of a file that is there, and leaves nothing beside it', () => {
    writeFileSync(path, '[]');
    writeFileSync(`${path}.new`, 'left by one that was killed');
    chmodSync(path, 0o640);
    saveKeyringFile(path, [keyOf(16, 1)]);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['keyring.json']);
  });

  it('writes where a symbolic link says', () => {
    const target = join(folder, 'target.json');
    writeFileSync(target, '[]');
    symlinkSync('target.json', path);
    saveKeyringFile(path, [keyOf(16, 1)]);
    expect(loadKeyringFile(target)).toEqual([keyOf(16, 1)]);
    expect(readdirSync(folder).toSorted()).toEqual(['keyring.json', 'target.json']);
  });

  it('leaves the old file whole when the new one cannot be made', () => {
    saveKeyringFile(path, [keyOf(16, 1)]);
    mkdirSync(`${path}.new`);
    expect(() => saveKeyringFile(path, [keyOf(16, 2)])).toThrow(/cannot be written/);
    expect(loadKeyringFile(path)).toEqual([keyOf(16, 1)]);
  });
});

describe('a keyring with a file', () => {
  it('is in the file after each change, the primary first', () => {
    const [one, two] = [keyOf(16, 1), keyOf(32, 2)];
    const access = keyringAccess(new Keyring([one]), path);
    expect(access.install(two)).toBeUndefined();
    expect(loadKeyringFile(path)).toEqual([one, two]);
    expect(access.use(two)).toBeUndefined();
    expect(loadKeyringFile(path)).toEqual([two, one]);
    expect(access.remove(one)).toBeUndefined();
    expect(loadKeyringFile(path)).toEqual([two]);
    expect(access.list()).toEqual([Buffer.from(two).toString('base64')]);
  });

  it('says why a change is refused, in Serf’s words, and leaves the file alone', () => {
    const access = keyringAccess(new Keyring([keyOf(16, 1)]), path);
    expect(access.install(keyOf(15, 1))).toBe('key size must be 16, 24 or 32 bytes');
    expect(access.use(keyOf(16, 2))).toBe('requested key is not in the keyring');
    expect(access.remove(keyOf(16, 1))).toBe('removing the primary key is not allowed');
    expect(existsSync(path)).toBe(false);
  });

  it('reports a file that cannot be written, and uses the key nevertheless', () => {
    const access = keyringAccess(new Keyring([keyOf(16, 1)]), join(folder, 'nowhere', 'k.json'));
    expect(access.install(keyOf(16, 2))).toContain('cannot be written');
    expect(access.list()).toHaveLength(2);
  });

  it('has no file if it is given none', () => {
    const access = keyringAccess(new Keyring([keyOf(16, 1)]));
    expect(access.install(keyOf(16, 2))).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });
});

function refusal(): FolkmootError | undefined {
  try {
    loadKeyringFile(path);
    return undefined;
  } catch (error) {
    return FolkmootError.is(error) ? error : undefined;
  }
}

/** Bytes that begin with `first` and rise by `step`. */
function keyOf(bytes: number, first: number, step = 0): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, index) => first + index * step);
}

function base64(bytes: number, first: number): string {
  return Buffer.from(keyOf(bytes, first)).toString('base64');
}
