/**
 * Gets the Go agents that the interop tests run against, by package name through apt: `serf` as this
 * Debian has it, and once more from a later Debian's pool if that one is newer.
 */

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { capture, captureAsRoot, root, rootPrefix } from './run.mjs';

const cache = join(root, '.cache');

/** Tried in this order; the first one with a newer upstream version is taken. */
const laterSuites = ['trixie', 'forky', 'sid'];

/** What tests need of the system: a program, and the package it comes in. */
const systemPrograms = [
  { program: 'serf', packageName: 'serf' },
  { program: 'ip', packageName: 'iproute2' },
];

/** Programs of administrators are not on everybody's path. */
const adminPaths = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/**
 * Installs what is missing and writes down what there is in `.cache/peers.json`: for each thing
 * `{ id, status: 'ready' | 'same' | 'unavailable', … }`, with a reason where it is not ready.
 */
export function ensurePeers() {
  mkdirSync(cache, { recursive: true });
  const failure = ensureSystemPrograms();
  const debian = debianPeer(failure);
  const record = [debian, newerPeer(debian), namespaces(failure)];
  writeFileSync(join(cache, 'peers.json'), `${JSON.stringify(record, undefined, 2)}\n`);
  return record;
}

function ensureSystemPrograms() {
  const missing = systemPrograms.filter(({ program }) => find(program) === undefined);
  if (missing.length === 0) return undefined;
  const names = missing.map(({ packageName }) => packageName);
  if (!capture('apt-get', ['--version']).ok) {
    return `${names.join(', ')} missing, and there is no apt here`;
  }
  const prefix = rootPrefix();
  if (prefix === undefined) return `${names.join(', ')} missing, and no way to become root`;
  console.log(`Installing ${names.join(', ')} by apt …`);
  return install(prefix, names);
}

