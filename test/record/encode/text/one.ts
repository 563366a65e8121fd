/** The document of a line of text, without what every document has. */
import { expect } from 'vitest';
import type { PodOverrides } from '../../../../src/types.ts';
import { ALL, read } from '../../helpers.ts';

/** Members of `log` without the place of the line; `message` only if it is not the line. */
export function one(line: string, overrides: PodOverrides = ALL): Record<string, unknown> {
  const [found, more] = read(`2026-11-20T01:02:03Z stdout F ${line}\n`, { overrides });
  expect(more).toBeUndefined();
  const { log, '@timestamp': time, stream, kubernetes, message, ...rest } = found!.body;
  expect([time, stream, kubernetes]).toEqual(['2026-11-20T01:02:03Z', 'stdout', { namespace: 'ns' }]);
  const { file, offset, ...own } = log;
  expect([file.path, offset]).toEqual(['/var/log/pods/ns_p_u/c/0.log', 0]);
  return {
    ...(message === line ? {} : { message }),
    ...(Object.keys(own).length === 0 ? {} : { log: own }),
    ...rest,
  };
}
