/** From payloads to values and back: JSON by default, a schema that checks it, or a codec of the user's own. */

import { FolkmootError } from '../model/error.ts';

/** Reads and writes payloads. */
export interface PayloadCodec<In, Out = In> {
  /** Writes a value; a text goes as UTF-8. Default: JSON. */
  encode?(value: In): Uint8Array | string;
  /** Reads a payload from the network. Throws on one that is not right: it is then reported, not told. */
  decode(payload: Uint8Array): Out;
}

/**
 * A validator of Standard Schema (https://standardschema.dev), as Zod, Valibot, ArkType and others make
 * them. Payloads are JSON of what goes in. It has to answer at once, not by a promise: events are told
 * in the order in which they were heard.
 */
export interface StandardSchema<In = unknown, Out = In> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Out> | Promise<SchemaResult<Out>>;
    readonly types?: { readonly input: In; readonly output: Out } | undefined;
  };
}

type SchemaResult<Out> =
  | { readonly value: Out; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What can be declared of a payload. */
export type Payloads<In, Out = In> = PayloadCodec<In, Out> | StandardSchema<In, Out>;

/** A codec in which nothing is left open. */
export interface ResolvedCodec<In, Out = In> {
  encode(this: void, value: In): Uint8Array;
  decode(this: void, payload: Uint8Array): Out;
}

const toUtf8 = new TextEncoder();

/** A raw payload as users give it: bytes, a text (sent as UTF-8), or nothing. */
export type PayloadInput = Uint8Array | string | undefined;

/** The bytes of a raw payload. Throws `ERR_OPTION` for anything else. */
export function payloadBytes(payload: unknown): Uint8Array {
  if (payload === undefined) return new Uint8Array(0);
  if (typeof payload === 'string') return toUtf8.encode(payload);
  if (payload instanceof Uint8Array) return payload;
  throw unwritable(
    'A payload is a Uint8Array or a text. For values, declare what they are.',
    payload,
  );
}

/** JSON in UTF-8. `undefined` is the empty payload. */
export const jsonCodec: ResolvedCodec<unknown> = { encode: encodeJson, decode: decodeJson };

/** Fills in what a declaration leaves open. */
export function resolveCodec<In, Out>(payloads: Payloads<In, Out>): ResolvedCodec<In, Out> {
  if ('~standard' in payloads) {
    const { validate } = payloads['~standard'];
    return { encode: encodeJson, decode: (payload) => checked(validate(decodeJson(payload))) };
  }
  return {
    encode: (value) => {
      const encoded = payloads.encode === undefined ? encodeJson(value) : payloads.encode(value);
      return payloadBytes(encoded);
    },
    decode: (payload) => payloads.decode(payload),
  };
}

/**
 * The payload of a value that this node is about to send, read back once: what the sender's own
 * definition does not take would be heard by nobody.
 *
 * @throws FolkmootError `ERR_OPTION`, with the codec's own error as its cause.
 */
export function encodeFor<In>(
  what: string,
  codec: ResolvedCodec<In, unknown>,
  value: In,
): Uint8Array {
  try {
    const payload = codec.encode(value);
    codec.decode(payload);
    return payload;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw unwritable(`The payload of ${what} does not fit its definition: ${reason}`, value, cause);
  }
}

function encodeJson(value: unknown): Uint8Array {
  const text: string | undefined = JSON.stringify(value);
  return toUtf8.encode(text ?? '');
}

function decodeJson(payload: Uint8Array): unknown {
  if (payload.length === 0) return undefined;
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
}

function checked<Out>(result: SchemaResult<Out> | Promise<SchemaResult<Out>>): Out {
  // Also a promise of another kind: without this, its missing `issues` would pass for success.
  if ('then' in result) {
    result.then(undefined, () => undefined); // Its answer comes too late, whatever it is.
    throw new TypeError('the schema answers by a promise; payloads are checked at once');
  }
  if (result.issues === undefined) return result.value;
  throw new TypeError(result.issues.map(described).join('; '));
}

function described({ message, path = [] }: SchemaIssue): string {
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part));
  return keys.length === 0 ? message : `${keys.join('.')}: ${message}`;
}

function unwritable(message: string, value: unknown, cause?: unknown): FolkmootError {
  return new FolkmootError('ERR_OPTION', message, { option: 'payload', value }, { cause });
}
