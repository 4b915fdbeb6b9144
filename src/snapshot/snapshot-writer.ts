/**
 * Decides what goes into a snapshot file: told of facts and times, it gathers the lines to append, and
 * knows at any time what a compacted file would say. Without I/O.
 */

import type { Address } from '../model/address.ts';
import { formatAddress, sameAddress } from '../model/address.ts';
import type { Fact } from '../model/fact.ts';
import type { Member } from '../model/member.ts';
import { SnapshotFold } from './snapshot-fold.ts';
import type { FoldOptions, SnapshotClocks } from './snapshot-fold.ts';
import { formatLine } from './snapshot-line.ts';
import type { ClockKind, SnapshotRecord } from './snapshot-line.ts';
import type { SnapshotState } from './snapshot-replay.ts';

/** Text that waits to be appended, in UTF-16 units. What comes beyond is left to a compaction. */
export const pendingUnitsMax = 1024 * 1024;

/** Lines of a compacted file that are handed over at once. */
const linesPerChunk = 512;

/** A compacted file on its way to the disk. */
export interface Compaction {
  /** The text of the file, in parts. */
  readonly text: Iterable<string>;
  /** It came to nothing: what it would have said still has to be appended. */
  undo(): void;
}

export class SnapshotWriter {
  /** What the file says once everything pending is in it. */
  readonly #file: SnapshotFold;
  readonly #options: FoldOptions;
  /** Where the nodes are that SWIM knows; a member's own facts do not say. */
  readonly #addresses = new Map<string, Address>();
  #pending = '';
  #isIncomplete = false;
  /** The times that were told last; they outlast a leave, which clears those of the file. */
  #seen: SnapshotClocks;
  #hasLeft = false;
  #refused = 0;

  /** Goes on from what a file said. */
  constructor(state: SnapshotState, options: FoldOptions) {
    this.#options = options;
    this.#file = new SnapshotFold(options);
    this.#file.adopt(state);
    this.#seen = state;
  }

  /** Whether there is anything to append. */
  get hasPending(): boolean {
    return this.#pending !== '';
  }

  /** Too much waited to be appended, so lines are missing: only a compaction makes the file true again. */
  get isIncomplete(): boolean {
    return this.#isIncomplete;
  }

  /** Members that are not recorded: their names would forge lines, or there are too many. */
  get refused(): number {
    return this.#refused;
  }

  /** Members in the file. */
  get nodes(): ReadonlyMap<string, Address> {
    return this.#file.nodes;
  }

  fact(fact: Fact): void {
    switch (fact.kind) {
      case 'node-joined': // Its member follows.
        this.#addresses.set(fact.name, fact.address);
        return;
      case 'node-refreshed':
      case 'node-refuted':
        this.#addresses.set(fact.name, fact.address);
        this.#moved(fact.name, fact.address);
        return;
      case 'node-forgotten':
        this.#addresses.delete(fact.name);
        return;
      case 'member-joined':
        this.#alive(fact.name);
        return;
      case 'member-left':
      case 'member-failed':
        this.#record({ kind: 'not-alive', name: fact.name });
        return;
      case 'member-reaped':
        // Serf writes nothing here, so a member that was pruned while it left would stay for good.
        if (this.#file.nodes.has(fact.name)) this.#record({ kind: 'not-alive', name: fact.name });
        return;
      case 'node-suspected':
      case 'suspicion-confirmed':
      case 'node-failed':
      case 'node-left':
      case 'name-conflicted':
      case 'member-updated':
      case 'member-leaving':
      case 'member-stayed':
      case 'member-time-advanced':
        return;
      default:
        fact satisfies never;
    }
  }

  /** The newest times seen. Only what is newer than before is written; after a leave, only intents. */
  seen(clocks: SnapshotClocks): void {
    const { memberTime, eventTime, queryTime } = this.#seen;
    this.#seen = {
      memberTime: this.#time('clock', memberTime, clocks.memberTime),
      eventTime: this.#hasLeft ? eventTime : this.#time('event-clock', eventTime, clocks.eventTime),
      queryTime: this.#hasLeft ? queryTime : this.#time('query-clock', queryTime, clocks.queryTime),
    };
  }

