/** Documents as `replay` makes them, of the samples and of a pod that has everything that the samples lack. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { loadConfig } from '../../src/config/config.ts';
import { replay } from '../../src/replay.ts';
import { memoryLog } from './source.ts';

export interface Document {
  log: { offset: number; file: { path: string } };
  [member: string]: unknown;
}

/** Objects whose members others name. */
export const MAPS = ['json', 'labels', 'kubernetes.labels', 'kubernetes.annotations'];

export async function documentsOf(
  paths: string[],
  podsFile: string | undefined,
  ...sets: string[]
): Promise<Document[]> {
  const out: string[] = [];
  const write = (bytes: Buffer | string, done?: () => void) => (out.push(bytes.toString()), done?.());
  const { config } = loadConfig({ purpose: 'replay', sets, env: {}, hostname: 'laptop', defaultFile: '/none' });
  await replay(config, {
    paths,
    podsFile,
    format: 'ndjson',
    stdin: Readable.from([]),
    stdout: { write },
    stderr: { write: () => true },
    colour: false,
    version: '1.2.3',
    signal: new AbortController().signal,
    log: memoryLog(),
  });
  const lines = out.join('').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Document);
}

/** The documents of both, with every setting that adds a member. */
export async function allDocuments(): Promise<Document[]> {
  const odd = oddPod();
  const whole = 'documents.drop_fields=none';
  try {
    return [
      ...(await documentsOf(
        ['samples/pods'],
        'samples/pods.json',
        whole,
        'kubernetes.annotations=hanok.example/owner',
      )),
      ...(await documentsOf(
        [odd.pods],
        odd.podsFile,
        whole,
        'cluster_name=east',
        'records.max_bytes=1KiB',
        'rules=[{match: {pod: web-*}, add: {team: shop}}]',
      )),
    ];
  } finally {
    odd.remove();
  }
}

/** The paths of all members that are no objects. */
export function membersOf(value: object, above = ''): string[] {
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    const path = above + name;
    const isLeaf = typeof member !== 'object' || member === null || Array.isArray(member) || MAPS.includes(path);
    return isLeaf ? [path] : membersOf(member, `${path}.`);
  });
}

/** A directory of one pod, with everything that the bundled samples lack. */
function oddPod(): { pods: string; podsFile: string; remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'podferry-document-'));
  const uid = '0b1c2d3e-1111-2222-3333-444455556666';
  const logs = join(dir, 'pods', `shop_web-1_${uid}`, 'web');
  mkdirSync(logs, { recursive: true });
  const mixed = '2026-11-20T01:02:04Z stdout F {"a":["x",1]}';
  writeFileSync(join(logs, '0.log'), `2026-11-20T01:02:03Z stdout F ${'long '.repeat(400)}\n${mixed}\n`);
  writeFileSync(join(logs, '0.log.20261120-000000.gz'), Buffer.from('1f8b08000000000000030500ff', 'hex'));
  const metadata = {
    uid,
    name: 'web-1',
    namespace: 'shop',
    labels: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`label-${i}`, 'x'.repeat(2000)])),
    annotations: { owner: 'shop' },
    ownerReferences: [{ kind: 'DaemonSet', name: 'web', controller: true }],
  };
  const podsFile = join(dir, 'pods.json');
  writeFileSync(podsFile, JSON.stringify({ kind: 'Pod', metadata, spec: { containers: [{ name: 'web' }] } }));
  return { pods: join(dir, 'pods'), podsFile, remove: () => rmSync(dir, { recursive: true }) };
}
