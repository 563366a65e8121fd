/** More events of links than the kernel keeps for us. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { session } from '../session.ts';

const it = session();

test('more events than the queue of the kernel holds: all containers are found', async () => {
  const { outcome } = await it.start();
  // 18000 events without the loop running once: the kernel keeps 16384 and drops the rest.
  for (let i = 0; i < 9000; i++) {
    const link = join(it.kubelet.containersDir, `churn.${i}`);
    fs.symlinkSync('x', link);
    fs.unlinkSync(link);
  }
  const web = it.kubelet.start();
  web.say('one');
  await outcome.says(web.key, ['one']);
});
