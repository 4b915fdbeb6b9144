/** The half of a node that talks with the other members: events, queries, keys, distances. */

import type { Observable } from 'rxjs';

import type { UserEvent } from '../streams/user-events.ts';
import type { Runtime } from '../workers/runtime.ts';
import { Answers } from './answers.ts';
import type { FolkmootNode } from './api.ts';
import { Events } from './events.ts';
import { GoneKeeper } from './gone-keeper.ts';
import type { Inbox, InvalidMessage, NameConflict } from './inbox.ts';
import { Keys } from './keys.ts';
import type { ResolvedOptions } from './options.ts';
import type { PendingCommands } from './pending-commands.ts';
import { Places } from './places.ts';
import type { Projection } from './projection.ts';
import { Queries } from './queries.ts';

/** What a node is made of, once it is up. */
export interface NodeParts {
  readonly options: ResolvedOptions;
  readonly projection: Projection;
  readonly inbox: Inbox;
  readonly runtime: Runtime;
  readonly commands: PendingCommands;
}

type Talk = Pick<
  FolkmootNode,
  | 'emit'
  | 'event$'
  | 'on'
  | 'invalid$'
  | 'query'
  | 'query$'
  | 'answer'
  | 'keys'
  | 'conflict$'
  | 'rtt'
  | 'nearest'
  | 'coordinate'
>;

type QueryArguments<T> = Parameters<typeof Queries.prototype.query<T>>;

export abstract class TalkingNode implements Talk {
  readonly event$: Observable<UserEvent>;
  readonly invalid$: Observable<InvalidMessage>;
  readonly conflict$: Observable<NameConflict>;
  readonly query$: Talk['query$'];
  readonly keys: Talk['keys'];
  // Properties, because the overloads of the interface are one function each.
  readonly emit: Talk['emit'];
  readonly on: Talk['on'];
  readonly query: Talk['query'];
  readonly answer: Talk['answer'];
  readonly rtt: Talk['rtt'];
  readonly nearest: Talk['nearest'];
  readonly coordinate: Talk['coordinate'];

  constructor(parts: NodeParts) {
    const { options, inbox, commands } = parts;
    this.event$ = inbox.event$;
    this.invalid$ = inbox.invalid$;
    this.conflict$ = inbox.conflict$;
    const events = new Events(commands, inbox);
    this.emit = (...args: Parameters<Events['emit']>) => events.emit(...args);
    this.on = (event) => events.on(event);
    const queries = new Queries(commands, inbox);
    this.query = <T>(...[query, request, queryOptions]: QueryArguments<T>) =>
      queries.query(query, request, queryOptions);
    const answers = new Answers(commands, inbox, options.logger);
    this.query$ = answers.query$;
    this.answer = (...args: Parameters<Answers['answer']>) => answers.answer(...args);
    this.keys = new Keys(commands);
    const places = placesOf(parts);
    this.rtt = (a, b) => places.rtt(a, b);
    this.nearest = (names, nearestOptions) => places.nearest(names, nearestOptions);
    this.coordinate = (name) => places.coordinate(name);
    obeyDelegates(parts);
  }
}

function placesOf({ options, projection, runtime, commands }: NodeParts): Places {
  const { name, coordinates: isOn } = options.runtime.engine;
  const { members } = projection.view;
  return new Places({
    name,
    isOn,
    members,
    runtime,
    admit: (what) => commands.admit(what, undefined),
  });
}

/** Those delegates that are told of something, rather than asked. */
function obeyDelegates({ options, projection, inbox, commands }: NodeParts): void {
  const { logger: log, delegates } = options;
  const { reconnectTimeoutMs, nameConflict } = delegates;
  if (reconnectTimeoutMs !== undefined) {
    const { view, lifecycle } = projection;
    const { reconnectTimeoutMs: failedMs, tombstoneTimeoutMs: leftMs } = options.runtime.engine;
    void new GoneKeeper({
      reconnectTimeoutMs,
      defaults: { failedMs, leftMs },
      members: view.members,
      member$: view.member$,
      state$: lifecycle.state$,
      commander: commands,
      log,
    });
  }
  if (nameConflict === undefined) return;
  inbox.conflict$.subscribe((conflict) => {
    try {
      nameConflict(conflict);
    } catch (error) {
      log.error({ err: error }, 'the delegate nameConflict threw');
    }
  });
}
