/**
 * PodMetadata against a fake API server, with the clock, the dice and the own log under control. A test file that calls useRig()
 * gets a new directory, clock and log before each test; the test calls serve() for its server.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { PodMetadata, type PodMetadataOptions } from '../../src/kube/pod-metadata.ts';
import type { ContainerLog, Meta } from '../../src/types.ts';
import { ApiServer, type ApiServerOptions } from '../helpers/apiserver.ts';
import { until } from '../helpers/until.ts';
import { AGENT, nothingForbidden, settingsOf, type Pod } from './fixtures.ts';
import { Said, Time } from './harness.ts';

export let dir: string;
export let server: ApiServer;
export let time: Time;
export let said: Said;
const running: PodMetadata[] = [];

/** For the top of a test file. */
export function useRig(): void {
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'podferry-kube-'));
    time = new Time();
    said = new Said();
  });
  afterEach(async () => {
    for (const podMetadata of running.splice(0)) await podMetadata.stop();
    await server.stop();
    await rm(dir, { recursive: true });
  });
}

/** Starts the API server of the test. */
export async function serve(options?: ApiServerOptions): Promise<void> {
  server = await ApiServer.start(options);
}

/** Made but not started; stopped after the test. */
export function podMetadata(over: Partial<PodMetadataOptions> = {}): PodMetadata {
  const options: PodMetadataOptions = {
    ...{ kubeconfig: '', url: server.url, tokenFile: join(dir, 'token'), caFile: join(dir, 'ca.crt') },
    ...{
      agent: AGENT,
      settingsOf: settingsOf(),
      forbiddenBy: nothingForbidden,
      waitMs: 5_000,
      namespaceLabels: false,
      stateDir: dir,
      log: said,
    },
    ...time,
    ...over,
  };
  const made = new PodMetadata(options);
  running.push(made);
  return made;
}

/** Started, after the first list. */
export async function started(over: Partial<PodMetadataOptions> = {}): Promise<PodMetadata> {
  const made = podMetadata(over);
  await made.start();
  await until(() => made.status().synced && server.watches > 0, 'the pods are listed and watched');
  return made;
}

/** The members that every document of a log ends with. */
export function document({ constant }: Meta): Pod {
  return JSON.parse(`{"a":0${constant}}`);
}

/** Waits until the metadata of a log is as expected. */
export const becomes = (
  made: PodMetadata,
  log: ContainerLog,
  expected: (document: Pod) => unknown,
  what: string,
): Promise<void> => until(() => expected(document(made.meta(log))), what);
