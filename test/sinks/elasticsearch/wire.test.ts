/** One exchange after the other, for months, with one signal that ends them all. */
import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { Wire, type Request } from '../../../src/sinks/elasticsearch/wire.ts';
import { startElasticsearch } from '../../helpers/elasticsearch.ts';

const ASK: Request = { method: 'GET', path: '/', authorization: undefined, timeoutMs: 10_000 };

test('an exchange leaves nothing behind on the signal that may stop it, whether or not it was answered', async () => {
  const server = await startElasticsearch();
  const wire = new Wire({ nodes: [server.url], ca: () => undefined });
  const { signal } = new AbortController();
  const left = (): number => getEventListeners(signal, 'abort').length;
  const both = [wire.exchange(ASK, signal), wire.exchange(ASK, signal)];
  expect(left()).toBe(2);
  expect(await Promise.all(both)).toMatchObject([{ status: 200 }, { status: 200 }]);
  expect(left()).toBe(0);
  await server.stop();
  expect(await wire.exchange(ASK, signal)).toMatchObject({ failed: 'connection' });
  expect(left()).toBe(0);
  await wire.close();
});
