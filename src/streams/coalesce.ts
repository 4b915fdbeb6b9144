/** Serf's coalescing, as RxJS operators: what comes in a burst is told together, when the burst is over. */

import { Observable, asyncScheduler } from 'rxjs';
import type { MonoTypeOperatorFunction, SchedulerLike, Subscription } from 'rxjs';

import { MemberCoalescer } from './coalesce-members.ts';
import { EventCoalescer } from './coalesce-user-events.ts';
import type { Coalescable } from './coalesce-user-events.ts';
import type { MemberEvent } from './member-events.ts';

/** How long events are held back. The defaults are those of Serf's agent. */
export interface CoalesceOptions {
  /** What is held is told at the latest this long after the first of it came. Default 3,000. */
  readonly periodMs?: number | undefined;
  /** Or as soon as nothing more came for this long. Default 1,000. */
  readonly quiescentMs?: number | undefined;
  /** Whose clock runs; a virtual one in tests. Default RxJS's `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/** Keeps events back and knows what to tell in their place. */
export interface Coalescer<T> {
  /** Events held. */
  readonly size: number;
  /** Takes an event; `false`: it is not one to hold, tell it now. */
  hold(event: T): boolean;
  /** What to tell of all that was held, which is then forgotten. */
  flush(): readonly T[];
}

/** Events held by one operator; at that many they are told at once. */
export const heldEventsMax = 4_096;

/**
 * Tells of each member only the last that happened to it in a burst, the members of one kind in one
 * event (its `cause` is that of the last of them, its `at` the latest). Of a member about which the
 * same was told before, nothing is told again, unless it is an update. `previous` of an update is what
 * the tags were before the burst.
 *
 * Other than in Serf, an update is told once: there, it comes again with each later burst until
 * something else happens to that member.
 */
export function coalesceMembers(
  options: CoalesceOptions = {},
): MonoTypeOperatorFunction<MemberEvent> {
  return coalesce(() => new MemberCoalescer(), options);
}

/**
 * Tells of the user events of one name in a burst only those of the highest Lamport time, ordered by
 * that time. Events that were not sent to be coalesced pass at once, and so may overtake held ones.
 * Works on raw events and on those of a definition alike.
 */
export function coalesceEvents<T extends Coalescable>(
  options: CoalesceOptions = {},
): MonoTypeOperatorFunction<T> {
  return coalesce(() => new EventCoalescer<T>(), options);
}

/** The two timers of Serf's loop around a coalescer, one for each subscriber. */
function coalesce<T>(
  create: () => Coalescer<T>,
  { periodMs = 3_000, quiescentMs = 1_000, scheduler = asyncScheduler }: CoalesceOptions,
): MonoTypeOperatorFunction<T> {
  return (source) =>
    new Observable<T>((subscriber) => {
      const coalescer = create();
      let period: Subscription | undefined;
      let quiet: Subscription | undefined;
      const stop = (): void => {
        period?.unsubscribe();
        quiet?.unsubscribe();
        period = undefined;
        quiet = undefined;
      };
      const flush = (): void => {
        stop();
        for (const event of coalescer.flush()) subscriber.next(event);
      };
      subscriber.add(stop);
      subscriber.add(
        source.subscribe({
          next: (event) => {
            if (!coalescer.hold(event)) return subscriber.next(event);
            if (coalescer.size >= heldEventsMax) return flush();
            period ??= scheduler.schedule(flush, periodMs);
            quiet?.unsubscribe();
            quiet = scheduler.schedule(flush, quiescentMs);
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            flush();
            subscriber.complete();
          },
        }),
      );
    });
}
