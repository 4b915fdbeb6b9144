/** Real Go Serf agents, started and driven as an operator would: by flags, config files and `serf`. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Child } from './child.ts';
import type { Peer } from './peers.ts';
import { freePort } from './ports.ts';
import type { Observer, View } from './view.ts';
import { waitFor } from './wait-for.ts';

export interface GoAgentOptions {
  readonly peer: Peer;
  readonly name: string;
  /** IP to listen on; default `127.0.0.1`. */
  readonly ip?: string;
  /** Default: a free one. A restarted agent gives its old one. */
  readonly port?: number;
  readonly profile?: 'lan' | 'wan' | 'local';
  readonly tags?: Readonly<Record<string, string>>;
  /** Base64 key. */
  readonly encrypt?: string;
  readonly join?: readonly string[];
  /** Keys of the configuration file, such as `reconnect_interval`. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Command before the agent and the CLI, such as what enters a network namespace. */
  readonly prefix?: readonly string[];
}

const run = promisify(execFile);

/** Starts an agent, and resolves when it says that it runs (after its joins). */
export async function startGoAgent(options: GoAgentOptions): Promise<GoAgent> {
  const ip = options.ip ?? '127.0.0.1';
  const port = options.port ?? (await freePort(ip));
  const rpcPort = await freePort('127.0.0.1');
  const home = await mkdtemp(join(tmpdir(), 'folkmoot-go-'));
  const agent = new GoAgent(options, { ip, port, rpcPort, home });
  try {
    await agent.start();
    return agent;
  } catch (error) {
    await agent[Symbol.asyncDispose]();
    throw error;
  }
}

interface Place {
  readonly ip: string;
  readonly port: number;
  readonly rpcPort: number;
  /** A directory of its own, removed at the end. */
  readonly home: string;
}

export class GoAgent implements Observer, AsyncDisposable {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  tags: Readonly<Record<string, string>>;
  readonly #options: GoAgentOptions;
  readonly #place: Place;
  #child: Child | undefined;

  constructor(options: GoAgentOptions, place: Place) {
    this.#options = options;
    this.#place = place;
    this.name = options.name;
    this.port = place.port;
    this.address = hostPort(place.ip, place.port);
    this.tags = options.tags ?? {};
  }

  /** Starts it, again after a kill or leave: same name, address, tags. */
  async start(): Promise<void> {
    const { peer, prefix, config } = this.#options;
    const configFile = join(this.#place.home, 'agent.json');
    await writeFile(configFile, JSON.stringify(config ?? {}));
    const args = ['agent', `-config-file=${configFile}`, ...this.#flags()];
    const child = new Child({ command: peer.binary, args, prefix: prefix ?? [] });
    this.#child = child;
    await waitFor(
      () => {
        if (child.text().includes('Log data will now stream')) return true;
        if (child.hasEnded) throw new Error('it ended');
        return false;
      },
      { describe: `the Go agent ${this.name} runs`, deadlineMs: 15_000, everyMs: 30 },
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${child.text()}`, { cause: error });
    });
  }

  /** Whether the process is gone: killed, left, or by its own decision. */
  get hasEnded(): boolean {
    return this.#running.hasEnded;
  }

  get log(): string {
    return this.#running.text();
  }

  async view(): Promise<View> {
    const { members } = JSON.parse(await this.serf('members', '-format=json')) as {
      members: readonly MemberLine[] | null;
    };
    const entries = (members ?? []).map(
      ({ name, addr, status, tags }) => [name, { address: addr, status, tags }] as const,
    );
    return Object.fromEntries(entries);
  }

  async join(...addresses: readonly string[]): Promise<void> {
    await this.serf('join', ...addresses);
  }

  async setTags(tags: Readonly<Record<string, string>>): Promise<void> {
    const gone = Object.keys(this.tags).filter((key) => !(key in tags));
    const set = Object.entries(tags).map(([key, value]) => `-set=${key}=${value}`);
    await this.serf('tags', ...set, ...gone.map((key) => `-delete=${key}`));
    this.tags = tags;
  }

  async forceLeave(name: string, { prune = false } = {}): Promise<void> {
    await this.serf('force-leave', ...(prune ? ['-prune'] : []), name);
  }

  /** Leaves gracefully and waits for the end of the process. */
  async leave(): Promise<void> {
    await this.serf('leave');
    await this.#running.ended;
  }

  /** Ends it at once, without leave. */
  async kill(): Promise<void> {
    await this.#running.kill();
  }

  signal(signal: NodeJS.Signals): void {
    this.#running.signal(signal);
  }

  /** Runs a command of the `serf` CLI against this agent. */
  async serf(command: string, ...args: readonly string[]): Promise<string> {
    const [first, ...rest] = [
      ...(this.#options.prefix ?? []),
      this.#options.peer.binary,
      command,
      `-rpc-addr=127.0.0.1:${this.#place.rpcPort}`,
      ...args,
    ];
    try {
      const { stdout } = await run(first ?? '', rest, { timeout: 20_000 });
      return stdout;
    } catch (error) {
      // The CLI writes its errors to standard output.
      const { stdout = '' } = error as { stdout?: string };
      throw new Error(`serf ${command}: ${stdout.trim() || String(error)}`, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child?.kill();
    await rm(this.#place.home, { recursive: true, force: true });
  }

  get #running(): Child {
    if (this.#child === undefined) throw new Error(`${this.name} was not started`);
    return this.#child;
  }

  #flags(): readonly string[] {
    const { profile = 'local', encrypt, join: peers = [] } = this.#options;
    const { rpcPort } = this.#place;
    return [
      `-node=${this.name}`,
      `-bind=${this.address}`,
      `-rpc-addr=127.0.0.1:${rpcPort}`,
      `-profile=${profile}`,
      '-log-level=debug',
      ...Object.entries(this.tags).map(([key, value]) => `-tag=${key}=${value}`),
      ...peers.map((address) => `-join=${address}`),
      ...(encrypt === undefined ? [] : [`-encrypt=${encrypt}`]),
    ];
  }
}

interface MemberLine {
  readonly name: string;
  readonly addr: string;
  readonly status: string;
  readonly tags: Readonly<Record<string, string>>;
}

function hostPort(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
