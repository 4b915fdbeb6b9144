/** A process that a test started: its output is kept, and it does not outlive the test. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Put before the command, such as what enters a network namespace. */
  readonly prefix?: readonly string[];
  readonly ipc?: boolean;
}

/** Lines of output kept for each process. */
const outputLinesMax = 20_000;

const running = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class Child implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly lines: string[] = [];
  readonly #ended: Promise<void>;
  #partial = '';

  constructor(options: ChildOptions) {
    const [command, ...args] = [
      ...(options.prefix ?? []),
      ...dieWithParent,
      options.command,
      ...options.args,
    ];
    this.process = spawn(command ?? '', args, {
      stdio: ['ignore', 'pipe', 'pipe', ...(options.ipc ? (['ipc'] as const) : [])],
      env: { ...process.env, ...options.env },
      serialization: 'advanced',
    });
    running.add(this.process);
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => this.#keep(text));
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => this.#keep(text));
    this.process.on('error', (error) => this.#keep(`${error.message}\n`));
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        running.delete(this.process);
        resolve();
      };
      this.process.once('close', end).once('error', end);
    });
  }

  /** Whether it ended; it may have been killed. */
  get hasEnded(): boolean {
    return !running.has(this.process);
  }

  /** Resolves when the process is gone and its output read. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** The output so far; `since` leaves out lines before that one. */
  text(since = 0): string {
    return this.lines.slice(since).join('\n');
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** Ends it at once, as a crash would, and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #keep(text: string): void {
    const parts = (this.#partial + text).split('\n');
    this.#partial = parts.pop() ?? '';
    this.lines.push(...parts);
    if (this.lines.length > outputLinesMax) this.lines.splice(0, outputLinesMax / 2);
  }
}

// If the test runner itself is killed, the kernel ends what it started.
const setpriv = '/usr/bin/setpriv';
const dieWithParent = existsSync(setpriv) ? [setpriv, '--pdeathsig', 'KILL'] : [];
