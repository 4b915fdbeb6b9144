/**
 * Hosts of their own on one network: a network namespace each, joined by a switch (a bridge in a
 * namespace of its own), so that links can be cut and mended as cables would be. Needs root.
 */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Addresses kept for tests (RFC 2544); they exist inside the namespaces only. */
const subnet = '198.18.7';
const hostsMax = 200;

export interface NamespaceHost {
  readonly ip: string;
  /** Put before a command to run it on this host. */
  readonly prefix: readonly string[];
}

/** A switch with `count` hosts on it. Dispose it after the processes on them have ended. */
export async function createNetwork(count: number): Promise<Network> {
  if (count > hostsMax) throw new Error(`at most ${hostsMax} hosts`);
  const network = new Network(`fm${process.pid}x${(serial += 1)}`, count);
  try {
    await network.build();
    return network;
  } catch (error) {
    await network[Symbol.asyncDispose]();
    throw error;
  }
}

let serial = 0;

export class Network implements AsyncDisposable {
  readonly hosts: readonly NamespaceHost[];
  readonly #name: string;

  constructor(name: string, count: number) {
    this.#name = name;
    this.hosts = Array.from({ length: count }, (_, index) => ({
      ip: `${subnet}.${index + 1}`,
      prefix: ['ip', 'netns', 'exec', `${name}h${index}`],
    }));
  }

  async build(): Promise<void> {
    await ip('netns', 'add', this.#switch);
    // The bridge forwards at once: no spanning tree to wait for.
    await this.#onSwitch('link', 'add', 'br0', 'type', 'bridge', 'stp_state', '0');
    await this.#onSwitch('link', 'set', 'br0', 'up');
    for (const index of this.hosts.keys()) await this.#plug(index);
  }

  /** Pulls the cables of these hosts, or plugs them in again. */
  async setLinks(hosts: readonly NamespaceHost[], state: 'up' | 'down'): Promise<void> {
    for (const host of hosts) {
      await this.#onSwitch('link', 'set', `p${this.hosts.indexOf(host)}`, state);
    }
  }

  /**
   * Splits the network: `hosts` still reach each other, and the others each other, but nobody the
   * other side. Both sides keep their links, as when the line between two buildings is cut.
   */
  async split(hosts: readonly NamespaceHost[]): Promise<void> {
    await this.#onSwitch('link', 'add', 'br1', 'type', 'bridge', 'stp_state', '0');
    await this.#onSwitch('link', 'set', 'br1', 'up');
    await this.#moveTo('br1', hosts);
  }

  /** Ends a split. */
  async heal(hosts: readonly NamespaceHost[]): Promise<void> {
    await this.#moveTo('br0', hosts);
    await this.#onSwitch('link', 'delete', 'br1');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const names = [...this.hosts.keys()].map((index) => this.#host(index));
    for (const name of [...names, this.#switch]) {
      // What was not built needs no removal.
      await ip('netns', 'delete', name).catch(() => undefined);
    }
  }

  async #plug(index: number): Promise<void> {
    const name = this.#host(index);
    const port = `p${index}`;
    await ip('netns', 'add', name);
    await this.#onSwitch('link', 'add', port, 'type', 'veth', 'peer', 'eth0', 'netns', name);
    await this.#onSwitch('link', 'set', port, 'master', 'br0', 'up');
    await ip('-n', name, 'address', 'add', `${this.hosts[index]?.ip}/24`, 'dev', 'eth0');
    await ip('-n', name, 'link', 'set', 'eth0', 'up');
    await ip('-n', name, 'link', 'set', 'lo', 'up');
  }

  async #moveTo(bridge: string, hosts: readonly NamespaceHost[]): Promise<void> {
    for (const host of hosts) {
      await this.#onSwitch('link', 'set', `p${this.hosts.indexOf(host)}`, 'master', bridge);
    }
  }

  #onSwitch(...args: readonly string[]): Promise<void> {
    return ip('-n', this.#switch, ...args);
  }

  get #switch(): string {
    return `${this.#name}s`;
  }

  #host(index: number): string {
    return `${this.#name}h${index}`;
  }
}

async function ip(...args: readonly string[]): Promise<void> {
  await run('ip', args);
}
