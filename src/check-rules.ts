/** What `podferry check` says of the rules: which of them apply to each container that has logs here. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { matches, resolveRules, type Rule, type Subject } from './config/rules.ts';
import { podName } from './files/kubelet/logpath.ts';
import { amount } from './util/human.ts';
import { DEFAULT_OUTPUT } from './util/output-name.ts';

/** Lines of containers: a node may have hundreds. */
const MOST_LINES = 40;
/** With what stands before a line it has 80 columns. */
const COLUMNS = 53;

/**
 * A line for each container under `podsDir`, with the numbers of the rules that match it, and the output that they name. Labels are not known here: a rule that
 * depends on them has a question mark. Directories that are gone or cannot be read have no containers.
 */
export async function rulesOfContainers(podsDir: string, rules: readonly Rule[]): Promise<string[]> {
  const subjects = await containersIn(podsDir);
  const lines: string[] = [];
  const used = new Set<number>();
  for (const subject of subjects) {
    const numbers = rules.flatMap(({ match }, i) => {
      if (!matches(match, subject, true)) return [];
      used.add(i);
      return [matches(match, subject, false) ? `${i}` : `${i}?`];
    });
    const { drop = false, output = DEFAULT_OUTPUT } = resolveRules(rules, subject);
    const what = drop ? ' (not read)' : output === DEFAULT_OUTPUT ? '' : ` (to ${output})`;
    const name = `${subject.namespace}/${subject.pod}/${subject.container}`;
    lines.push(fitted(`${numbers.join(' ') || '-'}${what}`, name));
  }
  const unused = rules.flatMap((_, i) => (used.has(i) ? [] : [i]));
  return [
    `${amount(rules.length, 'rule')}, ${amount(subjects.length, 'container')}; numbers from 0, ? by labels`,
    ...lines.slice(0, MOST_LINES),
    ...(lines.length > MOST_LINES ? [`and ${amount(lines.length - MOST_LINES, 'more container')}`] : []),
    ...(unused.length > 0 ? [fitted('no container here:', unused.join(' '))] : []),
  ];
}

async function containersIn(podsDir: string): Promise<Subject[]> {
  const directoriesIn = async (dir: string): Promise<string[]> => {
    const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
    return entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .toSorted();
  };
  const found: Subject[] = [];
  for (const directory of await directoriesIn(podsDir)) {
    const pod = podName(directory);
    if (pod === undefined) continue;
    for (const container of await directoriesIn(join(podsDir, directory)))
      found.push({ namespace: pod.namespace, pod: pod.pod, container, labels: undefined });
  }
  return found;
}

/** Both within the columns: of the second, which the path names, the middle is left out. */
function fitted(first: string, second: string): string {
  const head = first.length > COLUMNS / 2 ? `${first.slice(0, COLUMNS / 2 - 1)}…` : first;
  const room = COLUMNS - head.length - 1;
  const plain = second.replaceAll(/[^\x20-\x7e]/g, '?');
  if (plain.length <= room) return `${head} ${plain}`;
  const half = Math.floor((room - 1) / 2);
  return `${head} ${plain.slice(0, half)}…${plain.slice(-half)}`;
}
