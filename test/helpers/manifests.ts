/** What tests ask of rendered manifests: the object of a kind, its pod, container and mounts, and the settings the agent will see. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { expect } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { mistakes } from './kube-fields.ts';
import type { Manifest } from './kustomize.ts';

export const the = (objects: readonly Manifest[], kind: string, name = 'podferry'): Manifest => {
  const found = objects.filter((o) => o.kind === kind && (o.metadata.name === name || kind === 'ConfigMap'));
  expect(found, `${kind} ${name}`).toHaveLength(1);
  return found[0]!;
};
export const podOf = (objects: readonly Manifest[]) => the(objects, 'DaemonSet').spec.template.spec;
export const containerOf = (objects: readonly Manifest[]) => podOf(objects).containers[0];
/** Mounts with the volume behind each. */
export const mountsOf = (objects: readonly Manifest[]) =>
  containerOf(objects).volumeMounts.map((mount: { name: string; mountPath: string; readOnly?: boolean }) => ({
    ...mount,
    volume: podOf(objects).volumes.find((volume: { name: string }) => volume.name === mount.name),
  }));
export const hostMounts = (objects: readonly Manifest[]) =>
  mountsOf(objects).filter(({ volume }: { volume: { hostPath?: unknown } }) => volume.hostPath !== undefined);

/** What every rendering must hold. */
export function checkAll(objects: readonly Manifest[]): void {
  for (const object of objects) {
    const who = `${object.kind} ${object.metadata.name}`;
    expect(mistakes(object), who).toEqual([]);
    expect(object.metadata.labels, who).toMatchObject({
      'app.kubernetes.io/name': 'podferry',
      'app.kubernetes.io/component': 'log-agent',
      'app.kubernetes.io/part-of': 'podferry',
    });
    const clusterWide = ['Namespace', 'ClusterRole', 'ClusterRoleBinding', 'SecurityContextConstraints'];
    if (!clusterWide.includes(object.kind)) expect(object.metadata.namespace, who).toBe('podferry');
  }
  const names = objects.map((o) => `${o.kind} ${o.metadata.name}`);
  expect(names).toEqual([...new Set(names)]);
}

/** Loads the settings of a rendered ConfigMap as the agent in the container would, with its Secret under `dir`. */
export function load(objects: readonly Manifest[], dir: string) {
  const secrets = join(dir, 'secret');
  mkdirSync(secrets, { recursive: true });
  writeFileSync(join(secrets, 'api_key'), 'aWQ6a2V5\n');
  writeFileSync(join(secrets, 'ca.crt'), rootCertificates[0]!);
  const file = join(dir, 'podferry.yaml');
  const text: string = the(objects, 'ConfigMap').data['podferry.yaml'];
  writeFileSync(file, text.replaceAll('/etc/podferry-elasticsearch', secrets));
  const env: Record<string, string> = { NODE_NAME: 'node-7' };
  for (const { name, value } of containerOf(objects).env) if (value !== undefined) env[name] = value;
  const sets = [`state.dir=${dir}`, `logs.pods_dir=${dir}`];
  return loadConfig({ purpose: 'run', file, sets, env, hostname: 'podferry-x2x4x' });
}
