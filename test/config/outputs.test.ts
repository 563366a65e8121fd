// `outputs`: further sinks by name, each set as the one at the top, and which rules send logs there.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError, loadConfig, outputsOf, type Loaded, type Purpose } from '../../src/config/config.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-outputs-'));
  for (const each of ['taken', 'pods']) mkdirSync(join(dir, each));
  writeFileSync(join(dir, 'key'), 'a2V5OnZhbHVl\n');
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

let files = 0;
interface Given {
  readonly purpose?: Purpose;
  readonly env?: Record<string, string>;
  readonly sets?: readonly string[];
}

function load(yaml: string, { purpose = 'run', env = {}, sets = [] }: Given = {}): Loaded {
  const file = join(dir, `${++files}.yaml`);
  writeFileSync(file, yaml.replaceAll('DIR', dir));
  const base = [`state.dir=${dir}/state`, `logs.pods_dir=${dir}/pods`, 'kubernetes.enabled=false'];
  return loadConfig({ purpose, file, sets: [...base, ...sets], env, hostname: 'laptop' });
}

function mistakes(yaml: string, given: Given = {}): readonly string[] {
  try {
    load(yaml, given);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.mistakes.map((each) => each.replaceAll(`${dir}/${files}.yaml`, 'FILE').replaceAll(dir, 'DIR'));
  }
  return [];
}

const TOP = `
elasticsearch: {nodes: ["http://top:9200"], username: elastic, password: top-secret, dataset: top, timeout: 30s}
`;
const RULE = `
rules: [{match: {namespace: shop}, output: audit}]
`;

describe('an output', () => {
  test('has the settings of its sink, and otherwise those at the top', () => {
    const { config } = load(`${TOP}${RULE}
outputs:
  audit:
    sink: elasticsearch
    elasticsearch: {nodes: ["http://audit:9200"], dataset: audit}
`);
    const [first, audit, ...more] = outputsOf(config);
    expect(more).toEqual([]);
    expect([first.name, audit!.name]).toEqual(['default', 'audit']);
    expect(first.config.data_stream).toEqual({ dataset: 'top', namespace: 'default' });
    const { elasticsearch, data_stream, data_streams, state } = audit!.config;
    expect(elasticsearch).toMatchObject({ nodes: ['http://audit:9200'], dataset: ['audit'], timeout: 30_000 });
    expect([data_stream, data_streams]).toEqual([{ dataset: 'audit', namespace: 'default' }, ['logs-audit-default']]);
    expect(state.dir).toBe(`${dir}/state/outputs/audit`);
    expect(config.rules[0]!.output).toBe('audit');
  });

  test('never sends the credentials at the top to addresses of its own', () => {
    const { config } = load(`${TOP}${RULE}
outputs: {audit: {sink: elasticsearch, elasticsearch: {nodes: ["http://audit:9200"]}}}
`);
    const { username, password, api_key } = config.outputs[0]!.config.elasticsearch;
    expect([username, password(), api_key()]).toEqual(['', undefined, undefined]);
    expect(config.elasticsearch.password()).toBe('top-secret');
  });

  test('has the addresses and the credentials at the top where it gives neither', () => {
    const { config } = load(`${TOP}${RULE}
outputs: {audit: {sink: elasticsearch, elasticsearch: {dataset: audit}}}
`);
    const { nodes, username, password } = config.outputs[0]!.config.elasticsearch;
    expect([nodes, username, password()]).toEqual([['http://top:9200'], 'elastic', 'top-secret']);
  });

  test('has secrets in files, kept out of the log as all are', () => {
    const { config } = load(`${TOP}${RULE}
outputs: {audit: {sink: elasticsearch, elasticsearch: {nodes: ["http://audit:9200"], api_key_file: DIR/key}}}
`);
    expect(config.outputs[0]!.config.elasticsearch.api_key()).toBe('a2V5OnZhbHVl');
    expect(config.secrets()).toEqual(expect.arrayContaining(['top-secret', 'a2V5OnZhbHVl']));
  });

  test('is given by flags as well, which win over the file', () => {
    const sets = ['outputs.audit.sink=file', 'outputs.audit.file.dir=/flag', 'outputs.more.sink=stdout'];
    const { config, layers, warnings } = load(`${TOP}${RULE}outputs: {audit: {sink: stdout, file: {max_files: 3}}}`, {
      sets,
    });
    expect(config.outputs.map(({ name, config: { sink } }) => [name, sink])).toEqual([
      ['audit', 'file'],
      ['more', 'stdout'],
    ]);
    expect(config.outputs[0]!.config.file).toMatchObject({ dir: '/flag', max_files: 3 });
    expect([layers.get('outputs.audit.file.dir'), layers.get('outputs.audit.file.max_files')]).toEqual([
      'flag',
      'file',
    ]);
    expect(warnings).toContain('outputs.more gets no logs: no rule has output: more.');
  });

  test('is left alone where a replay prints, and where rules name it all the same', () => {
    const yaml = `${RULE}outputs: {audit: {sink: elasticsearch, elasticsearch: {ca_file: /none}}}`;
    expect(load(yaml, { purpose: 'replay' }).config.outputs).toEqual([]);
  });
});

