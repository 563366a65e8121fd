/**
 * CPU per line of the record stage and of the action lines that a bulk request has before every document, beside a bare byte
 * kernel on the same bytes in the same process:
 *   node bench/record.mjs [lines]
 *
 * The kernel does what no encoder of these documents can leave out: find the line, escape its content, copy the constant
 * parts, write the offset and an id (here simply the offset again). It checks nothing and joins nothing, so the ratio is
 * the price of being right.
 */
import { Buffer } from 'node:buffer';
import { build } from 'esbuild';

const LINES = Number(process.argv[2] ?? 1_000_000);
const CHUNK = 256 * 1024;
const BATCH = 4 * 1024 * 1024;
const ROUNDS = 5;

const { Records, slabBytes, ID_BYTES } = await bundle('src/record/records.ts');
const { bulkFrame } = await bundle('src/sinks/elasticsearch/frame.ts');
const meta = Buffer.from(
  ',"kubernetes":{"namespace":"shop","pod":{"name":"web-7d9f8b-abcde","uid":"0b1c2d3e-1111-2222-3333-444455556666",' +
    '"ip":"10.1.2.3"},"container":{"name":"web","restart":0},"labels":{"app":"web","pod-template-hash":"7d9f8b"},' +
    '"node":{"name":"node-1"}},"container":{"id":"abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789",' +
    '"image":{"name":"registry/web:1.2.3"}},"host":{"name":"node-1"},"service":{"name":"web"},' +
    '"data_stream":{"type":"logs","dataset":"podferry","namespace":"default"},"ecs":{"version":"8.11.0"}',
);
const path = '/var/log/pods/shop_web-7d9f8b-abcde_0b1c2d3e-1111-2222-3333-444455556666/web/0.log';

const chunks = makeChunks(LINES);
const bytes = chunks.reduce((n, chunk) => n + chunk.length, 0);
console.log(`node ${process.version}, ${LINES} lines, ${(bytes / 1e6).toFixed(0)} MB`);

const ways = {
  'bare byte kernel': kernel,
  'records, multiline': () => records({ multiline: true, structured: false }),
  'records, multiline and structured': () => records({ multiline: true, structured: true }),
  'records, everything on auto': () => records({ multiline: true, structured: true, parse: 'auto' }),
  'records, plain': () => records({ multiline: false, structured: false }),
};
const best = new Map();
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries(ways)) {
    const before = process.cpuUsage();
    const out = run();
    const { user, system } = process.cpuUsage(before);
    const perLine = (user + system) / LINES;
    if (!(best.get(name)?.perLine <= perLine)) best.set(name, { perLine, out });
  }
}
const base = best.get('bare byte kernel').perLine;
for (const [name, { perLine, out }] of best) {
  const ratio = (perLine / base).toFixed(2);
  console.log(`${name.padEnd(36)} ${perLine.toFixed(3)} µs/line  ${ratio} x kernel  ${(out / 1e6).toFixed(0)} MB out`);
}

function records(overrides) {
  const log = { key: 'k', path };
  const position = { out: 0, err: 0, time: '' };
  const source = { log, fingerprint: 'abcdefghijkl', resume: position, head: '', size: 0, committed: position };
  const rendered = { constant: meta, partial: false, overrides: { ...overrides, sample: 1, minLevel: undefined } };
  const stage = new Records({
    meta: () => rendered,
    batchBytes: BATCH,
    maxBytes: CHUNK,
    openBytes: 16 << 20,
    lost: () => {},
  });
  const batch = {
    seq: 1,
    bytes: slab(slabBytes(BATCH, CHUNK)),
    length: 0,
    ends: new Uint32Array(16384),
    count: 0,
    frame: bulkFrame(ID_BYTES),
    positions: new Map(),
  };
  let out = 0;
  let at = 0;
  const empty = () => {
    out += batch.length;
    batch.length = batch.count = 0;
    batch.positions.clear();
  };
  for (const chunk of chunks) {
    const lines = { bytes: chunk, end: chunk.length, at, goesOn: false, last: false };
    for (let p = 0; (p = stage.lines(batch, source, lines, p)) < chunk.length;) empty();
    at += chunk.length;
  }
  stage.end(batch, log);
  empty();
  if (stage.counts.records < LINES / 2) throw new Error(`only ${stage.counts.records} records`);
  return out;
}

