/**
 * Every field the manifests may use, with its type, as the Kubernetes API reference has them. Stricter than the API server
 * by default is: an unknown or misspelt field is a mistake here, and there it would be dropped with a warning.
 * Only the kinds and fields in use are listed: a new one is added on purpose.
 */

/** `name!` is required. A list of one shape, a map of fields, or one of the words. */
export type Shape = Word | readonly [Shape] | { readonly [field: string]: Shape };
type Word = 'text' | 'int' | 'bool' | 'port' | 'amount' | 'cpuOrBytes' | 'texts' | 'null';

const words: Record<Word, (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string',
  int: Number.isSafeInteger,
  bool: (value) => typeof value === 'boolean',
  // A number or the name of a port.
  port: (value) => (typeof value === 'string' ? /^[a-z][a-z0-9-]{0,14}$/.test(value) : Number.isInteger(value)),
  // A number or a percentage.
  amount: (value) => (typeof value === 'string' ? /^\d{1,3}%$/.test(value) : Number.isInteger(value)),
  cpuOrBytes: (value) => typeof value === 'string' && /^\d+(m|Ki|Mi|Gi)?$/.test(value),
  // A map of text to text: labels, annotations, selectors, data.
  texts: (value) =>
    typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string'),
  null: (value) => value === null,
};

const meta = { 'name!': 'text', namespace: 'text', labels: 'texts', annotations: 'texts' } as const;
const head = { 'apiVersion!': 'text', 'kind!': 'text', 'metadata!': meta } as const;
const rules = [
  { 'apiGroups!': ['text'], 'resources!': ['text'], 'verbs!': ['text'], resourceNames: ['text'] },
] as const;
const binding = {
  ...head,
  'roleRef!': { 'apiGroup!': 'text', 'kind!': 'text', 'name!': 'text' },
  'subjects!': [{ 'kind!': 'text', 'name!': 'text', 'namespace!': 'text' }],
} as const;
const probe = {
  'httpGet!': { 'path!': 'text', 'port!': 'port' },
  periodSeconds: 'int',
  timeoutSeconds: 'int',
  failureThreshold: 'int',
} as const;
const labelSelector = { 'matchLabels!': 'texts' } as const;
const seLinux = { type: 'text' } as const;

const container = {
  'name!': 'text',
  'image!': 'text',
  imagePullPolicy: 'text',
  args: ['text'],
  env: [{ 'name!': 'text', value: 'text', valueFrom: { 'fieldRef!': { 'fieldPath!': 'text' } } }],
  ports: [{ 'name!': 'text', 'containerPort!': 'int', protocol: 'text' }],
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  'resources!': {
    'requests!': { 'cpu!': 'cpuOrBytes', 'memory!': 'cpuOrBytes' },
    'limits!': { cpu: 'cpuOrBytes', 'memory!': 'cpuOrBytes' },
  },
  'securityContext!': {
    runAsUser: 'int',
    runAsGroup: 'int',
    privileged: 'bool',
    allowPrivilegeEscalation: 'bool',
    readOnlyRootFilesystem: 'bool',
    'capabilities!': { drop: ['text'], add: ['text'] },
    seLinuxOptions: seLinux,
  },
  'volumeMounts!': [{ 'name!': 'text', 'mountPath!': 'text', readOnly: 'bool' }],
} as const;

const pod = {
  serviceAccountName: 'text',
  automountServiceAccountToken: 'bool',
  enableServiceLinks: 'bool',
  hostNetwork: 'bool',
  dnsPolicy: 'text',
  nodeSelector: 'texts',
  tolerations: [{ operator: 'text', key: 'text', effect: 'text' }],
  imagePullSecrets: [{ 'name!': 'text' }],
  priorityClassName: 'text',
  terminationGracePeriodSeconds: 'int',
  'securityContext!': { 'seccompProfile!': { 'type!': 'text' } },
  'containers!': [container],
  'volumes!': [
    {
      'name!': 'text',
      configMap: { 'name!': 'text' },
      secret: { 'secretName!': 'text', defaultMode: 'int' },
      hostPath: { 'path!': 'text', 'type!': 'text' },
      emptyDir: { sizeLimit: 'cpuOrBytes' },
    },
  ],
} as const;

const scraped = {
  'port!': 'text',
  path: 'text',
  interval: 'text',
  relabelings: [{ action: 'text', sourceLabels: ['text'], targetLabel: 'text' }],
} as const;

