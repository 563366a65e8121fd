/**
 * argv → config → command → exit code. The only file that talks to the process: its arguments, environment, streams, signals
 * and exit.
 *
 * Exit: 0 done · 1 the operator's mistake · 2 could not deliver everything · 70 a bug in podferry · 128 + n a second signal.
 */
import { hostname } from 'node:os';
import { parseArgv, type Invocation } from './argv.ts';
import { ConfigError, loadConfig, type Loaded, type Purpose } from './config.ts';
import { OperatorError } from './util/errors.ts';

/** Put in by the build. */
declare const PODFERRY_VERSION: string;

process.on('uncaughtException', bug);
process.on('unhandledRejection', bug);
quietWhenNobodyReads();
try {
  exit(await main(parseArgv(process.argv.slice(2))));
} catch (error) {
  if (!(error instanceof OperatorError)) bug(error);
  for (const line of complaint(error)) process.stderr.write(`${line}\n`);
  exit(1);
}

async function main(invocation: Invocation): Promise<number> {
  switch (invocation.command) {
    case 'version':
      process.stdout.write(`podferry ${PODFERRY_VERSION}\n`);
      return 0;
    case 'help': {
      const { help } = await import('./help.ts');
      const look = { colour: colourOf(process.stdout), width: process.stdout.columns ?? 100 };
      process.stdout.write(help(invocation.topic, PODFERRY_VERSION, look));
      return 0;
    }
    case 'check': {
      const { check } = await import('./check.ts');
      const { probeElasticsearch, probeKubernetes } = await import('./probes.ts');
      const good = await check({
        load: () => load('check', invocation),
        elasticsearch: probeElasticsearch,
        kubernetes: (config) => probeKubernetes(config, PODFERRY_VERSION),
        print: (line) => void process.stdout.write(`${line}\n`),
        colour: colourOf(process.stdout),
      });
      return good ? 0 : 1;
    }
    default:
      load(invocation.command, invocation);
      throw new OperatorError(`podferry ${invocation.command} is not part of this build.`);
  }
}

function load(purpose: Purpose, { file, sets }: { file: string | undefined; sets: readonly string[] }): Loaded {
  return loadConfig({ purpose, file, sets, env: process.env, hostname: hostname() });
}

/** `podferry … | head` ends quietly, and a lost terminal is no reason to stop shipping. */
function quietWhenNobodyReads(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`podferry: stdout cannot be written to (${error.code})\n`);
    process.exit(2);
  });
  process.stderr.on('error', () => {});
}

/** https://no-color.org, and what terminals say of themselves. */
function colourOf(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== '0';
  return stream.isTTY === true && TERM !== 'dumb';
}

function complaint(error: OperatorError): string[] {
  if (!(error instanceof ConfigError)) return [`podferry: ${error.message}`];
  const { mistakes, warnings } = error;
  if (mistakes.length === 1 && warnings.length === 0) return [`podferry: ${mistakes[0]}`];
  const heading = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;
  return [`podferry: ${heading} in the settings`, ...[...mistakes, ...warnings].map((line) => `  ${line}`)];
}

function bug(error: unknown): never {
  const stack = error instanceof Error ? error.stack : String(error);
  process.stderr.write(
    `podferry ${PODFERRY_VERSION}: this is a bug in podferry; please report it with these lines\n${stack}\n`,
  );
  process.exit(70);
}

function exit(status: number): void {
  // The empty write waits for what is before it. If that failed, stdout's error decides.
  process.stdout.write('', (error) => void (error ?? process.exit(status)));
}
