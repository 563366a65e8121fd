import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, type ConfigInput, type Loaded } from '../../src/config/config.ts';
import { configMarkdown } from '../../src/config/reference.ts';
import { envName, helpText, KEYS, shownDefault, TABLE } from '../../src/config/table.ts';
import { authority } from '../helpers/certificate.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-config-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Settings of `run` that stand on their own here. */
const BASE = ['elasticsearch.nodes=http://127.0.0.1:9200', 'kubernetes.enabled=false'];

interface Given {
  purpose?: ConfigInput['purpose'];
  yaml?: string;
  sets?: string[];
  env?: Record<string, string>;
  base?: string[];
}

let files = 0;
function load({ purpose = 'run', yaml, sets = [], env = {}, base = BASE }: Given = {}): Loaded {
  const file = yaml === undefined ? undefined : join(dir, `${++files}.yaml`);
  if (file !== undefined) writeFileSync(file, yaml!);
  return loadConfig({
    purpose,
    file,
    sets: [`state.dir=${dir}/state`, `logs.pods_dir=${dir}`, ...base, ...sets],
    env,
    hostname: 'laptop',
    defaultFile: join(dir, 'none.yaml'),
  });
}

/** The mistakes, with the directory of the test taken out. */
function mistakes(given: Given): string[] {
  try {
    load(given);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.mistakes.map((mistake) => mistake.replaceAll(`${dir}/${files}.yaml`, 'FILE').replaceAll(dir, 'DIR'));
  }
  return [];
}

describe('where a value comes from', () => {
  it('takes flag over environment over file over default', () => {
    const yaml = 'batch:\n  max_age: 2s\n  max_bytes: 2MiB\n  in_flight: 3\n';
    const env = { PODFERRY_BATCH_MAX_AGE: '3s', PODFERRY_BATCH_MAX_BYTES: '3MiB' };
    const { config, layers } = load({ yaml, env, sets: ['batch.max_age=4s'] });
    expect(config.batch).toEqual({ max_age: 4000, max_bytes: 3 * 1024 * 1024, in_flight: 3 });
    expect(config.http.listen).toEqual({ host: '0.0.0.0', port: 9464 });
    expect(
      ['batch.max_age', 'batch.max_bytes', 'batch.in_flight', 'http.listen'].map((k) => layers.get(k as never)),
    ).toEqual(['flag', 'env', 'file', 'default']);
  });

  it('takes the last of several flags', () => {
    expect(load({ sets: ['log.level=warn', 'log.level=error'] }).config.log.level).toBe('error');
  });

  it('reads dotted keys in the file too, and keeps scalars as they are written', () => {
    const { config } = load({ yaml: 'batch.max_age: 2s\nnode_name: 007\ncluster_name: off\n' });
    expect(config.batch.max_age).toBe(2000);
    expect(config.node_name).toBe('007');
    expect(config.cluster_name).toBe('off');
  });

  it('counts a key with nothing behind it as not given', () => {
    expect(load({ yaml: 'batch:\n  max_age:\nlogs:\nlog:\n  level: ~\n' }).config.batch.max_age).toBe(1000);
  });

  it('takes an empty file, and one of comments only', () => {
    expect(load({ yaml: '' }).config.sink).toBe('elasticsearch');
    expect(load({ yaml: '# nothing\n---\n' }).config.sink).toBe('elasticsearch');
  });

  it('fills in ${VAR} in the file, anywhere, and only there', () => {
    const yaml =
      'elasticsearch:\n  nodes: ["https://${HOST}:9200", "${OTHER}"]\ncluster_name: a$$b${EMPTY}$c$${HOST}\n';
    const { config } = load({
      base: ['kubernetes.enabled=false', 'node_name=${HOST}'],
      yaml,
      env: { HOST: 'es', OTHER: 'http://x:1', EMPTY: '' },
    });
    expect(config.elasticsearch.nodes).toEqual(['https://es:9200', 'http://x:1']);
    expect(config.cluster_name).toBe('a$b$c${HOST}');
    expect(config.node_name).toBe('${HOST}');
  });

  it('cannot be made to read other settings by the value of a variable', () => {
    expect(load({ yaml: 'cluster_name: ${X}\n', env: { X: 'a\nsink: stdout' } }).config.sink).toBe('elasticsearch');
  });

  it('names the node: node_name, else NODE_NAME, else the host', () => {
    expect(load().config.node_name).toBe('laptop');
    expect(load({ env: { NODE_NAME: 'n1' } }).config.node_name).toBe('n1');
    expect(load({ env: { NODE_NAME: 'n1', PODFERRY_NODE_NAME: 'n2' } }).config.node_name).toBe('n2');
    expect(load({ env: { NODE_NAME: 'n1' }, yaml: 'node_name: n3' }).config.node_name).toBe('n3');
  });

  it('ships a replay to stdout unless a sink is set somewhere', () => {
    expect(load({ purpose: 'replay', base: [] }).config.sink).toBe('stdout');
    expect(load({ purpose: 'replay', yaml: 'sink: elasticsearch' }).config.sink).toBe('elasticsearch');
  });

  it('verifies against Elasticsearch, and refuses a sink that does not say what it holds', () => {
    expect(load({ purpose: 'verify' }).config.sink).toBe('elasticsearch');
    expect(mistakes({ purpose: 'verify', yaml: 'sink: stdout' })).toEqual([
      'FILE:1: sink is stdout, which does not say what it holds; give its documents to verify with --against FILE, or ask ' +
        'Elasticsearch with --set sink=elasticsearch.',
    ]);
  });

  it('does not take the machine of a replay for the node that wrote the logs, nor ask for our directory there', () => {
    const replay = { purpose: 'replay', sets: [], env: { NODE_NAME: 'n1' }, hostname: 'laptop' } as const;
    const { config } = loadConfig({ ...replay, defaultFile: join(dir, 'none.yaml') });
    expect([config.node_name, config.state.dir]).toEqual(['', process.cwd()]);
    expect(load({ purpose: 'replay', sets: ['node_name=n2'] }).config.node_name).toBe('n2');
    expect(load({ purpose: 'replay' }).config.state.dir).toBe(`${dir}/state`);
  });
});

