/** The `rules` of the settings and what pods may ask for, from the file to the documents: in replay and in run. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig, type Config } from '../src/config/config.ts';
import { podFacts } from '../src/kube/pods/pod-facts.ts';
import type { PodFacts } from '../src/kube/pods/pod-facts.ts';
import { LogOutputs } from '../src/log-outputs.ts';
import { forbiddenBy, logSettingsOf } from '../src/metadata.ts';
import { replay } from '../src/replay.ts';
import { TextPattern, withPatterns } from '../src/util/text-pattern.ts';
import { newNode, startAgent } from './helpers/agent.ts';
import { containerLog, memoryLog } from './helpers/source.ts';
import { until } from './helpers/until.ts';

const UID = '0b1c2d3e-1111-2222-3333-444455556666';
const WEB = containerLog();
const POD = podFacts(
  { metadata: { uid: UID, name: WEB.pod, namespace: 'shop', labels: { tier: 'front', 'a.b/c': 'x' } } },
  [],
);
const PLAIN = { multiline: true, structured: true, parse: 'auto', sample: 1, minLevel: undefined };

await withPatterns(() => TextPattern.of('a'));

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-rules-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function configOf(rules: string, ...more: string[]): Config {
  const sets = [`rules=${rules}`, ...more];
  return loadConfig({ purpose: 'replay', sets, env: {}, hostname: 'laptop', defaultFile: join(dir, 'none') }).config;
}

describe('the settings for a container log', () => {
  test.each([
    ['no rule', '[]', undefined, PLAIN, false],
    ['one that matches its namespace', '[{match: {namespace: sh*}, sample: 5}]', undefined, { sample: 5 }, false],
    ['one that does not', '[{match: {namespace: dev}, sample: 5, drop: true}]', undefined, {}, false],
    [
      'a later one over an earlier one',
      '[{match: {pod: web-*}, sample: 5, multiline: off}, {match: {container: web}, sample: 1, min_level: warn}]',
      undefined,
      { multiline: false, minLevel: 'warn' },
      false,
    ],
    [
      'one to drop',
      '[{match: {container: web}, drop: true}, {match: {container: web}, sample: 2}]',
      POD,
      { sample: 2 },
      true,
    ],
    ['labels, of a pod that is known', '[{match: {labels: {tier: front, a.b/c: x}}, drop: true}]', POD, {}, true],
    [
      'presets, which add up',
      '[{match: {pod: web-*}, redact: [phone, email]}, {match: {container: web}, redact: card}]',
      undefined,
      { redact: ['email', 'card', 'phone'] },
      false,
    ],
    [
      'presets by labels, while the pod is not known',
      '[{match: {labels: {a: b}}, redact: [jwt]}]',
      undefined,
      { redact: ['jwt'] },
      false,
    ],
    [
      'members to add, which come together',
      '[{match: {pod: web-*}, add: {team: a, env: b}}, {match: {container: web}, add: {team: shop}}]',
      undefined,
      { add: { team: 'shop', env: 'b' } },
      false,
    ],
    ['labels, of one that is not', '[{match: {labels: {tier: front}}, drop: true}]', undefined, {}, false],
  ] as const)('%s', (_, rules, pod, overrides, exclude) => {
    expect(logSettingsOf(configOf(rules))(WEB, pod)).toMatchObject({ overrides: { ...PLAIN, ...overrides }, exclude });
  });

  test('a path that names only the uid: the pod says the rest', () => {
    const settingsOf = logSettingsOf(configOf('[{match: {namespace: shop, pod: web-*}, drop: true}]'));
    const old = { ...WEB, namespace: '', pod: '' };
    expect([settingsOf(old, undefined).exclude, settingsOf(old, POD).exclude]).toEqual([false, true]);
  });

  test('rules go over the settings under records', () => {
    const settingsOf = logSettingsOf(configOf('[{match: {container: web}, multiline: auto}]', 'records.multiline=off'));
    expect(settingsOf(WEB, undefined).overrides.multiline).toBe(true);
    expect(settingsOf({ ...WEB, container: 'other' }, undefined).overrides.multiline).toBe(false);
  });
});

describe('the output of a container log', () => {
  const settingsWith = (decided?: LogOutputs) =>
    logSettingsOf(
      configOf(
        '[{match: {labels: {tier: front}}, output: audit}, {match: {namespace: pay*}, dataset: cash}]',
        'sink=elasticsearch',
        'elasticsearch.nodes=http://a:9200',
        'outputs.audit.sink=elasticsearch',
        'outputs.audit.elasticsearch.nodes=http://b:9200',
        'outputs.audit.elasticsearch.dataset=trail',
      ),
      decided,
    );
  const moved: PodFacts = { ...POD!, labels: { ...POD!.labels, tier: 'back' } };

  test('is that of the rules, with the data stream that its settings name', () => {
    const settingsOf = settingsWith();
    const trail = { dataset: 'trail', namespace: 'default' };
    expect(settingsOf(WEB, POD)).toMatchObject({ output: 'audit', stream: { base: trail, dataset: ['trail'] } });
    expect(settingsOf(WEB, moved)).toMatchObject({ output: 'default', stream: { dataset: ['podferry'] } });
    expect(settingsOf({ ...WEB, namespace: 'payments' }, undefined)).toMatchObject({ stream: { dataset: ['cash'] } });
    expect(settingsOf(WEB, POD).overrides).toEqual(PLAIN);
  });

  test('stays what it was when the log was first read, though the labels of its pod change', () => {
    const decided = new LogOutputs();
    const settingsOf = settingsWith(decided);
    let pod = POD;
    expect(decided.of(WEB)).toBeUndefined();
    const decide = () => decided.decide(WEB, () => settingsOf(WEB, pod).output!);
    expect(decide()).toBe('audit');
    pod = moved;
    expect([decide(), settingsOf(WEB, moved).output, settingsOf(WEB, undefined).output]).toEqual(
      Array(3).fill('audit'),
    );
    expect(settingsOf(WEB, moved).stream).toMatchObject({ dataset: ['trail'] });
    // Another instance of the container is another log.
    expect(settingsOf({ ...WEB, restart: 1 }, moved).output).toBe('default');
  });
});

describe('what the operator does not let pods ask for', () => {
  test.each([
    [[], 'dev', 'sample', undefined],
    [['pod_overrides=none'], 'dev', 'exclude', 'kubernetes.pod_overrides'],
    [['pod_overrides=podferry.io/sample,multiline'], 'dev', 'exclude', 'kubernetes.pod_overrides'],
    [['pod_overrides=podferry.io/sample,multiline'], 'dev', 'sample', undefined],
    [['pod_override_namespaces=dev-*,test'], 'dev-1', 'sample', undefined],
    [['pod_override_namespaces=dev-*,test'], 'test', 'sample', undefined],
    [['pod_override_namespaces=dev-*,test'], 'test-1', 'sample', 'kubernetes.pod_override_namespaces'],
    [['pod_override_namespaces=[]'], 'dev', 'sample', 'kubernetes.pod_override_namespaces'],
    [['pod_overrides=sample', 'pod_override_namespaces=dev'], 'dev', 'min-level', 'kubernetes.pod_overrides'],
  ] as const)('%j: a pod of %s that asks for %s', (sets, namespace, override, expected) => {
    const config = configOf('[]', ...sets.map((set) => `kubernetes.${set}`));
    expect(forbiddenBy(config)(namespace, override, 'true')).toBe(expected);
  });

  test.each([
    [undefined, 'payments', false],
    ['payments, team_*', 'payments', true],
    ['payments, team_*', 'team_a', true],
    ['payments, team_*', 'team_', true],
    ['payments, team_*', 'audit', false],
    ['payments, team_*', 'team_a-b', false],
    ['*', '', false],
    ['*', 'a/b', false],
    ['*', 'x'.repeat(101), false],
  ])('pod_datasets %j: a pod that asks for the dataset %j', (datasets, value, allowed) => {
    const config = configOf('[]', ...(datasets === undefined ? [] : [`elasticsearch.pod_datasets=${datasets}`]));
    expect(forbiddenBy(config)('dev', 'dataset', value)).toBe(allowed ? undefined : 'elasticsearch.pod_datasets');
  });
});

/** A pod of two containers that write the same. */
function writePod(pods: string): void {
  for (const container of ['web', 'noisy']) {
    const at = join(pods, `shop_web-7d9f8b-abcde_${UID}`, container);
    mkdirSync(at, { recursive: true });
    writeFileSync(
      join(at, '0.log'),
      `2026-11-20T01:02:03.4Z stdout F level=debug msg="${container} looks"\n` +
        `2026-11-20T01:02:03.5Z stdout F level=error msg="${container} fails"\n`,
    );
  }
}

