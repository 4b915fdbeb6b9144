/**
 * One life of an engine as the main side holds it, in a thread or inline. The supervisor starts
 * another when it is lost.
 */

import { FolkmootError } from '../model/error.ts';
import type { ToEngine, ToHost } from './port-protocol.ts';
import type { RuntimeOptions } from './runtime.ts';

/** Why a life ended that nobody ended. */
export interface Loss {
  readonly reason: string;
  /** What the caller can act on, if it is that. */
  readonly error: FolkmootError | undefined;
}

/** Told what a life says. */
export interface LifeListener {
  message(message: ToHost): void;
  /** It is over and its sockets are closed. Once, last; not after {@link Life.close}. */
  lost(loss: Loss): void;
}

export interface Life {
  post(message: ToEngine): void;
  /** Closes the sockets and ends it. Idempotent; never rejects. */
  close(): Promise<void>;
  ref(): void;
  unref(): void;
}

/** Begins a life. Whether it comes up is told to the listener: `started`, or `lost`. */
export type Launch = (options: RuntimeOptions, listener: LifeListener) => Life;

/** A loss from whatever was thrown. */
export function lossOf(cause: unknown): Loss {
  return {
    reason: cause instanceof Error ? cause.message : String(cause),
    error: FolkmootError.is(cause) ? cause : undefined,
  };
}
