/**
 * `podferry check`: would `run` work here? Prints a line for each thing it looks at, as soon as it knows. Changes nothing.
 * Functions ask the servers (probes.ts): this file looks at settings, directories and ports only.
 */
import { constants, open, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { createColors } from 'picocolors';
import { rulesOfContainers } from './check-rules.ts';
import { ConfigError, outputsOf, type Config, type Loaded } from './config/config.ts';
import { canListen } from './listening.ts';
import type { ApiCheck } from './kube/api-check.ts';
import type { SinkCheck } from './sinks/index.ts';
import type { Address } from './util/address.ts';
import { notWritable } from './util/directory.ts';
import { amount, bytes } from './util/human.ts';
import { DEFAULT_OUTPUT } from './util/output-name.ts';

/** What was found out about one thing. */
export interface CheckResult {
  readonly name: string;
  /** 'warn': it will work, but somebody should look at it. */
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly lines: readonly string[];
}

export interface CheckOptions {
  /** Throws ConfigError, or rejects with it. */
  readonly load: () => Loaded | Promise<Loaded>;
  /** Ask the sink and the API server. They do not throw. One whose function is missing is not asked. */
  readonly sink?: (config: Config) => Promise<SinkCheck | undefined>;
  readonly kubernetes?: (config: Config) => Promise<ApiCheck>;
  readonly print: (line: string) => void;
  /** Symbols and colours for a terminal; else ok, warn and FAIL. */
  readonly colour: boolean;
}

/** True if nothing failed. */
export async function check({ load, sink, kubernetes, print, colour }: CheckOptions): Promise<boolean> {
  let good = true;
  const report = (result: CheckResult): void => {
    good &&= result.verdict !== 'fail';
    for (const line of layOut(result, colour)) print(line);
  };

  const settings = await checkSettings(load);
  report(settings.result);
  const { config } = settings;
  if (config === undefined) return false;
  report({ name: 'node_name', verdict: 'ok', lines: [config.node_name] });
  report(await containersDir(config.logs.containers_dir));
  report(await podsDir(config.logs.pods_dir));
  if (config.rules.length > 0) {
    const lines = await rulesOfContainers(config.logs.pods_dir, config.rules);
    report({ name: 'rules', verdict: 'ok', lines });
  }
  report(await stateDir(config.state.dir, config.limits.deadletter_bytes * outputsOf(config).length));
  report(await address('http.listen', config.http.listen, 'no metrics, no probes'));
  const elsewhere = config.http.listen === null ? 'no probes' : 'probes are asked at http.listen';
  report(await address('http.probes', config.http.probes, elsewhere));
  if (!config.uses_kubernetes) {
    report({ name: 'kubernetes', verdict: 'ok', lines: ['not used: documents carry what the paths of the logs tell'] });
  } else if (kubernetes !== undefined) report(asked('kubernetes', await kubernetes(config)));
  for (const { name, config: own } of outputsOf(config)) {
    const found = await sink?.(own);
    const [asName, plainly] = name === DEFAULT_OUTPUT ? [own.sink, 'sink'] : [`outputs.${name}`, `outputs.${name}`];
    report(found ? asked(asName, found) : { name: plainly, verdict: 'ok', lines: [own.sink] });
  }
  return good;
}

async function checkSettings(load: CheckOptions['load']): Promise<{ result: CheckResult; config?: Config }> {
  const name = 'settings';
  try {
    const { config, file, layers, warnings } = await load();
    const from = (layer: string) => [...layers.values()].filter((l) => l === layer).length;
    const origin = `${file === undefined ? 'no file' : `${file} (${from('file')})`}, environment (${from('env')}), flags (${from('flag')})`;
    return { result: { name, verdict: warnings.length > 0 ? 'warn' : 'ok', lines: [origin, ...warnings] }, config };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { result: { name, verdict: 'fail', lines: [...error.mistakes, ...error.warnings] } };
  }
}

function asked(name: string, { ok, warn, lines }: SinkCheck): CheckResult {
  return { name, verdict: !ok ? 'fail' : warn === true ? 'warn' : 'ok', lines };
}

async function containersDir(dir: string): Promise<CheckResult> {
  const name = 'logs.containers_dir';
  try {
    const links = (await readdir(dir)).filter((entry) => entry.endsWith('.log')).length;
    return { name, verdict: 'ok', lines: [`${dir}, ${amount(links, 'link')}`] };
  } catch (error) {
    return {
      name,
      verdict: 'warn',
      lines: [`${dir} cannot be read (${code(error)}): new containers are found by the scan only`],
    };
  }
}

async function podsDir(dir: string): Promise<CheckResult> {
  const name = 'logs.pods_dir';
  try {
    let [containers, files, opened] = [0, 0, 0];
    const failed: { path: string; code: string }[] = [];
    /** What is there, or `nothing` if it was removed since it was listed, as on a node at work, or cannot be read. */
    const look = async <T, N>(path: string, asked: (path: string) => Promise<T>, nothing: N): Promise<T | N> => {
      try {
        return await asked(path);
      } catch (error) {
        if (!['ENOENT', 'ELOOP'].includes(code(error))) failed.push({ path, code: code(error) });
        return nothing;
      }
    };
    const list = (path: string) => readdir(path, { withFileTypes: true });
    for (const pod of await list(dir)) {
      if (!pod.isDirectory()) continue;
      for (const container of await look(join(dir, pod.name), list, [])) {
        if (!container.isDirectory()) continue;
        const path = join(dir, pod.name, container.name);
        const logs = (await look(path, list, [])).filter((file) => /^\d+\.log/.test(file.name));
        containers++;
        files += logs.length;
        // One of each: what may be listed may not be read for all that.
        const one =
          logs[0] &&
          (await look(
            join(path, logs[0].name),
            (file) => open(file, constants.O_RDONLY | constants.O_NONBLOCK),
            undefined,
          ));
        if (one) opened++;
        await one?.close();
      }
    }
    const [first] = failed;
    if (first && opened === 0) throw Object.assign(new Error(), first);
    const counted = `${dir}, ${amount(files, 'log file')} of ${amount(containers, 'container')}`;
    if (!first) return { name, verdict: 'ok', lines: [counted] };
    const unread = `${amount(failed.length, 'path')} in it cannot be read, such as ${JSON.stringify(first.path)} (${first.code}): their logs are not shipped`;
    return { name, verdict: 'warn', lines: [counted, unread] };
  } catch (error) {
    return { name, verdict: 'fail', lines: [`${dir} cannot be read (${code(error)}); ${podsDirRemedy(code(error))}`] };
  }
}

function podsDirRemedy(code: string): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'logs are readable by root only: uid 0 or the capability DAC_READ_SEARCH is needed';
    case 'ENOTDIR':
      return 'it is not a directory, and run would not start: put one such as /var/log/pods into the setting';
    default:
      return 'mount the host directory of that name';
  }
}

