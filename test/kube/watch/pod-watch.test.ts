import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Api } from '../../../src/kube/api/api.ts';
import { apiCredentials } from '../../../src/kube/api/credentials.ts';
import { PodWatch, type PodWatchOptions } from '../../../src/kube/watch/pod-watch.ts';
import { ApiServer, type ApiServerOptions } from '../../helpers/apiserver.ts';
import { until } from '../../helpers/until.ts';
import { podJson, type Pod } from '../fixtures.ts';
import { Said, Time } from '../harness.ts';

let server: ApiServer;
let api: Api;
let watch: PodWatch;
let time: Time;
let said: Said;
/** Names of the pods as the news have it, with a label. */
let pods: Map<string, string>;
let unlisted: Set<string>;

beforeEach(() => {
  time = new Time();
  said = new Said();
  pods = new Map();
});
afterEach(async () => {
  await watch.stop();
  api.close();
  await server.stop();
});

function pod(name: string, label = '', node = 'node-1'): Pod {
  return podJson((p) => {
    Object.assign(p.metadata, { name, uid: `uid-${name}`, labels: { label } });
    p.spec.nodeName = node;
  });
}

async function begin(
  options: ApiServerOptions = {},
  before: () => void = () => {},
  over: Partial<PodWatchOptions> = {},
): Promise<void> {
  server = await ApiServer.start(options);
  before();
  const who = apiCredentials({ kubeconfig: '', url: server.url, tokenFile: '', caFile: '' });
  api = new Api({ credentials: who, version: '0', timeoutMs: 5_000 });
  const events = {
    listStarted: () => (unlisted = new Set(pods.keys())),
    seen: ({ metadata }: Pod) => {
      pods.set(metadata.name, metadata.labels.label);
      unlisted.delete(metadata.name);
    },
    deleted: ({ metadata }: Pod) => pods.delete(metadata.name),
    listCompleted: () => unlisted.forEach((name) => pods.delete(name)),
  };
  watch = new PodWatch({ api, node: 'node-1', events: events, log: said, ...time, ...over });
  watch.start();
}

const watching = (): Promise<void> => until(() => server.watches === 1, 'one watch is open');
const knows = (expected: Record<string, string>): Promise<void> =>
  until(
    () => JSON.stringify([...pods].sort()) === JSON.stringify(Object.entries(expected).sort()),
    `pods ${JSON.stringify(expected)}`,
  );
/** Waits until a pod that is added now has come through the watch. */
let probes = 0;
async function flows(): Promise<void> {
  const name = `probe-${probes++}`;
  server.put(pod(name));
  await until(() => pods.has(name), `${name} is known`);
  server.delete('shop', name);
  await until(() => !pods.has(name), `${name} is gone`);
}
const restarts = (): Record<string, number> => Object.fromEntries(watch.restarts);

