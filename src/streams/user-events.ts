/** User events as their subscribers get them: as they came, or decoded by a definition. */

import { Observable } from 'rxjs';

import type { LamportTime } from '../model/lamport.ts';

/** A user event, this node's own included. */
export interface UserEvent<T = Uint8Array> {
  readonly name: string;
  readonly payload: T;
  /** When it was sent, by the cluster's event clock: one that had heard of another has a higher time. */
  readonly time: LamportTime;
  /** Whether its sender allows it to be coalesced. Not known of events that were replayed: false. */
  readonly coalesce: boolean;
  /** When this node heard of it, in milliseconds of its clock (Unix epoch). */
  readonly at: number;
}

/** What reads the payloads of one name; throws on what is not right. */
export interface EventReader<T> {
  readonly name: string;
  decode(payload: Uint8Array): T;
}

/** The events of one name, decoded. One that cannot be is told to `invalid` instead. */
export function decodedEvents<T>(
  event$: Observable<UserEvent>,
  reader: EventReader<T>,
  invalid: (event: UserEvent, error: unknown) => void,
): Observable<UserEvent<T>> {
  return new Observable((subscriber) =>
    event$.subscribe({
      next: (event) => {
        if (event.name !== reader.name) return;
        const decoded = read(reader, event);
        if (decoded.ok) subscriber.next({ ...event, payload: decoded.payload });
        else invalid(event, decoded.error);
      },
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    }),
  );
}

type Read<T> =
  { readonly ok: true; readonly payload: T } | { readonly ok: false; readonly error: unknown };

/** Apart from the subscriber's call, whose errors are its own. */
function read<T>(reader: EventReader<T>, { payload }: UserEvent): Read<T> {
  try {
    return { ok: true, payload: reader.decode(payload) };
  } catch (error) {
    return { ok: false, error };
  }
}
