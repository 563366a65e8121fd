/** Checks of more than one setting: settings that need each other, and the files and directories that they name. */
import { X509Certificate } from 'node:crypto';
import { accessSync, constants, statSync } from 'node:fs';
import { readRegular } from '../util/regular-file.ts';
import { CREDENTIAL_FILE_BYTES, secretIn, secretMistake, secretMistakeIn, type Use } from '../util/secret.ts';
import { SECRET_BYTES } from './secrets.ts';
import { WHAT_IT_TAKES, type Derived, type SecretKey } from './derive.ts';
import { checkPodsDir, checkStateDir } from './directories.ts';
import type { Complain } from './given.ts';
import type { Key, Values } from './table.ts';

/** Complains about mistakes; `warn` tells what works but is probably not meant. Settings in `wrong` are not checked again. */
export function crossCheck(
  values: Values,
  wrong: ReadonlySet<Key>,
  derived: Derived,
  purpose: 'run' | 'replay' | 'verify' | 'check',
  at: (key: Key) => string,
  complain: Complain,
  warn: (text: string) => void,
): void {
  checkElasticsearch(values, wrong, at, complain, warn);
  if (purpose === 'replay' || purpose === 'verify') return;
  checkPorts(values, at, complain);
  if (derived.uses_kubernetes) checkKubernetes(values, wrong, at, complain);
  if (purpose === 'check') return; // The command prints a line of its own for each of these.
  if (!wrong.has('state.dir')) checkStateDir(values['state.dir'], at('state.dir'), complain, warn);
  if (!wrong.has('logs.pods_dir')) checkPodsDir(values['logs.pods_dir'], at('logs.pods_dir'), complain, warn);
}

function checkPorts(values: Values, at: (key: Key) => string, complain: Complain): void {
  const [listen, probes] = [values['http.listen'], values['http.probes']];
  if (!listen || !probes || probes.port === 0 || listen.port !== probes.port) return;
  complain(
    at('http.probes'),
    `http.probes has the port of http.listen, ${probes.port}; it needs its own, e.g. 0.0.0.0:9465, or off`,
  );
}

function checkElasticsearch(
  values: Values,
  wrong: ReadonlySet<Key>,
  at: (key: Key) => string,
  complain: Complain,
  warn: (text: string) => void,
): void {
  if (values.sink !== 'elasticsearch') return;
  if (!wrong.has('elasticsearch.nodes') && values['elasticsearch.nodes'].length === 0) {
    complain(
      at('elasticsearch.nodes'),
      'elasticsearch.nodes is required when sink is elasticsearch, e.g. https://elasticsearch.example.com:9200',
    );
  }
  checkSecret('elasticsearch.api_key', 'key', values, wrong, at, complain);
  checkSecret('elasticsearch.password', 'password', values, wrong, at, complain);
  if (values['elasticsearch.username']?.includes(':')) {
    complain(at('elasticsearch.username'), 'elasticsearch.username has a colon in it, which ends a user name in HTTP');
  }
  const apiKey = values['elasticsearch.api_key']?.() !== undefined || Boolean(values['elasticsearch.api_key_file']);
  const user = Boolean(values['elasticsearch.username']);
  const password = values['elasticsearch.password']?.() !== undefined || Boolean(values['elasticsearch.password_file']);
  if (apiKey && user) {
    complain(at('elasticsearch.username'), 'elasticsearch.api_key and elasticsearch.username are both set; keep one');
  } else if (user && !password && !wrong.has('elasticsearch.password')) {
    complain(
      at('elasticsearch.username'),
      'elasticsearch.username is set without elasticsearch.password or password_file',
    );
  } else if (password && !user && !wrong.has('elasticsearch.username')) {
    complain(at('elasticsearch.password'), 'elasticsearch.password is set without elasticsearch.username');
  }
  checkCertificate('elasticsearch.ca_file', values, at, complain);
  const inTheOpen = (values['elasticsearch.nodes'] ?? []).filter(
    (node) => /^http:/i.test(node) && !isLocal(new URL(node).hostname),
  );
  if ((apiKey || password) && inTheOpen.length > 0) {
    warn(`elasticsearch.nodes has ${inTheOpen[0]}: over http the credentials can be read on the way`);
  }
}

