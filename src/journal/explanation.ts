/**
 * Why a member is what it is: from the facts kept about it, those that led to its present status, in
 * order, with their causes.
 */

import { formatAddress } from '../model/address.ts';
import { evolve } from '../model/evolve.ts';
import type { Members } from '../model/evolve.ts';
import type { Fact } from '../model/fact.ts';
import type { Member, MemberStatus } from '../model/member.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { consequenceText, sentenceOf } from './sentences.ts';
import type { Setting } from './sentences.ts';

/** Steps of a chain at the most; those in the middle go first. */
export const stepsMax = 64;

/** Disputes about the name, and claims that the observer refuted about itself, that are told: the last. */
export const asidesMax = 3;

/** One thing that happened. */
export interface Step {
  /** When, in milliseconds of the node's clock (Unix epoch). */
  readonly at: number;
  /** The fact, with its cause, and those that followed from it in the same step. */
  readonly entries: readonly JournalEntry[];
  /** The same in English: one line. */
  readonly text: string;
}

/** What is known of why a member has its status. Plain data. */
export interface Reasons {
  readonly name: string;
  /** Whose view it is. */
  readonly observer: string;
  /** `reaped`: it was a member once; `unknown`: nothing is known of it. */
  readonly status: MemberStatus | 'reaped' | 'unknown';
  /** When it got this status, by the clock of the observer; `undefined` if it is unknown. */
  readonly since: number | undefined;
  /** What led there, oldest first, from when it last came. */
  readonly chain: readonly Step[];
  /** Earlier suspicions that it refuted since it last came; not in the chain. */
  readonly refutedBefore: number;
  /**
   * What is missing. `dropped`: the journal keeps so many facts only, and the beginning is gone.
   * `checkpoint`: some news never reached this thread, so how it came about is not known.
   */
  readonly gaps: readonly ('dropped' | 'checkpoint')[];
  /** When the journal begins; `undefined` if it has everything since the start. */
  readonly journalSince: number | undefined;
}

/** Explains the status of `name` as it is after the latest entry. */
export function reasonsFor(journal: Journal, name: string, observer: string): Reasons {
  const base = journal.base.get(name);
  const story = new Story(base, observer, namesByAddress(journal));
  for (const entry of journal.about(name)) story.take(entry);
  const gaps: ('dropped' | 'checkpoint')[] = [];
  if (base !== undefined && !story.hasBeginning) gaps.push('dropped');
  if (story.chain.some(({ entries }) => isMissed(entries[0]?.fact))) gaps.push('checkpoint');
  return {
    name,
    observer,
    status: story.status,
    since: story.since,
    chain: story.chain,
    refutedBefore: story.refutedBefore,
    gaps,
    journalSince: journal.baseAt,
  };
}

/** A step that is being told. */
interface Told {
  readonly entries: JournalEntry[];
  text: string;
}

/** Goes through the facts about one name, and keeps what bears on its status. */
class Story {
  readonly #observer: string;
  readonly #nameAt: Setting['nameAt'];
  readonly #members: Members = new Map();
  #steps: Told[] = [];
  /** The last step, if what follows from its fact belongs to it; it need not have been kept. */
  #open: Told | undefined;
  #suspectedAt: number | undefined;
  #confirmations = 0;
  #since: number | undefined;
  #wasListed: boolean;
  #name = '';
  refutedBefore = 0;
  /** Whether the chain begins with its coming. */
  hasBeginning = false;

  constructor(base: Member | undefined, observer: string, nameAt: Setting['nameAt']) {
    this.#observer = observer;
    this.#nameAt = nameAt;
    this.#wasListed = base !== undefined && isListed(base);
    if (base === undefined) return;
    this.#name = base.name;
    this.#members.set(base.name, base);
    this.#since = base.goneSince ?? base.nodeStateSince;
    if (base.nodeState === 'suspect') this.#suspectedAt = base.nodeStateSince;
  }

  get status(): Reasons['status'] {
    const member = this.#members.get(this.#name);
    if (member !== undefined && isListed(member)) return member.status;
    return this.#wasListed ? 'reaped' : 'unknown';
  }

  get since(): number | undefined {
    return this.status === 'unknown' ? undefined : this.#since;
  }

