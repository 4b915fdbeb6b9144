/** Decisions that a program may take for its node: what they are, and what holds while none is there. */

import type { Candidate, ConsultOptions, Consultation, Verdict } from '../core/consults.ts';
import type { Member } from '../model/member.ts';
import type { MessageToValidate, NameConflict } from './inbox.ts';
import type { NodeLogger } from './logger.ts';
import { optionError, parseChoice, parseInteger, refuseUnknown } from './option-values.ts';
import { defaultLimits } from './profiles.ts';

/** The word on a candidate: yes or no, a no with its reason. What is thrown is a no with its message. */
export type DelegateVerdict = boolean | Verdict;

/** Through whom candidates come. */
export interface CandidateOrigin {
  /** `ip:port` of whoever handed in the claim. */
  readonly via: string;
}

/**
 * Decisions of the user. All are called on the main thread.
 *
 * `merge` and `alive` are asked from the engine's thread: the matter waits for the verdict, the rest of
 * the protocol does not. With no verdict within `timeoutMs`, because the main thread is blocked, say,
 * `onTimeout` holds. The others have no deadline, since nothing waits for them.
 */
export interface Delegates {
  /**
   * May the nodes of another list be merged with this node's? Asked at joins, this node's own and
   * others' through it, with all that are alive there (this node may be among them); not at the regular
   * exchanges between members. A refused join of this node rejects with the reason; who tried to join us
   * is told nothing, as in Serf. As in Serf, it is also asked about single nodes, unless there is `alive`:
   * the refused have heard of this node, and may come by gossip.
   */
  readonly merge?:
    | ((
        candidates: readonly Candidate[],
        origin: CandidateOrigin,
      ) => DelegateVerdict | Promise<DelegateVerdict>)
    | undefined;
  /**
   * May this node be a member here? Asked when it is new, is back, has moved or changed its tags. A
   * refused one is not listed and its claim not passed on; it is asked about again when it claims again.
   */
  readonly alive?:
    | ((
        candidate: Candidate,
        origin: CandidateOrigin,
      ) => DelegateVerdict | Promise<DelegateVerdict>)
    | undefined;
  /** How long `merge` and `alive` are waited for. Default 5,000. */
  readonly timeoutMs?: number | undefined;
  /** What holds if they do not answer in time. Default `'refuse'`: who is refused asks again. */
  readonly onTimeout?: 'accept' | 'refuse' | undefined;
  /**
   * How long a member that has failed or left is kept, in milliseconds; `defaultMs` is what holds
   * otherwise (`reconnectTimeoutMs`, `tombstoneTimeoutMs`). Asked once, when it goes. Until the answer
   * has arrived, and if it is no such number or throws, `defaultMs` holds.
   */
  readonly reconnectTimeoutMs?: ((member: Member, defaultMs: number) => number) | undefined;
  /**
   * Is this user event, query or answer to be told? Asked just before; `false`, or an error, keeps it
   * from this node's subscribers and handlers, and is told on `invalid$`. It is gossiped, and a query
   * acknowledged, all the same.
   */
  readonly validateMessage?: ((message: MessageToValidate) => boolean) | undefined;
  /** Another node claims a name that is taken. For information; `conflict$` tells the same. */
  readonly nameConflict?: ((conflict: NameConflict) => void) | undefined;
}

const delegateNames = Object.keys({
  merge: 0,
  alive: 0,
  timeoutMs: 0,
  onTimeout: 0,
  reconnectTimeoutMs: 0,
  validateMessage: 0,
  nameConflict: 0,
} satisfies Record<keyof Delegates, 0>);

const functions = [
  'merge',
  'alive',
  'reconnectTimeoutMs',
  'validateMessage',
  'nameConflict',
] as const;

/** Longest that a verdict can be waited for: an hour. */
const verdictMsMax = 60 * 60 * 1_000;

/**
 * Checks the delegates, and says what the engine is to ask.
 *
 * @throws FolkmootError `ERR_OPTION`
 */
export function resolveDelegates(input: unknown): {
  readonly delegates: Delegates;
  readonly consults: ConsultOptions;
} {
  if (typeof input !== 'object' || input === null) {
    throw optionError('delegates', input, 'Give an object such as { alive: () => true }.');
  }
  refuseUnknown('delegates', input, delegateNames);
  const delegates: Delegates = input;
  for (const name of functions) {
    const delegate: unknown = delegates[name];
    if (delegate === undefined || typeof delegate === 'function') continue;
    throw optionError(`delegates.${name}`, delegate, 'Give a function.');
  }
  const defaults = defaultLimits.consults;
  const onTimeout = delegates.onTimeout ?? (defaults.acceptOnTimeout ? 'accept' : 'refuse');
  return {
    delegates,
    consults: {
      merge: delegates.merge !== undefined,
      alive: delegates.alive !== undefined || delegates.merge !== undefined,
      timeoutMs: parseInteger('delegates.timeoutMs', delegates.timeoutMs ?? defaults.timeoutMs, {
        min: 1,
        max: verdictMsMax,
      }),
      acceptOnTimeout:
        parseChoice('delegates.onTimeout', onTimeout, ['accept', 'refuse']) === 'accept',
    },
  };
}

/** Asks the delegate that is meant. Never rejects: what is thrown is a refusal. */
export async function judge(
  delegates: Delegates,
  consultation: Consultation,
  log: NodeLogger,
): Promise<Verdict> {
  try {
    return verdictOf(await ask(delegates, consultation));
  } catch (error) {
    const { kind, via } = consultation;
    log.warn({ delegate: kind, via, err: error }, 'a delegate threw, which refuses');
    return { accept: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

function ask(
  { merge, alive }: Delegates,
  consultation: Consultation,
): DelegateVerdict | Promise<DelegateVerdict> {
  const { kind, via } = consultation;
  switch (kind) {
    case 'merge':
      return merge === undefined || merge(consultation.candidates, { via });
    case 'alive': {
      const { candidate } = consultation;
      if (alive !== undefined) return alive(candidate, { via });
      return merge === undefined || merge([candidate], { via });
    }
    default:
      return kind satisfies never;
  }
}

/** Untyped programs may return anything: only a clear yes is one. */
function verdictOf(said: unknown): Verdict {
  if (said === true) return { accept: true };
  if (typeof said !== 'object' || said === null || !('accept' in said)) return refusal;
  if (said.accept === true) return { accept: true };
  return 'reason' in said ? { accept: false, reason: String(said.reason) } : refusal;
}

const refusal: Verdict = { accept: false, reason: 'refused by a delegate' };
