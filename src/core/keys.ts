/** Changing and listing the keys of all members, by Serf's internal queries. */

import type { ErrorRecord } from '../model/error.ts';
import type { QuerySummary } from './asking.ts';
import type { Context } from './context.ts';
import { internalQueries } from './internal-query-names.ts';
import type { Queries } from './queries.ts';

/**
 * The keyring of this node, as the engine may change it. Implemented by the driver, which also keeps
 * the file; each change is on disk when the call returns.
 */
export interface KeyringAccess {
  /** Adds a key; returns why not, or `undefined`. */
  install(key: Uint8Array): string | undefined;
  /** Makes an installed key the one that is sent with. */
  use(key: Uint8Array): string | undefined;
  /** Removes a key other than the primary. */
  remove(key: Uint8Array): string | undefined;
  /** The keys in base64, the primary first. */
  list(): readonly string[];
}

export type KeyOperation = 'install' | 'use' | 'remove' | 'list';

/** What the members said to a key operation. */
export interface KeyReport {
  readonly kind: 'keys';
  readonly operation: KeyOperation;
  /** Live members that were asked; those that answered; those that refused or failed. */
  readonly nodes: number;
  readonly responses: number;
  readonly errors: number;
  /** What each member said, if it said anything: why it failed, or that its list is cut. */
  readonly messages: ReadonlyMap<string, string>;
  /** For `list`: on how many members each key is installed, and primary. */
  readonly keys: ReadonlyMap<string, number>;
  readonly primaryKeys: ReadonlyMap<string, number>;
  /** Live members that did not answer. */
  readonly silent: readonly string[];
  /** Members whose list was cut to fit: the counts are then only lower bounds. */
  readonly truncated: readonly string[];
}

const names: Readonly<Record<KeyOperation, string>> = {
  install: internalQueries.installKey,
  use: internalQueries.useKey,
  remove: internalQueries.removeKey,
  list: internalQueries.listKeys,
};

/** Asks every member to do it, and gathers what they say. */
export function runKeyOperation(
  ctx: Context,
  queries: Queries,
  request: {
    readonly operation: KeyOperation;
    readonly key: Uint8Array;
    readonly relayFactor: number;
  },
  onDone: (report: KeyReport) => void,
): number | ErrorRecord {
  const { operation, key, relayFactor } = request;
  const gathered = new Gathered();
  return queries.ask(
    ctx,
    {
      name: names[operation],
      payload: ctx.codec.encodeSerf({ kind: 'key-request', key }),
      filters: [],
      requestAck: false,
      relayFactor,
      timeoutMs: undefined,
    },
    {
      onAck: () => {},
      onResponse: (from, payload) => gathered.add(ctx, from, payload),
      onDone: (summary) => onDone(gathered.report(operation, summary)),
    },
  );
}

class Gathered {
  readonly #messages = new Map<string, string>();
  readonly #keys = new Map<string, number>();
  readonly #primaryKeys = new Map<string, number>();
  readonly #truncated: string[] = [];
  #errors = 0;

  add(ctx: Context, from: string, payload: Uint8Array): void {
    const decoded = ctx.codec.decodeSerf(payload);
    if (!decoded.ok || decoded.value.kind !== 'key-response') {
      this.#errors += 1;
      this.#messages.set(from, 'sent an answer that cannot be read');
      return;
    }
    const { result, message, keys, primaryKey } = decoded.value;
    if (message !== '') this.#messages.set(from, message);
    if (!result) this.#errors += 1;
    else if (message !== '') this.#truncated.push(from);
    for (const key of keys ?? []) count(this.#keys, key);
    if (primaryKey !== '') count(this.#primaryKeys, primaryKey);
  }

  report(operation: KeyOperation, summary: QuerySummary): KeyReport {
    const answered = new Set(summary.responses);
    return {
      kind: 'keys',
      operation,
      nodes: summary.expected.length,
      responses: summary.responses.length,
      errors: this.#errors,
      messages: this.#messages,
      keys: this.#keys,
      primaryKeys: this.#primaryKeys,
      silent: summary.expected.filter((name) => !answered.has(name)),
      truncated: this.#truncated,
    };
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
