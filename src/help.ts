/** What `--help` prints: an overview, a page for each command, and the reference of settings, made from the table. */
import type { Topic } from './argv.ts';
import { DEFAULT_FILE } from './config/config.ts';
import { envName, helpText, KEYS, TABLE, type Key } from './config/table.ts';
import { Page, type Look, type Rows } from './help-page.ts';

const SETTINGS_OPTIONS: Rows = [
  ['-c, --config FILE', `Settings in YAML. Else ${DEFAULT_FILE}, if it is there.`],
  ['--set KEY=VALUE', 'One setting, over the file and the environment. May be repeated.'],
];
const COMMON_OPTIONS: Rows = [['-h, --help', 'This page.']];

/** The page of a topic, or the overview. Ends with a newline. */
export function help(topic: Topic | undefined, version: string, look: Look): string {
  const page = new Page(look);
  switch (topic) {
    case undefined:
      overview(page, version);
      break;
    case 'run':
      page.title('podferry run', '[-c FILE] [--set KEY=VALUE]…');
      page.text(
        'Ships the logs of every container on this node to Elasticsearch, until it is stopped. The DaemonSet runs this. ' +
          'Positions move only when Elasticsearch has acknowledged the lines. So it may be stopped or killed at any moment ' +
          'and continues where it was. On SIGTERM it delivers what was read within stop.grace, saves positions and exits 0. ' +
          'A second signal ends it at once.',
      );
      page.rows('Options', [...SETTINGS_OPTIONS, ...COMMON_OPTIONS]);
      page.examples([
        ['podferry run -c podferry.yaml', 'with a file'],
        ['PODFERRY_ELASTICSEARCH_NODES=http://localhost:9200 podferry run --set state.dir=./state', 'without one'],
      ]);
      break;
    case 'replay':
      page.title('podferry replay', 'PATH… | --dead-letter [DIR] [--pods FILE] [options]');
      page.text(
        'Processes captured logs once, exactly as run does. Each PATH is a log file (also .gz), a directory laid out like ' +
          '/var/log/pods, or - for stdin. Prints documents to stdout unless a sink is set: readable on a terminal, one ' +
          'document per line into a pipe. Ends with a one-line summary on stderr.',
      );
      page.rows('Options', [
        ['--pods FILE', 'Output of kubectl get pods -A -o json: labels, owners and images for the documents.'],
        ['--format FORMAT', 'pretty, ndjson (one document per line) or bulk (the exact body of a bulk request).'],
        ...SETTINGS_OPTIONS,
        ...COMMON_OPTIONS,
      ]);
      page.text(
        'With --dead-letter it sends again what Elasticsearch refused, from DIR (state.dir unless given), into the data stream of ' +
          'the settings; without DIR those of every output, each to its own. What is stored is removed from DIR; what is refused again stays, with the new reason. It may be stopped ' +
          'or killed at any moment, and an agent may be running on DIR.',
      );
      page.rows('Options of --dead-letter', [
        ['--dry-run', 'Only print how many documents there are, by reason and namespace.'],
        ['--reason TYPE', 'Only what was refused for this, such as document_parsing_exception.'],
        ['--namespace NAME', 'Only documents of this namespace.'],
        ['--older-than DURATION', 'Only what was refused so long ago at least.'],
        ['--newer-than DURATION', '… and at most.'],
      ]);
      page.examples([
        ['podferry replay /var/log/pods', 'read a whole node'],
        ['kubectl get pods -A -o json >pods.json; podferry replay pods/ --pods pods.json', 'with labels'],
        [
          'podferry replay --dead-letter /var/lib/podferry --dry-run',
          'what was refused, and why; without --dry-run it is sent again',
        ],
        ['podferry replay 0.log.20261120-010203.gz --format ndjson | jq .message', 'into a pipe'],
        [
          'podferry replay pods/ --set sink=elasticsearch --set elasticsearch.nodes=http://localhost:9200',
          'into Elasticsearch',
        ],
      ]);
      break;
    case 'explain':
      page.title('podferry explain', 'FILE:OFFSET | --id DOCUMENT_ID PATH… | - [options]');
      page.text(
        'Tells step by step what becomes of a record, and why: the format of its line, which lines are joined and by which rule, ' +
          'where fields and level come from, which rules apply, what they redact or drop, and the document that would be sent. ' +
          'It reads the log as replay does, from its beginning, through what run does with each line; nothing is sent. OFFSET is ' +
          'any byte of a line, uncompressed, as log.offset of a document has it. With - every record on stdin is explained, 20 ' +
          'at most, in a format that a container runtime writes.',
      );
      page.rows('Options', [
        ['--id DOCUMENT_ID', 'The _id of a document: it is looked for in each PATH.'],
        [
          '--pods FILE',
          'Output of kubectl get pods -A -o json: where rules name labels, or pods have podferry.io annotations.',
        ],
        ...SETTINGS_OPTIONS,
        ...COMMON_OPTIONS,
      ]);
      page.examples([
        [
          'podferry explain -c podferry.yaml /var/log/pods/shop_web-1_0b1c2d3e/web/0.log:1042',
          'a line, with the settings of the agent',
        ],
        ['podferry explain --id AaH2eYr5qVx0nqGd3kVtAAAAAAAA /var/log/pods', 'a document'],
        [`echo '2026-11-20T01:02:03Z stdout F {"level":"warn"}' | podferry explain -`, 'a line of your own'],
      ]);
      break;
    case 'verify':
      page.title('podferry verify', 'PATH… [--against FILE] [--older-than DURATION] [options]');
      page.text(
        'Proves that what is on disk is at the sink: reads log files as replay does, and asks Elasticsearch for every record by ' +
          'its document id. Prints for each container log how many are missing and where the first one is, then a one-line ' +
          'summary: stored, missing, rejected (refused by the server for good, and kept in state.dir), and extra (at the sink, ' +
          'and not on disk any more). Exit status 2 if something is missing or cannot be read. Two kinds of record are not missing: those that ' +
          'an agent still holds open, and those whose first part kubelet has deleted. Ids are compared (time, place, first ' +
          'line of the file), not every byte: a changed character of a message is not noticed. Settings under records and ' +
          'rules must be those with which the logs were shipped.',
      );
      page.rows('Options', [
        [
          '--against FILE',
          'Documents as replay or run printed them (ndjson or bulk, also .gz, - for stdin), not Elasticsearch.',
        ],
        [
          '--older-than DURATION',
          'A missing record that is younger may be on its way and does not count. Default: 10s.',
        ],
        [
          '--pods FILE',
          'Output of kubectl get pods -A -o json: where rules name labels, or pods have podferry.io annotations.',
        ],
        ...SETTINGS_OPTIONS,
        ...COMMON_OPTIONS,
      ]);
      page.examples([
        ['podferry verify /var/log/pods -c podferry.yaml', 'a node, with the settings of its agent'],
        ['podferry replay pods/ >pods.ndjson; podferry verify pods/ --against pods.ndjson', 'against a file'],
      ]);
      break;
    case 'check':
      page.title('podferry check', '[-c FILE] [--set KEY=VALUE]…');
      page.text(
        'Tests the settings, the directories, the Kubernetes API with its permissions, and Elasticsearch with its privileges. ' +
          'Prints a line each; exits 1 if one fails. Changes nothing.',
      );
      page.rows('Options', [...SETTINGS_OPTIONS, ...COMMON_OPTIONS]);
      break;
    case 'setup':
      page.title('podferry setup', '[--dry-run] [--out DIR] [--api-key] [-c FILE] [--set KEY=VALUE]…');
      page.text(
        'Makes on Elasticsearch or OpenSearch what documents need to be indexed well: an index template with a type for every ' +
          'member, and retention; with setup.kibana_url also a data view, a saved search and a dashboard in Kibana or OpenSearch ' +
          'Dashboards. May be run again: it changes what differs. Changes nothing if a newer podferry made any of it, or ' +
          'somebody else. The agent does not need it, and never does it.',
      );
      page.rows('Options', [
        ['--dry-run', 'Print what would change, and change nothing.'],
        [
          '--out DIR',
          'Write it as files. With elasticsearch.flavor set and no elasticsearch.nodes, no server is asked.',
        ],
        ['--api-key', 'Also make an API key that may ship and nothing else, and print it, once.'],
        ...SETTINGS_OPTIONS,
        ...COMMON_OPTIONS,
      ]);
      page.examples([
        ['podferry setup --dry-run -c podferry.yaml', 'look first'],
        ['podferry setup --out templates --set elasticsearch.flavor=elasticsearch', 'for review, or another tool'],
      ]);
      break;
    case 'config':
      reference(page);
  }
  return page.toString();
}

