/**
 * argv → config → command → exit code. The only file that uses the process: its arguments, environment, streams, signals and
 * exit.
 *
 * Exit: 0 done · 1 the operator's mistake · 2 could not deliver everything · 70 a bug in podferry · 128 + n a second signal.
 */
import { hostname } from 'node:os';
import { parseArgv, type Invocation } from './argv.ts';
import { ConfigError, loadConfig, type Config, type Loaded, type Purpose } from './config/config.ts';
import type { OwnLog } from './observe/ownlog.ts';
import type { CommandParts } from './sink.ts';
import { OperatorError } from './util/errors.ts';
import { withPatterns } from './util/text-pattern.ts';
import { written } from './util/written.ts';

/** Put in by the build. */
declare const PODFERRY_VERSION: string;

const SIGNALS = { SIGTERM: 143, SIGINT: 130 } as const;
/** How long a stop may take beyond stop.grace. Then it counts as stuck. */
const STUCK_MS = 10_000;
/** How long the reader of stdout may take for the last bytes after a stop. */
const LAST_BYTES_MS = 500;

const { stdin, stdout, stderr } = process;
/** Aborted by the first signal. */
const stop = new AbortController();

process.on('uncaughtException', bug);
process.on('unhandledRejection', bug);
quietWhenNobodyReads();
try {
  exit(await main(parseArgv(process.argv.slice(2))));
} catch (error) {
  if (!(error instanceof OperatorError)) bug(error);
  stderr.write(complaint(error));
  exit(1);
}

async function main(invocation: Invocation): Promise<number> {
  const version = PODFERRY_VERSION;
  const colour = colourOf(stdout);
  switch (invocation.command) {
    case 'version':
      stdout.write(`podferry ${version}\n`);
      return 0;
    case 'help': {
      const { help } = await import('./help.ts');
      stdout.write(help(invocation.topic, version, { colour, width: stdout.columns ?? 100 }));
      return 0;
    }
    case 'check': {
      const { check } = await import('./check.ts');
      const { probeKubernetes } = await import('./probes.ts');
      const { probeSink } = await import('./sink.ts');
      const good = await check({
        load: () => load('check', invocation),
        sink: probeSink,
        kubernetes: (config) => probeKubernetes(config, version),
        print: (line) => void stdout.write(`${line}\n`),
        colour,
      });
      return good ? 0 : 1;
    }
    case 'replay': {
      const { paths, pods: podsFile, format } = invocation;
      const { config, log } = await prepare('replay', invocation);
      const signal = stopSignal(log, 0);
      const { replay } = await import('./replay.ts');
      return replay(config, { paths, podsFile, format, stdin, stdout, stderr, colour, version, signal, log });
    }
    case 'explain': {
      const { paths, offset, id, pods: podsFile } = invocation;
      // Nothing is sent: what the sink needs may be on another machine.
      const { config, log } = await prepare('replay', { ...invocation, sets: [...invocation.sets, 'sink=stdout'] });
      const signal = stopSignal(log, 0);
      const { explain } = await import('./explain.ts');
      return explain(config, { paths, offset, id, podsFile, stdin, stdout, version, signal, log });
    }
    case 'redeliver': {
      const { dir, wanted, dryRun } = invocation;
      const { config, log } = await prepare('redeliver', invocation);
      const signal = stopSignal(log, 0);
      const { redeliver } = await import('./redeliver.ts');
      return redeliver(config, { dir, wanted, dryRun, stdout, stderr, signal, log });
    }
    case 'verify': {
      const { paths, pods: podsFile, against, olderThan } = invocation;
      // Against a file no server is needed, as for replay.
      const { config, log } = await prepare(against === undefined ? 'verify' : 'replay', invocation);
      const signal = stopSignal(log, 0);
      const { verify } = await import('./verify/verify.ts');
      const where = { paths, podsFile, against, olderThan };
      return verify(config, { ...where, stdin, stdout, stderr, colour, version, signal, log });
    }
    case 'setup': {
      const { dryRun, out, apiKey } = invocation;
      const { config } = await prepare('setup', invocation);
      const { setup } = await import('./setup/setup.ts');
      const print = (line: string) => void stdout.write(`${line}\n`);
      await setup(config, { dryRun, out, apiKey, version, print });
      return 0;
    }
    case 'run': {
      const { config, log } = await prepare('run', invocation);
      const signal = stopSignal(log, config.stop.grace);
      // Some send SIGHUP so that a process reads its settings again. It must not end the shipping.
      process.on('SIGHUP', () => log.info('SIGHUP: nothing is done; settings are read when podferry starts'));
      const { runAgent } = await import('./agent.ts');
      const usage = () => ({
        cpu: process.cpuUsage(),
        memory: process.memoryUsage(),
        memoryLimit: process.constrainedMemory(),
      });
      await runAgent(config, { version, hostname: hostname(), stdout: printing(colour), usage, signal, log });
      return 0;
    }
  }
}

