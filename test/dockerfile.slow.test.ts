// The Dockerfile, without a container engine: its text is checked, its build steps are run in a scratch directory, and the
// file system it makes is entered with chroot, where nothing but that file system can help the agent to start.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

interface Instruction {
  readonly name: string;
  readonly text: string;
}
const instructions: Instruction[] = readFileSync('Dockerfile', 'utf8')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n/g, '')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => ({ name: line.slice(0, line.indexOf(' ')), text: line.slice(line.indexOf(' ') + 1) }));

const stages: Instruction[][] = [];
for (const instruction of instructions) {
  if (instruction.name === 'FROM') stages.push([]);
  stages.at(-1)!.push(instruction);
}
const [build, final] = stages as [Instruction[], Instruction[]];
const texts = (stage: readonly Instruction[], name: string) =>
  stage.filter((i) => i.name === name).map(({ text }) => text);
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

describe('what it says', () => {
  test('two stages: one that builds, on a Node image pinned to its full version, and an empty one', () => {
    expect(stages).toHaveLength(2);
    expect(texts(build, 'FROM')[0]).toMatch(/^node:26\.\d+\.\d+-[a-z]+-slim(@sha256:[0-9a-f]{64})? AS build$/);
    expect(texts(final, 'FROM')).toEqual(['scratch']);
  });

  test('dependencies come from the lock file, before the sources', () => {
    const [ci] = texts(build, 'RUN');
    expect(ci).toMatch(/^npm ci /);
    const at = (text: string) => build.findIndex((i) => i.text.startsWith(text));
    expect(at('package.json package-lock.json')).toBeLessThan(at('npm ci'));
    expect(at('npm ci')).toBeLessThan(at('src src'));
  });

  test('what is copied exists, and .dockerignore lets it through and nothing else', () => {
    const copied = texts(build, 'COPY').flatMap((text) => text.split(' ').slice(0, -1));
    for (const path of copied) expect(existsSync(path), path).toBe(true);
    const ignore = readFileSync('.dockerignore', 'utf8').split('\n');
    const rules = ignore.filter((line) => line !== '' && !line.startsWith('#'));
    expect(rules[0]).toBe('*');
    expect(rules.slice(1).sort()).toEqual(copied.map((path) => `!${path}`).sort());
  });

  test('the final image holds only what the build laid out', () => {
    expect(texts(final, 'COPY')).toEqual(['--from=build /image /']);
  });

  test('the heap is capped, by the command line and not by NODE_OPTIONS, and no shell stands in between', () => {
    const [node, ...args] = JSON.parse(texts(final, 'ENTRYPOINT')[0]!) as string[];
    expect(node).toBe('/usr/local/bin/node');
    expect(args.filter((arg) => /^--max-(old-space|semi-space)-size=\d+$/.test(arg))).toHaveLength(2);
    expect(args.at(-1)).toBe('/opt/podferry/podferry.mjs');
    // The figures of the bench are those of the image.
    const [, measured] = /NODE_FLAGS = \[([^\]]*)\]/.exec(readFileSync('bench/run.mjs', 'utf8'))!;
    expect(args.slice(0, -1)).toEqual(measured!.split(', ').map((flag) => flag.slice(1, -1)));
    expect(JSON.parse(texts(final, 'CMD')[0]!)).toEqual(['run']);
    expect(texts(final, 'ENV')).toEqual(['NODE_ENV=production']);
  });
});

/** Where the Node of this machine has its licence; the official image has it in /usr/local. */
function licenceOfNode(): string {
  const places = [join(dirname(process.execPath), '..', 'LICENSE'), '/usr/share/doc/nodejs/LICENSE'];
  return places.find((path) => existsSync(path)) ?? resolve('LICENSE');
}

const canEnter = process.getuid?.() === 0 && spawnSync('chroot', ['--version']).status === 0;
const canLay = process.platform === 'linux' && spawnSync('ldd', ['--version']).status === 0;