  /** The member list of an engine that takes over from one that died: what the file missed is added. */
  resume(members: Iterable<Member>): void {
    for (const { name, memberState, ip, port } of members) {
      this.#addresses.set(name, { ip, port });
      const recorded = this.#file.nodes.get(name);
      if (memberState === 'alive' || memberState === 'leaving') {
        if (recorded === undefined) this.#alive(name);
        else this.#moved(name, { ip, port });
      } else if (recorded !== undefined) this.#record({ kind: 'not-alive', name });
    }
  }

  /** This node leaves: from here on nothing counts but the member clock. */
  leave(): void {
    if (this.#hasLeft) return;
    this.#record({ kind: 'leave' });
    this.#hasLeft = true;
  }

  /** All text that is to be appended; it now belongs to the caller. */
  take(): string {
    const text = this.#pending;
    this.#pending = '';
    return text;
  }

  /** Text that could not be appended comes first again. */
  putBack(text: string): void {
    const later = this.take();
    this.#append(text);
    this.#append(later);
  }

  /** The file that says all, in as few lines as there can be. What was pending is in it. */
  compact(): Compaction {
    const covered = this.take();
    const wasIncomplete = this.#isIncomplete;
    this.#isIncomplete = false;
    return {
      text: chunks(this.#wholeFile()),
      undo: () => {
        this.putBack(covered);
        if (!wasIncomplete) return;
        this.#isIncomplete = true;
        this.#pending = '';
      },
    };
  }

  #alive(name: string): void {
    const address = this.#addresses.get(name);
    if (address !== undefined) this.#record({ kind: 'alive', name, address });
  }

  /** Serf does not record that a member moved, and would look for it at its old address. */
  #moved(name: string, address: Address): void {
    const recorded = this.#file.nodes.get(name);
    if (recorded === undefined || sameAddress(recorded, address)) return;
    // The file has the mapped form of an IPv4 address as plain IPv4.
    if (formatAddress(recorded) !== formatAddress(address)) {
      this.#record({ kind: 'alive', name, address });
    }
  }

  #time(kind: ClockKind, before: number, time: number): number {
    if (time <= before) return before;
    this.#record({ kind, time });
    return time;
  }

  #record(record: SnapshotRecord): void {
    if (this.#hasLeft && record.kind !== 'clock') return;
    const line = formatLine(record);
    if (line === undefined || !this.#file.apply(record)) {
      if (record.kind === 'alive') this.#refused += 1;
      return;
    }
    this.#append(line);
  }

  #append(line: string): void {
    // After a missing line, later ones would tell of a cluster that never was.
    if (this.#isIncomplete) return;
    this.#pending += line;
    if (this.#pending.length <= pendingUnitsMax) return;
    this.#pending = '';
    this.#isIncomplete = true;
  }

  /** A copy, since the writing takes its time. Serf's order: members, then clocks. */
  #wholeFile(): readonly SnapshotRecord[] {
    const { nodes, memberTime, eventTime, queryTime, left } = this.#file;
    const leave: readonly SnapshotRecord[] = left ? [{ kind: 'leave' }] : [];
    // Read without rejoining, a leave wipes what is before it; the clocks that it wiped here are 0.
    const { rejoinAfterLeave } = this.#options;
    return [
      ...(rejoinAfterLeave ? [] : leave),
      ...Array.from(nodes, ([name, address]) => ({ kind: 'alive', name, address }) as const),
      { kind: 'clock', time: memberTime },
      { kind: 'event-clock', time: eventTime },
      { kind: 'query-clock', time: queryTime },
      ...(rejoinAfterLeave ? leave : []),
    ];
  }
}

function* chunks(records: readonly SnapshotRecord[]): Generator<string> {
  for (let start = 0; start < records.length; start += linesPerChunk) {
    const lines = records.slice(start, start + linesPerChunk).map((record) => formatLine(record));
    yield lines.join('');
  }
}