describe('what a value may be', () => {
  const MiB = 1024 * 1024;
  it.each([
    ['batch.max_bytes=1048576', MiB],
    ['batch.max_bytes=512KiB', MiB / 2],
    ['batch.max_bytes=512Ki', MiB / 2],
    ['batch.max_bytes=4 MiB', 4 * MiB],
    ['batch.max_bytes=1.5MiB', 1.5 * MiB],
    ['batch.max_bytes=4MB', 4_000_000],
    ['batch.max_age=500ms', 500],
    ['batch.max_age=1h', 3_600_000],
    ['batch.max_age=1m30s', 90_000],
    ['batch.max_age=0.5s', 500],
    ['kubernetes.wait=0', 0],
    ['kubernetes.namespace_labels=TRUE', true],
    ['batch.in_flight=7', 7],
    ['http.listen=', null],
    ['http.listen=off', null],
    ['http.listen=:9000', { host: '0.0.0.0', port: 9000 }],
    ['http.listen=[::]:0', { host: '::', port: 0 }],
    ['http.listen=localhost:80', { host: 'localhost', port: 80 }],
    ['http.probes=:9465', { host: '0.0.0.0', port: 9465 }],
    ['http.status=Anywhere', 'anywhere'],
    ['kubernetes.annotations=a.io/x, b.io/y,', ['a.io/x', 'b.io/y']],
    ['kubernetes.annotations=', []],
    ['kubernetes.annotations=["a.io/x", b]', ['a.io/x', 'b']],
    ['logs.allowed_roots=/a/../b', ['/b']],
    ['logs.backlog=Current', 'current'],
    ['elasticsearch.nodes=http://a:1/,https://b/es/', ['http://a:1', 'https://b/es']],
  ])('%s', (set, value) => {
    const [section, member] = set.split('=')[0]!.split('.') as ['batch', 'max_age'];
    expect(load({ sets: [set] }).config[section][member]).toEqual(value);
  });

  it.each([
    ['batch.max_bytes=4MX', '--set: batch.max_bytes takes a size such as 4MiB, 512KiB or 1048576, not "4MX".'],
    ['batch.max_bytes=4M', '--set: batch.max_bytes takes a size such as 4MiB, 512KiB or 1048576, not "4M".'],
    ['batch.max_bytes=-1', '--set: batch.max_bytes takes a size such as 4MiB, 512KiB or 1048576, not "-1".'],
    ['batch.max_bytes=1KiB', '--set: batch.max_bytes must lie between 64 KiB and 90 MiB, not "1KiB".'],
    ['batch.max_bytes=100MiB', '--set: batch.max_bytes must lie between 64 KiB and 90 MiB, not "100MiB".'],
    ['records.max_bytes=17MiB', '--set: records.max_bytes must lie between 1 KiB and 16 MiB, not "17MiB".'],
    ['batch.max_age=5', '--set: batch.max_age takes a duration such as 500ms, 5s or 1h, not "5".'],
    ['batch.max_age=', '--set: batch.max_age takes a duration such as 500ms, 5s or 1h, not "".'],
    ['batch.in_flight=0', '--set: batch.in_flight takes a whole number from 1 to 32, not "0".'],
    ['batch.in_flight=1.5', '--set: batch.in_flight takes a whole number from 1 to 32, not "1.5".'],
    ['logs.backlog=some', '--set: logs.backlog takes all, current or none, not "some".'],
    ['kubernetes.namespace_labels=yes', '--set: kubernetes.namespace_labels takes true or false, not "yes".'],
    ['http.listen=9464', '--set: http.listen takes an address such as 0.0.0.0:9464 or [::]:9464, or off, not "9464".'],
    [
      'http.listen=a:70000',
      '--set: http.listen takes an address such as 0.0.0.0:9464 or [::]:9464, or off, not "a:70000".',
    ],
    ['logs.pods_dir=', '--set: logs.pods_dir takes a path such as /var/log/pods, not "".'],
    [
      'elasticsearch.nodes=localhost:9200',
      '--set: elasticsearch.nodes takes addresses such as https://elasticsearch.example.com:9200, not "localhost:9200".',
    ],
    [
      'elasticsearch.nodes=https://u:geheim@',
      '--set: elasticsearch.nodes takes addresses such as https://elasticsearch.example.com:9200, not "https://…@".',
    ],
    ['kubernetes.annotations=[a', '--set: kubernetes.annotations is not valid YAML: flow sequence must end with a ].'],
    ['batch.max_bites=1', '--set: batch.max_bites is not a setting; did you mean batch.max_bytes?'],
    ['nonsense=1', '--set: nonsense is not a setting; podferry help config lists them.'],
    ['log.level', '--set: log.level has no value; write --set log.level=value.'],
  ])('refuses %s', (set, mistake) => {
    expect(mistakes({ sets: [set] })).toEqual([mistake]);
  });

  it('refuses one port for two addresses', () => {
    expect(mistakes({ sets: ['http.listen=127.0.0.1:9465', 'http.probes=:9465'] })).toEqual([
      '--set: http.probes has the port of http.listen, 9465; it needs its own, e.g. 0.0.0.0:9465, or off.',
    ]);
    for (const sets of [
      ['http.listen=:0', 'http.probes=:0'],
      ['http.listen=off', 'http.probes=:9464'],
      ['http.probes=off'],
    ]) {
      expect(load({ sets }).config.http).toBeDefined();
    }
  });

  it.each(['a-b', 'Shop', 'a b', 'a/b', 'a*', 'a"b', 'a,b', 'a#b', 'a:b', '', 'é'.repeat(51)])(
    'refuses %j as a part of a data stream name',
    (name) => {
      expect(mistakes({ sets: [`elasticsearch.dataset=${name}`] })[0]).toMatch(
        /^--set: elasticsearch.dataset takes a data stream/,
      );
    },
  );

  it.each([
    [['elasticsearch.dataset=shop.web', 'elasticsearch.namespace=prod_1'], 'shop.web-prod_1', ['logs-shop.web-prod_1']],
    [['elasticsearch.namespace={kubernetes.namespace}'], 'podferry-other', ['logs-podferry-*']],
    [['elasticsearch.dataset=k8s.{label:team|shared}'], 'k8s.shared-default', ['logs-k8s.*-default']],
    [
      ['elasticsearch.pod_datasets=payments,team_*'],
      'podferry-default',
      ['logs-podferry-default', 'logs-payments-default', 'logs-team_*-default'],
    ],
    [
      ['rules=[{match: {namespace: pay-*}, dataset: payments}, {match: {namespace: eu-*}, namespace: eu}]'],
      'podferry-default',
      ['logs-podferry-default', 'logs-podferry-eu', 'logs-payments-default', 'logs-payments-eu'],
    ],
    [
      ['elasticsearch.dataset={kubernetes.namespace}', 'rules=[{match: {pod: a}, dataset: payments}]'],
      'other-default',
      ['logs-*-default'],
    ],
  ])('%j: documents that nothing sends elsewhere go to %s', (sets, stream, all) => {
    const { data_stream, data_streams } = load({ sets }).config;
    expect(`${data_stream.dataset}-${data_stream.namespace}`).toBe(stream);
    expect(data_streams).toEqual(all);
  });

  it('covers very many data streams with one pattern', () => {
    const rules = Array.from({ length: 200 }, (_, i) => `{match: {pod: a}, dataset: application_${i}}`);
    expect(load({ sets: [`rules=[${rules.join(', ')}]`] }).config.data_streams).toEqual(['logs-*-*']);
  });

  it.each(['a-b', 'Team', '{label:team}', ','])('refuses %j as a dataset that pods may choose', (name) => {
    const [mistake] = mistakes({ yaml: `elasticsearch: {pod_datasets: [${JSON.stringify(name)}]}` });
    expect(mistake).toMatch(/: elasticsearch.pod_datasets takes a list of datasets such as payments, team_\*/);
  });
});

