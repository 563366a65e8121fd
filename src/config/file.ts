/**
 * The YAML file: `${VAR}` is filled in, keys become dotted names, and every value keeps its line. Scalars stay the text that was
 * written (YAML's failsafe schema): `007`, `1e5` and `off` mean themselves.
 */
import { Alias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node, type Scalar } from 'yaml';
import type { Complain, Given } from '../util/given.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** Anchors can make a small file huge or endless. No real file comes near these bounds. */
const MAX_VALUES = 5000;
const MAX_DEPTH = 16;

/**
 * The values in the file, by dotted key. `isKey` tells a map that is a value (rules) from a map that is a section. A key without
 * a value counts as not given. Undefined: the file holds no settings; a complaint says why.
 */
export function readYaml(
  source: string,
  file: string,
  env: Env,
  isKey: (key: string) => boolean,
  complain: Complain,
): Map<string, Given> | undefined {
  const lines = new LineCounter();
  const document = parseDocument(source, { schema: 'failsafe', lineCounter: lines, prettyErrors: false });
  const place = (offset: number) => `${file}:${lines.linePos(offset).line}`;
  const [error] = document.errors; // The others mostly follow from the first.
  if (error !== undefined) return complain(place(error.pos[0]), `not valid YAML: ${decapitalised(error.message)}`);

  const given = new Map<string, Given>();
  if (document.contents === null || isNothing(document.contents)) return given;
  if (!isMap(document.contents)) {
    const start = place(document.contents.range?.[0] ?? 0);
    return complain(start, 'the file must hold settings such as "sink: stdout", not a list or a text');
  }
  const reader = new ValueReader(document, place, env, complain);
  const section = (node: Node, prefix: string): void => {
    if (!isMap(node)) return;
    for (const { key: keyNode, value: valueNode } of node.items) {
      const key = prefix + (isScalar(keyNode) ? String(keyNode.value) : '?');
      const value = valueNode instanceof Alias ? valueNode.resolve(document) : (valueNode as Node | null);
      const at = place((keyNode as Node).range?.[0] ?? 0);
      if (value === undefined) complain(at, `${key} refers to an anchor that is not defined before it`);
      else if (value === null || isNothing(value)) continue;
      else if (isMap(value) && !isKey(key)) section(value, `${key}.`);
      else if (given.has(key)) complain(at, `${key} is given twice`);
      else given.set(key, reader.read(value, key));
    }
  };
  section(document.contents, '');
  return given;
}

/** A value given on one line (a flag, an environment variable) for a setting that takes lists or maps. */
export function readInline(source: string, at: string, key: string, complain: Complain): Given | undefined {
  const document = parseDocument(source, { schema: 'failsafe', prettyErrors: false });
  const error = document.errors[0];
  if (error !== undefined) return complain(at, `${key} is not valid YAML: ${decapitalised(error.message)}`);
  if (document.contents === null) return { at, value: '' };
  return new ValueReader(document, () => at, undefined, complain).read(document.contents, key);
}

/** Turns nodes into Given, filling in `${VAR}`. */
class ValueReader {
  readonly #document: Document;
  readonly #place: (offset: number) => string;
  readonly #env: Env | undefined;
  readonly #complain: Complain;
  #values = 0;
  #tooMuch = false;

  constructor(document: Document, place: (offset: number) => string, env: Env | undefined, complain: Complain) {
    this.#document = document;
    this.#place = place;
    this.#env = env;
    this.#complain = complain;
  }

  read(node: Node | null, key: string, depth = 0): Given {
    const at = this.#place(node?.range?.[0] ?? 0);
    this.#values++;
    if (this.#values > MAX_VALUES || depth > MAX_DEPTH) {
      if (!this.#tooMuch)
        this.#complain(at, `${key} holds more than ${MAX_VALUES} values, or more than ${MAX_DEPTH} levels`);
      this.#tooMuch = true;
      return { at, value: '' };
    }
    if (node instanceof Alias) return this.read(node.resolve(this.#document) ?? null, key, depth + 1);
    if (isSeq(node)) return { at, value: node.items.map((item) => this.read(item as Node | null, key, depth + 1)) };
    if (isMap(node)) {
      const members = new Map<string, Given>();
      for (const pair of node.items) {
        const name = isScalar(pair.key) ? String(pair.key.value) : '?';
        members.set(name, this.read(pair.value as Node | null, key, depth + 1));
      }
      return { at, value: members };
    }
    const text = isScalar(node) ? String(node.value ?? '') : '';
    return {
      at,
      value: this.#env === undefined ? text : fillIn(text, this.#env, key, (why) => this.#complain(at, why)),
    };
  }
}

/** `${VAR}` → its value, `$$` → `$`; any other `$` stands for itself. */
function fillIn(text: string, env: Env, key: string, complain: (why: string) => undefined): string {
  return text.replace(/\$\$|\$\{([^}]*)(\}?)/g, (all: string, name: string | undefined, close: string) => {
    if (all === '$$') return '$';
    if (close === '' || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name!)) {
      complain(`${key} has ${all}, which is no variable such as \${ES_URL}; write $$ for a plain $`);
      return '';
    }
    const value = env[name!];
    if (value === undefined) complain(`${key} uses \${${name}}, which is not set in the environment`);
    return value ?? '';
  });
}

function isNothing(node: Node): boolean {
  return isScalar(node) && (node as Scalar).type === 'PLAIN' && ['', '~', 'null'].includes(String(node.value));
}

function decapitalised(message: string): string {
  return message[0]!.toLowerCase() + message.slice(1).replace(/; please use .*$/, '');
}
