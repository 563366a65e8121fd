/**
 * A pod of the rendered DaemonSet on one node, as the kubelet would make it: the built agent with the volumes at their paths, the
 * arguments, the environment and the capabilities that the manifests give it, and nothing else.
 */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLE } from './agent.ts';
import { Box, directory, type Inside, type Mount } from './box.ts';
import type { Manifest } from './kustomize.ts';
import { containerOf, podOf, the } from './manifests.ts';

export interface PodOptions {
  readonly objects: readonly Manifest[];
  /** The keys of each Secret. */
  readonly secrets: Record<string, Record<string, string>>;
  /** A directory for the volumes, and, below `node`, for the directories of the node. */
  readonly dir: string;
  /** Names that resolve to 127.0.0.1. */
  readonly hosts: readonly string[];
  /** Added to what the manifests give. */
  readonly env?: Record<string, string>;
}

export interface Pod {
  readonly box: Box;
  readonly agent: Inside;
  /** Waits until the readiness probe passes. */
  ready(): Promise<void>;
}

export async function startPod(options: PodOptions, before?: (box: Box) => Promise<unknown>): Promise<Pod> {
  const { objects, dir } = options;
  const container = containerOf(objects);
  const mounts: Mount[] = container.volumeMounts.map(({ name, mountPath, readOnly = false }: Manifest) => {
    const volume = podOf(objects).volumes.find((each: { name: string }) => each.name === name);
    return { from: lay(volume, options), to: mountPath, readOnly };
  });
  const box = await Box.open(mounts, options.hosts);
  try {
    await before?.(box);
    const env: Record<string, string> = { NODE_ENV: 'production', ...options.env };
    for (const { name, value, valueFrom } of container.env)
      env[name] = valueFrom?.fieldRef.fieldPath === 'spec.nodeName' ? 'node-7' : value;
    const agent = box.start([...asAllowed(container), ...entrypoint(), ...container.args], env, directory(dir, 'cwd'));
    const { path, port } = container.readinessProbe.httpGet;
    const { containerPort } = container.ports.find((each: { name: string }) => each.name === port);
    const ended = agent.ended.then((code) => {
      throw new Error(`the agent ended with ${code}: ${agent.stderr()}`);
    });
    ended.catch(() => undefined);
    return {
      box,
      agent,
      ready: () => Promise.race([box.answers(`http://127.0.0.1:${containerPort}${path}`), ended]),
    };
  } catch (error) {
    await box.close();
    throw error;
  }
}

/** Where a volume is on this machine. */
function lay({ name, ...kind }: Manifest, { objects, secrets, dir }: PodOptions): string {
  if (kind.hostPath !== undefined) return directory(dir, join('node', kind.hostPath.path));
  const { configMap, secret } = kind;
  const keys = configMap ? the(objects, 'ConfigMap', configMap.name).data : secrets[secret.secretName];
  if (keys === undefined) throw new Error(`the pod waits for the Secret ${secret.secretName}`);
  // As the kubelet does: what has the name of a key is a link, so that all keys can be replaced at once.
  const volume = directory(dir, `volumes/${name}`);
  mkdirSync(join(volume, '..first'));
  symlinkSync('..first', join(volume, '..data'));
  for (const [key, text] of Object.entries(keys as Record<string, string>)) {
    writeFileSync(join(volume, '..first', key), text, { mode: (configMap ?? secret).defaultMode ?? 0o644 });
    symlinkSync(join('..data', key), join(volume, key));
  }
  return volume;
}

/** What comes before a command, for it to have only the capabilities that a container is given. */
function asAllowed({ securityContext }: Manifest): string[] {
  const added = (securityContext.capabilities.add as string[]).map((name) => `+${name.toLowerCase()}`);
  return ['setpriv', '--no-new-privs', `--inh-caps=-all`, `--bounding-set=${['-all', ...added].join(',')}`];
}

/** That of the image, with the Node of this machine and the bundle of this tree. */
function entrypoint(): string[] {
  const [, json] = /^ENTRYPOINT (.*)$/m.exec(readFileSync('Dockerfile', 'utf8'))!;
  const [, ...args] = JSON.parse(json!) as string[];
  return [process.execPath, ...args.slice(0, -1), BUNDLE];
}