function load(
  purpose: Purpose,
  { file, sets }: { readonly file: string | undefined; readonly sets: readonly string[] },
): Promise<Loaded> {
  return withPatterns(() => loadConfig({ purpose, file, sets, env: process.env, hostname: hostname() }));
}

/** The settings, and the own log, which has printed the warnings about them. */
async function prepare(
  purpose: Purpose,
  invocation: Parameters<typeof load>[1],
): Promise<{ config: Config; log: OwnLog }> {
  const { config, warnings } = await load(purpose, invocation);
  const { createOwnLog } = await import('./observe/ownlog.ts');
  const log = await createOwnLog({
    level: config.log.level,
    fields: { version: PODFERRY_VERSION, ...(config.node_name === '' ? {} : { node: config.node_name }) },
    secrets: config.secrets,
    to: 2,
    pretty: stderr.isTTY !== true ? false : colourOf(stderr) ? 'colour' : 'plain',
  });
  for (const warning of warnings) log.warn(warning);
  return { config, log };
}

/** stdout as a sink. What it cannot write is told by its error event, which ends the process. */
function printing(colour: boolean): CommandParts['stdout'] {
  return {
    format: stdout.isTTY === true ? 'pretty' : 'ndjson',
    colour,
    width: stdout.columns,
    write: (bytes) => written(stdout, bytes),
    failed() {},
  };
}

/** Aborted by the first SIGTERM or SIGINT; the second ends the process at once. */
function stopSignal(log: OwnLog, graceMs: number): AbortSignal {
  for (const [name, status] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(status);
      log.info(`${name}: stopping; another signal ends podferry at once`);
      stop.abort(new Error(name));
      setTimeout(() => bug(new Error('it did not stop in time')), graceMs + STUCK_MS).unref();
    });
  }
  return stop.signal;
}

/** `podferry … | head` ends without a message, and a lost terminal does not end the shipping. */
function quietWhenNobodyReads(): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    stderr.write(`podferry: stdout cannot be written to (${error.code})\n`);
    process.exit(2);
  });
  stderr.on('error', () => {});
}

/** Follows https://no-color.org and what the terminal says of itself. */
function colourOf(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== '0';
  return stream.isTTY === true && TERM !== 'dumb';
}

function complaint(error: OperatorError): string {
  if (!(error instanceof ConfigError)) return `podferry: ${error.message}\n`;
  const { mistakes, warnings } = error;
  if (mistakes.length === 1 && warnings.length === 0) return `podferry: ${mistakes[0]}\n`;
  const heading = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;
  return `podferry: ${heading} in the settings\n${[...mistakes, ...warnings].map((line) => `  ${line}\n`).join('')}`;
}

function bug(error: unknown): never {
  const stack = error instanceof Error ? error.stack : String(error);
  stderr.write(
    `podferry ${PODFERRY_VERSION}: this is a bug in podferry; please report it with these lines\n${stack}\n`,
  );
  process.exit(70);
}

/** Exits when stdout has taken all bytes; after a stop also without, since stdout may be a pipe that nobody reads. */
function exit(status: number): void {
  // The empty write ends after all writes before it. If one of them failed, the error event of stdout exits.
  stdout.write('', (error) => void (error ?? process.exit(status)));
  const soon = (): void => void setTimeout(() => process.exit(status), LAST_BYTES_MS);
  if (stop.signal.aborted) soon();
  else stop.signal.addEventListener('abort', soon);
}
