/** What every document says of where it comes from, and which lines become documents, from the settings: shared by the commands. */
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
 * What the operator wants of a container log: the settings under records, and over them the rules that match, first to last.
 * What a path does not say (a directory that is a bare uid) the pod does; labels match nothing until the pod is known.
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

/** What the operator does not let pods ask for by annotation. */
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

/** How a file of pods, or none, stands in for the API. */
export function fileOptions(config: Config, version: string): Omit<PodFileOptions, 'log' | 'pods'> {
  return { constants: constantsOf(config, version), terms: termsOf(config), forbids: forbiddenBy(config) };
}

/** How the API is asked for the pods of this node. */
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
