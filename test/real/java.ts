/**
 * Java programs for tests: a Java that is new enough, and jars that Maven fetches once into a directory of the user, outside of
 * the tree, so that every clone uses the same.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { env, pid } from 'node:process';

const CACHE = join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'podferry-tests');
const OLDEST_JAVA = 21;
const JVMS = '/usr/lib/jvm';
/** A registry that does not answer must not hold up the suite. */
const DOWNLOAD_MS = 10 * 60_000;

export interface Jars {
  /** Of the server. */
  readonly name: string;
  readonly version: string;
  /** Says `${server.version}` where the version belongs. */
  readonly pom: string;
}

export const jarsDir = ({ name, version }: Jars): string => join(CACHE, `${name}-${version}`);

/** Fetches the jars unless they are there. Answers in a sentence why not; undefined: all is well. */
export function whyNotJava(jars: Jars): string | undefined {
  if (javaHome() === undefined) return `no Java ${OLDEST_JAVA} or newer (JAVA_HOME, ${JVMS}, PATH)`;
  if (existsSync(jarsDir(jars))) return undefined;
  const half = `${jarsDir(jars)}.${pid}`;
  try {
    mkdirSync(half, { recursive: true });
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies';
    const options = { stdio: 'inherit', timeout: DOWNLOAD_MS } as const;
    execFileSync(
      'mvn',
      ['-q', '-B', '-f', jars.pom, goal, `-Dserver.version=${jars.version}`, `-DoutputDirectory=${half}`],
      options,
    );
    renameSync(half, jarsDir(jars));
    return undefined;
  } catch (error) {
    // Another run may have been quicker.
    if (existsSync(jarsDir(jars))) return undefined;
    return `Maven (mvn) could not fetch it: ${(error as Error).message}`;
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
}

/** A program of the JDK. @throws if there is none that is new enough */
export function javaTool(tool: 'java' | 'javac' | 'jar'): string {
  const home = javaHome();
  if (home === undefined) throw new Error(`no Java ${OLDEST_JAVA} or newer`);
  return join(home, tool);
}

/** The directory of its programs; '' for those on the PATH. */
function javaHome(): string | undefined {
  const installed = existsSync(JVMS) ? readdirSync(JVMS).map((each) => join(JVMS, each)) : [];
  const homes = [...(env['JAVA_HOME'] ? [env['JAVA_HOME']] : []), ...installed].map((home) => join(home, 'bin'));
  return [...homes, ''].find((home) => versionOf(join(home, 'java')) >= OLDEST_JAVA);
}

function versionOf(path: string): number {
  try {
    const text = execFileSync(path, ['--version'], { encoding: 'utf8', stdio: 'pipe' });
    return Number(/ (\d+)/.exec(text)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
