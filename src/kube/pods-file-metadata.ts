/**
 * The metadata of container logs as a file of pods tells it (replay --pods), or the paths alone without one: with the same store
 * and the same rendering as for the API, but nothing changes and nothing waits.
 */
import type { ContainerLog, Log, Meta } from '../types.ts';
import { DataStreams } from './metadata/data-streams.ts';
import { MetadataCache } from './metadata/metadata-cache.ts';
import type { AgentIdentity } from './metadata/render.ts';
import type { PodFacts } from './pods/pod-facts.ts';
import { isExcluded, WRONG_ANNOTATION, type ForbiddenBy, type LogSettingsOf } from './pods/pod-overrides.ts';
import { PodStore } from './pods/pod-store.ts';
import { RefusedClaims } from './pods/refused-claims.ts';

export interface PodsFileMetadataOptions {
  /** The pods in the file. Undefined without a file: documents carry what the path says, and are not called partial. */
  readonly pods: readonly PodFacts[] | undefined;
  readonly agent: AgentIdentity;
  /** What the operator set for a container log. */
  readonly settingsOf: LogSettingsOf;
  /** Which overrides the operator does not allow pods to ask for. */
  readonly forbiddenBy: ForbiddenBy;
  readonly log: Log;
}

export class PodsFileMetadata {
  readonly #settingsOf: LogSettingsOf;
  readonly #refused = new RefusedClaims(() => {});
  readonly #store: PodStore;
  readonly #streams: DataStreams;
  readonly #cache: MetadataCache;

  constructor({ pods, agent, settingsOf, forbiddenBy, log }: PodsFileMetadataOptions) {
    this.#settingsOf = settingsOf;
    this.#store = new PodStore({
      node: undefined,
      annotations: agent.annotations,
      forbiddenBy,
      refused: this.#refused,
      wrong: (annotation) => log.throttled('wrong annotations', WRONG_ANNOTATION, { ...annotation }),
      changed() {},
      now: () => 0,
    });
    for (const pod of pods ?? []) this.#add(pod);
    this.#streams = new DataStreams({ base: agent.stream, log, now: () => performance.now() });
    this.#cache = new MetadataCache({
      agent,
      settingsOf,
      streams: this.#streams,
      find: (one) => this.#store.find(one),
      namespaceLabels: () => undefined,
      pathsOnly: pods === undefined,
    });
    const { count } = this.#refused;
    if (count > 0) {
      log.warn(
        `--pods: pods claim logs that are not their own (claims of this kind: ${count}). The claims are refused, and each log ` +
          'keeps the metadata of its own pod. It may be a copied manifest, or somebody who wants to hide the logs of another.',
        { claims: this.#refused.list() },
      );
    }
  }

  /** The metadata of a log: the same object until the log learns the id of its container. */
  meta(log: ContainerLog): Meta {
    return this.#cache.meta(log);
  }

  /** Container logs that had to go to the data stream of the sink. */
  get refusedStreams(): number {
    return this.#streams.refused;
  }

  /** May this log be read? 'never': the operator or its pod excludes it. */
  admit(log: ContainerLog): 'read' | 'never' {
    return isExcluded(log, this.#store.find(log), this.#settingsOf) ? 'never' : 'read';
  }

  /** Of two items that contradict each other the first counts: no order of events tells which one is newer. */
  #add(pod: PodFacts): void {
    const { namespace, name, uid } = pod;
    const former = this.#store.find({ namespace, pod: name, uid });
    const isSame = former?.pod.uid === uid && former.text === JSON.stringify(pod);
    if (former?.pod.uid !== uid || isSame) this.#store.podKnown(pod);
    else
      this.#refused.add(pod, `metadata.uid: ${uid}`, 'the file holds this pod twice and differently: the first counts');
  }
}
