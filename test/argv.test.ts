import { describe, expect, it } from 'vitest';
import { parseArgv } from '../src/argv.ts';
import { help } from '../src/help.ts';
import { KEYS } from '../src/config/table.ts';

const split = (line: string) => line.split(' ').filter((word) => word !== '');

describe('the command line', () => {
  it.each([
    ['run', { command: 'run', file: undefined, sets: [] }],
    ['run -c a.yaml --set a=b --set=c=d=e', { command: 'run', file: 'a.yaml', sets: ['a=b', 'c=d=e'] }],
    ['--config=a.yaml check', { command: 'check', file: 'a.yaml', sets: [] }],
    [
      'replay a - b --pods p.json --format bulk',
      { command: 'replay', file: undefined, sets: [], paths: ['a', '-', 'b'], pods: 'p.json', format: 'bulk' },
    ],
    [
      'replay --dead-letter',
      {
        ...{ command: 'redeliver', file: undefined, sets: [], dir: undefined, dryRun: false },
        wanted: { reason: undefined, namespace: undefined, olderThan: undefined, newerThan: undefined },
      },
    ],
    [
      'replay --dead-letter d --dry-run --reason r --namespace n --older-than 1h --newer-than 3d',
      {
        ...{ command: 'redeliver', file: undefined, sets: [], dir: 'd', dryRun: true },
        wanted: { reason: 'r', namespace: 'n', olderThan: 3_600_000, newerThan: 259_200_000 },
      },
    ],
    [
      'replay -- -odd',
      { command: 'replay', file: undefined, sets: [], paths: ['-odd'], pods: undefined, format: undefined },
    ],
    [
      'explain a:b:12 --pods p.json',
      { command: 'explain', file: undefined, sets: [], paths: ['a:b'], offset: 12, id: undefined, pods: 'p.json' },
    ],
    [
      'explain --id AaH2eYr5xZpdQQbHh_meAAAAAANx a b -c f',
      {
        ...{ command: 'explain', file: 'f', sets: [], paths: ['a', 'b'] },
        ...{ offset: undefined, id: 'AaH2eYr5xZpdQQbHh_meAAAAAANx', pods: undefined },
      },
    ],
    [
      'explain -',
      {
        command: 'explain',
        file: undefined,
        sets: [],
        paths: ['-'],
        offset: undefined,
        id: undefined,
        pods: undefined,
      },
    ],
    [
      'verify a -c x.yaml',
      {
        ...{ command: 'verify', file: 'x.yaml', sets: [], paths: ['a'] },
        ...{ pods: undefined, against: undefined, olderThan: 10_000 },
      },
    ],
    [
      'verify a --against - --older-than 1m30s --pods p.json',
      {
        ...{ command: 'verify', file: undefined, sets: [], paths: ['a'] },
        ...{ pods: 'p.json', against: '-', olderThan: 90_000 },
      },
    ],
    ['setup', { command: 'setup', file: undefined, sets: [], dryRun: false, out: undefined, apiKey: false }],
    [
      'setup --dry-run --api-key -c f',
      { command: 'setup', file: 'f', sets: [], dryRun: true, out: undefined, apiKey: true },
    ],
    ['--version', { command: 'version' }],
    ['run -V', { command: 'version' }],
    ['help', { command: 'help', topic: undefined }],
    ['-h', { command: 'help', topic: undefined }],
    ['--help config', { command: 'help', topic: 'config' }],
    ['help replay', { command: 'help', topic: 'replay' }],
    ['replay --help', { command: 'help', topic: 'replay' }],
  ])('%s', (line, invocation) => expect(parseArgv(split(line))).toEqual(invocation));

  it.each([
    ['', 'a command is missing: run, replay, explain, verify, check, setup; podferry --help tells what each does.'],
    ['relpay a', '"relpay" is not a command; did you mean replay?'],
    ['frobnicate', '"frobnicate" is not a command; there are run, replay, explain, verify, check, setup.'],
    ['run --sett a=b', '--sett is not an option; did you mean --set?'],
    ['run --frob', '--frob is not an option; podferry --help lists them.'],
    ['run -x', '-x is not an option; podferry --help lists them.'],
    ['run --set', '--set needs KEY=VALUE.'],
    ['replay a --pods --format bulk', '--pods needs a FILE.'],
    ['run -c', '-c needs a FILE.'],
    ['run --help=yes', '--help takes no value.'],
    ['run --pods p', '--pods is not an option of podferry run.'],
    ['run here', 'podferry run takes no argument such as "here".'],
    ['run -c a -c b', '--config is given twice.'],
    ['replay', 'podferry replay needs a PATH: a log file, a directory like /var/log/pods, or - for stdin.'],
    [
      'explain',
      'podferry explain needs one FILE:OFFSET such as 0.log:1042, --id DOCUMENT_ID and a PATH, or - for lines on stdin.',
    ],
    ['explain 0.log', 'podferry explain needs one FILE:OFFSET such as 0.log:1042'],
    ['explain a:1 b:2', 'podferry explain needs one FILE:OFFSET such as 0.log:1042'],
    ['explain --id x a', '--id takes the _id of a document, 28 letters, digits, - and _, not "x".'],
    ['explain --id AaH2eYr5xZpdQQbHh_meAAAAAANx', '--id needs a PATH to look in'],
    ['explain a:1 --format bulk', '--format is not an option of podferry explain.'],
    ['verify', 'podferry verify needs a PATH: a log file, a directory like /var/log/pods, or - for stdin.'],
    ['verify - --against -', '--against - and the PATH - are both stdin.'],
    ['replay --dead-letter a b', '--dead-letter takes one directory; "b" is another one.'],
    ['replay --dead-letter --pods x', '--pods does not go with --dead-letter.'],
    ['replay --dead-letter --older-than x', '--older-than takes a duration such as 500ms, 5s or 1h, not "x".'],
    ['replay a --reason x', '--reason is an option of podferry replay with --dead-letter alone.'],
    ['verify a --reason x', '--reason is not an option of podferry verify.'],
    ['verify a --older-than 10', '--older-than takes a duration such as 500ms, 5s or 1h, not "10".'],
    ['setup --out', '--out needs a DIRECTORY.'],
    ['setup --out a --dry-run', '--out and --dry-run are both given'],
    ['setup a', 'podferry setup takes no argument such as "a".'],
    ['replay a --against x', '--against is not an option of podferry replay.'],
    ['replay a --format pretyt', '"pretyt" is not a --format; did you mean pretty?'],
    ['help confg', '"confg" is not a topic of help; did you mean config?'],
  ])('%j is a mistake', (line, message) => {
    expect(() => parseArgv(split(line))).toThrow(message);
  });
});

describe('help', () => {
  const plain = { colour: false, width: 80 };
  it.each([undefined, 'run', 'replay', 'explain', 'verify', 'check', 'setup', 'config'] as const)(
    'of %s fits the width',
    (topic) => {
      const page = help(topic, '1.2.3', plain);
      const wide = page.split('\n').filter((line) => line.length > 80 && !/^ {2}\S/.test(line));
      expect(wide).toEqual([]);
      expect(page.endsWith('\n')).toBe(true);
    },
  );

  it('names every setting', () => {
    const page = help('config', '1.2.3', plain);
    for (const key of KEYS) expect(page).toContain(`  ${key}  `);
  });

  it('has colours only if asked', () => {
    expect(help('config', '1', plain)).not.toContain('\x1b');
    expect(help('config', '1', { colour: true, width: 80 })).toContain('\x1b[36mbatch.max_bytes\x1b[39m');
  });
});
