/** Secrets in files, from the settings to the header that Elasticsearch gets. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BUNDLE, newNode, startAgent, type Agent, type Node } from '../../helpers/agent.ts';
import { startElasticsearch, type FakeElasticsearch } from '../../helpers/elasticsearch.ts';
import { FakeKubelet } from '../../helpers/kubelet.ts';
import { until } from '../../helpers/until.ts';

let dir: string;
let es: FakeElasticsearch;
let node: Node;
let agent: Agent | undefined;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-secret-'));
  es = await startElasticsearch({ apiKeys: ['Z29vZDprZXk=', 'bmV3OmtleQ=='] });
  node = newNode();
});
afterEach(async () => {
  await agent?.end('SIGKILL');
  await es.stop();
  node.remove();
  rmSync(dir, { recursive: true, force: true });
});

/** Puts a file in place of another, as the kubelet does. */
function put(path: string, content: string | Buffer): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

const files: [what: string, put: (path: string) => void, why: RegExp][] = [
  ['two lines', (path) => writeFileSync(path, 'Z29vZDprZXk=\nsecond\n'), /has more than one line/],
  ['a character that no header takes', (path) => writeFileSync(path, 'schlüssel'), /cannot stand in an HTTP header/],
  ['UTF-16', (path) => writeFileSync(path, Buffer.from('\ufeffZ29v', 'utf16le')), /is not text in UTF-8/],
  ['nothing in it', (path) => writeFileSync(path, '\n'), /is empty/],
  ['megabytes', (path) => writeFileSync(path, Buffer.alloc(5_000_000, 'x')), /it is larger than 65536 bytes/],
  ['a FIFO in its place', (path) => execFileSync('mkfifo', [path]), /is not a file/],
  ['a directory in its place', (path) => mkdirSync(path), /is not a file/],
];

test.each(files)(
  'a key file with %s: refused at start with one sentence that names it, and shows nothing of it',
  async (_, make, why) => {
    const file = join(dir, 'key');
    make(file);
    const sets = [
      `elasticsearch.nodes=${es.url}`,
      `elasticsearch.api_key_file=${file}`,
      `logs.pods_dir=${node.podsDir}`,
    ];
    const more = [`state.dir=${node.stateDir}`, 'kubernetes.enabled=false', 'http.listen=off'];
    const flags = [...sets, ...more].flatMap((each) => ['--set', each]);
    const failed = await new Promise<{ status: number; stderr: string }>((resolve) => {
      try {
        execFileSync(process.execPath, [BUNDLE, 'run', ...flags], { encoding: 'utf8', timeout: 20_000, stdio: 'pipe' });
      } catch (error) {
        resolve(error as { status: number; stderr: string });
      }
    });
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(why);
    expect(failed.stderr).toContain(`elasticsearch.api_key_file ${file}`);
    expect(failed.stderr).not.toMatch(/Z29v|second|schlüssel/);
    expect(failed.stderr.trim().split('\n')).toHaveLength(1);
  },
);

test('a key file that becomes senseless: the last good key is used on, that is said once, and a good one counts at once', async () => {
  const kubelet = new FakeKubelet();
  const file = join(dir, 'key');
  put(file, 'Z29vZDprZXk=\n');
  const web = kubelet.start();
  const settings = {
    'elasticsearch.nodes': es.url,
    'elasticsearch.api_key_file': file,
    'logs.pods_dir': kubelet.podsDir,
  };
  agent = await startAgent(node, settings);
  const arrives = async (message: string): Promise<string | undefined> => {
    const before = es.docs.size;
    web.say(message);
    await until(() => es.docs.size > before, message);
    return es.bulks().at(-1)!.headers['authorization'];
  };
  expect(await arrives('one')).toBe('ApiKey Z29vZDprZXk=');
  put(file, 'Z29vZDprZXk=\nand a line too many\n');
  expect(await arrives('two')).toBe('ApiKey Z29vZDprZXk=');
  expect(await arrives('three')).toBe('ApiKey Z29vZDprZXk=');
  const said = agent
    .stderr()
    .split('\n')
    .filter((line) => line.includes('more than one line'));
  expect(said).toHaveLength(1);
  expect(said[0]).toContain(
    `elasticsearch.api_key_file ${file} has more than one line: the secret before it is used on`,
  );
  expect(agent.stderr()).not.toMatch(/Z29v|too many/);
  rmSync(file);
  execFileSync('mkfifo', [file]);
  expect(await arrives('a FIFO')).toBe('ApiKey Z29vZDprZXk=');
  rmSync(file);
  put(file, 'bmV3OmtleQ==\n');
  expect(await arrives('four')).toBe('ApiKey bmV3OmtleQ==');
  expect(await agent.end()).toBe(0);
  kubelet.remove();
});