describe('podferry replay', () => {
  async function replayed(rules: string, annotations: Record<string, string> = {}, ...sets: string[]) {
    const [out, err]: [string[], string[]] = [[], []];
    const keep = (to: string[]) => ({
      write: (bytes: Buffer | string, done?: () => void) => (to.push(bytes.toString()), done?.()),
    });
    const pods = join(dir, 'pods');
    writePod(pods);
    const podsFile = join(dir, 'pods.json');
    const metadata = { uid: UID, name: 'web-7d9f8b-abcde', namespace: 'shop', labels: { tier: 'front' }, annotations };
    const spec = { containers: [{ name: 'web' }, { name: 'noisy' }] };
    writeFileSync(podsFile, JSON.stringify({ kind: 'Pod', metadata, spec }));
    const status = await replay(configOf(rules, ...sets), {
      paths: [pods],
      podsFile,
      format: undefined,
      stdin: Readable.from([]),
      stdout: keep(out),
      stderr: keep(err),
      colour: false,
      version: '0.0.0',
      signal: new AbortController().signal,
      log: memoryLog(),
    });
    const documents = out.join('').split('\n').slice(0, -1);
    return {
      status,
      messages: documents.flatMap((line) => /msg=\\"(.*?)\\"/.exec(line)?.[1] ?? []).toSorted(),
      summary: err.join(''),
    };
  }

  test('leaves out what a rule drops, and says so', async () => {
    const { status, messages, summary } = await replayed('[{match: {container: noisy}, drop: true}]');
    expect([status, messages]).toEqual([0, ['web fails', 'web looks']]);
    expect(summary).toContain(', 1 container log excluded in ');
  });

  test('knows the labels of the pods, and excludes all that is there', async () => {
    const { status, messages, summary } = await replayed('[{match: {labels: {tier: front}}, drop: true}]');
    expect([status, messages]).toEqual([0, []]);
    expect(summary).toMatch(/^0 records, 0 B, 0 rejected, 0 lost, 2 container logs excluded in /);
  });

  test('holds back what is below the level of a rule, unless the pod asks for it', async () => {
    const rules = '[{match: {pod: web-*}, min_level: error}]';
    const held = await replayed(rules);
    expect(held.messages).toEqual(['noisy fails', 'web fails']);
    expect(held.summary).toContain(', 2 dropped by rule in ');
    expect((await replayed(rules, { 'podferry.io/min-level': 'debug' })).messages).toHaveLength(4);
  });

  test('drops records that match a pattern, and those that match none, by what the record says as a whole', async () => {
    const excluded = await replayed(
      '[{match: {pod: web-*}, exclude: [no such text, {pattern: "^level=debug .*looks.$"}]}]',
    );
    expect(excluded.messages).toEqual(['noisy fails', 'web fails']);
    expect(excluded.summary).toContain(', 2 dropped by rule in ');
    const included = await replayed('[{match: {pod: web-*}, include: [{pattern: "(?i)WEB (fails|falls)"}]}]');
    expect(included.messages).toEqual(['web fails']);
  });

  test('joins what does not begin a record by the pattern of a rule', async () => {
    const { messages, summary } = await replayed(`[{match: {pod: web-*}, multiline: {first_line: 'level=debug'}}]`);
    expect(messages).toEqual(['noisy looks', 'web looks']);
    expect(summary).toMatch(/^2 records, /);
  });

  test("honours a pod's exclusion of a container", async () => {
    const { messages } = await replayed('[]', { 'podferry.io/exclude-containers': 'noisy' });
    expect(messages).toEqual(['web fails', 'web looks']);
  });

  test('joins, redacts and limits as a pod asks for it', async () => {
    const held = await replayed('[]', { 'podferry.io/rate': 'records=1, burst=1s' });
    expect(held.messages).toEqual(['noisy looks', 'web looks']);
    const pattern = `[{match: {pod: web-*}, multiline: {first_line: 'level=debug'}}]`;
    expect((await replayed(pattern, { 'podferry.io/multiline': 'go' })).messages).toHaveLength(4);
    const redacted = await replayed('[{match: {pod: web-*}, redact: {pattern: web}}]', {
      'podferry.io/redact': 'email',
    });
    expect(redacted.messages).toContain('[redacted:pattern] fails');
  });

  test.each(['pod_overrides=none', 'pod_overrides=sample', 'pod_override_namespaces=dev-*'])(
    'reads what a pod excludes where the operator does not let it: %s',
    async (set) => {
      const asked = { 'podferry.io/exclude': 'true', 'podferry.io/min-level': 'fatal' };
      expect((await replayed('[]', asked, `kubernetes.${set}`)).messages).toHaveLength(4);
      expect((await replayed('[]', asked)).messages).toEqual([]);
    },
  );
});

