/** A page of help: lines, wrapped and coloured. */
import { createColors } from 'picocolors';

/** How a page looks. */
export interface Look {
  readonly colour: boolean;
  /** Columns to wrap at. */
  readonly width: number;
}

export type Rows = readonly (readonly [left: string, right: string])[];

export class Page {
  readonly #lines: string[] = [];
  readonly #width: number;
  readonly #c: ReturnType<typeof createColors>;

  constructor({ colour, width }: Look) {
    this.#width = Math.max(40, Math.min(width, 100));
    this.#c = createColors(colour);
  }

  title(name: string, rest = ''): void {
    this.#lines.push(`${this.#c.bold(name)} ${this.#c.dim(rest)}`.trimEnd());
  }

  text(text: string): void {
    this.#lines.push('', ...wrap(text, this.#width));
  }

  heading(text: string): void {
    this.#lines.push('', this.#c.bold(text));
  }

  /** Two columns under a heading. */
  rows(heading: string, rows: Rows): void {
    this.heading(heading);
    const left = Math.max(...rows.map(([name]) => name.length));
    for (const [name, text] of rows) {
      const [first = '', ...more] = wrap(text, this.#width - left - 4);
      this.#lines.push(`  ${this.#c.cyan(name)}${' '.repeat(left - name.length)}  ${first}`.trimEnd());
      for (const line of more) this.#lines.push(' '.repeat(left + 4) + line);
    }
  }

  /** Commands to copy, each under what it is for. */
  examples(rows: Rows): void {
    this.heading('Examples');
    for (const [command, what] of rows) this.#lines.push(`  ${this.#c.dim(`# ${what}`)}`, `  ${command}`);
  }

  /** A setting of the reference. */
  entry(key: string, kind: string, text: string): void {
    this.#lines.push(`  ${this.#c.cyan(key)}  ${this.#c.dim(kind)}`);
    for (const line of wrap(text, this.#width - 6)) this.#lines.push(`      ${line}`);
  }

  toString(): string {
    return this.#lines.join('\n') + '\n';
  }
}

/** Breaks text at spaces into lines of at most `width` columns; a longer word stands alone. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}