describe('mistakes', () => {
  it('are reported all at once, each with its place and the nearest key', () => {
    const yaml = [
      'sink: elasticsearch',
      'batch:',
      '  max_bites: 4MiB',
      '  max_age: soon',
      'elasticsearch:',
      '  node: http://a',
      '  id: [a]',
      'log: {level: {a: b}}',
    ].join('\n');
    const env = { PODFERRY_LOG_LEVLE: 'info', PODFERRY_BATCH_IN_FLIGHT: 'many', UNRELATED: 'x' };
    expect(mistakes({ yaml, env, sets: ['logs.sweep=never'] })).toEqual([
      'FILE:3: batch.max_bites is not a setting; did you mean batch.max_bytes?',
      'FILE:6: elasticsearch.node is not a setting; did you mean elasticsearch.nodes?',
      'PODFERRY_LOG_LEVLE is not a setting; did you mean PODFERRY_LOG_LEVEL?',
      '--set: logs.sweep takes a duration such as 500ms, 5s or 1h, not "never".',
      'FILE:7: elasticsearch.id takes deterministic or auto, not a list.',
      'FILE:4: batch.max_age takes a duration such as 500ms, 5s or 1h, not "soon".',
      'PODFERRY_BATCH_IN_FLIGHT: batch.in_flight takes a whole number from 1 to 32, not "many".',
      'FILE:8: log.level takes debug, info, warn or error, not a map.',
    ]);
  });

  it.each([
    ['a list', '- a\n', 'FILE:1: the file must hold settings such as "sink: stdout", not a list or a text.'],
    ['a text', 'hello', 'FILE:1: the file must hold settings such as "sink: stdout", not a list or a text.'],
    ['a tab', 'log:\n\tlevel: info', 'FILE:2: not valid YAML: tabs are not allowed as indentation.'],
    ['an open quote', 'node_name: "a', 'FILE:1: not valid YAML: missing closing "quote.'],
    [
      'two documents',
      'sink: stdout\n---\nsink: stdout\n',
      'FILE:2: not valid YAML: source contains multiple documents.',
    ],
    ['a key twice', 'sink: stdout\nsink: stdout\n', 'FILE:2: not valid YAML: map keys must be unique.'],
    ['a key in two ways', 'batch: {max_age: 1s}\nbatch.max_age: 2s\n', 'FILE:2: batch.max_age is given twice.'],
    ['an anchor nowhere', 'node_name: *x\n', 'FILE:1: node_name refers to an anchor that is not defined before it.'],
    ['an unset variable', 'node_name: ${NOPE}', 'FILE:1: node_name uses ${NOPE}, which is not set in the environment.'],
    [
      'an odd variable',
      'node_name: ${a-b}',
      'FILE:1: node_name has ${a-b}, which is no variable such as ${ES_URL}; write $$ for a plain $.',
    ],
    [
      'an open variable',
      'node_name: ${a',
      'FILE:1: node_name has ${a, which is no variable such as ${ES_URL}; write $$ for a plain $.',
    ],
    ['a section as text', 'batch: 4MiB\n', 'FILE:1: batch is not a setting; podferry help config lists them.'],
  ])('of YAML: %s', (_, yaml, mistake) => {
    expect(mistakes({ yaml })).toEqual([mistake]);
  });

  it('does not follow an anchor into itself without end', () => {
    expect(mistakes({ yaml: 'kubernetes: {annotations: &a [*a]}' })[0]).toContain('kubernetes.annotations');
  });

  it('does not multiply anchors into gigabytes', () => {
    const layers = Array.from(
      { length: 12 },
      (_, i) =>
        `x${i}: &x${i} [${Array(10)
          .fill(i === 0 ? 'a' : `*x${i - 1}`)
          .join(', ')}]`,
    );
    expect(mistakes({ yaml: `${layers.join('\n')}\n` }).join()).toContain('more than 5000 values');
  });

  it('of a file: named by -c and missing, a directory', () => {
    const input = { purpose: 'run', sets: [], env: {}, hostname: 'h' } as const;
    expect(() => loadConfig({ ...input, file: '/no/such.yaml' })).toThrow(
      '-c: cannot read the file /no/such.yaml (ENOENT).',
    );
    expect(() => loadConfig({ ...input, file: dir })).toThrow(`-c: cannot read the file ${dir} (EISDIR).`);
    expect(() => loadConfig({ ...input, defaultFile: dir })).toThrow(`cannot read the file ${dir} (EISDIR).`);
  });

  it('of a file that cannot be read are not followed by all that is missing then', () => {
    expect(mistakes({ base: [], yaml: 'elasticsearch: {nodes: [' })).toEqual([
      'FILE:1: not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ].',
    ]);
  });

  it('do not show a secret', () => {
    const all = mistakes({
      base: ['kubernetes.enabled=false'],
      yaml: 'elasticsearch:\n  api_key: [geheim]\n  password: {geheim: geheim}\n  nodes: ["ftp://u:geheim@h"]\n',
    });
    expect(all).toHaveLength(3);
    expect(all.join()).not.toContain('geheim');
  });
});

