/** Turns the settings into what the metadata of a log needs. Every command uses it, so they all treat a log alike. */
import { text } from 'node:stream/consumers';
import { outputsOf, type Config } from './config/config.ts';
import { fits, glob } from './util/pattern.ts';
import { isPart } from './util/stream-name.ts';
import { resolveRules } from './config/rules.ts';
import type { PodMetadataOptions } from './kube/pod-metadata.ts';
import type { PodFacts } from './kube/pods/pod-facts.ts';
import { readPods } from './kube/pods/pod-list.ts';
import type { PodsFileMetadataOptions } from './kube/pods-file-metadata.ts';
import type { AgentIdentity } from './kube/metadata/render.ts';
import type { ForbiddenBy, LogSettingsOf } from './kube/pods/pod-overrides.ts';
import { LogOutputs } from './log-outputs.ts';
import { OperatorError } from './util/errors.ts';
import { DEFAULT_OUTPUT } from './util/output-name.ts';
import { bytesOf } from './util/named-stream.ts';
import { unlessAborted } from './util/unless-aborted.ts';

/** What is the same in the documents of every container of this agent. */
export function agentIdentity(config: Config, version: string): AgentIdentity {
  return {
    node: config.node_name,
    clusterName: config.cluster_name,
    stream: config.data_stream,
    version,
    annotations: config.kubernetes.annotations,
    dropped: config.documents.drop_fields,
  };
}

/**
 * Gives what the operator set for a container log: the settings under `records`, changed by each rule that matches, in order. If
 * the path does not name namespace and pod (a directory called by a bare uid), the names of the known pod count. Labels match
 * nothing until the pod is known. Once it is decided which output a log goes to, that is its output, whatever the rules say now.
 */
export function logSettingsOf(config: Config, decided: Decided = new LogOutputs()): LogSettingsOf {
  const { records, rules } = config;
  const outputs = new Map(outputsOf(config).map(({ name, config: own }) => [name, own]));
  const multiline = records.multiline === 'auto';
  const structured = records.structured === 'auto';
  const { parse } = records;
  return (log, pod) => {
    const asked = resolveRules(rules, {
      namespace: pod?.namespace ?? log.namespace,
      pod: pod?.name ?? log.pod,
      container: log.container,
      labels: pod && new Map(Object.entries(pod.labels)),
    });
    const { drop = false, output: wanted = DEFAULT_OUTPUT, dataset, namespace, ...overrides } = asked;
    // A replay that prints has one output, whatever rules ask for.
    const output = decided.of(log) ?? (outputs.has(wanted) ? wanted : DEFAULT_OUTPUT);
    const { elasticsearch, data_stream: base } = outputs.get(output)!;
    return {
      overrides: { multiline, structured, parse, sample: 1, minLevel: undefined, ...overrides },
      output,
      stream: {
        base,
        dataset: dataset ?? elasticsearch.dataset,
        namespace: namespace ?? elasticsearch.namespace,
      },
      exclude: drop,
    };
  };
}

type Decided = Pick<LogOutputs, 'of'>;

/** Gives the setting by which the operator forbids an override, or its value, to the pods of a namespace; undefined if it is allowed. */
export function forbiddenBy({ elasticsearch, kubernetes }: Config): ForbiddenBy {
  const { pod_overrides: allowed, pod_override_namespaces: namespaces } = kubernetes;
  const datasets = elasticsearch.pod_datasets;
  const isDataset = (value: string): boolean => isPart(value) && datasets.some((each) => glob(each, value));
  return (namespace, override, value) => {
    if (!allowed.includes(override)) return 'kubernetes.pod_overrides';
    if (!namespaces.some((each) => fits(each, namespace))) return 'kubernetes.pod_override_namespaces';
    return override === 'dataset' && !isDataset(value) ? 'elasticsearch.pod_datasets' : undefined;
  };
}

/**
 * The pods in the file given by --pods; undefined without one.
 * @throws OperatorError if it cannot be read or holds no pods; the signal's reason
 */
export async function podsIn(
  file: string | undefined,
  annotations: readonly string[],
  signal: AbortSignal,
): Promise<PodFacts[] | undefined> {
  if (file === undefined) return undefined;
  try {
    return readPods(await unlessAborted(text(bytesOf(file, signal)), signal), annotations);
  } catch (error) {
    if (error instanceof OperatorError || signal.aborted) throw error;
    throw new OperatorError(`--pods: ${file} cannot be read: ${(error as Error).message}.`);
  }
}

/** What replay and verify know of pods: a file of pods, or none, instead of the API. */
export function podsFileOptions(
  config: Config,
  version: string,
  decided?: Decided,
): Omit<PodsFileMetadataOptions, 'log' | 'pods'> {
  return {
    agent: agentIdentity(config, version),
    settingsOf: logSettingsOf(config, decided),
    forbiddenBy: forbiddenBy(config),
  };
}

/** How run and check ask the API for the pods of this node. */
export function podMetadataOptions(
  config: Config,
  version: string,
  decided?: Decided,
): Omit<PodMetadataOptions, 'log'> {
  const { kubernetes } = config;
  return {
    kubeconfig: kubernetes.kubeconfig,
    url: kubernetes.url,
    tokenFile: kubernetes.token_file,
    caFile: kubernetes.ca_file,
    agent: agentIdentity(config, version),
    settingsOf: logSettingsOf(config, decided),
    forbiddenBy: forbiddenBy(config),
    waitMs: kubernetes.wait,
    namespaceLabels: kubernetes.namespace_labels,
    stateDir: config.state.dir,
  };
}
