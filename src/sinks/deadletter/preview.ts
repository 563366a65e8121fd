/** `--dry-run`: what would be sent again, as a table. Changes nothing. */
import { readFromEnd } from './store-files.ts';
import { readDeadLetterLine } from './line.ts';
import { count } from '../../util/human.ts';
import { isWanted, namespaceOf, type Wanted } from './wanted.ts';

interface Row {
  documents: number;
  readonly reason: string;
  readonly namespace: string;
  oldest: string;
}

/**
 * The lines of the table for the files at `paths`, its heading first. Rejects with the system's error.
 * @param safe makes what a server or a pod wrote fit for a terminal
 */
export async function preview(
  paths: readonly string[],
  wanted: Wanted,
  pieceBytes: number,
  safe: (text: string) => string,
): Promise<string[]> {
  const rows = new Map<string, Row>();
  for (const path of paths) {
    await readFromEnd(path, pieceBytes, (lines) => {
      for (const line of lines) {
        const entry = readDeadLetterLine(line);
        if (entry === undefined || !isWanted(entry, wanted, Date.now())) continue;
        const row = { documents: 0, reason: entry.refusal.type, namespace: namespaceOf(entry), oldest: entry.at };
        const key = `${row.reason} ${row.namespace}`;
        const sum = rows.get(key) ?? row;
        sum.documents++;
        if (entry.at < sum.oldest) sum.oldest = entry.at;
        rows.set(key, sum);
      }
      return Promise.resolve();
    });
  }
  const shown = (text: string): string => safe(text).slice(0, 64) || '-';
  const table = [...rows.values()].toSorted((a, b) => b.documents - a.documents);
  const cells = table.map(({ documents, reason, namespace, oldest }) =>
    [count(documents).padStart(9), shown(reason).padEnd(32), shown(namespace).padEnd(20), shown(oldest)].join('  '),
  );
  return [`documents  ${'refused for'.padEnd(32)}  ${'namespace'.padEnd(20)}  oldest`, ...cells];
}
