/**
 * Which log directory belongs to a pod: `<namespace>_<pod>_<uid>`, if namespace and pod are its own. The labels and annotations
 * of a pod decide about the lines in its directory, and anybody who may create a pod writes them. So nothing that is written on
 * a pod can give it a directory of another name.
 *
 * The uid is the one that the API server gave. Static pods are the exception: kubelet calls their directory by the hash of the
 * manifest, and puts that hash as an annotation on the mirror of the pod in the API. Anybody can write that annotation too. It
 * counts only on a pod that looks as kubelet makes mirrors, and even then only for a directory of the pod's own name.
 */
import { MIRROR, type PodFacts } from './pod-facts.ts';

/** The parts of the name of a log directory. */
export interface LogDirectory {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
}

/** The directory that a pod claims, after the claim is judged. */
export interface Claim {
  /** The key of the directory that belongs to the pod. */
  readonly directory: string;
  /** Why its claim on another directory is refused; undefined if it has none. */
  readonly refused: string | undefined;
}

const HASH = /^[0-9a-f]{32}$/;

/** The key of a directory. No name in a path holds a slash, so two directories never have the same key. */
export function directoryKey({ namespace, pod, uid }: LogDirectory): string {
  return `${namespace}/${pod}/${uid}`;
}

/** A directory as before Kubernetes 1.14: its name is a bare uid, without namespace and pod. */
export function isBare({ namespace, pod }: LogDirectory): boolean {
  return namespace === '' && pod === '';
}

/** The key of the directory that belongs to a pod by the uid that the API server gave it. */
export function ownDirectory({ namespace, name, uid }: PodFacts): string {
  return directoryKey({ namespace, pod: name, uid });
}

/** Judges what a pod claims. @param node this node; undefined: not known, the pods are from a file */
export function claimOf(pod: PodFacts, node: string | undefined): Claim {
  if (pod.mirror === undefined) return { directory: ownDirectory(pod), refused: undefined };
  const refused = whyNoMirror(pod, pod.mirror, node);
  const uid = refused === undefined ? pod.mirror : pod.uid;
  return { directory: directoryKey({ namespace: pod.namespace, pod: pod.name, uid }), refused };
}

/**
 * Why a pod is not the mirror of a static pod of this node; undefined if it may be. kubelet gives a mirror the hash, its own node
 * and, since Kubernetes 1.17, that node as controller.
 */
function whyNoMirror({ node: of, owner, source }: PodFacts, mirror: string, node: string | undefined) {
  if (!HASH.test(mirror)) return `${MIRROR} is not the hash of a manifest: 32 characters of 0-9 and a-f`;
  if (source === 'api') return 'the pod is not static: kubernetes.io/config.source is api';
  if (node !== undefined && of !== node) return 'the pod is not on this node';
  if (owner?.controller !== true) return undefined;
  if (owner.kind !== 'Node') return 'the pod is not static: its controller is not a Node';
  return of !== undefined && owner.name !== of ? 'the pod is not static: its controller is another Node' : undefined;
}
