// Containers that write to a node at work, for bench/fairness.mjs: one loud, which writes at a rate, and quiet ones, which write a
// line a second each. Lines carry the time at which they are written. A process of its own, so that its work is not the agent's.
//
//   node bench/writers.mjs NODE_DIR QUIET LOUD_BYTES_A_SECOND SECONDS     → prints what was written
import { closeSync, mkdirSync, openSync, renameSync, symlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { lineMaker } from './lines.mjs';

const [nodeDir, ...numbers] = process.argv.slice(2);
const [quiet, rate, seconds] = numbers.map(Number);
/** The kubelet looks at the sizes of log files this often. */
const ROTATE_MS = 10_000;
const TICK_MS = 10;

function open(name, i) {
  const directory = join(
    nodeDir,
    'pods',
    `shop_${name}_${String(i).padStart(8, '0')}-0000-4000-8000-000000000000`,
    'web',
  );
  mkdirSync(directory, { recursive: true });
  const path = join(directory, '0.log');
  symlinkSync(path, join(nodeDir, 'containers', `${name}_shop_web-${String(i).padStart(64, '0')}.log`));
  return { path, fd: openSync(path, 'a') };
}

const now = () => `${new Date().toISOString().slice(0, -1)}000001Z`;
const loud = open('loud', 0);
const quietOnes = Array.from({ length: quiet }, (_, i) => open(`quiet-${i}`, i + 1));

// The mixed lines without their times, which are put in front as they are written.
const next = lineMaker();
const rests = Array.from({ length: 20_000 }, () => next().slice(30));
let at = 0;
let written = 0;
let line = 0;
let lastRotated = 0;

const started = performance.now();
const clock = setInterval(() => {
  const ms = performance.now() - started;
  if (ms >= seconds * 1000) return end();
  // Each quiet one has its own moment in a second.
  for (const due = Math.floor((ms / 1000) * quiet); line < due; line++) {
    writeSync(quietOnes[line % quiet].fd, `${now()} stdout F quiet line ${line}\n`);
  }
  if (ms - lastRotated >= ROTATE_MS) rotate(ms);
  while (written < (ms / 1000) * rate) {
    const time = now();
    let text = '';
    for (let i = 0; i < 500; i++) text += time + rests[at++ % rests.length];
    written += writeSync(loud.fd, text);
  }
}, TICK_MS);

function rotate(ms) {
  lastRotated = ms;
  renameSync(loud.path, `${loud.path}.20261120-${String(Math.round(ms / 1000)).padStart(6, '0')}`);
  closeSync(loud.fd);
  loud.fd = openSync(loud.path, 'a');
}

function end() {
  clearInterval(clock);
  console.log(JSON.stringify({ written, lines: line }));
}
