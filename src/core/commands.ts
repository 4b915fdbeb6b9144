/** What the user of the node asks for: to whom in the engine it goes, and how it is answered. */

import type { ErrorRecord } from '../model/error.ts';
import type { Announcements } from './announcements.ts';
import type { Context } from './context.ts';
import type { Command } from './input.ts';
import { internalQueries, isInternalQuery } from './internal-query-names.ts';
import type { Joins } from './joins.ts';
import { runKeyOperation } from './keys.ts';
import type { Leaving } from './leaving.ts';
import type { CommandValue } from './output.ts';
import type { Queries } from './queries.ts';
import { sendUserEvent } from './user-events.ts';

/** The parts of an engine that commands are for. */
export interface CommandParts {
  readonly joins: Joins;
  readonly leaving: Leaving;
  readonly announcements: Announcements;
  readonly queries: Queries;
}

export class Commands {
  readonly #parts: CommandParts;
  /** Running queries by the command that asked them. */
  readonly #queryOf = new Map<number, number>();

  constructor(parts: CommandParts) {
    this.#parts = parts;
  }

  run(ctx: Context, id: number, command: Command): void {
    if (ctx.localState !== 'alive' && command.kind !== 'leave') {
      return finish(ctx, id, wrongState(ctx, command.kind));
    }
    switch (command.kind) {
      case 'join':
        return this.#parts.joins.start(ctx, id, command);
      case 'leave':
        return this.#parts.leaving.start(ctx, id);
      case 'force-leave':
        return this.#parts.announcements.forceLeave(ctx, id, command);
      case 'set-tags':
        return this.#parts.announcements.setTags(ctx, id, command.tags);
      case 'user-event': {
        const sent = sendUserEvent(ctx, command);
        return finish(
          ctx,
          id,
          typeof sent === 'number' ? { kind: 'user-event', time: sent } : sent,
        );
      }
      case 'query':
        return this.#ask(ctx, id, command);
      case 'end-query': {
        const query = this.#queryOf.get(command.command);
        if (query !== undefined) this.#parts.queries.end(query);
        return finish(ctx, id, { kind: 'end-query' });
      }
      case 'respond': {
        const error = this.#parts.queries.answer(ctx, command.query, command.payload);
        return finish(ctx, id, error ?? { kind: 'respond' });
      }
      case 'keep-gone':
        // Of a member that is back by now, or forgotten, nothing is to be kept.
        if (ctx.members.get(command.name)?.goneSince !== undefined) {
          ctx.keepGoneMs.set(command.name, command.forMs);
        }
        return finish(ctx, id, { kind: 'keep-gone' });
      case 'keys':
        return this.#keys(ctx, id, command);
      default:
        return command satisfies never;
    }
  }

  #ask(ctx: Context, id: number, command: Extract<Command, { kind: 'query' }>): void {
    const { name, payload } = command;
    if (isInternalQuery(name) && !(name === internalQueries.ping && payload.length === 0)) {
      return finish(ctx, id, reservedName(name));
    }
    const filters = command.filters.map((filter) => ctx.codec.encodeFilter(filter));
    const tell = (from: string, answer: Uint8Array | undefined): void => {
      ctx.outputs.push({ kind: 'query-progress', id, from, payload: answer });
    };
    const asked = this.#parts.queries.ask(
      ctx,
      { ...command, filters },
      {
        onAck: (from) => tell(from, undefined),
        onResponse: tell,
        onDone: (summary) => {
          this.#queryOf.delete(id);
          finish(ctx, id, { kind: 'query', summary });
        },
      },
    );
    if (typeof asked === 'number') this.#queryOf.set(id, asked);
    else finish(ctx, id, asked);
  }

  #keys(ctx: Context, id: number, command: Extract<Command, { kind: 'keys' }>): void {
    const asked = runKeyOperation(ctx, this.#parts.queries, command, (report) => {
      finish(ctx, id, report);
    });
    if (typeof asked !== 'number') finish(ctx, id, asked);
  }
}

function finish(ctx: Context, id: number, result: CommandValue | ErrorRecord): void {
  ctx.outputs.push({
    kind: 'answered',
    id,
    result: 'code' in result ? { ok: false, error: result } : { ok: true, value: result },
  });
}

function reservedName(name: string): ErrorRecord {
  const message = `queries named ${name} are the cluster's own: choose a name that does not start with _serf_`;
  return { code: 'ERR_OPTION', message, details: { option: 'name', value: name } };
}

function wrongState(ctx: Context, kind: Command['kind']): ErrorRecord {
  const { localState: state } = ctx;
  return {
    code: 'ERR_STATE',
    message: `cannot ${kind}: this node is ${state}`,
    details: { state },
  };
}