describe('the environment', () => {
  it('may hold what Kubernetes puts there for a Service called podferry', () => {
    const env = {
      PODFERRY_SERVICE_HOST: '10.0.0.1',
      PODFERRY_SERVICE_PORT: '9464',
      PODFERRY_SERVICE_PORT_METRICS: '9464',
      PODFERRY_PORT: 'tcp://10.0.0.1:9464',
      PODFERRY_PORT_9464_TCP_ADDR: '10.0.0.1',
      PODFERRY_METRICS_SERVICE_HOST: '10.0.0.1',
    };
    expect(load({ env }).warnings).toEqual([]);
  });

  it('may hold names of others: a warning, unless they are near to a setting or in one of its sections', () => {
    expect(load({ env: { PODFERRY_BIN: '/usr/bin/podferry' } }).warnings).toEqual([
      'PODFERRY_BIN is set in the environment but is not a setting of podferry.',
    ]);
    expect(mistakes({ env: { PODFERRY_ELASTICSEARCH_URL: 'http://a' } })).toEqual([
      expect.stringContaining('PODFERRY_ELASTICSEARCH_URL is not a setting; elasticsearch has nodes, api_key, '),
    ]);
    expect(mistakes({ env: { PODFERRY_SINKS: 'stdout' } })).toEqual([
      'PODFERRY_SINKS is not a setting; did you mean PODFERRY_SINK?',
    ]);
  });

  it('takes lists with commas and rules as YAML', () => {
    const env = {
      PODFERRY_ELASTICSEARCH_NODES: 'http://127.0.0.1:1,http://127.0.0.1:2',
      PODFERRY_RULES: '[{"match": {"namespace": "dev-*"}, "drop": true}]',
    };
    const { config } = load({ base: ['kubernetes.enabled=false'], env });
    expect(config.elasticsearch.nodes).toEqual(['http://127.0.0.1:1', 'http://127.0.0.1:2']);
    expect(config.rules).toEqual([{ match: { namespace: 'dev-*', labels: new Map() }, drop: true }]);
  });
});

