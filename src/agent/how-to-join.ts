/** The commands by which another node joins this one, to be copied as they are. */

import ipaddr from 'ipaddr.js';

import { formatAddress, unmapIp } from '../model/address.ts';
import type { Address } from '../model/address.ts';
import { portDefault } from '../node/options.ts';
import type { StartFlags } from './program.ts';

/** Lines for a person. A key is named, not shown: what is printed ends up in logs. */
export function howToJoin(node: { readonly address: Address }, flags: StartFlags): string[] {
  const address = formatAddress(node.address);
  const isLoopback = ipaddr.process(node.address.ip).range() === 'loopback';
  const ours = ['npm start --', `--join ${address}`];
  const serfs = ['serf agent', `-join ${address}`];
  // Without it Serf would look for a private address of the machine, which loopback cannot reach back.
  if (isLoopback)
    serfs.push(`-bind ${formatAddress({ ip: unmapIp(node.address.ip), port: portDefault })}`);
  else ours.push(`--bind 0.0.0.0:${portDefault}`);
  for (const command of [ours, serfs]) {
    const dashes = command === ours ? '--' : '-';
    if (flags.encrypt !== undefined) command.push(`${dashes}encrypt "$KEY"`);
    if (flags.profile !== 'lan') command.push(`${dashes}profile ${flags.profile}`);
  }
  if (flags.label !== undefined) ours.push(`--label ${shellQuoted(flags.label)}`);
  const lines = [`  ${ours.join(' ')}`];
  // Serf's agent has no flag for a label.
  if (flags.label === undefined) lines.push(`  ${serfs.join(' ')}`);
  const withKey = flags.encrypt === undefined ? '' : ' (KEY is the key of this one)';
  return [`Another node joins it by${withKey}:`, ...lines];
}

function shellQuoted(text: string): string {
  return /^[\w.:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
