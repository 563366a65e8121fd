/** Commands of the built podferry, against a server. */
import { spawn } from 'node:child_process';
import { BUNDLE } from '../helpers/agent.ts';
import type { RealServer } from './server.ts';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `state`: its directory. */
export const podferryAgainst =
  ({ url }: RealServer, state: string) =>
  async (...args: string[]): Promise<Ended> => {
    const settings = ['sink=elasticsearch', `elasticsearch.nodes=${url}`, `state.dir=${state}`];
    const child = spawn(process.execPath, [BUNDLE, ...args, ...settings.flatMap((each) => ['--set', each])]);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    const code = await new Promise<number | null>((ended) => child.once('close', ended));
    return { code, stdout, stderr };
  };