describe('Elasticsearch', () => {
  it('needs nodes, unless the sink is stdout', () => {
    const base = ['kubernetes.enabled=false'];
    expect(mistakes({ base })).toEqual([
      'elasticsearch.nodes is required when sink is elasticsearch, e.g. https://elasticsearch.example.com:9200.',
    ]);
    expect(mistakes({ base, yaml: 'elasticsearch: {nodes: []}' })).toEqual([
      'FILE:1: elasticsearch.nodes is required when sink is elasticsearch, e.g. https://elasticsearch.example.com:9200.',
    ]);
    expect(mistakes({ base: [...base, 'sink=stdout'] })).toEqual([]);
  });

  it('takes a Cloud ID in place of addresses', () => {
    const id = `logs:${Buffer.from('found.io$abc$def').toString('base64')}`;
    const base = ['kubernetes.enabled=false', `elasticsearch.cloud_id=${id}`];
    expect(load({ base }).config.elasticsearch.nodes).toEqual(['https://abc.found.io']);
    expect(mistakes({ base: [...base, 'elasticsearch.nodes=https://a'] })).toEqual([
      '--set: elasticsearch.cloud_id and elasticsearch.nodes are both set; keep one.',
    ]);
    expect(mistakes({ base: ['kubernetes.enabled=false', 'elasticsearch.cloud_id=logs'] })[0]).toMatch(
      /^--set: elasticsearch\.cloud_id takes what Elastic Cloud shows as Cloud ID, such as /,
    );
  });

  it('wants a client certificate and its key, both of them and sound', () => {
    const { cert, key } = authority('ca');
    const file = (name: string, text: string): string => {
      writeFileSync(join(dir, name), text);
      return join(dir, name);
    };
    const [certFile, keyFile] = [file('tls.crt', cert), file('tls.key', key)];
    const sets = (a: string, b: string): string[] => [`elasticsearch.cert_file=${a}`, `elasticsearch.key_file=${b}`];
    const { elasticsearch_tls } = load({ sets: sets(certFile, keyFile) }).config;
    expect([elasticsearch_tls.cert!(), elasticsearch_tls.key!()].map(String)).toEqual([cert, key]);
    const said = (...given: string[]): string[] => mistakes({ sets: given }).map((each) => each.replaceAll(dir, 'DIR'));
    expect(said(sets(certFile, keyFile)[0]!)).toEqual([
      '--set: elasticsearch.cert_file is set without elasticsearch.key_file.',
    ]);
    expect(said(...sets(keyFile, certFile))).toEqual([
      '--set: elasticsearch.cert_file DIR/tls.key holds no certificate in PEM form (-----BEGIN CERTIFICATE-----).',
      '--set: elasticsearch.key_file DIR/tls.crt holds no private key in PEM form (-----BEGIN PRIVATE KEY-----).',
    ]);
    expect(said(...sets(certFile, file('locked.key', '-----BEGIN ENCRYPTED PRIVATE KEY-----\n')))).toEqual([
      '--set: elasticsearch.key_file DIR/locked.key is encrypted; podferry takes a key without a passphrase.',
    ]);
  });

  it('takes user and password out of the addresses', () => {
    const { config } = load({ sets: ['elasticsearch.nodes=https://elastic:p%40ss%@a:1/es/,https://b'] });
    expect(config.elasticsearch.nodes).toEqual(['https://a:1/es', 'https://b']);
    expect([config.elasticsearch.username, config.elasticsearch.password()]).toEqual(['elastic', 'p%40ss%']);
  });

  it.each([
    [
      ['elasticsearch.api_key=k', 'elasticsearch.username=u', 'elasticsearch.password=p'],
      'elasticsearch.api_key and elasticsearch.username are both set; keep one',
    ],
    [['elasticsearch.username=u'], 'elasticsearch.username is set without elasticsearch.password or password_file'],
    [['elasticsearch.password=p'], 'elasticsearch.password is set without elasticsearch.username'],
    [
      ['elasticsearch.nodes=http://a:b@h', 'elasticsearch.username=u', 'elasticsearch.password=p'],
      'elasticsearch.nodes holds a user, and elasticsearch.username is set too; keep one',
    ],
    [
      ['elasticsearch.nodes=http://a:b@h,http://c:d@h'],
      'elasticsearch.nodes holds different users; set elasticsearch.username and password',
    ],
    [['elasticsearch.api_key_file=/no/key'], 'elasticsearch.api_key_file /no/key cannot be read (ENOENT)'],
    [['elasticsearch.ca_file=/no/ca'], 'elasticsearch.ca_file /no/ca cannot be read (ENOENT)'],
  ])('%j is a mistake', (sets, mistake) => {
    expect(mistakes({ sets })).toEqual([`--set: ${mistake}.`]);
  });

  it('reads a key from its file, again when it changes, as a mounted Secret does by swapping a link', () => {
    const mount = mkdtempSync(join(dir, 'secret-'));
    for (const version of ['1', '2']) {
      mkdirSync(join(mount, version));
      writeFileSync(join(mount, version, 'key'), `key-${version}\n`);
    }
    symlinkSync('1', join(mount, '..data'));
    symlinkSync('..data/key', join(mount, 'key'));
    const { config } = load({ sets: [`elasticsearch.api_key_file=${mount}/key`] });
    expect(config.elasticsearch.api_key()).toBe('key-1');
    symlinkSync('2', join(mount, '..new'));
    renameSync(join(mount, '..new'), join(mount, '..data'));
    expect(config.elasticsearch.api_key()).toBe('key-2');
    rmSync(join(mount, '2'), { recursive: true });
    expect(config.elasticsearch.api_key()).toBe('key-2');
  });

  it('wants one source for a key', () => {
    const file = join(dir, 'key');
    writeFileSync(file, 'k');
    expect(mistakes({ sets: [`elasticsearch.api_key_file=${file}`, 'elasticsearch.api_key=k'] })).toEqual([
      '--set: elasticsearch.api_key and elasticsearch.api_key_file are both set; keep one.',
    ]);
  });

  it('wants a certificate in a CA file', () => {
    const file = join(dir, 'ca.crt');
    writeFileSync(file, 'no certificate');
    expect(mistakes({ sets: [`elasticsearch.ca_file=${file}`] })).toEqual([
      '--set: elasticsearch.ca_file DIR/ca.crt holds no certificate in PEM form (-----BEGIN CERTIFICATE-----).',
    ]);
    writeFileSync(file, rootCertificates.slice(0, 2).join('\n'));
    expect(load({ sets: [`elasticsearch.ca_file=${file}`] }).config.elasticsearch_tls.ca!()).toEqual(
      readFileSync(file),
    );
  });

  it('warns of credentials over http, except to this machine', () => {
    const key = 'elasticsearch.api_key=geheim';
    expect(load({ sets: [key, 'elasticsearch.nodes=http://es:9200'] }).warnings).toEqual([
      'elasticsearch.nodes has http://es:9200: over http the credentials can be read on the way.',
    ]);
    expect(load({ sets: [key] }).warnings).toEqual([]);
  });
});

