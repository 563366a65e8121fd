// What README.md tells people to type, typed as it stands there. Commands that need a cluster or a registry are noted instead of
// run, and what they would bring about is made from their arguments.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BUNDLE } from './helpers/agent.ts';
import { authority } from './helpers/certificate.ts';
import { Box, directory, hasBoxes } from './helpers/box.ts';
import { hasKustomize, render as renderReally, renderPlainly, type Manifest } from './helpers/kustomize.ts';
import { startPod, type Pod } from './helpers/pod.ts';
import { until } from './helpers/until.ts';

const render = hasKustomize ? renderReally : renderPlainly;
const hasJq = spawnSync('jq', ['--version']).status === 0;
const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;

/** The commands of a section, one text a code block. */
function blocks(heading: string): string[] {
  const text = readFileSync('README.md', 'utf8');
  const section = text.slice(text.indexOf(`\n## ${heading}\n`) + 1).split('\n## ', 1)[0]!;
  return [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands]) => commands!);
}

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-readme-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Puts a command before all others of that name. */
function stub(name: string, script: string): void {
  writeFileSync(join(directory(dir, 'bin'), name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(dir, 'bin', name), 0o755);
}

/** Runs commands in `dir`, as a person would who has a clone there. */
function type(commands: string): string {
  const env = { PATH: `${join(dir, 'bin')}:${process.env.PATH}`, HOME: dir };
  return execFileSync('bash', ['--norc', '-euo', 'pipefail', '-c', commands], { cwd: dir, env, encoding: 'utf8' });
}

describe('Deploy', () => {
  const key = 'cG9kZmVycnk6a2V5';
  const host = 'elasticsearch-es-http.elastic.svc';
  const ca = authority('elastic CA');
  const server = { port: 9200, apiKeys: [key], tls: ca.issue('elasticsearch', [host]) };

  let objects: Manifest[];
  let secrets: Record<string, Record<string, string>>;
  let pod: Pod | undefined;
  afterEach(async () => {
    await pod?.box.close();
    pod = undefined;
  });

  /** Types the block: gives what it asks kubectl for, word by word. */
  function deploy(): string[][] {
    cpSync('manifests', join(dir, 'manifests'), { recursive: true });
    writeFileSync(join(dir, 'api_key'), `${key}\n`);
    writeFileSync(join(dir, 'ca.crt'), ca.cert);
    for (const name of ['docker', 'kubectl']) stub(name, `printf '%s\\n' "$0" "$@" '' >>${dir}/asked`);
    type(blocks('Deploy')[0]!);
    const asked = readFileSync(join(dir, 'asked'), 'utf8').split('\n\n').slice(0, -1);
    return asked.map((lines) => lines.split('\n')).filter(([command]) => command!.endsWith('/kubectl'));
  }

  beforeEach(() => {
    secrets = {};
    for (const [, ...words] of deploy()) {
      if (words[0] === 'apply') {
        expect(words.slice(0, 2)).toEqual(['apply', '-k']);
        objects = render(join(dir, words[2]!));
      } else {
        expect(words.slice(0, 5)).toEqual(['-n', 'podferry', 'create', 'secret', 'generic']);
        const files = words.slice(6).map((word) => /^--from-file=([^=]+)=(.+)$/.exec(word)!.slice(1));
        secrets[words[5]!] = Object.fromEntries(
          files.map(([name, path]) => [name, readFileSync(join(dir, path!), 'utf8')]),
        );
        if (hasKubectl) expect(secretOf(words)).toEqual(secrets[words[5]!]);
      }
    }
  });

  /** The keys of the Secret that a real kubectl would create. */
  function secretOf(words: readonly string[]): Record<string, string> {
    const all = [...words, '--dry-run=client', '--output=json'];
    const { data } = JSON.parse(execFileSync('kubectl', all, { cwd: dir, encoding: 'utf8' })) as Manifest;
    return Object.fromEntries(
      Object.entries(data as Record<string, string>).map(([name, text]) => [
        name,
        Buffer.from(text, 'base64').toString(),
      ]),
    );
  }

  const start = async (env: Record<string, string> = {}): Promise<string[]> => {
    const log = join(dir, 'node/var/log/pods/shop_web-1_11111111-1111-4111-8111-111111111111/web/0.log');
    mkdirSync(dirname(log), { recursive: true });
    writeFileSync(log, '2026-11-20T01:00:00.000000001Z stdout F paid\n', { mode: 0o600 });
    chownSync(log, 1000, 1000);
    let documents: () => Promise<string[]> = () => Promise.resolve([]);
    pod = await startPod({ objects, secrets, dir, hosts: [host], env }, async (box) => {
      ({ documents } = await box.elasticsearch(server));
    });
    await pod.ready();
    let stored: string[] = [];
    await until(async () => (stored = await documents()).length > 0, 'a document');
    return stored;
  };

  describe.skipIf(!hasBoxes)('and an agent starts on what was made (skipped unless run by root, on Linux)', () => {
    test('it gets ready, and ships a line over TLS to where the example says', async () => {
      const [document] = await start();
      expect(JSON.parse(document!)).toMatchObject({
        message: 'paid',
        kubernetes: { namespace: 'shop', pod: { name: 'web-1' } },
        data_stream: { namespace: 'production' },
        host: { name: 'node-7' },
      });
      pod!.agent.kill('SIGTERM');
      expect(await pod!.agent.ended).toBe(0);
      expect(existsSync(join(dir, 'node/var/lib/podferry'))).toBe(true);
    });

    test('without ca.crt in the Secret it says in one sentence what is missing', async () => {
      delete secrets['podferry-elasticsearch']!['ca.crt'];
      pod = await startPod({ objects, secrets, dir, hosts: [host] });
      expect(await pod.agent.ended).toBe(1);
      expect(pod.agent.stderr()).toMatch(
        /^podferry: \/etc\/podferry\/podferry\.yaml:\d+: elasticsearch\.ca_file \S+\/ca\.crt cannot be read \(ENOENT\)\.\n$/,
      );
    });

    test('for a public authority: without ca.crt in the Secret, and without the line in the overlay', async () => {
      const settings = join(dir, 'manifests/overlays/mine/podferry.yaml');
      const lines = readFileSync(settings, 'utf8').split('\n');
      writeFileSync(settings, lines.filter((line) => !line.startsWith('  ca_file:')).join('\n'));
      objects = render(dirname(settings));
      delete secrets['podferry-elasticsearch']!['ca.crt'];
      expect(await start({ NODE_EXTRA_CA_CERTS: join(dir, 'ca.crt') })).toHaveLength(1);
    });
  });
});

describe.skipIf(!hasBoxes)('with the logs of the samples (skipped unless run by root, on Linux)', () => {
  let box: Box;
  let documents: () => Promise<string[]>;
  beforeEach(async () => {
    symlinkSync(dirname(BUNDLE), join(dir, 'dist'));
    cpSync('samples', join(dir, 'samples'), { recursive: true });
    cpSync('samples/pods', join(dir, 'pods'), { recursive: true });
    const [plain] = readdirSync('samples/pods', { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\/0\.log$/.test(name),
    );
    cpSync(join('samples/pods', plain!), join(dir, '0.log'));
    writeFileSync(join(dir, '0.log.20261120-010203.gz'), gzipSync('2026-11-20T00:00:00.000000001Z stdout F before\n'));
    const settings =
      'elasticsearch: { nodes: [http://localhost:9200] }\nkubernetes: { enabled: false }\nnode_name: node-7\n';
    for (const name of ['podferry.yaml', 'etc/podferry.yaml']) {
      directory(dir, 'etc');
      writeFileSync(join(dir, name), settings);
    }
    stub('npm', ':');
    stub('kubectl', `cat ${dir}/samples/pods.json`);
    const podferry = `${process.execPath} ${BUNDLE} "$@"`;
    // An agent is told to stop as soon as it runs, so that the next command gets its turn.
    const run = `${podferry} 2>said.$$ & until grep -q ' runs on ' said.$$ || ! kill -0 $!; do sleep 0.05; done
      kill $!; wait $!; status=$?; cat said.$$ >&2; exit $status`;
    stub('podferry', `case $1 in run) ${run};; *) exec ${podferry};; esac`);
    box = await Box.open([
      { from: join(dir, 'pods'), to: '/var/log/pods', readOnly: true },
      { from: directory(dir, 'containers'), to: '/var/log/containers', readOnly: true },
      { from: directory(dir, 'state'), to: '/var/lib/podferry', readOnly: false },
      { from: join(dir, 'etc'), to: '/etc/podferry', readOnly: true },
      // What is written beside the clone.
      { from: dir, to: '/var/clone', readOnly: false },
    ]);
    ({ documents } = await box.elasticsearch({ port: 9200 }));
  });
  afterEach(() => box.close());

  /** Types commands: gives what they print. Throws unless all of them succeed. */
  async function type(commands: string): Promise<string> {
    const env = { PATH: `${join(dir, 'bin')}:${process.env['PATH'] ?? ''}` };
    const typed = box.start(['bash', '--norc', '-euo', 'pipefail', '-c', commands], env, '/var/clone');
    const status = await typed.ended;
    expect(status, `${commands}\n${typed.stderr()}`).toBe(0);
    return typed.stdout();
  }

  test('Replay your own logs', async () => {
    const [replays, withJq, toElasticsearch, toFiles, ...rest] = blocks('Replay your own logs');
    expect(rest).toEqual([]);
    expect((await type(replays!)).split('\n').length).toBeGreaterThan(100);
    if (hasJq) expect((await type(withJq!)).split('\n').length).toBeGreaterThan(5);
    await type(toElasticsearch!);
    await type(toElasticsearch!);
    expect(await documents()).toHaveLength(118);
    expect(await type(toFiles!)).toMatch(/ 0 missing/);
  });

  test('Prove that nothing is missing', async () => {
    await type(
      'node dist/podferry.mjs replay ./pods --format ndjson >documents.ndjson; podferry replay ./pods -c podferry.yaml --set sink=elasticsearch',
    );
    const [verifies, ...rest] = blocks('Prove that nothing is missing');
    expect(rest).toEqual([]);
    expect(await type(verifies!)).toMatch(/ 0 missing.*\n(.*\n)*.* 0 missing/);
  });

  test('Deploy: what to run before a roll-out', async () => {
    // The second is rendered by test/chart.slow.test.ts.
    const [, , check, ...rest] = blocks('Deploy');
    expect(rest).toEqual([]);
    expect(await type(check!)).not.toMatch(/FAIL/);
  });

  test('Configure: a file, a variable, a flag', async () => {
    const [runs, ...rest] = blocks('Configure');
    expect(rest).toEqual([]);
    await type(runs!);
    expect(runs).toContain('PODFERRY_BATCH_MAX_AGE=2s podferry run\n');
  });
});

test('every script of npm that the README names is there, and so are the paths in the image', () => {
  const text = readFileSync('README.md', 'utf8');
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const named = [...text.matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name!);
  expect(named).not.toEqual([]);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
  const [, entrypoint] = /^ENTRYPOINT (.*)$/m.exec(readFileSync('Dockerfile', 'utf8'))!;
  const words = JSON.parse(entrypoint!) as string[];
  expect(text).toContain(`kubectl -n podferry exec ds/podferry -- ${words[0]} ${words.at(-1)} check`);
});
