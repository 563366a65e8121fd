import { describe, expect, it } from 'vitest';
import { readPods } from '../../src/kube/pods/pod-list.ts';
import { PodsFileMetadata, type PodsFileMetadataOptions } from '../../src/kube/pods-file-metadata.ts';
import {
  nothingForbidden,
  AGENT,
  containerLog,
  podJson,
  STATIC,
  staticPod,
  settingsOf,
  OVERRIDES,
} from './fixtures.ts';
import { Said } from './harness.ts';

const said = new Said();
function fileOf(pods: PodsFileMetadataOptions['pods'], wanted = settingsOf()): PodsFileMetadata {
  return new PodsFileMetadata({ pods, agent: AGENT, settingsOf: wanted, forbiddenBy: nothingForbidden, log: said });
}

describe('pods from a file (replay --pods)', () => {
  it('gives each log its pod: static ones by config.mirror, others by uid, never by name', () => {
    const list = { kind: 'List', items: [podJson(), staticPod()] };
    const file = fileOf(readPods(JSON.stringify(list)));
    expect(file.meta(containerLog()).constant.toString()).toContain('"app":"shop"');
    expect(file.meta(containerLog(STATIC)).constant.toString()).toContain('"component":"kube-scheduler"');
    const stranger = file.meta(containerLog({ uid: 'another' }));
    expect(stranger.partial).toBe(true);
    expect(stranger.constant.toString()).not.toContain('"labels"');
  });

  it('takes the first of two items that contradict each other about one pod, and says so; the same twice is no contradiction', () => {
    const other = podJson((p) => (p.metadata.annotations = { 'podferry.io/exclude': 'true' }));
    for (const [items, warnings] of [
      [[podJson(), other], 1],
      [[podJson(), podJson()], 0],
    ] as const) {
      const before = said.lines.length;
      const file = fileOf(readPods(JSON.stringify({ kind: 'List', items })));
      expect(file.admit(containerLog())).toBe('read');
      expect(said.lines.length - before).toBe(warnings);
    }
    expect(fileOf(readPods(JSON.stringify({ kind: 'List', items: [other, podJson()] }))).admit(containerLog())).toBe(
      'never',
    );
  });

  it('gives the same object until the log learns its container id', () => {
    const file = fileOf(readPods(JSON.stringify(podJson())));
    const log = containerLog();
    const meta = file.meta(log);
    expect(file.meta(log)).toBe(meta);
    log.containerId = 'c'.repeat(64);
    expect(file.meta(log).constant.toString()).toContain('c'.repeat(64));
  });

  it('without a file is not partial: the path is all there is', () => {
    expect(fileOf(undefined).meta(containerLog()).partial).toBe(false);
  });

  it('does not admit what its pod or the operator excludes', () => {
    const pods = readPods(
      JSON.stringify(podJson((p) => (p.metadata.annotations['podferry.io/exclude-containers'] = 'web'))),
    );
    const file = fileOf(pods, (log) => ({ overrides: OVERRIDES, exclude: log.namespace === 'dev' }));
    expect(file.admit(containerLog())).toBe('never');
    expect(file.admit(containerLog({ container: 'sidecar' }))).toBe('read');
    expect(file.admit(containerLog({ uid: 'another' }))).toBe('read');
    expect(file.admit(containerLog({ uid: 'another', namespace: 'dev' }))).toBe('never');
  });

  it('applies the overrides of the pods', () => {
    const pods = readPods(JSON.stringify(podJson((p) => (p.metadata.annotations['podferry.io/multiline'] = 'off'))));
    expect(fileOf(pods).meta(containerLog()).overrides.multiline).toBe(false);
  });
});