/** Refuses a secret that no server can accept. Never prints it. */
function checkSecret(
  key: SecretKey,
  use: Use,
  values: Values,
  wrong: ReadonlySet<Key>,
  at: (key: Key) => string,
  complain: Complain,
): void {
  const file = values[`${key}_file`];
  if (wrong.has(key) || wrong.has(`${key}_file`)) return;
  const missing = file ? unreadable(file) : undefined;
  if (missing !== undefined) return complain(at(`${key}_file`), `${key}_file ${file} ${missing}`);
  const given = values[key]?.();
  const mistake = file ? mistakeInFile(file, use) : given && secretMistake(secretIn(given, use), use);
  if (mistake === undefined) return;
  const name = file ? `${key}_file ${file}` : key;
  complain(at(file ? `${key}_file` : key), `${name} ${mistake}; it takes ${WHAT_IT_TAKES[key]}`);
}

/** What is wrong with the secret in a file, in words that follow its name. */
function mistakeInFile(file: string, use: Use): string | undefined {
  return secretMistakeIn(() => readRegular(file, SECRET_BYTES).toString('utf8'), use);
}

function checkKubernetes(values: Values, wrong: ReadonlySet<Key>, at: (key: Key) => string, complain: Complain): void {
  if (!wrong.has('kubernetes.url') && values['kubernetes.url'] === '' && values['kubernetes.kubeconfig'] === '') {
    complain(
      at('kubernetes.enabled'),
      'kubernetes.url is required outside of a cluster, e.g. https://10.0.0.1:6443 (or a kubernetes.kubeconfig)',
    );
  }
  const kubeconfig = values['kubernetes.kubeconfig'];
  const mistake = kubeconfig ? unreadable(kubeconfig) : undefined;
  if (mistake !== undefined) complain(at('kubernetes.kubeconfig'), `kubernetes.kubeconfig ${kubeconfig} ${mistake}`);
  if (at('kubernetes.ca_file') !== '' && !kubeconfig) checkCertificate('kubernetes.ca_file', values, at, complain);
  if (at('kubernetes.token_file') !== '' && !kubeconfig && values['kubernetes.token_file']) {
    const missing = unreadable(values['kubernetes.token_file']);
    if (missing !== undefined)
      complain(at('kubernetes.token_file'), `kubernetes.token_file ${values['kubernetes.token_file']} ${missing}`);
  }
  const token = values['kubernetes.token_file'];
  if (!wrong.has('kubernetes.token_file') && !kubeconfig && token && unreadable(token) === undefined) {
    const mistake = mistakeInFile(token, 'token');
    if (mistake !== undefined)
      complain(
        at('kubernetes.token_file'),
        `kubernetes.token_file ${token} ${mistake}; it takes one bearer token on one line`,
      );
  }
}

function checkCertificate(
  key: 'elasticsearch.ca_file' | 'kubernetes.ca_file',
  values: Values,
  at: (key: Key) => string,
  complain: Complain,
): void {
  const file = values[key];
  if (!file) return;
  const mistake = unreadable(file);
  if (mistake !== undefined) return complain(at(key), `${key} ${file} ${mistake}`);
  try {
    const bytes = readRegular(file, CREDENTIAL_FILE_BYTES);
    if (!bytes.includes('-----BEGIN')) throw new Error('not PEM');
    new X509Certificate(bytes);
  } catch {
    complain(at(key), `${key} ${file} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)`);
  }
}

/** Why a file cannot be read, in words that follow its name; undefined if it can. */
export function unreadable(file: string): string | undefined {
  try {
    accessSync(file, constants.R_OK);
    return statSync(file).isFile() ? undefined : 'is not a file';
  } catch (error) {
    return `cannot be read (${(error as NodeJS.ErrnoException).code})`;
  }
}

function isLocal(hostname: string): boolean {
  return hostname === 'localhost' || hostname.startsWith('127.') || hostname === '[::1]';
}
