/** The answer to `node.why(name)`: reasons as data that can also say themselves. */

import { reasonsFor } from '../journal/explanation.ts';
import type { Reasons, Step } from '../journal/explanation.ts';
import { explanationText } from '../journal/explanation-text.ts';
import type { Journal } from '../journal/journal.ts';

/** Why a member has its status. As text: {@link Explanation.explain}, or in a template string. */
export class Explanation implements Reasons {
  readonly name: string;
  readonly observer: string;
  readonly status: Reasons['status'];
  readonly since: number | undefined;
  readonly chain: readonly Step[];
  readonly refutedBefore: number;
  readonly gaps: Reasons['gaps'];
  readonly journalSince: number | undefined;

  constructor(reasons: Reasons) {
    this.name = reasons.name;
    this.observer = reasons.observer;
    this.status = reasons.status;
    this.since = reasons.since;
    this.chain = reasons.chain;
    this.refutedBefore = reasons.refutedBefore;
    this.gaps = reasons.gaps;
    this.journalSince = reasons.journalSince;
  }

  /** In English, one line a step, with times as they are and as seen at `now` (Unix epoch ms). */
  explain(now: number = Date.now()): string {
    return explanationText(this, now);
  }

  toString(): string {
    return this.explain();
  }
}

/** Explains the present status of a member, as `observer` sees it. */
export function explain(journal: Journal, name: string, observer: string): Explanation {
  return new Explanation(reasonsFor(journal, name, observer));
}
