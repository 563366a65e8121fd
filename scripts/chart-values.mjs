// charts/podferry/README.md from the comments of values.yaml: a row a value, with its default. `--check`: only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { isMap, parseDocument } from 'yaml';

const CHART = 'charts/podferry/';
const README = `${CHART}README.md`;

const document = parseDocument(readFileSync(`${CHART}values.yaml`, 'utf8'));
const rows = [];
document.contents.items.forEach((item, i) => add(item, '', i === 0 ? document.commentBefore : ''));
const text = [
  '# The chart of podferry',
  '',
  '```sh',
  'helm install podferry charts/podferry --namespace podferry --create-namespace \\',
  "  --set 'nodes={https://elasticsearch.example:9200}'",
  '```',
  '',
  'It installs what `manifests/base` and its components do; what NOTES.txt prints says what to do next. A value that does not',
  'exist is refused with the nearest name. A changed setting rolls the pods, a tenth of the nodes at a time.',
  '',
  '| value | default | what it is |',
  '| --- | --- | --- |',
  ...rows,
  '',
].join('\n');

if (!process.argv.includes('--check')) writeFileSync(README, text);
else if (readFileSync(README, 'utf8') !== text) {
  process.stderr.write(`${README} is not what values.yaml says: run node scripts/chart-values.mjs\n`);
  process.exitCode = 1;
}

/** A row for a value; for a group with comments inside, a row for each of its values. @param above the comment of a first value */
function add({ key, value }, prefix, above) {
  const name = prefix + key.value;
  const inner = isMap(value) ? [value.commentBefore, ...value.items.map((item) => item.key.commentBefore)] : [];
  if (inner.some(Boolean)) value.items.forEach((item, i) => add(item, `${name}.`, i === 0 ? value.commentBefore : ''));
  else rows.push(`| \`${name}\` | \`${JSON.stringify(value)}\` | ${words(key.commentBefore || above)} |`);
}

/** The comment in one line. */
function words(comment = '') {
  return comment
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
    .replaceAll('|', '\\|')
    .trim();
}