/** By `apiVersion kind`. */
const KINDS: Record<string, Shape> = {
  'v1 Namespace': head,
  'v1 ServiceAccount': { ...head, automountServiceAccountToken: 'bool' },
  'v1 ConfigMap': { ...head, 'data!': 'texts' },
  'v1 Secret': { ...head, 'type!': 'text', 'stringData!': 'texts' },
  'v1 Service': {
    ...head,
    'spec!': {
      clusterIP: 'text',
      publishNotReadyAddresses: 'bool',
      'selector!': 'texts',
      'ports!': [{ 'name!': 'text', 'port!': 'int', targetPort: 'port', protocol: 'text' }],
    },
  },
  'networking.k8s.io/v1 NetworkPolicy': {
    ...head,
    'spec!': {
      'podSelector!': labelSelector,
      'policyTypes!': ['text'],
      'ingress!': [
        { 'from!': [{ 'namespaceSelector!': labelSelector }], 'ports!': [{ 'protocol!': 'text', 'port!': 'port' }] },
      ],
    },
  },
  'v1 ResourceQuota': {
    ...head,
    'spec!': {
      'hard!': { pods: 'text' },
      scopeSelector: {
        'matchExpressions!': [{ 'scopeName!': 'text', 'operator!': 'text', values: ['text'] }],
      },
    },
  },
  'apps/v1 DaemonSet': {
    ...head,
    'spec!': {
      'selector!': labelSelector,
      updateStrategy: { 'type!': 'text', rollingUpdate: { maxUnavailable: 'amount', maxSurge: 'amount' } },
      minReadySeconds: 'int',
      'template!': { 'metadata!': { 'labels!': 'texts', annotations: 'texts' }, 'spec!': pod },
    },
  },
  'rbac.authorization.k8s.io/v1 ClusterRole': { ...head, 'rules!': rules },
  'rbac.authorization.k8s.io/v1 ClusterRoleBinding': binding,
  'rbac.authorization.k8s.io/v1 RoleBinding': binding,
  'monitoring.coreos.com/v1 ServiceMonitor': {
    ...head,
    'spec!': { 'selector!': labelSelector, 'endpoints!': [scraped] },
  },
  'monitoring.coreos.com/v1 PodMonitor': {
    ...head,
    'spec!': {
      'selector!': labelSelector,
      'podMetricsEndpoints!': [scraped],
    },
  },
  'monitoring.coreos.com/v1 PrometheusRule': {
    ...head,
    'spec!': {
      'groups!': [
        {
          'name!': 'text',
          'rules!': [{ 'alert!': 'text', 'expr!': 'text', for: 'text', 'labels!': 'texts', 'annotations!': 'texts' }],
        },
      ],
    },
  },
  'security.openshift.io/v1 SecurityContextConstraints': {
    ...head,
    users: ['text'],
    groups: ['text'],
    priority: 'null',
    allowHostDirVolumePlugin: 'bool',
    allowHostIPC: 'bool',
    allowHostNetwork: 'bool',
    allowHostPID: 'bool',
    allowHostPorts: 'bool',
    allowPrivilegeEscalation: 'bool',
    allowPrivilegedContainer: 'bool',
    allowedCapabilities: ['text'],
    defaultAddCapabilities: ['text'],
    requiredDropCapabilities: ['text'],
    readOnlyRootFilesystem: 'bool',
    'runAsUser!': { 'type!': 'text' },
    'seLinuxContext!': { 'type!': 'text' },
    'fsGroup!': { 'type!': 'text' },
    'supplementalGroups!': { 'type!': 'text' },
    seccompProfiles: ['text'],
    volumes: ['text'],
  },
};

/** What is wrong with an object of the API: a sentence for every unknown, missing or mistyped field; [] if nothing is. */
export function mistakes(object: { apiVersion?: unknown; kind?: unknown }): string[] {
  const kind = `${String(object.apiVersion)} ${String(object.kind)}`;
  const shape = KINDS[kind];
  return shape === undefined ? [`unknown kind ${kind}`] : check(object, shape, String(object.kind));
}

function check(value: unknown, shape: Shape, at: string): string[] {
  if (typeof shape === 'string') return words[shape](value) ? [] : [`${at} is not ${shape}: ${JSON.stringify(value)}`];
  if (isList(shape)) {
    if (!Array.isArray(value)) return [`${at} is not a list`];
    return value.flatMap((item, i) => check(item, shape[0], `${at}[${i}]`));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at} is not a map`];
  const found: string[] = [];
  for (const [field, inner] of Object.entries(value)) {
    const wanted = shape[field] ?? shape[`${field}!`];
    if (wanted === undefined) found.push(`${at}.${field} is not a known field`);
    else found.push(...check(inner, wanted, `${at}.${field}`));
  }
  for (const field of Object.keys(shape)) {
    if (field.endsWith('!') && !(field.slice(0, -1) in value)) found.push(`${at}.${field.slice(0, -1)} is missing`);
  }
  return found;
}

const isList = (shape: Shape): shape is readonly [Shape] => Array.isArray(shape);
