/** `podferry verify` against a server that is down: it tries for some seconds, and then says so. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { OperatorError } from '../../src/util/errors.ts';
import { verify } from '../../src/verify/verify.ts';
import { freePort } from '../helpers/agent.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { memoryLog } from '../helpers/source.ts';

test('a server that is down is one sentence, after a few tries', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'podferry-verify-'));
  const kubelet = new FakeKubelet();
  try {
    kubelet.start().say('one');
    const sets = [`elasticsearch.nodes=http://127.0.0.1:${await freePort()}`, `state.dir=${dir}`];
    const from = { env: {}, hostname: 'laptop', defaultFile: join(dir, 'none') };
    const nowhere = { write: () => true };
    const complaint: unknown = await verify(loadConfig({ purpose: 'verify', sets, ...from }).config, {
      ...{ paths: [kubelet.podsDir], podsFile: undefined, against: undefined, olderThan: 0, stdin: Readable.from([]) },
      ...{ stdout: nowhere, stderr: nowhere, colour: false, version: '0', signal: new AbortController().signal },
      ...{ log: memoryLog(), now: Date.now },
    }).catch((error: unknown) => error);
    expect(complaint).toBeInstanceOf(OperatorError);
    expect((complaint as OperatorError).message).toMatch(
      /^http:\S+ does not say what it holds \(.*ECONNREFUSED.*\); check elasticsearch\.nodes\.$/,
    );
  } finally {
    kubelet.remove();
    rmSync(dir, { recursive: true });
  }
}, 60_000);