describe('list, then watch', () => {
  it("asks for the pods of its node only, from the server's cache, with bookmarks, for 5 to 10 minutes", async () => {
    time.dice = 0.999;
    await begin({}, () => {
      server.put(pod('here'));
      server.put(pod('there', '', 'node-2'));
    });
    await watching();
    await knows({ here: '' });
    expect(server.last('list')?.query).toMatchObject({
      fieldSelector: 'spec.nodeName=node-1',
      resourceVersion: '0',
      limit: '500',
    });
    expect(server.last('watch')?.query).toEqual({
      fieldSelector: 'spec.nodeName=node-1',
      resourceVersion: server.cluster.version,
      allowWatchBookmarks: 'true',
      timeoutSeconds: '599',
      watch: 'true',
    });
    expect(watch.synced).toBe(true);
    expect(said.matching(/knows 1 pod on node node-1/)).toHaveLength(1);
  });

  it('says so when the node has no pods: its name may be wrong', async () => {
    await begin();
    await watching();
    expect(said.matching(/^warn .*node_name/)).toHaveLength(1);
  });

  it('reads a list of many pages', async () => {
    const names = Array.from({ length: 25 }, (_, i) => `p${i}`);
    await begin({ pagesCached: true, largestPage: 4 }, () => names.forEach((name) => server.put(pod(name))));
    await watching();
    await knows(Object.fromEntries(names.map((name) => [name, ''])));
    expect(server.count('list')).toBe(7);
    expect(watch.lists).toBe(1);
    const later = server.seen.filter(({ kind }) => kind === 'list').slice(1);
    expect(later.every(({ query }) => query['continue'] !== undefined && query['resourceVersion'] === undefined)).toBe(
      true,
    );
  });

  it('lists again once when a continue token is too old', async () => {
    await begin({ pagesCached: true, largestPage: 1 }, () => {
      server.put(pod('a'));
      server.put(pod('b'));
      server.fail(1, 'list', { status: 410 });
    });
    await watching();
    await knows({ a: '', b: '' });
    expect(watch.lists).toBe(2);
    expect(restarts()).toEqual({ expired: 1 });
  });

  it('follows what is added, modified, deleted and moved', async () => {
    await begin({}, () => server.put(pod('a', '1')));
    await watching();
    server.put(pod('b', '1'));
    server.put(pod('a', '2'));
    await knows({ a: '2', b: '1' });
    server.delete('shop', 'a');
    server.put(pod('b', '1', 'node-2'));
    await knows({});
    expect(server.count('list')).toBe(1);
    expect(server.count('watch')).toBe(1);
  });

  it('clean close: watches again from where it was, without a list', async () => {
    await begin();
    await watching();
    await flows();
    const version = server.cluster.version;
    server.closeWatches();
    await until(() => server.count('watch') === 2, 'a second watch');
    await flows();
    expect(server.last('watch')?.query['resourceVersion']).toBe(version);
    expect(server.count('list')).toBe(1);
    expect(restarts()).toEqual({ closed: 1 });
    expect(said.matching(/^(warn|throttled) http/)).toEqual([expect.stringContaining('knows no pods')]);
  });

  it('clean close after a long life: watches again at once', async () => {
    await begin();
    await watching();
    time.ms += 300_000;
    server.closeWatches();
    await until(() => server.count('watch') === 2, 'a second watch');
    expect(time.pauses).toEqual([]);
  });

  it('200 and closed at once: waits longer each time, and in the end doubts what it has', async () => {
    await begin();
    await watching();
    for (let i = 2; i <= 10; i++) {
      server.closeWatches();
      await until(() => server.count('watch') === i && server.watches === 1, `watch ${i}`);
    }
    expect(time.pauses).toEqual([1200, 2400, 4800, 9600, 19_200, 22_500, 22_500, 22_500, 22_500]);
    expect(watch.lists).toBe(2);
    expect(watch.outage?.message).toBe('closed the watch');
    await flows();
    expect(watch.outage).toBeUndefined();
  });

  it('begins with short waits again after a watch that was of use', async () => {
    await begin();
    await watching();
    for (let i = 2; i <= 5; i++) {
      await flows();
      time.ms += 3_000;
      server.closeWatches();
      await until(() => server.count('watch') === i && server.watches === 1, `watch ${i}`);
    }
    expect(time.pauses).toEqual([1200, 1200, 1200, 1200]);
  });

  it.each([
    ['within an event', 20, false],
    ['within an event, in good order', 20, true],
    ['within a character', undefined, false],
    ['within a character, in good order', undefined, true],
  ])('a watch cut %s: watches again, and the event comes whole', async (_, at, politely) => {
    await begin();
    await watching();
    const event = Buffer.from(`${JSON.stringify({ type: 'ADDED', object: pod('half', '한국어') })}\n`);
    server.cutAfter(event.subarray(0, at ?? event.indexOf('국') + 1), politely);
    server.put(pod('whole', '한국어'));
    await knows({ whole: '한국어' });
    expect(server.count('list')).toBe(1);
    expect(restarts()).toEqual({ cut: 1 });
    expect(said.matching(/^throttled/)).toEqual([]);
  });

  it('an event in many pieces, cut within characters, comes whole', async () => {
    await begin();
    await watching();
    const event = Buffer.from(`${JSON.stringify({ type: 'ADDED', object: pod('한', '🐳국') })}\n`);
    for (const byte of event) {
      server.sendRaw(Buffer.from([byte]));
      await new Promise((done) => setImmediate(done));
    }
    await knows({ 한: '🐳국' });
  });

  it('410 as a status: exactly one list', async () => {
    await begin({}, () => server.put(pod('a')));
    await watching();
    server.cluster.compact();
    server.cluster.elsewhere();
    server.cluster.compact();
    server.cut();
    await until(() => server.count('list') === 2, 'a second list');
    await flows();
    expect(server.count('list')).toBe(2);
    expect(restarts()).toEqual({ cut: 1, expired: 1 });
  });

  it('410 as an ERROR event in a 200: exactly one list, after a wait', async () => {
    await begin();
    await watching();
    server.sendError({ code: 410, reason: 'Expired', message: 'too old resource version' });
    await until(() => server.count('list') === 2, 'a second list');
    await flows();
    expect(server.count('list')).toBe(2);
    expect(restarts()).toEqual({ expired: 1 });
    expect(time.pauses).toEqual([1200]);
  });

  it('410 again and again: waits longer each time, and asks past the cache', async () => {
    await begin();
    for (let i = 1; i <= 6; i++) {
      await until(() => server.count('watch') === i && server.watches === 1, `watch ${i}`);
      server.sendError({ code: 410, reason: 'Gone' });
      await until(() => server.watches === 0, 'it is closed');
    }
    await until(() => server.count('watch') === 7, 'a seventh watch');
    expect(server.count('list')).toBe(7);
    expect(time.pauses).toEqual([1200, 2400, 4800, 9600, 19_200, 22_500]);
    expect(server.last('list')?.query['resourceVersion']).toBeUndefined();
  });

  it('a DELETED missed while away is found by the relist', async () => {
    await begin({}, () => {
      server.put(pod('a'));
      server.put(pod('b'));
    });
    await watching();
    await knows({ a: '', b: '' });
    const { port } = server;
    await server.stop();
    server.delete('shop', 'a');
    server.put(pod('c'));
    server.cluster.compact();
    server.cluster.elsewhere();
    server.cluster.compact();
    await server.listen(port);
    await knows({ b: '', c: '' });
    expect(server.count('list')).toBe(2);
  });

  it('away for a while: goes on where it was, by the history', async () => {
    await begin({}, () => server.put(pod('a')));
    await watching();
    const { port } = server;
    await server.stop();
    server.delete('shop', 'a');
    server.put(pod('b'));
    await until(() => time.pauses.length > 3, 'some attempts have failed');
    expect(watch.outage?.kind).toBe('connection');
    await server.listen(port);
    await knows({ b: '' });
    expect(server.count('list')).toBe(1);
    expect(said.matching(/ECONNREFUSED.*keep their metadata.*kubernetes\.url/)).toHaveLength(1);
    expect(said.matching(/answers again/)).toHaveLength(1);
  });

  it('a bookmark keeps a quiet watch young: no list after a compaction', async () => {
    await begin();
    await watching();
    const reached = watch.restarts;
    server.cluster.elsewhere();
    server.bookmark();
    server.cluster.compact();
    await flows();
    server.cluster.compact();
    server.closeWatches();
    await until(() => server.count('watch') === 2, 'a second watch');
    await flows();
    expect(server.count('list')).toBe(1);
    expect(reached.get('expired')).toBeUndefined();
  });

  it('429: waits as long as Retry-After says and some more, and does not list again', async () => {
    await begin();
    await watching();
    server.fail(1, 'watch', { status: 429, headers: { 'retry-after': '7' } });
    server.closeWatches();
    await until(() => server.watches === 1 && server.count('watch') === 3, 'a third watch');
    expect(time.pauses).toEqual([1200, 7000 + 2400]);
    expect(server.count('list')).toBe(1);
    expect(restarts()).toEqual({ closed: 1, throttled: 1 });
  });

  it('429 on the list and within a watch, too', async () => {
    await begin({}, () => server.fail(1, 'list', { status: 429, headers: { 'retry-after': '1' } }));
    await watching();
    server.sendError({ code: 429, reason: 'TooManyRequests', details: { retryAfterSeconds: 4 } });
    await until(() => server.count('watch') === 2, 'a second watch');
    expect(time.pauses).toEqual([1000 + 1200, 4000 + 2400]);
    expect(server.count('list')).toBe(2);
  });

  it('500: waits longer each time, without a list', async () => {
    await begin();
    await watching();
    server.fail(4, 'watch', { status: 500 });
    server.closeWatches();
    await until(() => server.watches === 1, 'a watch again');
    expect(time.pauses).toEqual([1200, 2400, 4800, 9600, 19_200]);
    expect(server.count('list')).toBe(1);
    await flows();
  });

  it('a half-open connection: silence beyond the bookmarks ends the watch, and a new one begins where it was', async () => {
    await begin({}, () => {}, { silenceMs: 60 });
    await watching();
    server.freeze();
    server.put(pod('a'));
    await knows({ a: '' });
    expect(restarts()['silent']).toBeGreaterThanOrEqual(1);
    expect(server.count('list')).toBe(1);
  });

  it('403: says once which permission is missing, goes on, and is there when it is given', async () => {
    await begin({}, () => {
      server.put(pod('a'));
      server.denied.add('list pods');
    });
    await until(() => server.count('list') > 3, 'some tries');
    expect(watch.synced).toBe(false);
    expect(
      said.matching(/Missing permission: give the service account of podferry list and watch on pods/),
    ).toHaveLength(1);
    server.denied.clear();
    await knows({ a: '' });
    expect(time.pauses.slice(0, 3)).toEqual([1200, 2400, 4800]);
  });

  it('403 on the watch alone', async () => {
    await begin({}, () => server.denied.add('watch pods'));
    await until(() => server.count('watch') > 3, 'some tries');
    expect(said.matching(/cannot watch resource.*Missing permission/)).toHaveLength(1);
    expect(server.count('list')).toBe(1);
  });

  it('what is no event ends the watch and is said', async () => {
    await begin();
    await watching();
    server.sendRaw('<html>a\nproxy</html>\n');
    await until(() => server.count('watch') === 2, 'a second watch');
    await flows();
    expect(restarts()).toEqual({ garbled: 1 });
    expect(said.matching(/sent an event that is not JSON/)).toHaveLength(1);
  });

  it('takes events and objects of any shape', async () => {
    await begin({}, () => server.put(pod('a')));
    await watching();
    server.sendRaw(
      '{}\n{"type":"NEW","object":{"metadata":{"resourceVersion":"9999"}}}\n{"type":"BOOKMARK"}\n[]\nnull\n7\n',
    );
    await flows();
    expect(server.count('watch')).toBe(1);
  });

  it.each([
    ['a list hangs', 'list' as const],
    ['a watch hangs', 'watch' as const],
  ])('stops at once while %s', async (_, kind) => {
    await begin({}, () => server.fail(1, kind, 'hang'));
    await until(() => server.count(kind) === 1, 'it hangs');
    await watch.stop();
  });

  it('stops at once while it waits for the next try', async () => {
    const pause = (ms: number, signal: AbortSignal): Promise<void> =>
      new Promise((done) => {
        time.pauses.push(ms);
        signal.addEventListener('abort', () => done());
      });
    await begin({}, () => server.fail(1, 'list', 'reset'), { pause });
    await until(() => time.pauses.length === 1, 'it waits');
    await watch.stop();
    expect(server.seen).toHaveLength(1);
  });
});
