/** The half of a node that accounts for what it saw: history, time travel, reasons, recordings. */

import type { JournalEntry } from '../journal/journal.ts';
import { FolkmootError } from '../model/error.ts';
import type { Member } from '../model/member.ts';
import { historyOf, membersAt } from './history.ts';
import type { HistoryOptions } from './history.ts';
import { parseChoice } from './option-values.ts';
import { TalkingNode } from './talking-node.ts';
import type { NodeParts } from './talking-node.ts';
import { explain } from './why.ts';
import type { Explanation } from './why.ts';

export interface RecordingOptions {
  /**
   * `'present'` (default): of the engine that runs. `'lost'`: of the last one that threw and was
   * replaced, up to the input at which it threw.
   */
  readonly of?: 'present' | 'lost' | undefined;
}

export interface ObservingApi {
  /**
   * The facts that the journal keeps, newest last, each with its cause and its place among all.
   *
   * @throws FolkmootError `ERR_OPTION`.
   */
  history(options?: HistoryOptions): readonly JournalEntry[];
  /**
   * `members` as they were at a time (a `Date`, or milliseconds since the Unix epoch), by what is known
   * now: what this node learnt late counts from when it happened. Before the node was started nobody
   * was known.
   *
   * @throws FolkmootError `ERR_OPTION` for a time that the journal no longer reaches;
   *   `details.reachesBackTo` says how far it does, and `journalEntriesMax` makes it reach further.
   */
  at(time: Date | number): ReadonlyMap<string, Member>;
  /**
   * Why a member has its status: who probed it, which relays said what, local health, who accused,
   * confirmed and declared, which intent, which timeout. For programs in `chain`, for people by
   * `explain()` or as a text. Never throws: of an unknown name it says that it is unknown.
   */
  why(name: string): Explanation;
  /**
   * What the flight recorder has (option `recorder`): bytes for `replay` of `folkmoot/testing`. They
   * hold names, addresses, tags and payloads as they came, but no encryption keys.
   *
   * @throws FolkmootError `ERR_OPTION` if the recorder is off; `ERR_STATE` after shutdown, and if no
   *   engine was lost where its recording is asked for; `ERR_WORKER` while a lost one is replaced.
   */
  recording(options?: RecordingOptions): Promise<Uint8Array>;
}

export abstract class ObservingNode extends TalkingNode implements ObservingApi {
  readonly #parts: NodeParts;

  constructor(parts: NodeParts) {
    super(parts);
    this.#parts = parts;
  }

  history(options: HistoryOptions = {}): readonly JournalEntry[] {
    return historyOf(this.#parts.projection.journal, options);
  }

  at(time: Date | number): ReadonlyMap<string, Member> {
    return membersAt(this.#parts.projection.journal, time);
  }

  why(name: string): Explanation {
    const { options, projection } = this.#parts;
    return explain(projection.journal, name, options.runtime.engine.name);
  }

  async recording({ of = 'present' }: RecordingOptions = {}): Promise<Uint8Array> {
    const { options, projection, runtime } = this.#parts;
    const { lifecycle } = projection;
    parseChoice('of', of, ['present', 'lost']);
    if (options.runtime.recorder === undefined) {
      const text = 'The flight recorder is off. Turn it on with createNode({ recorder: true }).';
      throw new FolkmootError('ERR_OPTION', text, { option: 'recorder', value: undefined });
    }
    if (of === 'present' && lifecycle.state === 'shutdown') {
      throw lifecycle.error ?? lifecycle.refusal('read the recording');
    }
    const bytes = await runtime.recording(of);
    if (bytes !== undefined) return bytes;
    const { state } = lifecycle;
    const text =
      of === 'lost'
        ? 'No engine of this node has left a recording of its end: none threw.'
        : 'The engine of this node is not recorded.';
    throw new FolkmootError('ERR_STATE', text, { state });
  }
}
