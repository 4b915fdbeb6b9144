/** What the journal tells users: what happened, and what this node believed at another time. */

import type { Journal, JournalEntry } from '../journal/journal.ts';
import { timeText } from '../journal/time-text.ts';
import { FolkmootError } from '../model/error.ts';
import type { FactKind } from '../model/fact.ts';
import type { Member } from '../model/member.ts';
import { optionError, refuseUnknown } from './option-values.ts';

/** Which of the facts that are kept are wanted; all conditions must hold. */
export interface HistoryOptions {
  /** About this node only. */
  readonly name?: string | undefined;
  /** Not older than this: a `Date`, or milliseconds since the Unix epoch. */
  readonly since?: Date | number | undefined;
  /** Of these kinds only. */
  readonly kinds?: readonly FactKind[] | undefined;
}

/**
 * The facts kept, newest last.
 *
 * @throws FolkmootError `ERR_OPTION`.
 */
export function historyOf(journal: Journal, options: HistoryOptions = {}): readonly JournalEntry[] {
  refuseUnknown('history', options, ['name', 'since', 'kinds']);
  const { name, since, kinds } = options;
  const sinceAt = since === undefined ? -Infinity : parseTime('history.since', since);
  const wanted = kinds === undefined ? undefined : parseKinds(kinds);
  const entries = name === undefined ? journal.entries : journal.about(name);
  return entries.filter(
    ({ fact }) => fact.at >= sinceAt && (wanted === undefined || wanted.has(fact.kind)),
  );
}

/**
 * The members as they were at a time, by what is known now: a new map, of its caller.
 *
 * @throws FolkmootError `ERR_OPTION` for what is no time, and for one that the journal no longer
 *   reaches; `details.reachesBackTo` says how far it does.
 */
export function membersAt(journal: Journal, time: Date | number): ReadonlyMap<string, Member> {
  const at = parseTime('time', time);
  const { baseAt, entriesMax } = journal;
  if (baseAt !== undefined && at < baseAt) {
    const message = `The journal goes back to ${timeText(baseAt)} (${baseAt}) only, and was asked for ${timeText(at)}. A larger journalEntriesMax (it is ${entriesMax}) reaches further from the next start on.`;
    const details = { option: 'time', value: at, reachesBackTo: baseAt };
    throw new FolkmootError('ERR_OPTION', message, details);
  }
  const members = journal.at(at);
  for (const [name, { memberState }] of members) if (memberState === 'none') members.delete(name);
  return members;
}

/** The times that a `Date` can show. */
const farthestMs = 8.64e15;

function parseTime(option: string, time: unknown): number {
  const at = time instanceof Date ? time.getTime() : time;
  if (typeof at === 'number' && Math.abs(at) <= farthestMs) return at;
  throw optionError(option, time, 'Give a Date, or milliseconds since the Unix epoch.');
}

// The keys of an object, so that the compiler finds a kind that is missing here.
const factKinds: ReadonlySet<string> = new Set(
  Object.keys({
    'node-joined': 0,
    'node-refreshed': 0,
    'node-refuted': 0,
    'node-suspected': 0,
    'suspicion-confirmed': 0,
    'node-failed': 0,
    'node-left': 0,
    'node-forgotten': 0,
    'name-conflicted': 0,
    'member-joined': 0,
    'member-updated': 0,
    'member-leaving': 0,
    'member-stayed': 0,
    'member-time-advanced': 0,
    'member-left': 0,
    'member-failed': 0,
    'member-reaped': 0,
  } satisfies Record<FactKind, 0>),
);

function parseKinds(kinds: unknown): ReadonlySet<unknown> {
  const known = `Known are: ${[...factKinds].join(', ')}.`;
  if (!Array.isArray(kinds)) throw optionError('history.kinds', kinds, `Give a list. ${known}`);
  for (const kind of kinds as readonly unknown[]) {
    if (typeof kind !== 'string' || !factKinds.has(kind)) {
      throw optionError('history.kinds', kind, known);
    }
  }
  return new Set(kinds);
}
