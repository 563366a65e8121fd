/** Opening: whatever the path becomes between the look and the open, only a log is opened. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realFs, type Fs } from '../../../src/files/logfile/fs.ts';
import { NotALog, openLog, PlainFile, type Refusal } from '../../../src/files/logfile/logfile.ts';

const directory = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'podferry-logfile-')));
const root = join(directory, 'logs');
const at = (name: string): string => join(root, name);

beforeAll(() => {
  fs.mkdirSync(root);
  fs.writeFileSync(join(directory, 'secret'), 'secret');
  fs.writeFileSync(at('plain'), 'plain');
});
afterAll(() => fs.rmSync(directory, { recursive: true }));

/** Refuses what lies elsewhere. */
function under(directory: string): Refusal {
  return (real) => (real.startsWith(`${directory}/`) ? undefined : 'it lies elsewhere');
}

function openFiles(): number {
  return fs.readdirSync('/proc/self/fd').length;
}

test('what is no log is refused without hanging, and no descriptor is left open', async () => {
  execFileSync('mkfifo', [at('fifo')]);
  fs.mkdirSync(at('directory'));
  fs.symlinkSync(join(directory, 'secret'), at('out'));
  fs.symlinkSync('/etc/shadow', at('shadow'));
  const server = net.createServer();
  await new Promise<void>((listening) => server.listen(at('socket'), listening));
  const before = openFiles();
  for (const name of ['fifo', 'directory', 'out', 'shadow', 'socket']) {
    expect(() => openLog(realFs, at(name), under(root)), name).toThrow(NotALog);
  }
  expect(() => openLog(realFs, at('nothing'), under(root))).toThrow('ENOENT');
  // A root is not the beginning of another name.
  expect(() => openLog(realFs, at('plain'), under(root.slice(0, -1)))).toThrow(NotALog);
  expect(openFiles()).toBe(before);
  server.close();
});

test('a link that stays under a root is followed', () => {
  fs.symlinkSync(at('plain'), at('in'));
  const opened = openLog(realFs, at('in'), under(root));
  expect(opened.size).toBe(5);
  fs.closeSync(opened.fd);
});

test('a file that becomes a link after it was resolved is refused', () => {
  const swapped = { ...realFs, realpathSync: () => at('out2') };
  fs.symlinkSync(join(directory, 'secret'), at('out2'));
  expect(() => openLog(swapped, at('plain'), under(root))).toThrow(NotALog);
});

test('a file that becomes a link after it was resolved is refused where the kernel cannot be asked what was opened', () => {
  fs.symlinkSync(join(directory, 'secret'), at('plain2'));
  const readlinkSync = (): never => {
    throw Object.assign(new Error('there is no /proc'), { code: 'ENOENT' });
  };
  const swapped: Fs = { ...realFs, realpathSync: () => at('plain2'), readlinkSync };
  expect(() => openLog(swapped, at('plain'), under(root))).toThrow(NotALog);
});

for (const what of ['a FIFO', 'a link to a FIFO']) {
  test(`a file that becomes ${what} after it was resolved is refused without hanging`, () => {
    const path = at(what);
    const fifo = what === 'a FIFO' ? path : join(directory, 'fifo');
    const opened: string[] = [];
    const swapped: Fs = {
      ...realFs,
      realpathSync: (asked) => {
        const real = realFs.realpathSync(asked);
        fs.unlinkSync(path);
        execFileSync('mkfifo', [fifo]);
        if (fifo !== path) fs.symlinkSync(fifo, path);
        return real;
      },
      openSync: (asked, flags) => {
        const fd = fs.openSync(asked, flags);
        opened.push(fs.readlinkSync(`/proc/self/fd/${fd}`));
        return fd;
      },
    };
    fs.writeFileSync(path, 'a log');
    const before = openFiles();
    expect(() => openLog(swapped, path, under(root))).toThrow(NotALog);
    expect(openFiles()).toBe(before);
    // What lies elsewhere is not even opened: there are devices that do something when they are.
    expect(opened).toEqual(fifo === path ? [path] : []);
  });
}

test('a directory on the way that becomes a link after it was resolved is refused', () => {
  fs.symlinkSync(directory, at('way'));
  const swapped = { ...realFs, realpathSync: () => join(at('way'), 'secret') };
  const before = openFiles();
  expect(() => openLog(swapped, at('plain'), under(root))).toThrow(NotALog);
  expect(openFiles()).toBe(before);
});

test('closed while it is read: the read finishes, then the descriptor goes', async () => {
  const before = openFiles();
  const file = new PlainFile(realFs, openLog(realFs, at('plain'), under(root)));
  const buffer = Buffer.alloc(10);
  const tailed = file.read(buffer, 0);
  file.close();
  expect(await tailed).toBe(5);
  expect(openFiles()).toBe(before);
});

test('a file that is deleted is read on through its descriptor', async () => {
  fs.writeFileSync(at('gone'), 'gone');
  const file = new PlainFile(realFs, openLog(realFs, at('gone'), under(root)));
  fs.unlinkSync(at('gone'));
  expect(file.stat().nlink).toBe(0);
  expect(await file.read(Buffer.alloc(10), 1)).toBe(3);
  file.close();
});