test('no secret that a rule redacts is in what podferry run prints, says or keeps', async () => {
  const node = newNode();
  const at = join(node.podsDir, `shop_web-7d9f8b-abcde_${UID}`, 'web');
  mkdirSync(at, { recursive: true });
  const lines = [
    'bob@example.com pays',
    '{"msg":"pays","card":4111111111111111,"who":"bob\\u0040example.com"}',
    'login token=s3cr3tw0rd ok',
    '{"a":"tok\\u0065n=s3cr3tw0rd"}',
    'done',
  ];
  writeFileSync(join(at, '0.log'), lines.map((line) => `2026-11-20T01:02:03.4Z stdout F ${line}\n`).join(''));
  const agent = await startAgent(node, {
    sink: 'stdout',
    rules: '[{match: {pod: web-*}, redact: [email, card, {pattern: "token=([a-z0-9]+)", name: token}]}]',
  });
  try {
    await until(() => agent.stdout().includes('done'), 'all is shipped');
    const documents = agent.stdout();
    expect(documents).toContain('"message":"[redacted:email] pays"');
    expect(documents).toContain('"json":{"card":"[redacted:card]","who":"[redacted:email]"}');
    expect(documents).toContain('"message":"login token=[redacted:token] ok"');
    expect(documents).toContain('"json":{"a":"tok\\u0065n=[redacted:token]"}');
    const status = JSON.stringify(await agent.status());
    expect(await agent.end()).toBe(0);
    const kept = readdirSync(node.stateDir).map((name) => readFileSync(join(node.stateDir, name), 'latin1'));
    for (const text of [documents, status, agent.stderr(), ...kept]) expect(text).not.toMatch(/bob|4111|s3cr3t/);
  } finally {
    await agent.end();
    node.remove();
  }
});

test('podferry run never opens what a rule drops', async () => {
  const node = newNode();
  writePod(node.podsDir);
  const agent = await startAgent(node, { sink: 'stdout', rules: '[{match: {container: noisy}, drop: true}]' });
  try {
    await until(() => agent.stdout().includes('web fails'), 'the other container is shipped');
    expect(agent.stdout()).not.toContain('noisy');
    const { sources } = (await agent.status()) as { sources: { container: string; state: string }[] };
    expect(sources).toContainEqual(expect.objectContaining({ container: 'noisy', state: 'excluded' }));
  } finally {
    expect(await agent.end()).toBe(0);
    node.remove();
  }
});