describe('Kubernetes', () => {
  const base = ['elasticsearch.nodes=http://127.0.0.1:9200'];
  const inCluster = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT_HTTPS: '6443', NODE_NAME: 'n1' };

  it('is used if there is a token, an address or a kubeconfig; or as the setting says; never by replay', () => {
    const token = join(dir, 'token');
    writeFileSync(token, 't');
    const none = 'kubernetes.token_file=/no/token';
    const uses = (sets: string[], purpose: ConfigInput['purpose'] = 'check') =>
      load({ purpose, base, env: inCluster, sets }).config.uses_kubernetes;
    expect(uses([none])).toBe(false);
    expect(uses([`kubernetes.token_file=${token}`])).toBe(true);
    expect(uses([`kubernetes.token_file=${token}`], 'replay')).toBe(false);
    expect(uses([`kubernetes.token_file=${token}`, 'kubernetes.enabled=false'])).toBe(false);
    expect(uses([`kubernetes.token_file=${token}`, 'kubernetes.enabled=true'])).toBe(true);
    expect(uses([`kubernetes.token_file=${token}`, 'kubernetes.url=https://a'])).toBe(true);
    expect(uses([`kubernetes.kubeconfig=${token}`])).toBe(true);
  });

  it('is reached at the address every pod is told', () => {
    expect(load({ base, sets: ['kubernetes.enabled=true'], env: inCluster }).config.kubernetes.url).toBe(
      'https://[fd00::1]:6443',
    );
    expect(
      load({ base, sets: ['kubernetes.enabled=true', 'kubernetes.url=https://a'], env: inCluster }).config.kubernetes
        .url,
    ).toBe('https://a');
  });

  it('needs the true name of the node, and an address', () => {
    expect(mistakes({ base, sets: ['kubernetes.enabled=true'] })).toEqual([
      'node_name is not set, and the Kubernetes API is asked for pods by the name of their node; set NODE_NAME from spec.nodeName in the manifest, or node_name.',
      '--set: kubernetes.url is required outside of a cluster, e.g. https://10.0.0.1:6443 (or a kubernetes.kubeconfig).',
    ]);
  });

  it('needs the files that are named', () => {
    const sets = ['kubernetes.url=https://a', 'kubernetes.token_file=/no/token', 'kubernetes.ca_file=/no/ca'];
    expect(mistakes({ base, sets, env: { NODE_NAME: 'n' } })).toEqual([
      '--set: kubernetes.ca_file /no/ca cannot be read (ENOENT).',
      '--set: kubernetes.token_file /no/token cannot be read (ENOENT).',
    ]);
  });
});

