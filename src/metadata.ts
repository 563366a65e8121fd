/** What the settings say about metadata and pod overrides, in the form that the folder of pods takes. The commands share it. */
import { readFile } from 'node:fs/promises';
import type { Config } from './config/config.ts';
import { glob, resolveRules } from './config/rules.ts';
import type { PodBookOptions } from './kube/pods.ts';
import type { PodFacts } from './kube/pods/podfacts.ts';
import { readPods, type PodFileOptions } from './kube/podsfile.ts';
import type { Constants } from './kube/metadata/render.ts';
import type { Forbids, TermsOf } from './kube/pods/pod-overrides.ts';
import { OperatorError } from './util/errors.ts';

/** What is the same for every container of this agent. */
export function constantsOf(config: Config, version: string): Constants {
  return {
    node: config.node_name,
    clusterName: config.cluster_name,
    dataset: config.elasticsearch.dataset,
    namespace: config.elasticsearch.namespace,
    version,
    annotations: config.kubernetes.annotations,
  };
}

/**
 * What the operator asks for a container log: the settings under records, and over them the rules that match, first to last.
 * Names that the path does not tell (its directory is a bare uid) come from the pod. Labels match nothing until the pod is known.
 */
export function termsOf(config: Config): TermsOf {
  const { records, rules } = config;
  const multiline = records.multiline === 'auto';
  const structured = records.structured === 'auto';
  return (log, pod) => {
    const asked = resolveRules(rules, {
      namespace: pod?.namespace ?? log.namespace,
      pod: pod?.name ?? log.pod,
      container: log.container,
      labels: new Map(Object.entries(pod?.labels ?? {})),
    });
    const { drop = false, ...overrides } = asked;
    return { overrides: { multiline, structured, sample: 1, minLevel: undefined, ...overrides }, exclude: drop };
  };
}

/** The setting that forbids a pod override; undefined if the operator allows it. */
export function forbiddenBy({ kubernetes }: Config): Forbids {
  const { pod_overrides: allowed, pod_override_namespaces: namespaces } = kubernetes;
  return (namespace, override) => {
    if (!allowed.includes(override)) return 'kubernetes.pod_overrides';
    return namespaces.some((each) => glob(each, namespace)) ? undefined : 'kubernetes.pod_override_namespaces';
  };
}

/**
 * The pods in the file given by --pods; undefined without one.
 * @throws OperatorError if it cannot be read or holds no pods
 */
export async function podsIn(
  file: string | undefined,
  annotations: readonly string[],
): Promise<PodFacts[] | undefined> {
  if (file === undefined) return undefined;
  try {
    return readPods(await readFile(file, 'utf8'), annotations);
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(`--pods: ${file} cannot be read: ${(error as Error).message}.`);
  }
}

/** The options for pods from a file instead of the API. */
export function fileOptions(config: Config, version: string): Omit<PodFileOptions, 'log' | 'pods'> {
  return { constants: constantsOf(config, version), terms: termsOf(config), forbids: forbiddenBy(config) };
}

/** The options for pods from the API. */
export function bookOptions(config: Config, version: string): Omit<PodBookOptions, 'log'> {
  const { kubernetes } = config;
  return {
    kubeconfig: kubernetes.kubeconfig,
    url: kubernetes.url,
    tokenFile: kubernetes.token_file,
    caFile: kubernetes.ca_file,
    constants: constantsOf(config, version),
    terms: termsOf(config),
    forbids: forbiddenBy(config),
    waitMs: kubernetes.wait,
    namespaceLabels: kubernetes.namespace_labels,
    stateDir: config.state.dir,
  };
}