function overview(page: Page, version: string): void {
  page.title('podferry', version);
  page.text(
    'Ships the container logs of a Kubernetes node to Elasticsearch. Nothing lost, nothing repeated, and able to prove it.',
  );
  page.rows('Usage', [['podferry COMMAND [options]', '']]);
  page.rows('Commands', [
    ['run', 'Ship the logs of this node: what the DaemonSet does.'],
    ['replay PATH…', 'Ship captured log files once, to see on a laptop what run would make of them.'],
    ['explain FILE:OFFSET', 'Tell step by step what becomes of a line of a log, and why.'],
    ['verify PATH…', 'Prove that what is on disk is stored: by document id, nothing missing.'],
    ['check', 'Test settings, directories and servers; a line each.'],
    ['setup', 'Install index template, retention and dashboard on the server.'],
    ['help TOPIC', 'More about run, replay, explain, verify, check, setup; help config lists every setting.'],
  ]);
  page.rows('Options', [...SETTINGS_OPTIONS, ...COMMON_OPTIONS, ['-V, --version', 'The version.']]);
  page.examples([
    ['podferry replay samples/pods --pods samples/pods.json', 'look at captured logs'],
    ['podferry check -c podferry.yaml', 'before the first roll-out'],
    [`${envName('log.level')}=debug podferry run`, 'any setting by environment'],
  ]);
  page.rows('Exit status', [
    ['0', 'Done.'],
    ['1', 'A mistake in the settings or the command line: one sentence says which.'],
    ['2', 'Not everything could be read or delivered, or verify found something missing.'],
  ]);
}

function reference(page: Page): void {
  page.title('podferry settings');
  page.text(
    `A setting is given by --set ${example('=')}, by the environment as ${envName('batch.max_age')}=2s, or in the YAML file ` +
      `(-c FILE, else ${DEFAULT_FILE}) as ${example(': ')}; the first of these that gives it counts. \${VAR} in the file is ` +
      'filled in from the environment; $$ is a plain $. Sizes: 512KiB, 4MiB. Durations: 500ms, 5s, 1h. Lists: a, b.',
  );
  let section: string | undefined;
  page.text(
    'Further sinks have the same settings behind outputs.NAME., such as outputs.audit.sink and outputs.audit.elasticsearch.nodes, ' +
      'and get the logs of rules with output: NAME. What they do not give counts as it stands here; an address and its ' +
      'credentials are given together.',
  );
  for (const key of KEYS) {
    const begins = key.includes('.') ? key.slice(0, key.indexOf('.')) : '';
    if (begins !== section) page.heading(begins || 'general');
    section = begins;
    page.entry(key, TABLE[key].kind, helpText(key));
  }
}

function example(sign: string): string {
  return `batch.max_age${sign}2s` satisfies `${Key}${string}`;
}
