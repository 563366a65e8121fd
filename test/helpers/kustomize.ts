/** Renders the manifests as `kubectl apply -k` would. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

/** An object of the API. Loose on purpose: kube-fields.ts checks the fields, and a test names the one it wants. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Manifest = Record<string, any> & {
  kind: string;
  metadata: { name: string; namespace?: string; labels: Record<string, string> };
};

/** Whether there is a kubectl that can render overlays and components. */
export const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;

/** All objects of a kustomization, by kubectl. Throws what kubectl says if it will not. */
export function render(dir: string): Manifest[] {
  const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', dir], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`kubectl kustomize ${dir}: ${stderr}`);
  return readAll(stdout);
}

/** The same without kubectl, for what the base uses and nothing more: resources, labels, one generated ConfigMap. */
export function renderPlainly(dir: string): Manifest[] {
  const file = parse(readFileSync(join(dir, 'kustomization.yaml'), 'utf8'));
  const objects = (file.resources as string[]).flatMap((name) => readAll(readFileSync(join(dir, name), 'utf8')));
  const suffixes = new Map<string, string>();
  for (const { name, namespace, files } of file.configMapGenerator) {
    const data = Object.fromEntries((files as string[]).map((path) => [path, readFileSync(join(dir, path), 'utf8')]));
    const hash = createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, 10);
    suffixes.set(name, `${name}-${hash}`);
    const metadata = { name: `${name}-${hash}`, namespace, labels: {} };
    objects.push({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
  }
  for (const object of objects) {
    const template = object.spec?.template;
    for (const { pairs, includeTemplates } of file.labels) {
      object.metadata.labels = { ...object.metadata.labels, ...pairs };
      if (template !== undefined && includeTemplates === true) Object.assign(template.metadata.labels, pairs);
    }
    for (const { configMap } of template?.spec.volumes ?? []) {
      if (configMap !== undefined) configMap.name = suffixes.get(configMap.name) ?? configMap.name;
    }
  }
  return objects;
}

/** Every document of a YAML text; YAML 1.1, as the tools of Kubernetes read it, where 0400 is octal. */
export function readAll(text: string): Manifest[] {
  return parseAllDocuments(text, { version: '1.1' }).map((document) => {
    if (document.errors.length > 0) throw document.errors[0]!;
    return document.toJS() as Manifest;
  });
}