async function stateDir(dir: string, deadletterBytes: number): Promise<CheckResult> {
  const name = 'state.dir';
  const reason = notWritable(dir, { make: false });
  if (reason !== undefined) return { name, verdict: 'fail', lines: [reason] };
  try {
    const { bavail, bsize } = await statfs(dir);
    const free = bavail * bsize;
    const tight = free < deadletterBytes + 16 * 1024 * 1024;
    return { name, verdict: tight ? 'warn' : 'ok', lines: [`${dir}, writable, ${bytes(free)} free`] };
  } catch {
    return { name, verdict: 'ok', lines: [`${dir}, will be made at the first start`] };
  }
}

async function address(name: string, wanted: Address | null, without: string): Promise<CheckResult> {
  if (wanted === null) return { name, verdict: 'ok', lines: [`off: ${without}`] };
  const { ok, line } = await canListen(wanted);
  return { name, verdict: ok ? 'ok' : 'fail', lines: [line] };
}

const NAME_WIDTH = 'logs.containers_dir'.length;

function layOut({ name, verdict, lines }: CheckResult, colour: boolean): string[] {
  const c = createColors(colour);
  const symbol = colour
    ? { ok: c.green('✓'), warn: c.yellow('!'), fail: c.red('✗') }[verdict]
    : { ok: 'ok  ', warn: 'warn', fail: 'FAIL' }[verdict];
  const indent = ' '.repeat((colour ? 1 : 4) + 2 + NAME_WIDTH + 2);
  const [first = '', ...more] = lines;
  return [`${symbol}  ${name.padEnd(NAME_WIDTH)}  ${first}`, ...more.map((line) => indent + line)];
}

function code(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
