/**
 * The current context of a kubeconfig, for podferry on a laptop: a token, a token file, or a client certificate. What would
 * have to run a program (exec and auth-provider plugins) is refused: an agent that runs as root starts nothing that a file
 * names.
 */
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Log } from '../../types.ts';
import { OperatorError } from '../../util/errors.ts';
import { readRegular } from '../../util/regular-file.ts';
import { CREDENTIAL_FILE_BYTES, secretMistakeIn } from '../../util/secret.ts';
import { address, bearer, optional, type Credentials } from './login.ts';
import { asArray, asObject, asText, type Json } from '../../util/json.ts';

/** @throws OperatorError naming kubernetes.kubeconfig, in one sentence */
export function readKubeconfig(path: string, log: Log | undefined): Credentials {
  const config = load(path);
  const current = asText(config['current-context']) ?? wrong(path, 'has no current-context');
  const context = named(path, config, 'context', current);
  const clusterName = asText(context['cluster']) ?? wrong(path, `names no cluster in the context "${current}"`);
  const cluster = named(path, config, 'cluster', clusterName);
  const userName = asText(context['user']);
  const user = userName === undefined ? {} : named(path, config, 'user', userName);
  refuse(path, user, userName ?? '', cluster, clusterName);

  const url = address(asText(cluster['server']) ?? '', `kubernetes.kubeconfig: server of the cluster "${clusterName}"`);
  const tls = {
    ca: material(path, cluster, 'certificate-authority'),
    cert: material(path, user, 'client-certificate'),
    key: material(path, user, 'client-key'),
    servername: asText(cluster['tls-server-name']),
    rejectUnauthorized: cluster['insecure-skip-tls-verify'] === true ? false : undefined,
  };
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    wrong(path, `gives the user "${userName}" a client certificate without its key, or a key without its certificate`);
  }
  const file = asText(user['tokenFile']);
  const tokenFile = file && resolve(dirname(path), file);
  // As kubectl has it, the file wins: it is the one that is kept fresh.
  const token = (): string | undefined => (tokenFile === undefined ? asText(user['token']) : optional(tokenFile));
  const mistake = secretMistakeIn(token, 'token');
  if (mistake !== undefined) wrong(path, `gives the user "${userName}" a token that ${mistake}`);
  const authorization = bearer(`kubernetes.kubeconfig: the token in ${tokenFile ?? path}`, log);
  return { url, read: async () => ({ url, authorization: authorization(token()), tls }) };
}

function load(path: string): Json {
  let content: string;
  try {
    content = readRegular(path, CREDENTIAL_FILE_BYTES).toString('utf8');
  } catch (error) {
    return wrong(path, `cannot be read (${(error as Error).message})`);
  }
  try {
    return asObject(parse(content));
  } catch (error) {
    return wrong(path, `is not YAML (${(error as Error).message.split('\n', 1)[0]})`);
  }
}

/** The entry of `contexts`, `clusters` or `users` that has this name. */
function named(path: string, config: Json, kind: string, name: string): Json {
  const entry = asArray(config[`${kind}s`]).find((each) => asObject(each)['name'] === name);
  if (entry === undefined) wrong(path, `has no ${kind} "${name}", which the current context needs`);
  return asObject(asObject(entry)[kind]);
}

/** What we cannot do is said, rather than left to fail as a 401. */
function refuse(path: string, user: Json, userName: string, cluster: Json, clusterName: string): void {
  const instead =
    'give it a user with a token or a client certificate, or set kubernetes.url and kubernetes.token_file';
  for (const plugin of ['exec', 'auth-provider']) {
    if (user[plugin] === undefined) continue;
    const command = asText(asObject(user[plugin])['command']) ?? asText(asObject(user[plugin])['name']) ?? plugin;
    wrong(path, `logs the user "${userName}" in with the plugin "${command}", which podferry does not run: ${instead}`);
  }
  for (const member of ['username', 'as']) {
    if (user[member] !== undefined)
      wrong(path, `sets "${member}" for the user "${userName}", unknown here: ${instead}`);
  }
  if (cluster['proxy-url'] !== undefined) {
    wrong(path, `reaches the cluster "${clusterName}" by a proxy (proxy-url), which podferry cannot do`);
  }
}

/** A certificate or key: inline in base64 (`…-data`), or a file, named relative to the kubeconfig. */
function material(path: string, owner: Json, member: string): string | undefined {
  const inline = asText(owner[`${member}-data`]);
  if (inline !== undefined) return Buffer.from(inline, 'base64').toString('utf8');
  const file = asText(owner[member]);
  if (file === undefined) return undefined;
  try {
    return readRegular(resolve(dirname(path), file), CREDENTIAL_FILE_BYTES).toString('utf8');
  } catch (error) {
    return wrong(path, `names a ${member} that cannot be read (${(error as Error).message})`);
  }
}

function wrong(path: string, what: string): never {
  throw new OperatorError(`kubernetes.kubeconfig: ${path} ${what}.`);
}
