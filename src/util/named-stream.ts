/**
 * The bytes of a file that somebody named, which may be a FIFO (`--pods <(kubectl get pods -o json)`) whose writer is in no hurry.
 * A plain read of a FIFO holds a thread of Node's pool, and process.exit() waits for all of them: no signal would end the process.
 */
import { constants, createReadStream, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { pause } from './backoff.ts';

const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;
const LOOK_MS = 50;

/**
 * The chunks of the file, each the reader's own. A FIFO that nobody writes to yet is waited for.
 * @throws the system's error; the signal's reason while it waits for a writer
 */
export async function* bytesOf(path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  for (;;) {
    const fd = openSync(path, FLAGS);
    const isFifo = fstatSync(fd).isFIFO();
    let isEmpty = true;
    for await (const chunk of isFifo
      ? new Socket({ fd, readable: true, writable: false })
      : createReadStream(path, { fd })) {
      isEmpty = false;
      yield chunk as Buffer;
    }
    if (!isFifo || !isEmpty) return;
    await pause(LOOK_MS, signal);
  }
}