describe('directories', () => {
  it('makes the state directory, wants to write to it, and leaves nothing else behind', () => {
    writeFileSync(join(dir, 'file'), '');
    expect(mistakes({ sets: [`state.dir=${dir}/file/state`] })).toEqual([
      '--set: state.dir DIR/file/state cannot be made or written to (ENOTDIR in DIR/file); positions could not be kept, e.g. /var/lib/podferry.',
    ]);
    expect(mistakes({ sets: ['state.dir=/proc/podferry'] })[0]).toMatch(
      /^--set: state.dir \/proc\/podferry cannot be made or written to/,
    );
    expect(mistakes({ sets: [`state.dir=${dir}/deep/er/still`] })).toEqual([]);
    expect(readdirSync(join(dir, 'deep/er/still'))).toEqual([]);
    expect(mistakes({ purpose: 'check', sets: [`state.dir=${dir}/not/made`] })).toEqual([]);
    expect(existsSync(join(dir, 'not'))).toBe(false);
  });

  it('does not ask replay for a state directory', () => {
    expect(mistakes({ purpose: 'replay', sets: ['state.dir=/proc/podferry'] })).toEqual([]);
  });

  it('warns of a pods_dir that is not there: the kubelet may make it later', () => {
    expect(load({ sets: ['logs.pods_dir=/no/pods'] }).warnings).toEqual([
      'logs.pods_dir /no/pods is not there (yet): there is nothing to read until it is.',
    ]);
    symlinkSync('/no/pods', join(dir, 'later'));
    expect(mistakes({ sets: [`logs.pods_dir=${dir}/later`] })).toEqual([]);
  });

  it('refuses a pods_dir that is a file, or below one: it will never be a directory', () => {
    writeFileSync(join(dir, 'pods-file'), '');
    for (const path of ['pods-file', 'pods-file/pods']) {
      expect(mistakes({ sets: [`logs.pods_dir=${dir}/${path}`] })).toEqual([
        `--set: logs.pods_dir DIR/${path} is not a directory, e.g. /var/log/pods.`,
      ]);
    }
    expect(mistakes({ purpose: 'replay', sets: [`logs.pods_dir=${dir}/pods-file`] })).toEqual([]);
  });

  it('warns of a pods_dir that cannot be looked at', () => {
    const [one, other] = [join(dir, 'one'), join(dir, 'other')];
    symlinkSync(one, other);
    symlinkSync(other, one);
    expect(load({ sets: [`logs.pods_dir=${one}`] }).warnings).toEqual([
      `logs.pods_dir ${one} cannot be looked at (ELOOP): there is nothing to read until it can.`,
    ]);
  });
});

