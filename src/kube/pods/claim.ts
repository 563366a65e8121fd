/**
 * Which log directory a pod speaks for: `<namespace>_<pod>_<uid>`, if namespace and pod are its own. Labels and wishes of a pod
 * decide what becomes of the lines there, and whoever may create a pod writes its labels and annotations: so nothing that is
 * written on a pod makes it speak for a directory of another name.
 *
 * The uid is the one the API server gave. Only of a static pod it is another: kubelet calls its directory by the hash of its
 * manifest, and puts that hash on the mirror of the pod in the API. Anybody can write that annotation too. It counts only on
 * a pod that looks as kubelet makes mirrors, and even then only for a directory of the pod's own name.
 */
import { MIRROR, type PodFacts } from './pod-facts.ts';

/** The parts of the name of a log directory. */
export interface LogDirectory {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
}

/** What a pod says of itself, once it is judged. */
export interface Claim {
  /** The directory the pod speaks for. */
  readonly directory: string;
  /** Why its claim on another one is not believed. */
  readonly refused: string | undefined;
}

const HASH = /^[0-9a-f]{32}$/;

/** The key of a directory. No name in a path can hold a slash: none can be taken for another. */
export function directoryKey({ namespace, pod, uid }: LogDirectory): string {
  return `${namespace}/${pod}/${uid}`;
}

/** A directory of the form before Kubernetes 1.14: its name is a bare uid and says nothing of namespace and pod. */
export function isBare({ namespace, pod }: LogDirectory): boolean {
  return namespace === '' && pod === '';
}

/** The key of the directory that is a pod's own by the uid the API server gave it. */
export function ownDirectory({ namespace, name, uid }: PodFacts): string {
  return directoryKey({ namespace, pod: name, uid });
}

/** @param node where we are; undefined: not known, the pods are from a file */
export function claimOf(pod: PodFacts, node: string | undefined): Claim {
  if (pod.mirror === undefined) return { directory: ownDirectory(pod), refused: undefined };
  const refused = whyNoMirror(pod, pod.mirror, node);
  const uid = refused === undefined ? pod.mirror : pod.uid;
  return { directory: directoryKey({ namespace: pod.namespace, pod: pod.name, uid }), refused };
}

/** kubelet gives a mirror the hash, its own node and, since Kubernetes 1.17, that node as controller. */
function whyNoMirror({ node: of, owner, source }: PodFacts, mirror: string, node: string | undefined) {
  if (!HASH.test(mirror)) return `${MIRROR} is not the hash of a manifest: 32 characters of 0-9 and a-f`;
  if (source === 'api') return 'the pod is not static: kubernetes.io/config.source is api';
  if (node !== undefined && of !== node) return 'the pod is not on this node';
  if (owner?.controller !== true) return undefined;
  if (owner.kind !== 'Node') return 'the pod is not static: its controller is not a Node';
  return of !== undefined && owner.name !== of ? 'the pod is not static: its controller is another Node' : undefined;
}
