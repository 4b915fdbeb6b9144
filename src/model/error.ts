/** What can go wrong for a caller, as a closed set of codes. Junk from the network is never one. */

/** Every code a {@link FolkmootError} can have; each says what its remedy is in its message. */
export type ErrorCode =
  /** An option or argument is not valid. `details`: `{ option, value }`. */
  | 'ERR_OPTION'
  /** The address to listen on cannot be had (taken, not ours, not permitted). `details`: `{ address, reason }`. */
  | 'ERR_BIND'
  /** None of the addresses to join could be joined. `details`: `{ failures }`, one an address. */
  | 'ERR_JOIN'
  /** The node is leaving, has left or is shut down. `details`: `{ state }`. */
  | 'ERR_STATE'
  /** The encoded tags do not fit. `details`: `{ bytes, bytesMax }`. */
  | 'ERR_TAGS_SIZE'
  /** The event is too large to be gossiped. `details`: `{ bytes, bytesMax }`. */
  | 'ERR_EVENT_SIZE'
  /** The query is too large to be gossiped. `details`: `{ bytes, bytesMax }`. */
  | 'ERR_QUERY_SIZE'
  /** The response to a query is too large. `details`: `{ bytes, bytesMax }`. */
  | 'ERR_RESPONSE_SIZE'
  /** The query was answered before, or its deadline is past. `details`: `{ id }`. */
  | 'ERR_QUERY_CLOSED'
  /** A key operation did not succeed on every member. `details`: the report. */
  | 'ERR_KEYS'
  /** A bound on how much runs at once is reached. `details` names it. */
  | 'ERR_OVERLOAD'
  /** Something was not finished in time. `details`: `{ timeoutMs }`. */
  | 'ERR_TIMEOUT'
  /** This node lost its name to another one of the same name. `details`: `{ name, matching, responses }`. */
  | 'ERR_NAME_CONFLICT'
  /** The worker thread could not be kept running. `details`: `{ restarts }`. */
  | 'ERR_WORKER';

/** An error as plain data, the form in which it crosses threads. */
export interface ErrorRecord {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

const brand = Symbol.for('folkmoot.error');

/** The one error class. Branch on `code`; `details` has the values that the message names. */
export class FolkmootError extends Error {
  override readonly name = 'FolkmootError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly [brand] = true;

  constructor(
    code: ErrorCode,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.code = code;
    this.details = details;
  }

  /** Whether `value` is one of ours, also from another copy of this package. */
  static is(value: unknown): value is FolkmootError {
    return typeof value === 'object' && value !== null && brand in value;
  }

  /** Rebuilds an error that crossed a thread. */
  static from(record: ErrorRecord): FolkmootError {
    return new FolkmootError(record.code, record.message, record.details);
  }

  /** The form that crosses threads. */
  toRecord(): ErrorRecord {
    return { code: this.code, message: this.message, details: this.details };
  }
}
