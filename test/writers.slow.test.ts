// Every mutable field has one writer: one file whose functions and methods change it.
import { readdirSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { sharedBy, writtenFields } from './helpers/writers.ts';

/** What still has more writers than one, by the reason. A field that has one again must leave the list. */
const EXCEPTIONS: readonly (readonly [reason: string, fields: string])[] = [
  [
    'the beginning of a document and the rest of it are written into the slab by two parts of the encoder',
    'Batch.bytes',
  ],
  ['positions enter a batch with its records, and once more when a log ends', 'Batch.positions'],
  ['the link in containers_dir may be seen before and after the log itself', 'ContainerLog.containerId'],
];

describe('src/', () => {
  const { options } = ts.parseJsonConfigFileContent({ extends: './tsconfig.json' }, ts.sys, '.');
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `src/${path}`);
  const written = writtenFields(ts.createProgram(files, options), files);
  const exceptions = EXCEPTIONS.flatMap(([, fields]) => fields.split(/\s+/));

  test('one file writes each field', () => {
    expect(written.length).toBeGreaterThan(200);
    expect(written.filter(({ field }) => !exceptions.includes(field)).flatMap((each) => sharedBy(each) ?? [])).toEqual(
      [],
    );
  });

  test('no exception is out of date', () => {
    const shared = written.filter((each) => sharedBy(each) !== undefined).map(({ field }) => field);
    expect(exceptions.filter((field) => !shared.includes(field))).toEqual([]);
  });
});

describe('a second writer is found', () => {
  /** A library in small, so that the compiler is quick. */
  const LIBRARY = `
    interface Array<T> { [n: number]: T; push(item: T): void } interface Map<K, V> { set(k: K, v: V): void; get(k: K): V }
    interface Function {} interface CallableFunction {} interface NewableFunction {} interface IArguments {}
    interface Boolean {} interface Number {} interface String {} interface RegExp {} interface Object {}
    type Readonly<T> = { readonly [P in keyof T]: T[P] };
    declare const Object: { assign<T, S>(target: T, source: S): T & S };`;
  const JOB = `
    export interface Job { size: number; readonly names: string[]; readonly ages: Map<string, number>; next?: Job; step: Step }
    export interface Sized { size: number }
    export class Step { done = false; #open = 0; constructor() { this.done = true; } set(n: number) { this.#open = n; } }
    export function grow(job: Job) { job.size++; job.names.push(''); job.ages.set('', 1); job.next = job; job.step.done = true; }
    export const fresh = (): Job => ({ size: 1, names: [], ages: undefined!, step: new Step() });`;

  function find(other: string): string[] {
    const texts = new Map(
      Object.entries({
        'lib.d.ts': LIBRARY,
        'job.ts': JOB,
        'other.ts': `import { Step, type Job, type Sized } from './job.ts'; ${other}`,
      }),
    );
    const host: ts.CompilerHost = {
      getSourceFile: (name, version) => ts.createSourceFile(name, texts.get(name) ?? '', version, true),
      fileExists: (name) => texts.has(name),
      readFile: (name) => texts.get(name),
      getDefaultLibFileName: () => 'lib.d.ts',
      getCurrentDirectory: () => '',
      getCanonicalFileName: (name) => name,
      useCaseSensitiveFileNames: () => true,
      getNewLine: () => '\n',
      writeFile() {},
    };
    const options = {
      noLib: true,
      strict: true,
      target: ts.ScriptTarget.ES2023,
      allowImportingTsExtensions: true,
      noEmit: true,
    };
    const program = ts.createProgram([...texts.keys()], options, host);
    return writtenFields(program, ['job.ts', 'other.ts'])
      .filter((each) => sharedBy(each))
      .map(({ field }) => field);
  }

  test.each([
    ['by assignment', 'let job: Job; job.size = 1;', ['Job.size']],
    ['by += and --', 'let job: Job; job.size += 1; job.next!.size--;', ['Job.size']],
    ['by the name in brackets', `let job: Job; job['size'] = 1;`, ['Job.size']],
    ['by delete', 'let job: Job; delete job.next;', ['Job.next']],
    [
      'by destructuring',
      'let job: Job; [job.size, job.step.done] = [1, false]; ({ a: job.next } = { a: job });',
      ['Job.size', 'Job.next', 'Step.done'],
    ],
    ['by Object.assign', 'let job: Job; Object.assign(job, { size: 1 });', ['Job.size']],
    ['in a list', 'let job: Job; job.names.push("");', ['Job.names']],
    ['in an element of a list', 'let job: Job; job.names[0] = "";', ['Job.names']],
    ['in a map', 'let job: Job; (job.ages!).set("", 2);', ['Job.ages']],
    [
      'in a map that was taken out of it',
      'let job: Job; const { ages: all, names } = job; all.set("", 2); names.push("");',
      ['Job.names', 'Job.ages'],
    ],
    [
      'under the name of a class',
      'class Big implements Job { size = 1; names = []; ages: any; step: any; grow() { this.size = 2; } }',
      ['Job.size'],
    ],
    ['in an inner class', 'class Big extends Step { end() { this.done = false; } }', ['Step.done']],
  ])('%s', (_, other, fields) => expect(find(other)).toEqual(fields));

  test.each([
    ['reads', 'let job: Job; let a = job.size; job.ages.get("");'],
    [
      'makes one',
      'const job: Job = { size: 2, names: [""], ages: undefined!, step: new Step() }; const b = { ...job, size: 1 };',
    ],
    ['calls a method of ours', 'let job: Job; job.step.set(2);'],
    ['has a field of the same name', 'class Own { size = 0; grow() { this.size = 1; } }'],
    ['writes its own constructor', 'class Big extends Step { constructor() { super(); this.done = false; } }'],
  ])('but none where a file %s', (_, other) => expect(find(other)).toEqual([]));
});
