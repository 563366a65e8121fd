/** Pods as the API gives them, and the container logs they write. */
import type { ContainerLog, PodOverrides } from '../../src/types.ts';
import type { AgentIdentity } from '../../src/kube/metadata/render.ts';
import type { ForbiddenBy, LogSettingsOf } from '../../src/kube/pods/pod-overrides.ts';

export const OVERRIDES: PodOverrides = { multiline: true, structured: true, sample: 1, minLevel: undefined };

/** An operator who wants the same of every container. */
export const settingsOf =
  (overrides: PodOverrides = OVERRIDES): LogSettingsOf =>
  () => ({ overrides, exclude: false });

/** An operator who lets pods ask for everything. */
export const nothingForbidden: ForbiddenBy = () => undefined;

export const AGENT: AgentIdentity = {
  node: 'node-1',
  stream: { dataset: 'podferry', namespace: 'default' },
  version: '0.1.0',
  annotations: [],
  dropped: [],
};

export const ID = 'abcdef0123456789'.repeat(4);
export const FORMER_ID = '0123456789abcdef'.repeat(4);
export const DIGEST = `sha256:${'ab'.repeat(32)}`;
export const UID = '0b1c2d3e-1111-2222-3333-444455556666';

/** What kubelet calls a static pod by: the hash of its manifest. */
export const HASH = '0123456789abcdef'.repeat(2);
/** Says of a log that it is the one of staticPod(). */
export const STATIC = { namespace: 'kube-system', pod: 'kube-scheduler-node-1', uid: HASH };

export function containerLog(over: Partial<ContainerLog> = {}): ContainerLog {
  const log = {
    namespace: 'shop',
    pod: 'web-7d9f8b-abcde',
    uid: UID,
    container: 'web',
    restart: 0,
    containerId: undefined,
    ...over,
  };
  return {
    key: `${log.uid}/${log.container}/${log.restart}`,
    path: `/var/log/pods/${log.namespace}_${log.pod}_${log.uid}/${log.container}/${log.restart}.log`,
    ...log,
  };
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Pod = any;

/** A pod of a Deployment with one running container; `change` may do with it what it likes. */
export function podJson(change: (pod: Pod) => void = () => {}): Pod {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-7d9f8b-abcde',
      namespace: 'shop',
      uid: UID,
      resourceVersion: '1',
      labels: {
        app: 'shop',
        'app.kubernetes.io/name': 'web',
        'app.kubernetes.io/version': '1.2.3',
        'pod-template-hash': '7d9f8b',
      },
      annotations: { 'example.com/team': 'checkout' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7d9f8b', uid: 'rs', controller: true }],
      managedFields: [{ manager: 'kubelet', fieldsV1: { 'f:status': {} } }],
    },
    spec: { nodeName: 'node-1', containers: [{ name: 'web', image: 'registry/web:1.2.3' }] },
    status: {
      phase: 'Running',
      podIP: '10.1.2.3',
      conditions: [{ type: 'Ready', status: 'True', lastProbeTime: null }],
      containerStatuses: [
        {
          name: 'web',
          image: 'registry/web:1.2.3',
          imageID: `registry/web@${DIGEST}`,
          containerID: `containerd://${ID}`,
          restartCount: 0,
        },
      ],
    },
  };
  change(pod);
  return pod;
}

/** The mirror of a static pod, as kubelet makes it. */
export function staticPod(change: (pod: Pod) => void = () => {}): Pod {
  return podJson((p) => {
    p.metadata = {
      name: STATIC.pod,
      namespace: STATIC.namespace,
      uid: '5a5a5a5a-1111-2222-3333-444455556666',
      labels: { component: 'kube-scheduler' },
      annotations: {
        'kubernetes.io/config.hash': HASH,
        'kubernetes.io/config.mirror': HASH,
        'kubernetes.io/config.source': 'file',
      },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: 'node', controller: true }],
    };
    change(p);
  });
}
