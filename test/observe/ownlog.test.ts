import { describe, expect, it } from 'vitest';
import { createOwnLog, type OwnLogOptions } from '../../src/observe/ownlog.ts';

async function make(options: Partial<OwnLogOptions> = {}) {
  const lines: string[] = [];
  const clock = { ms: 0 };
  const log = await createOwnLog({
    level: 'info',
    fields: { version: '1.2.3', node: 'n1' },
    secrets: () => ['geheimnis', undefined, 'es'],
    to: { write: (line) => void lines.push(line) },
    pretty: false,
    now: () => clock.ms,
    ...options,
  });
  return { log, lines, clock, objects: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('own log', () => {
  it('is one JSON object per line', async () => {
    const { log, lines, objects } = await make();
    log.warn('a\nb', { path: '/x' });
    expect(lines[0]!.endsWith('}\n')).toBe(true);
    const [{ time, ...rest }] = objects() as [Record<string, unknown>];
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(rest).toEqual({ level: 'warn', version: '1.2.3', node: 'n1', path: '/x', msg: 'a\nb' });
  });

  it('keeps to its level', async () => {
    const { log, objects } = await make({ level: 'warn' });
    log.debug('1');
    log.info('2');
    log.warn('3');
    log.error('4');
    expect(objects().map(({ level, msg }) => [level, msg])).toEqual([
      ['warn', '3'],
      ['error', '4'],
    ]);
  });

  it('says the same thing at most once a minute, and then how often it was', async () => {
    const { log, objects, clock } = await make();
    for (let i = 0; i < 5; i++) log.throttled('es', `trouble ${i}`);
    log.throttled('other', 'else');
    clock.ms = 59_999;
    log.throttled('es', 'trouble 5');
    clock.ms = 60_000;
    log.throttled('es', 'trouble 6', { a: 1 });
    expect(objects().map(({ msg, withheld, a }) => [msg, withheld, a])).toEqual([
      ['trouble 0', undefined, undefined],
      ['else', undefined, undefined],
      ['trouble 6', 5, 1],
    ]);
  });

  it('remembers only so many kinds of trouble', async () => {
    const { log, lines } = await make();
    for (let i = 0; i < 1500; i++) log.throttled(`key ${i}`, 'x');
    log.throttled('key 1499', 'x');
    log.throttled('key 0', 'x');
    expect(lines.length).toBe(1501);
  });

  it('shows no secret: in a message, a field, an error or an address', async () => {
    const { log, lines } = await make();
    const error = Object.assign(new Error('401 for geheimnis', { cause: new Error('https://u:pw1234@h') }), {
      code: 'E401',
      meta: { headers: { authorization: 'ApiKey xyz' } },
    });
    log.error('key geheimnis at https://u:pw1234@es:9200', {
      error,
      deep: { list: ['geheimnis', { a: 'geheimnis' }] },
    });
    expect(lines.join()).not.toMatch(/geheimnis|pw1234|ApiKey/);
    const { error: shown, msg } = JSON.parse(lines[0]!) as { error: Record<string, unknown>; msg: string };
    expect(msg).toBe('key … at https://…@es:9200');
    expect(shown).toMatchObject({
      type: 'Error',
      code: 'E401',
      message: '401 for …',
      cause: { message: 'https://…@h' },
    });
  });

  it('survives any field', async () => {
    const { log, objects } = await make();
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    log.info('x', {
      loop,
      big: 10n,
      bytes: Buffer.alloc(5),
      map: new Map([['a', 1]]),
      long: 'y'.repeat(100_000),
      none: undefined,
    });
    const [line] = objects();
    expect(line).toMatchObject({ big: '10', bytes: '5 bytes', map: { a: 1 }, msg: 'x' });
    expect(String(line!.long).length).toBeLessThan(10_000);
  });

  it('lets no path speak to the terminal', async () => {
    const { log, lines } = await make({ pretty: 'plain' });
    log.warn('bad \x1b]0;title\x07 name \x9b31m', { path: '/a\x1b[2J' });
    expect(lines.join()).not.toMatch(/[\x1b\x07\x9b]/);
    expect(lines.join()).toContain('bad \\x1b]0;title\\x07 name');
  });

  it('is readable on a terminal', async () => {
    const { log, lines } = await make({ pretty: 'plain' });
    log.warn('the sink is away', { wait: '5 s' });
    expect(lines.join('')).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: the sink is away \{"wait":"5 s"\}\n$/);
    const coloured = await make({ pretty: 'colour' });
    coloured.log.info('x');
    expect(coloured.lines.join('')).toContain('\x1b[');
  });
});