  get chain(): readonly Step[] {
    return this.#steps.map(({ entries, text }) => ({
      at: entries.at(-1)?.fact.at ?? 0,
      entries,
      text,
    }));
  }

  take(entry: JournalEntry): void {
    const { fact } = entry;
    this.#name = fact.name;
    const before = this.#members.get(fact.name);
    const statusBefore = this.status;
    evolve(this.#members, fact);
    const after = this.#members.get(fact.name);
    this.#wasListed ||= after !== undefined && isListed(after);
    if (this.status !== statusBefore) this.#since = fact.at;
    this.#tell(entry, before);
    this.#count(fact);
    this.#shorten();
  }

  #tell(entry: JournalEntry, before: Member | undefined): void {
    const { fact } = entry;
    const open = this.#open;
    const first = open?.entries[0]?.fact;
    if (open !== undefined && first !== undefined && follows(entry, open.entries.at(-1))) {
      open.entries.push(entry);
      if (isMissed(fact)) open.text = missedText(this.status, this.#observer);
      else open.text += consequenceText(fact, first);
      if (comes(fact)) this.#beginWith(open);
      else if (bears(fact) && !this.#steps.includes(open)) this.#steps.push(open);
      return;
    }
    const text = isMissed(fact)
      ? missedText(this.status, this.#observer)
      : sentenceOf(fact, this.#settingOf(fact, before));
    const told = { entries: [entry], text };
    this.#open = told;
    if (comes(fact)) return this.#beginWith(told);
    if (!bears(fact)) return;
    this.#forgetWhatIsSettled(fact);
    this.#steps.push(told);
  }

  /** What was before it came (again) does not explain what it is now. */
  #beginWith(told: Told): void {
    this.#steps = [told];
    this.hasBeginning = true;
    this.refutedBefore = 0;
  }

  #settingOf(fact: Fact, before: Member | undefined): Setting {
    const isConfirmation = fact.kind === 'suspicion-confirmed';
    return {
      observer: this.#observer,
      before,
      suspectedAt: this.#suspectedAt,
      confirmations: this.#confirmations + Number(isConfirmation),
      nameAt: this.#nameAt,
    };
  }

  #count(fact: Fact): void {
    if (fact.kind === 'node-suspected') {
      this.#suspectedAt = fact.at;
      this.#confirmations = 0;
    } else if (fact.kind === 'suspicion-confirmed') {
      this.#confirmations += 1;
    } else if (suspicionEnds.has(fact.kind)) {
      this.#suspectedAt = undefined;
    }
  }

  /** A new doubt or leave: of earlier ones, which came to nothing, only the number is told. */
  #forgetWhatIsSettled(fact: Fact): void {
    if (fact.kind === 'node-suspected') {
      this.refutedBefore += this.#drop(suspicionKinds).filter(isRefutation).length;
    } else if (fact.kind === 'member-leaving') {
      this.#drop(leaveKinds);
    }
  }

  #shorten(): void {
    for (const kind of asideKinds) {
      const asides = this.#steps.filter(({ entries }) => entries[0]?.fact.kind === kind);
      const [oldest] = asides;
      if (oldest === undefined || asides.length <= asidesMax) continue;
      this.#steps = this.#steps.filter((step) => step !== oldest);
    }
    if (this.#steps.length > stepsMax) this.#steps.splice(1, 1);
  }

  /** Takes the steps of these kinds out; returns their facts. */
  #drop(kinds: ReadonlySet<Fact['kind']>): readonly Fact[] {
    const isOne = ({ entries }: Told): boolean => {
      const kind = entries[0]?.fact.kind;
      return kind !== undefined && kinds.has(kind);
    };
    const facts = this.#steps.filter(isOne).flatMap(({ entries }) => entries);
    this.#steps = this.#steps.filter((step) => !isOne(step));
    return facts.map(({ fact }) => fact);
  }
}

const suspicionKinds: ReadonlySet<Fact['kind']> = new Set([
  'node-suspected',
  'suspicion-confirmed',
  'node-refuted',
] as const);
const suspicionEnds: ReadonlySet<Fact['kind']> = new Set([
  'node-joined',
  'node-refuted',
  'node-failed',
  'node-left',
] as const);
const leaveKinds: ReadonlySet<Fact['kind']> = new Set(['member-leaving', 'member-stayed'] as const);
const asideKinds = ['name-conflicted', 'node-refreshed'] as const;

/** Whether a fact bears on the status. */
function bears(fact: Fact): boolean {
  switch (fact.kind) {
    case 'node-suspected':
    case 'suspicion-confirmed':
    case 'node-refuted':
    case 'node-failed':
    case 'node-left':
    case 'name-conflicted':
    case 'member-leaving':
    case 'member-stayed':
    case 'member-left':
    case 'member-failed':
    case 'member-reaped':
      return true;
    case 'node-refreshed':
      return fact.cause.kind === 'refutation';
    case 'node-joined':
    case 'member-joined':
    case 'node-forgotten':
    case 'member-updated':
    case 'member-time-advanced':
      return false;
    default:
      return fact satisfies never;
  }
}

/** Whether a fact is a beginning: the node came, or came back. */
function comes(fact: Fact): boolean {
  return fact.kind === 'node-joined' || (fact.kind === 'member-joined' && isMissed(fact));
}

/** Whether an entry came of the one right before it. */
function follows(entry: JournalEntry, last: JournalEntry | undefined): boolean {
  if (last === undefined || entry.index !== last.index + 1) return false;
  return isMissed(entry.fact) ? isMissed(last.fact) : entry.fact.cause.kind === 'consequence';
}

function isMissed(fact: Fact | undefined): boolean {
  return fact?.cause.kind === 'checkpoint';
}

function missedText(status: Reasons['status'], observer: string): string {
  return `News of it was missed, because the main thread of ${observer} was blocked for long or its engine was started again: how it came about is not known. Afterwards it was ${status}.`;
}

function isRefutation({ kind }: Fact): boolean {
  return kind === 'node-refuted';
}

function isListed({ memberState }: Member): boolean {
  return memberState !== 'none';
}

/** Who is where, by all that the journal shows last; a port that is nobody's may be one of a stream. */
function namesByAddress(journal: Journal): Setting['nameAt'] {
  const names = new Map<string, string>();
  const namesAtIp = new Map<string, string | undefined>();
  for (const { name, ip, port } of journal.replay().values()) {
    names.set(formatAddress({ ip, port }), name);
    namesAtIp.set(ip, namesAtIp.has(ip) ? undefined : name);
  }
  return (address) => names.get(address) ?? namesAtIp.get(ipOf(address));
}

function ipOf(address: string): string {
  const end = address.lastIndexOf(':');
  return address.slice(0, end).replace(/^\[(.*)\]$/, '$1');
}