function install(prefix, names) {
  const apt = (...args) =>
    captureAsRoot(prefix, 'env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args]);
  const wait = ['-o', 'DPkg::Lock::Timeout=120'];
  const attempt = () => apt(...wait, '-qq', '-y', '--no-install-recommends', 'install', ...names);
  const known = capture('apt-cache', ['--names-only', 'show', ...names]).ok;
  if (known && attempt().ok) return undefined;
  // A fresh machine has no package lists, and old lists name files that are gone.
  const update = apt(...wait, '-qq', 'update');
  const second = attempt();
  return second.ok ? undefined : [update.text, second.text].filter(Boolean).join('; ');
}

function debianPeer(failure) {
  const binary = find('serf');
  if (binary === undefined) return unavailable('debian', failure ?? 'serf is not on the path');
  const works = check(binary);
  if (works !== undefined) return unavailable('debian', works);
  const status = capture('dpkg-query', ['-W', '-f=${Version}', 'serf']);
  return { id: 'debian', status: 'ready', binary, version: status.ok ? status.stdout : 'unknown' };
}

function newerPeer(debian) {
  const present = downloadedPeer();
  const isSame = debian.status === 'ready' && present?.status === 'same';
  if (present?.status === 'ready' || isSame) return present;
  const archive = debianArchive();
  if (archive === undefined) {
    return unavailable('newer', 'the apt sources of this machine name no Debian archive');
  }
  console.log('Looking for a newer serf in a later Debian …');
  const reasons = [];
  for (const suite of laterSuites.filter((name) => name !== archive.codename)) {
    const result = fetchFrom(suite, archive, debian.version);
    if (result.status === 'ready') return remember(result);
    reasons.push(result);
  }
  // The later ones hold no newer version: then the installed one is the newest there is.
  const same = reasons.find(({ status }) => status === 'same');
  return same ? remember(same) : unavailable('newer', reasons.map((r) => r.reason).join('; '));
}

function fetchFrom(suite, archive, installed) {
  const directory = join(cache, 'peers', suite);
  rmSync(directory, { recursive: true, force: true });
  const options = privateApt(suite, archive, join(directory, 'apt'));
  const update = capture('apt-get', [...options, '-q', 'update']);
  if (!update.ok) return unavailable('newer', `${suite}: ${update.text}`);
  const version = candidate(options);
  if (version === undefined) return unavailable('newer', `${suite} has no package serf`);
  if (installed !== undefined && !isNewer(version, installed)) {
    rmSync(directory, { recursive: true, force: true });
    return { id: 'newer', status: 'same', suite, reason: `${suite} has ${version}, no newer one` };
  }
  const download = capture('apt-get', [...options, '-q', 'download', `serf=${version}`], {
    cwd: directory,
  });
  const file = readdirSync(directory).find((name) => name.endsWith('.deb'));
  if (!download.ok || file === undefined) {
    return unavailable('newer', `${suite}: ${download.text}`);
  }
  capture('dpkg-deb', ['-x', join(directory, file), directory]);
  const binary = join(directory, 'usr', 'bin', 'serf');
  const works = check(binary);
  if (works !== undefined) return unavailable('newer', `${suite}: ${works}`);
  rmSync(join(directory, 'apt'), { recursive: true, force: true });
  return { id: 'newer', status: 'ready', suite, binary, version };
}

/** Options that make apt read one suite of the same archive, and leave the system's own state alone. */
function privateApt(suite, archive, directory) {
  for (const path of ['lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(directory, path), { recursive: true });
  }
  const sources = join(directory, 'later.sources');
  const stanza = ['Types: deb', `URIs: ${archive.uri}`, `Suites: ${suite}`, 'Components: main'];
  writeFileSync(sources, `${[...stanza, ...archive.signedBy].join('\n')}\n`);
  const settings = {
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State': directory,
    'Dir::State::status': '/var/lib/dpkg/status',
    'Dir::Cache': join(directory, 'cache'),
    'APT::Default-Release': '',
    'Acquire::Languages': 'none',
  };
  return Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}

/** The Debian archive that this machine's own apt uses, and the keys it trusts for it. */
function debianArchive() {
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(readIfThere('/etc/os-release'))?.[1];
  const format = '$(REPO_URI)|$(CODENAME)|$(ORIGIN)|$(COMPONENT)|$(SOURCESENTRY)';
  const targets = () =>
    capture('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'])
      .stdout.split('\n')
      .map((line) => line.split('|'));
  const target = targets().find(
    ([, name, origin, component]) =>
      name === codename && origin === 'Debian' && component === 'main',
  );
  if (target === undefined) return undefined;
  const [uri, , , , entry] = target;
  return { uri, codename, signedBy: signedBy(entry) };
}

/** The Signed-By field of a source: `file:n` is the n-th stanza of a `.sources` file, or line n of a list. */
function signedBy(entry) {
  const [, file, number] = /^(.*):(\d+)$/.exec(entry) ?? [];
  if (file === undefined) return [];
  const text = readIfThere(file);
  if (!file.endsWith('.sources')) {
    const line = text.split('\n')[Number(number) - 1] ?? '';
    const keys = /\[[^\]]*signed-by=([^\]\s]+)/i.exec(line)?.[1];
    return keys === undefined ? [] : [`Signed-By: ${keys}`];
  }
  const stanzas = text.split(/\n\s*\n/).filter((stanza) => /^[^#\s]/m.test(stanza));
  const stanza = stanzas[Number(number) - 1] ?? '';
  // An embedded key goes on over indented lines.
  const field = /^Signed-By:.*(?:\n[ \t].*)*/im.exec(stanza)?.[0];
  return field === undefined ? [] : [field];
}

function candidate(options) {
  const { stdout } = capture('apt-cache', [...options, 'madison', 'serf']);
  return stdout.split('\n')[0]?.split('|')[1]?.trim() || undefined;
}

/** Compares upstream versions: a mere rebuild of the same release is not newer. */
function isNewer(version, installed) {
  const upstream = (text) => text.replace(/-[^-]*$/, '');
  return capture('dpkg', ['--compare-versions', upstream(version), 'gt', upstream(installed)]).ok;
}

const rememberedIn = join(cache, 'peers', 'newer.json');

function remember(peer) {
  mkdirSync(join(cache, 'peers'), { recursive: true });
  writeFileSync(rememberedIn, `${JSON.stringify(peer, undefined, 2)}\n`);
  return peer;
}

function downloadedPeer() {
  if (!existsSync(rememberedIn)) return undefined;
  const peer = JSON.parse(readFileSync(rememberedIn, 'utf8'));
  return peer.status === 'ready' && check(peer.binary) !== undefined ? undefined : peer;
}

/** Whether tests may make network namespaces: they need root, and a kernel that grants it. */
function namespaces(failure) {
  const ip = find('ip');
  if (ip === undefined) return unavailable('namespaces', failure ?? 'ip is not on the path');
  if (process.getuid?.() !== 0) return unavailable('namespaces', 'they need root');
  const name = `folkmoot-${process.pid}`;
  const added = capture(ip, ['netns', 'add', name]);
  if (!added.ok) return unavailable('namespaces', added.text);
  const linked = capture(ip, ['-n', name, 'link', 'add', 'a0', 'type', 'veth', 'peer', 'b0']);
  capture(ip, ['netns', 'delete', name]);
  if (!linked.ok) return unavailable('namespaces', linked.text);
  return { id: 'namespaces', status: 'ready', binary: ip };
}

/** Why the agent does not run, or `undefined` if it does. */
function check(binary) {
  const { ok, stdout, text } = capture(binary, ['version']);
  if (ok && stdout.includes('Agent Protocol')) return undefined;
  return `${binary} does not run: ${text || stdout}`;
}

function unavailable(id, reason) {
  return { id, status: 'unavailable', reason };
}

function find(program) {
  const paths = [...(process.env['PATH'] ?? '').split(delimiter), ...adminPaths];
  return paths.map((path) => join(path, program)).find((path) => existsSync(path));
}

function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
