/** The command line: its flags, what they may be, and what is said when they are not. */

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';

/** What `start` is told. */
export interface StartFlags {
  readonly join: readonly string[];
  readonly ignoreOld: boolean;
  readonly bind: string;
  readonly advertise?: string;
  readonly name?: string;
  readonly tag: ReadonlyMap<string, string>;
  readonly encrypt?: string;
  readonly label?: string;
  readonly profile: 'lan' | 'wan' | 'local';
  readonly logLevel: LogLevel;
  readonly json: boolean;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** What the verbs do, so that a test can look at the flags alone. */
export interface Actions {
  readonly start: (flags: StartFlags) => Promise<number>;
}

/** Where texts for people go. */
export interface Console {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Runs the verb in `args` (without node and script) and resolves to the exit code. Never throws for a wrong flag. */
export async function runProgram(
  args: readonly string[],
  version: string,
  actions: Actions,
  console: Console,
): Promise<number> {
  let exitCode = 0;
  const program = new Command('folkmoot')
    .description('Servers discovering servers, speaking the gossip protocol of HashiCorp Serf.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: console.out, writeErr: console.err })
    .showHelpAfterError('Add --help for the flags there are.');
  const start = startCommand().action(async (flags: StartFlags) => {
    exitCode = await actions.start(flags);
  });
  start.copyInheritedSettings(program);
  program.addCommand(start);
  try {
    await program.parseAsync(doubleDashes(args, start), { from: 'user' });
  } catch (error) {
    // Commander has said what is wrong; asking for help or the version is not wrong.
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  }
  return exitCode;
}

function startCommand(): Command {
  return new Command('start')
    .description('Start a node and show who joins, fails and leaves, as it happens.')
    .option('--join <address>', 'a member of the cluster to join (repeatable)', collect, [])
    .option('--ignore-old', 'do not take user events from before the join', false)
    .option(
      '--bind <address>',
      'IP address and port to listen on; port 0: a free one',
      '127.0.0.1:0',
    )
    .option('--advertise <address>', 'IP address and port where others reach this node')
    .option('--name <name>', 'name of the node (default: host name, and the port unless 7946)')
    .option('--tag <key=value>', 'a tag that all members see (repeatable)', collectTag, new Map())
    .option('--encrypt <key>', 'base64 of 16, 24 or 32 bytes, as `serf keygen` prints it')
    .option('--label <label>', 'separates clusters that share a network')
    .addOption(choice('--profile <profile>', 'timing', ['lan', 'wan', 'local'], 'lan'))
    .addOption(choice('--log-level <level>', 'what to log on standard error', logLevels, 'warn'))
    .option('--json', 'one JSON object a line instead of text', false)
    .allowExcessArguments(false);
}

const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

function choice(flags: string, text: string, choices: readonly string[], initial: string): Option {
  return new Option(flags, text).choices(choices).default(initial);
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function collectTag(value: string, previous: ReadonlyMap<string, string>): Map<string, string> {
  const equals = value.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('A tag is written key=value.');
  return new Map(previous).set(value.slice(0, equals), value.slice(equals + 1));
}

/** Serf's flags have one dash: `-join` means `--join` wherever we have such a flag. */
function doubleDashes(args: readonly string[], command: Command): string[] {
  const known = new Set(command.options.map(({ long }) => long));
  let isFlag = true;
  return args.map((arg) => {
    if (arg === '--') isFlag = false;
    const long = `-${arg.split('=', 1)[0]}`;
    return isFlag && /^-[a-z]/.test(arg) && known.has(long) ? `-${arg}` : arg;
  });
}
