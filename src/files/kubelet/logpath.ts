/**
 * What the paths of container logs say, and nothing else: no I/O.
 *
 * kubelet: `<podsDir>/<namespace>_<pod>_<uid>/<container>/<n>.log`, rotated to `<n>.log.YYYYMMDD-HHMMSS[.gz]`; a link
 * `<containersDir>/<pod>_<namespace>_<container>-<id>.log`, whose name is cut at 251 characters before the `.log`
 * (pkg/kubelet/kuberuntime: helpers.go, legacy.go, logs/container_log_manager.go). logrotate adds `.1`, `.2.gz` … or a date.
 */
import { basename, dirname, join, sep } from 'node:path';
import type { ContainerLog, Saved } from '../../types.ts';
import type { FileName } from '../tail/file-name.ts';
import type { Place } from '../tail/status.ts';

/** What the name of a pod's directory says. */
export interface PodName {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
}

/** What the name of a link in containersDir says. */
export interface LinkName {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** 64 hex characters; undefined when the name was cut. */
  readonly containerId: string | undefined;
}

const UID = /^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const LOG_NAME = /^(0|[1-9]\d{0,8})\.log(?:[.-](\d[\dTZ:_.-]{0,40}?))?(\.gz)?$/;
const LINK_NAME = /^([^_]+)_([^_]+)_(.+?)(?:-([0-9a-f]{64}))?\.log$/;

/**
 * Takes the name of a pod's directory apart, from the right: no part can hold a `_`. Also the form before Kubernetes 1.14,
 * a bare uid, which leaves namespace and pod empty. Undefined if it is neither.
 */
export function podName(directory: string): PodName | undefined {
  const atUid = directory.lastIndexOf('_');
  if (atUid < 0) return UID.test(directory) ? { namespace: '', pod: '', uid: directory } : undefined;
  const atPod = directory.lastIndexOf('_', atUid - 1);
  const name = {
    namespace: directory.slice(0, Math.max(atPod, 0)),
    pod: directory.slice(atPod + 1, atUid),
    uid: directory.slice(atUid + 1),
  };
  return name.namespace && name.pod && name.uid ? name : undefined;
}

/** Takes the name of a file apart. Undefined if it is none of ours: `.tmp`, an editor's backup, a sandbox's log. */
export function logName(file: string): FileName | undefined {
  const match = LOG_NAME.exec(file);
  return match ? { restart: Number(match[1]), suffix: match[2] ?? '', gz: match[3] !== undefined } : undefined;
}

/** Takes the name of a link in containersDir apart. Of one without an id, which was cut, the container may be cut too. */
export function linkName(link: string): LinkName | undefined {
  const match = LINK_NAME.exec(link);
  if (!match) return undefined;
  return { pod: match[1]!, namespace: match[2]!, container: match[3]!, containerId: match[4] };
}

/** The container log of instance `restart` whose files are in `directory`. */
export function containerLog(directory: string, name: PodName, container: string, restart: number): ContainerLog {
  return {
    key: `${name.uid}/${container}/${restart}`,
    ...name,
    container,
    restart,
    path: join(directory, `${restart}.log`),
    containerId: undefined,
  };
}

/** The container log of a checkpoint entry, when no directory is there to tell. */
export function savedLog(saved: Pick<Saved, 'key' | 'path'>): ContainerLog {
  const directory = dirname(saved.path ?? '');
  const [uid = '', container = '', restart = '0'] = saved.key.split('/');
  const name = podName(basename(dirname(directory))) ?? { namespace: '', pod: '', uid };
  return { ...containerLog(directory, { ...name, uid }, container, Number(restart)), key: saved.key };
}

/** Whose log, or directory, lies at a path of which nothing but the path is known. */
export function placeOf(path: string): Place {
  const [last = '', above = '', top = ''] = path.split(sep).reverse();
  const restart = logName(last)?.restart;
  const [directory, container] = restart !== undefined ? [top, above] : podName(last) ? [last, ''] : [above, last];
  const pod = podName(directory);
  if (!pod) return { key: '', namespace: '', pod: '', container: '', restart: 0 };
  const key = [pod.uid, container, restart].filter((each) => each !== undefined && each !== '').join('/');
  return { key, namespace: pod.namespace, pod: pod.pod, container, restart: restart ?? 0 };
}
