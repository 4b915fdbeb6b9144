/** `state$`: the local node's machine, watched as a stream. */

import { Observable, distinctUntilChanged } from 'rxjs';
import type { ActorRefFrom } from 'xstate';
import type { LocalNodeState, localNodeMachine } from '../machines/local-machine.ts';

/**
 * The state of the local node: first what it is now, then each change. Completes after `shutdown`,
 * also for those who subscribe later.
 */
export function localStates(
  actor: ActorRefFrom<typeof localNodeMachine>,
): Observable<LocalNodeState> {
  return new Observable<LocalNodeState>((subscriber) => {
    subscriber.next(actor.getSnapshot().value);
    if (actor.getSnapshot().status === 'done') return subscriber.complete();
    const subscription = actor.subscribe({
      next: (snapshot) => subscriber.next(snapshot.value),
      complete: () => subscriber.complete(),
    });
    return () => subscription.unsubscribe();
  }).pipe(distinctUntilChanged());
}