test.each<[name: string, yaml: string, sentences: string[]]>([
  ['a list', 'outputs: [audit]', ['FILE:3: outputs takes a map such as {audit: {sink: stdout}}, not a list.']],
  ['a word', 'outputs: {audit: stdout}', ['FILE:3: outputs.audit takes a map such as {sink: stdout}, not "stdout".']],
  [
    'the name of the output at the top',
    'outputs: {default: {sink: stdout}}',
    [
      'FILE:3: outputs.default: default is the output that sink and its settings at the top make; give this one another name.',
    ],
  ],
  [
    'a name that is no part of a path',
    'outputs: {"../up": {sink: stdout}}',
    [
      'FILE:3: outputs: "" can be no name; it takes small letters, digits and - between them, 32 at most, such as audit.',
    ],
  ],
  [
    'a name in capitals',
    'outputs: {Audit: {sink: stdout, file: {dir: /x}}}',
    [
      'FILE:3: outputs: "Audit" can be no name; it takes small letters, digits and - between them, 32 at most, such as audit.',
    ],
  ],
  [
    'too many',
    `outputs: {${Array.from({ length: 9 }, (_, i) => `o${i}: {sink: stdout}`).join(', ')}}`,
    ['FILE:3: outputs takes 8 names at most; o8 is one more.'],
  ],
  [
    'no sink',
    'outputs: {audit: {file: {dir: /x}}}',
    ['FILE:3: outputs.audit.sink is required: elasticsearch, file or stdout.'],
  ],
  [
    'a sink that there is not',
    'outputs: {audit: {sink: kafka}}',
    ['FILE:3: outputs.audit.sink takes elasticsearch, file or stdout, not "kafka".'],
  ],
  [
    'a typing mistake',
    'outputs: {audit: {sink: file, file: {dirr: /x}}}',
    [
      'FILE:3: outputs.audit.file.dirr is not a setting; did you mean outputs.audit.file.dir?',
      'outputs.audit.file.dir is required when sink is file, e.g. /var/lib/podferry/documents.',
    ],
  ],
  [
    'a setting of another sink',
    'outputs: {audit: {sink: stdout, elasticsearch: {nodes: ["http://audit:9200"]}}}',
    ['FILE:3: outputs.audit.elasticsearch.nodes is set, and outputs.audit.sink is stdout.'],
  ],
  [
    'a setting that is one for all',
    'outputs: {audit: {sink: stdout, batch: {in_flight: 3}}}',
    ['FILE:3: outputs.audit.batch.in_flight: batch.in_flight is one for all outputs; set it at the top.'],
  ],
  [
    'what pods may choose',
    'outputs: {audit: {sink: elasticsearch, elasticsearch: {pod_datasets: [x]}}}',
    [
      'FILE:3: outputs.audit.elasticsearch.pod_datasets: elasticsearch.pod_datasets is one for all outputs; set it at the top.',
    ],
  ],
  [
    'a value that cannot be',
    'outputs: {audit: {sink: elasticsearch, elasticsearch: {timeout: soon}}}',
    ['FILE:3: outputs.audit.elasticsearch.timeout takes a duration such as 500ms, 5s or 1h, not "soon".'],
  ],
  [
    'credentials without their address',
    'outputs: {audit: {sink: elasticsearch, elasticsearch: {api_key_file: DIR/key}}}',
    [
      'outputs.audit.elasticsearch.nodes is required when sink is elasticsearch, e.g. https://elasticsearch.example.com:9200.',
    ],
  ],
  [
    'a file that is not there',
    'outputs: {audit: {sink: elasticsearch, elasticsearch: {nodes: ["http://a:9200"], api_key_file: DIR/none}}}',
    ['FILE:3: outputs.audit.elasticsearch.api_key_file DIR/none cannot be read (ENOENT).'],
  ],
  [
    'two outputs in one directory',
    'outputs: {audit: {sink: file, file: {dir: DIR/taken}}, b: {sink: file, file: {dir: DIR/taken}}}',
    ['FILE:3: outputs.b.file.dir DIR/taken is outputs.audit.file.dir too; each needs a directory of its own.'],
  ],
])('%s is refused in a sentence that names it', (_, yaml, sentences) => {
  expect(mistakes(`\nelasticsearch: {nodes: ["http://top:9200"]}\n${yaml}\n`)).toEqual(sentences);
});

test.each<[name: string, rule: string, sentence: string]>([
  ['a typing mistake', 'audti', 'FILE:3: rules[0].output: there is no output "audti"; did you mean audit?'],
  ['a stranger', 'elsewhere', 'FILE:3: rules[0].output: there is no output "elsewhere"; outputs has audit.'],
  [
    'what can be no name',
    'A/B',
    'FILE:3: rules[0].output takes the name of an output (small letters, digits and - between them, 32 at most, such as audit), not "A/B".',
  ],
])('an output that a rule names and that there is not is refused: %s', (_, name, sentence) => {
  const rules = `rules: [{match: {namespace: a}, output: ${name}}, {match: {namespace: b}, output: default}]`;
  const yaml = `elasticsearch: {nodes: ["http://top:9200"]}\noutputs: {audit: {sink: stdout}}\n${rules}`;
  expect(mistakes(yaml)).toEqual([sentence]);
});

test('outputs in the environment are refused, and not passed over', () => {
  expect(mistakes(TOP, { env: { PODFERRY_OUTPUTS_AUDIT_SINK: 'stdout' } })).toEqual([
    'PODFERRY_OUTPUTS_AUDIT_SINK: outputs are set in the file or by --set, not in the environment; the file takes ${VARIABLE}.',
  ]);
});

test('an output that cannot be asked cannot be verified', () => {
  const yaml = `${TOP}${RULE}outputs: {audit: {sink: file, file: {dir: /x}}}`;
  expect(mistakes(yaml, { purpose: 'verify' })).toEqual([
    'FILE:5: outputs.audit.sink is file, which does not say what it holds; no log that goes there can be verified.',
  ]);
});
