// Writes samples/: container logs laid out like /var/log/pods, and the `kubectl get pods -o json` that goes with them, from
// the story in story.mjs. `node scripts/samples.mjs [DIRECTORY]`; the same bytes on every run and machine.
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { day, nodes, pods } from './story.mjs';

const target = process.argv[2] ?? fileURLToPath(new URL('../samples', import.meta.url));

const LF = Buffer.from('\n');
const digest = (algorithm, text) => createHash(algorithm).update(text).digest('hex');
const fullName = (pod) => `${pod.namespace}/${pod.name}`;

/** What the API calls the pod. */
const apiUid = (pod) =>
  digest('sha256', fullName(pod)).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-a$4-$5');
/** What its directory is called: for a static pod the hash of its manifest. */
const directoryUid = (pod) => (pod.staticPod ? digest('md5', fullName(pod)) : apiUid(pod));
const containerId = (pod, container, restart) => digest('sha256', `${fullName(pod)}/${container.name}/${restart}`);

// --- logs -------------------------------------------------------------------------------------------------------------

/** How the two runtimes write: where they cut long lines, and how they write the time. */
const writers = {
  containerd: { cut: 16384, time: ({ second, nanos }) => `${day}T${second}${trimmed(nanos)}Z`, breath: 23_500 },
  'cri-o': { cut: 8192, time: ({ second, nanos }) => `${day}T${inSeoul(second)}.${digits(nanos)}+09:00`, breath: 0 },
};

const digits = (nanos) => String(nanos).padStart(9, '0');
const trimmed = (nanos) => (nanos === 0 ? '' : `.${digits(nanos).replace(/0+$/, '')}`);
const inSeoul = (second) => String((Number(second.slice(0, 2)) + 9) % 24).padStart(2, '0') + second.slice(2);

/** The notation of story.mjs → [{ second, nanos, stream, text, open }], or { raw } for a line that is no log line. */
function* entries(story, runtime) {
  let last;
  for (const line of story.split('\n').map((text) => text.trimStart())) {
    const stamped = /^(\d\d:\d\d:\d\d)(?:\.(\d+))? (out|err) (.*)$/.exec(line);
    if (stamped) {
      const [, second, fraction = '', stream, text] = stamped;
      last = { second, nanos: nanos(fraction, line, runtime), stream: `std${stream}`, ...content(text) };
      yield last;
    } else if (line.startsWith('|')) {
      last = { ...last, nanos: last.nanos + writers[runtime].breath, ...content(line.slice(2)) };
      yield last;
    } else if (line.startsWith('!')) yield { raw: Buffer.from(line.slice(1)) };
    else if (line !== '') throw new Error(`not a line of the story: ${line}`);
  }
}

/** A short fraction is meant as it is; a longer one gets its missing digits from the line itself. */
function nanos(fraction, line, runtime) {
  if (fraction.length < 3 && runtime === 'containerd') return Number(fraction.padEnd(9, '0'));
  return Number((fraction + String(parseInt(digest('sha256', line).slice(0, 10), 16))).slice(0, 9));
}

function content(text) {
  const plain = text.replaceAll('⇥', '\t').replaceAll('␛', '\x1b').replaceAll('␇', '\x07');
  return { text: Buffer.from(plain.replace(/⌁$/, '')), open: plain.endsWith('⌁') };
}

/** The lines as the runtime writes them: cut into partial ones wherever its buffer ends, be it inside a character. */
function cri(story, runtime) {
  const { cut, time } = writers[runtime];
  const out = [];
  for (const entry of entries(story, runtime)) {
    if (entry.raw) out.push(entry.raw, LF);
    else {
      for (let at = 0; at === 0 || at < entry.text.length; at += cut) {
        const piece = entry.text.subarray(at, at + cut);
        const tag = entry.open || at + cut < entry.text.length ? 'P' : 'F';
        out.push(Buffer.from(`${time(entry)} ${entry.stream} ${tag} `), piece, LF);
      }
    }
  }
  return Buffer.concat(out);
}

