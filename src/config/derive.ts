/**
 * What follows from the settings once they are read: defaults that depend on the command or the place, secrets that live in
 * files, and what each sink makes of its own.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { deriveOfSinks, SINKS } from '../sinks/index.ts';
import type { Layer } from '../util/given.ts';
import type { SettingsLook } from '../util/setting.ts';
import type { Env } from './file.ts';
import { readSecrets, type Secrets } from './secrets.ts';
import { hostPort } from '../util/address.ts';
import type { Key, Values } from './table.ts';

interface Own {
  /** The Kubernetes API is to be asked. */
  readonly uses_kubernetes: boolean;
}

export type Derived = Own & Secrets & ReturnType<typeof deriveOfSinks>;

/** Fills in `values` and answers the rest. */
export function derive(
  look: SettingsLook<Values>,
  layers: ReadonlyMap<string, Layer>,
  { env, hostname }: { env: Env; hostname: string },
): Derived {
  const { purpose, values, wrong, at, complain } = look;
  const given = (key: Key) => layers.get(key) !== 'default';

  const readsNamed = purpose === 'replay' || purpose === 'verify' || purpose === 'redeliver';
  if (readsNamed) {
    // The logs are those of another machine, and nobody's laptop has our directory.
    if (purpose === 'verify') checkCanBeAsked();
    else if (purpose === 'replay' && !given('sink')) values.sink = 'stdout';
    const isNode = purpose !== 'replay' && existsSync(values['state.dir']);
    if (!given('state.dir') && !isNode) values['state.dir'] = resolve('.');
  } else if (purpose !== 'setup' && values.node_name === '') values.node_name = env.NODE_NAME || hostname;

  const uses_kubernetes =
    !readsNamed &&
    purpose !== 'setup' &&
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

  return { ...readSecrets(look, given), ...deriveOfSinks(look), uses_kubernetes };

  function checkCanBeAsked(): void {
    if (wrong.has('sink') || SINKS[values.sink].lookUp !== undefined) return;
    complain(
      at('sink'),
      `sink is ${values.sink}, which does not say what it holds; give its documents to verify with --against FILE, or ask ` +
        'Elasticsearch with --set sink=elasticsearch',
    );
  }
}

/** The address every pod is told: KUBERNETES_SERVICE_HOST and _PORT_HTTPS. '' outside of a cluster. */
function inCluster(env: Env): string {
  const host = env.KUBERNETES_SERVICE_HOST;
  if (!host) return '';
  const port = env.KUBERNETES_SERVICE_PORT_HTTPS || env.KUBERNETES_SERVICE_PORT || '443';
  return `https://${hostPort({ host, port })}`;
}
