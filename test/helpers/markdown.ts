/** Parts of our documents that tests compare with what the code does. */
import { readFileSync } from 'node:fs';

/** A section `## title`, without its heading. */
export function section(file: string, title: string): string {
  const [, found] = readFileSync(file, 'utf8').split(`\n## ${title}\n`);
  if (found === undefined) throw new Error(`${file} has no section ${title}`);
  return found.split('\n## ')[0]!;
}

/** The rows of the first table of a section, as texts of their cells. */
export function rowsOf(text: string): string[][] {
  const rows = text.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(1).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** What stands in backquotes. */
export function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
}