function kernel() {
  const out = slab(BATCH + CHUNK * 8);
  const special = new Uint8Array(256).fill(1, 0, 32);
  special[34] = special[92] = 1;
  const action = Buffer.from('{"create":{"_id":"');
  const head = Buffer.from('"}}\n{"@timestamp":"');
  const message = Buffer.from('","message":"');
  const middles = ['stdout', 'stderr'].map((name) =>
    Buffer.from(`","stream":"${name}","log":{"file":{"path":"${path}"},"offset":`),
  );
  const tail = Buffer.concat([Buffer.from('}'), meta, Buffer.from('}\n')]);
  let o = 0;
  let at = 0;
  let total = 0;
  for (const chunk of chunks) {
    for (let p = 0; p < chunk.length;) {
      const q = chunk.indexOf(10, p);
      const space = chunk.indexOf(32, p);
      out.set(action, o);
      o = decimal(out, o + action.length, at + p);
      out.set(head, o);
      o += head.length;
      for (let i = p; i < space; i++) out[o++] = chunk[i];
      out.set(message, o);
      o += message.length;
      for (let i = space + 10; i < q; i++) {
        const c = chunk[i];
        if (special[c] === 0) out[o++] = c;
        else {
          out[o++] = 92;
          if (c === 34 || c === 92) out[o++] = c;
          else if (c === 9) out[o++] = 116;
          else o += out.latin1Write(`u00${c < 16 ? '0' : ''}${c.toString(16)}`, o);
        }
      }
      const middle = middles[chunk[space + 4] === 111 ? 0 : 1];
      out.set(middle, o);
      o = decimal(out, o + middle.length, at + p);
      out.set(tail, o);
      o += tail.length;
      if (o > BATCH) {
        total += o;
        o = 0;
      }
      p = q + 1;
    }
    at += chunk.length;
  }
  return total + o;
}

function decimal(out, o, n) {
  let digits = 1;
  for (let limit = 10; n >= limit; limit *= 10) digits++;
  for (let i = o + digits - 1; i >= o; i--) {
    const next = (n / 10) | 0;
    out[i] = 48 + n - next * 10;
    n = next;
  }
  return o + digits;
}

/** The same slab for everyone, so that nobody pays for fresh pages. */
function slab(size) {
  slab.bytes ??= Buffer.alloc(16 << 20);
  if (size > slab.bytes.length) throw new Error('slab too small');
  return slab.bytes;
}

/** The mix of docs/design.md: access logs, JSON, klog, Korean text, frames of stack traces; whole lines per chunk. */
function makeChunks(count) {
  let seed = 12345;
  const random = (below) => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor((seed / 0x80000000) * below);
  };
  const hex = (n) => Array.from({ length: n }, () => random(16).toString(16)).join('');
  const chunks = [];
  let lines = [];
  let length = 0;
  const start = Date.UTC(2026, 10, 20, 1, 2, 3);
  for (let i = 0; i < count; i++) {
    const time = `${new Date(start + i).toISOString().slice(0, -1)}${String(random(1e6)).padStart(6, '0')}Z`;
    const line = Buffer.from(`${time} ${content(i, random, hex)}\n`);
    if (length + line.length > CHUNK) {
      chunks.push(Buffer.concat(lines));
      lines = [];
      length = 0;
    }
    lines.push(line);
    length += line.length;
  }
  chunks.push(Buffer.concat(lines));
  return chunks;
}

function content(i, random, hex) {
  const kind = random(100);
  if (kind < 35) {
    const request = `GET /api/v1/items/${random(1e6)}?page=${random(50)} HTTP/1.1`;
    return `stdout F 10.${random(255)}.${random(255)}.${random(255)} - - [20/Nov/2026:01:02:03 +0000] "${request}" 200 ${random(9999)} "https://shop.example/cart" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"`;
  }
  if (kind < 65) {
    const line = {
      level: 30,
      time: 1795136523000 + i,
      pid: 1,
      hostname: `web-${hex(5)}`,
      reqId: hex(16),
      msg: 'request completed',
      req: { method: 'POST', url: `/cart/${hex(8)}` },
      res: { statusCode: 200 },
      responseTime: random(500),
    };
    return `stdout F ${JSON.stringify(line)}`;
  }
  if (kind < 80) {
    return `stderr F I1120 01:02:03.${String(random(1e6)).padStart(6, '0')}       1 controller.go:${random(900)}] "Reconciling object" namespace="default" name="obj-${hex(6)}" generation=${random(9)}`;
  }
  if (kind < 90) return `stdout F 주문 처리 완료: 주문번호=${random(1e7)} 사용자=홍길동 금액=${random(1e5)}원`;
  return `stderr F \tat com.example.shop.OrderService.place(OrderService.java:${random(900)})`;
}

async function bundle(file) {
  const built = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    absWorkingDir: new URL('..', import.meta.url).pathname,
  });
  const code = built.outputFiles[0].contents;
  return import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
}
