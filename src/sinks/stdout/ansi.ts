/**
 * Text on a terminal: what is safe to print, how wide it is, and colour.
 *
 * A log line is written by strangers. Printed as it is, it can retitle the terminal, move the cursor, hide what came
 * before or show its words in another order (CVE-2021-25743 was this, in kubectl). So every control character becomes a
 * visible one, in messages and in names alike.
 */
import pc from 'picocolors';

type Paint = (text: string) => string;

/** The few colours the output uses; with `colour` false each one returns its text as it came. */
export interface Palette {
  readonly dim: Paint;
  readonly bold: Paint;
  readonly red: Paint;
  readonly yellow: Paint;
  readonly green: Paint;
  readonly reverseRed: Paint;
  /** For names: told apart from each other, and from the colours of levels. */
  readonly names: readonly Paint[];
}

export function palette(colour: boolean): Palette {
  const c = pc.createColors(colour);
  return {
    dim: c.dim,
    bold: c.bold,
    red: c.red,
    yellow: c.yellow,
    green: c.green,
    reverseRed: (text) => c.bold(c.inverse(c.red(text))),
    names: [c.cyan, c.magenta, c.blue, c.green, c.cyanBright, c.magentaBright, c.blueBright, c.greenBright],
  };
}

// C0 but tab, DEL, C1; line and paragraph separators; bidirectional embeddings, overrides and isolates (UAX #9).
const DANGEROUS = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const ALL_DANGEROUS = new RegExp(DANGEROUS, 'g');

/**
 * One line of text that cannot steer a terminal: C0 controls and DEL become their pictures (ESC is ␛), C1 controls, line
 * separators and bidi controls become `\u{…}`. Tab stays. Break the text at LF first: an LF becomes ␊.
 */
export function visible(text: string): string {
  return DANGEROUS.test(text) ? text.replace(ALL_DANGEROUS, picture) : text;
}

function picture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '␡';
  return `\\u{${code.toString(16)}}`;
}

/**
 * Lines that are safe to print. Of CR LF the CR is left out, which programs write for a terminal. Tabs that indent become
 * spaces, since the width of a tab depends on the columns before it.
 */
export function plainLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => visible(line.replace(/\r$/, '').replace(/^\t+/, (tabs) => '    '.repeat(tabs.length))));
}

const NO_WIDTH = /^[\p{M}\u200b-\u200f\ufe00-\ufe0f\ufeff]$/u;
// East Asian Wide and Fullwidth (UAX #11): Hangul jamo and syllables, kana, ideographs, fullwidth forms; and emoji.
const WIDE =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation})$/u;

/** How many columns a terminal gives to this text: Korean and emoji take two, combining marks none. */
export function columns(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += NO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}