/** RFC 1952 with one stored block: no compressor, so no version of a compressor changes a byte. For up to 65535 bytes. */
function gzip(bytes) {
  const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1, 0, 0, 0, 0]);
  head.writeUInt16LE(bytes.length, 11);
  head.writeUInt16LE(0xffff - bytes.length, 13);
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(bytes), 0);
  tail.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([head, bytes, tail]);
}

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

// --- pods -------------------------------------------------------------------------------------------------------------

const born = `${day}T00:39:50Z`;

function podObject(pod) {
  const { node, ip, containers, initContainers } = pod;
  const hash = pod.owner === 'ReplicaSet' ? { 'pod-template-hash': pod.name.split('-').at(-2) } : {};
  const mirror = pod.staticPod
    ? {
        'kubernetes.io/config.hash': directoryUid(pod),
        'kubernetes.io/config.mirror': directoryUid(pod),
        'kubernetes.io/config.source': 'file',
      }
    : undefined;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(pod.annotations || mirror ? { annotations: { ...pod.annotations, ...mirror } } : {}),
      creationTimestamp: born,
      labels: { ...pod.labels, ...hash },
      name: pod.name,
      namespace: pod.namespace,
      ownerReferences: [owner(pod)],
      uid: apiUid(pod),
    },
    spec: {
      containers: containers.map(({ name, image }) => ({ image, name })),
      ...(initContainers ? { initContainers: initContainers.map(({ name, image }) => ({ image, name })) } : {}),
      nodeName: node,
    },
    status: {
      containerStatuses: containers.map((container) => status(pod, container)),
      hostIP: nodes[node].ip,
      ...(initContainers
        ? {
            initContainerStatuses: initContainers.map((c) =>
              status(pod, { ...c, died: { at: '00:39:56', exitCode: 0, reason: 'Completed' } }),
            ),
          }
        : {}),
      phase: pod.owner === 'Job' ? 'Failed' : 'Running',
      podIP: ip,
    },
  };
}

function owner(pod) {
  const name = {
    ReplicaSet: pod.name.replace(/-[^-]+$/, ''),
    Job: pod.name.replace(/-[^-]+$/, ''),
    StatefulSet: pod.name.replace(/-\d+$/, ''),
  }[pod.owner];
  const apiVersion = pod.owner === 'Job' ? 'batch/v1' : 'apps/v1';
  if (pod.staticPod)
    return {
      apiVersion: 'v1',
      controller: true,
      kind: 'Node',
      name: pod.node,
      uid: apiUid({ namespace: '', name: pod.node }),
    };
  return { apiVersion, controller: true, kind: pod.owner, name, uid: apiUid({ namespace: pod.namespace, name }) };
}

function status(pod, container) {
  const { name, image, restarts = 0, died } = container;
  const id = (restart) =>
    `${nodes[pod.node].runtime === 'containerd' ? 'containerd' : 'cri-o'}://${containerId(pod, container, restart)}`;
  const end = (restart) => ({
    terminated: {
      containerID: id(restart),
      exitCode: died.exitCode,
      finishedAt: `${day}T${died.at}Z`,
      reason: died.reason,
    },
  });
  return {
    containerID: id(restarts),
    image,
    imageID: `${image.replace(/:[^:/]+$/, '')}@sha256:${digest('sha256', image)}`,
    lastState: died && restarts > 0 ? end(restarts - 1) : {},
    name,
    ready: !died || restarts > 0,
    restartCount: restarts,
    state: died && restarts === 0 ? end(0) : { running: { startedAt: born } },
  };
}

// --- write ------------------------------------------------------------------------------------------------------------

rmSync(join(target, 'pods'), { recursive: true, force: true });
for (const pod of pods) {
  const { runtime } = nodes[pod.node];
  for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
    for (const [name, story] of Object.entries(container.files)) {
      const path = join(target, 'pods', `${pod.namespace}_${pod.name}_${directoryUid(pod)}`, container.name, name);
      const bytes = cri(story, runtime);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, name.endsWith('.gz') ? gzip(bytes) : bytes);
    }
  }
}
const list = { apiVersion: 'v1', items: pods.map(podObject), kind: 'List', metadata: { resourceVersion: '' } };
writeFileSync(join(target, 'pods.json'), JSON.stringify(list, null, 2) + '\n');