describe.skipIf(!canLay)('what it makes (skipped where there is no ldd)', () => {
  const work = mkdtempSync(join(tmpdir(), 'podferry-image-'));
  const image = join(work, 'image');
  const env = { NODE_ENV: 'production', PATH: process.env.PATH };
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  test('the steps of the build stage run, with the Node and the packages of this machine', () => {
    const here = (text: string) =>
      text
        .replaceAll('/image', image)
        .replaceAll('cp /usr/local/bin/node', `cp ${process.execPath}`)
        .replaceAll('ldd /usr/local/bin/node', `ldd ${process.execPath}`)
        .replaceAll('/usr/local/LICENSE', licenceOfNode());
    const cwd = join(work, 'build');
    mkdirSync(cwd);
    for (const { name, text } of build) {
      if (name === 'COPY') {
        const paths = text.split(' ');
        const to = resolve(cwd, here(paths.pop()!));
        for (const path of paths)
          cpSync(path, paths.length > 1 || text.endsWith('/') ? join(to, path) : to, { recursive: true });
      } else if (name === 'RUN' && text.startsWith('npm ci')) {
        symlinkSync(resolve('node_modules'), join(cwd, 'node_modules'));
      } else if (name === 'RUN') {
        execFileSync('sh', ['-euc', here(text)], { cwd, stdio: 'pipe' });
      }
    }
    const all = readdirSync(image, { recursive: true, encoding: 'utf8' });
    expect(all).toEqual(
      expect.arrayContaining(['usr/local/bin/node', 'opt/podferry/podferry.mjs', 'opt/podferry/LICENSE']),
    );
    // What is passed on, with its licences: ours, those of the packages in the bundle, of Node, of the libraries.
    const licences = join(image, 'opt/podferry/licences');
    expect(readFileSync(join(image, 'opt/podferry/THIRD-PARTY-NOTICES.txt'), 'utf8')).toContain('pino ');
    expect(readFileSync(join(licences, 'node.txt'), 'utf8')).toMatch(/licen[cs]e/i);
    expect(readFileSync(join(licences, 'libc6.txt'), 'utf8')).toMatch(/GNU\s+Lesser\s+General\s+Public\s+License/);
    expect(readdirSync(licences)).toEqual(expect.arrayContaining(['LGPL-2.1', 'GPL-3']));
    const owners = new Set(
      all
        .filter((path) => /\.so(\.\d+)*$/.test(path))
        .map((path) => execFileSync('dpkg', ['-S', `*/${basename(path)}`], { encoding: 'utf8' }).split(':', 1)[0]!),
    );
    expect(readdirSync(licences)).toEqual(expect.arrayContaining([...owners].map((owner) => `${owner}.txt`)));
    expect(all.filter((path) => /\/(sh|bash|npm|apt)$/.test(path))).toEqual([]);
  });

  test.skipIf(!canEnter)('the agent starts in it, with nothing else in reach (skipped unless run by root)', () => {
    const [node, ...args] = JSON.parse(texts(final, 'ENTRYPOINT')[0]!) as string[];
    const inside = (...more: string[]) =>
      spawnSync('chroot', [image, node!, ...args, ...more], { encoding: 'utf8', env });
    const said = inside('--version');
    expect(said.stderr).toBe('');
    expect(said.stdout).toContain(version);
    expect(said.status).toBe(0);
    expect(inside('--help').status).toBe(0);
  });

  test.skipIf(!canEnter)('names are looked up in /etc/hosts before DNS is asked (skipped unless run by root)', () => {
    mkdirSync(dirname(join(image, 'etc/hosts')), { recursive: true });
    execFileSync('sh', ['-c', `echo '10.9.8.7 elasticsearch.elastic.svc' > ${image}/etc/hosts`]);
    const look = `require('dns').lookup('elasticsearch.elastic.svc', (e, a) => console.log(e?.code ?? a))`;
    expect(execFileSync('chroot', [image, '/usr/local/bin/node', '-e', look], { encoding: 'utf8', env })).toBe(
      '10.9.8.7\n',
    );
  });
});
