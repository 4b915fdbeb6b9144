/** Node meta with its tags, shared between the nodes that have the same. */

import type { Tags } from '../model/member.ts';
import { decodeTags } from './tags.ts';

/** Metas kept; beyond it all are forgotten and kept anew. */
const metasMax = 4096;

/** Meta longer than any well-behaved node sends is read each time. */
const bytesMax = 512;

/** Meta and what it says. */
export interface NodeMeta {
  readonly bytes: Uint8Array;
  readonly tags: Tags;
}

/** The servers of a cluster mostly have a few sets of tags between them: each is read and kept once. */
export class MetaCache {
  readonly #kept = new Map<string, NodeMeta>();

  read(meta: Uint8Array | null): NodeMeta {
    const bytes = meta ?? new Uint8Array(0);
    if (bytes.length > bytesMax) return { bytes, tags: decodeTags(meta) };
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    if (this.#kept.size >= metasMax) this.#kept.clear();
    const made = { bytes: bytes.slice(), tags: decodeTags(meta) };
    this.#kept.set(key, made);
    return made;
  }
}
