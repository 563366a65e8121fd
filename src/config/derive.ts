/**
 * What follows from the settings once they are read: defaults that depend on the command or the place, secrets that live in
 * files, and credentials moved out of addresses so that no message can show them.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Env } from './file.ts';
import type { Complain, Layer } from './given.ts';
import { freshBytes, freshSecret } from './secrets.ts';
import { hostPort, unescaped } from '../util/address.ts';
import type { Use } from '../util/secret.ts';
import type { Key, Values } from './table.ts';

export type SecretKey = 'elasticsearch.api_key' | 'elasticsearch.password';

export const WHAT_IT_TAKES: Record<SecretKey, string> = {
  'elasticsearch.api_key': 'one API key on one line, as Elasticsearch shows it under encoded, or id:api_key',
  'elasticsearch.password': 'one password on one line',
};

export interface Derived {
  /** The Kubernetes API is to be asked. */
  readonly uses_kubernetes: boolean;
  /** elasticsearch.ca_file, read again when it changes; undefined if the system's certificates do. */
  readonly elasticsearch_ca: (() => Buffer | undefined) | undefined;
  /** What is wrong with a secret whose file was changed, in a sentence: the one before it is still used. */
  readonly secret_trouble: () => string | undefined;
  /** `logs-<dataset>-<namespace>`. */
  readonly data_stream: string;
}

/** Fills in `values` and answers the rest. */
export function derive(
  values: Values,
  layers: ReadonlyMap<Key, Layer>,
  wrong: ReadonlySet<Key>,
  { purpose, env, hostname }: { purpose: string; env: Env; hostname: string },
  at: (key: Key) => string,
  complain: Complain,
): Derived {
  const given = (key: Key) => layers.get(key) !== 'default';

  const readsNamed = purpose === 'replay' || purpose === 'verify';
  if (readsNamed) {
    // The logs are those of another machine, and nobody's laptop has our directory.
    if (purpose === 'verify') values.sink = 'elasticsearch';
    else if (!given('sink')) values.sink = 'stdout';
    const isNode = purpose === 'verify' && existsSync(values['state.dir']);
    if (!given('state.dir') && !isNode) values['state.dir'] = resolve('.');
  } else if (values.node_name === '') values.node_name = env.NODE_NAME || hostname;

  const uses_kubernetes =
    !readsNamed &&
    (values['kubernetes.enabled'] === 'true' ||
      (values['kubernetes.enabled'] === 'auto' &&
        ((!wrong.has('kubernetes.token_file') && existsSync(values['kubernetes.token_file'])) ||
          given('kubernetes.url') ||
          given('kubernetes.kubeconfig'))));
  if (uses_kubernetes && !given('node_name') && !env.NODE_NAME) {
    complain(
      '',
      'node_name is not set, and the Kubernetes API is asked for pods by the name of their node; set NODE_NAME from ' +
        'spec.nodeName in the manifest, or node_name',
    );
  }
  if (values['kubernetes.url'] === '' && values['kubernetes.kubeconfig'] === '')
    values['kubernetes.url'] = inCluster(env);

  const troubles = [secretFrom('elasticsearch.api_key', 'key'), secretFrom('elasticsearch.password', 'password')];
  credentialsFromNodes(values, at, complain);

  const caFile = values['elasticsearch.ca_file'];
  return {
    uses_kubernetes,
    secret_trouble: () => troubles.map((trouble) => trouble()).find((each) => each !== undefined),
    elasticsearch_ca: caFile ? freshBytes(caFile) : undefined,
    data_stream: `logs-${values['elasticsearch.dataset']}-${values['elasticsearch.namespace']}`,
  };

  function secretFrom(key: SecretKey, use: Use): () => string | undefined {
    const file = values[`${key}_file`];
    if (!file) return () => undefined;
    if (given(key)) complain(at(key), `${key} and ${key}_file are both set; keep one`);
    const { value, trouble } = freshSecret(file, use);
    values[key] = value;
    return () => {
      const wrong = trouble();
      if (wrong === undefined) return undefined;
      return (
        `${key}_file ${file} ${wrong}: the secret before it is used on, until the server refuses it. ` +
        `Put ${WHAT_IT_TAKES[key]} into it.`
      );
    };
  }
}

/** The address every pod is told: KUBERNETES_SERVICE_HOST and _PORT_HTTPS. '' outside of a cluster. */
function inCluster(env: Env): string {
  const host = env.KUBERNETES_SERVICE_HOST;
  if (!host) return '';
  const port = env.KUBERNETES_SERVICE_PORT_HTTPS || env.KUBERNETES_SERVICE_PORT || '443';
  return `https://${hostPort({ host, port })}`;
}

/** `https://user:password@host` becomes a user and a password, and an address that may be printed. */
function credentialsFromNodes(values: Values, at: (key: Key) => string, complain: Complain): void {
  const nodes = values['elasticsearch.nodes'];
  if (nodes === undefined || !nodes.some((node) => node.includes('@'))) return;
  const found = new Set<string>();
  values['elasticsearch.nodes'] = nodes.map((node) => {
    const url = new URL(node);
    if (url.username === '' && url.password === '') return node;
    found.add(JSON.stringify([unescaped(url.username), unescaped(url.password)]));
    url.username = '';
    url.password = '';
    return url.href.replace(/\/+$/, '');
  });
  if (found.size === 0) return;
  const place = at('elasticsearch.nodes');
  if (found.size > 1)
    return complain(place, 'elasticsearch.nodes holds different users; set elasticsearch.username and password');
  if (values['elasticsearch.username']) {
    return complain(place, 'elasticsearch.nodes holds a user, and elasticsearch.username is set too; keep one');
  }
  const [username, password] = JSON.parse([...found][0]!) as [string, string];
  values['elasticsearch.username'] = username;
  values['elasticsearch.password'] = () => password;
}
