/** The bulk endpoint with answers that come in a given order. */
import { expect, test } from 'vitest';
import type { Answer } from '../../../src/sinks/elasticsearch/answer.ts';
import { Endpoint } from '../../../src/sinks/elasticsearch/endpoint.ts';
import type { Request, Wire } from '../../../src/sinks/elasticsearch/wire.ts';
import { newSaid } from '../../helpers/said.ts';
import { until } from '../../helpers/until.ts';

function answer(status: number, body: object): Answer {
  return { status, chunks: [Buffer.from(JSON.stringify(body))], retryAfter: undefined, product: 'Elasticsearch' };
}
const unrecognized = (parameter: string) =>
  answer(400, {
    error: {
      type: 'illegal_argument_exception',
      reason: `request [/x/_bulk] contains unrecognized parameter: [${parameter}]`,
    },
    status: 400,
  });
const STORED = answer(200, { errors: false, items: [{ create: { status: 201 } }] });

test('a parameter that one request found to be unknown is no fault of another that was sent with it, however late its answer', async () => {
  const bulks: { query: string; answers: (with_: Answer) => void }[] = [];
  const exchange = ({ path, query = '' }: Request): Promise<Answer> => {
    if (path === '/')
      return Promise.resolve(answer(200, { version: { number: '8.19.0' }, tagline: 'You Know, for Search' }));
    if (!path.endsWith('/_bulk')) return Promise.resolve(answer(404, {}));
    return new Promise((answers) => bulks.push({ query, answers }));
  };
  const endpoint = new Endpoint({
    wire: { exchange } as unknown as Wire,
    destination: { target: 'logs-podferry-default', streams: ['logs-podferry-default'], nodes: 'http://es:9200' },
    nodes: ['http://es:9200'],
    flavor: 'auto',
    gzipped: false,
    timeoutMs: 1000,
    request() {},
    log: newSaid(),
  } as ConstructorParameters<typeof Endpoint>[0]);
  const post = () => endpoint.post(Buffer.from('{}'), 1, new AbortController().signal);
  const [first, second] = [post(), post()];
  await until(() => bulks.length === 2, 'both are sent');
  const parameters = [...new URLSearchParams(bulks[0]!.query).keys()].filter((key) => key !== 'filter_path');
  expect(parameters.length).toBeGreaterThan(0);
  // The first one learns all of it, one by one, before the second is answered.
  for (const [i, parameter] of parameters.entries()) {
    bulks[i === 0 ? 0 : i + 1]!.answers(unrecognized(parameter));
    await until(() => bulks.length === i + 3, 'the first is sent again');
  }
  bulks.at(-1)!.answers(STORED);
  expect((await first).verdict).toMatchObject({ kind: 'stored' });
  const sent = bulks.length;
  bulks[1]!.answers(unrecognized(parameters[0]!));
  await until(() => bulks.length === sent + 1, 'the second is sent again, without them');
  bulks.at(-1)!.answers(STORED);
  expect((await second).verdict).toMatchObject({ kind: 'stored' });
});
