/** What every document says of where it comes from, from the settings: shared by the commands. */
import type { Config } from './config.ts';
import type { PodBookOptions } from './kube/pods.ts';
import type { Constants } from './kube/render.ts';
import type { Wishes } from './types.ts';

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

/** What holds for a container of which neither a rule nor its pod asks for anything. */
export function wishesOf(config: Config): Wishes {
  return {
    multiline: config.records.multiline === 'auto',
    structured: config.records.structured === 'auto',
    sample: 1,
    minLevel: undefined,
  };
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
    defaults: wishesOf(config),
    waitMs: kubernetes.wait,
    namespaceLabels: kubernetes.namespace_labels,
    stateDir: config.state.dir,
  };
}