describe('every setting', () => {
  it('has a default that its own check takes', () => {
    for (const key of KEYS) {
      const complaints: string[] = [];
      TABLE[key].read({ at: '', value: TABLE[key].fallback }, key, (_, text) => void complaints.push(text));
      expect(complaints).toEqual([]);
    }
  });

  it('has a help that ends with its default', () => {
    for (const key of KEYS) expect(helpText(key)).toMatch(/[.)] Default: .+\.$/);
    expect(helpText('batch.max_bytes').endsWith(`Default: ${shownDefault('batch.max_bytes')}.`)).toBe(true);
  });

  it('has an environment name of its own, unlike any that Kubernetes makes for a Service', () => {
    const names = KEYS.map(envName);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).not.toMatch(/_(SERVICE_HOST|SERVICE_PORT|PORT)/);
    expect(envName('elasticsearch.api_key_file')).toBe('PODFERRY_ELASTICSEARCH_API_KEY_FILE');
  });
});

describe('docs/configuration.md', () => {
  it('is what the table says: run node scripts/docs-config.mjs', () => {
    expect(readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')).toBe(configMarkdown());
  });
});

describe('what the repository says of settings', () => {
  const root = new URL('../..', import.meta.url).pathname;
  const texts = ['README.md', ...['manifests', 'docs'].flatMap((folder) => filesUnder(folder))]
    .filter((file) => existsSync(join(root, file)))
    .map((file) => [file, readFileSync(join(root, file), 'utf8')] as const);

  function filesUnder(folder: string): string[] {
    const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    return names.filter((name) => /\.(ya?ml|md)$/.test(name)).map((name) => join(folder, name));
  }

  it('names only environment variables that exist', () => {
    const known = new Set([...KEYS.map(envName), 'PODFERRY_VERSION']);
    const strange = texts.flatMap(([file, text]) => {
      const names = [...text.matchAll(/\bPODFERRY_[A-Z_]+[A-Z]\b/g)].map(([name]) => name);
      return names.filter((name) => !known.has(name)).map((name) => `${file}: ${name}`);
    });
    expect(strange).toEqual([]);
  });

  it('deploys settings that are right, but for the secret that is mounted there', () => {
    const found = mistakes({
      base: ['kubernetes.enabled=false'],
      yaml: readFileSync(join(root, 'manifests/base/podferry.yaml'), 'utf8'),
    });
    expect(found.filter((mistake) => !mistake.includes('_file '))).toEqual([]);
  });
});
