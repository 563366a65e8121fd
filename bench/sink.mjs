// A bulk endpoint that only counts: documents, bytes and requests. Its own process, so that its work is not the agent's.
// GET /count answers what it has seen.  node bench/sink.mjs [TEXT]  → prints its port
// With TEXT it answers GET /waits too: of each document that holds it, how long after its @timestamp it came, in ms.
import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';

const seen = { documents: 0, bytes: 0, requests: 0 };
const marked = process.argv[2];
const waits = [];
const item = '{"create":{"status":201}}';
let items = '';

function answer(count) {
  while (items.length < count * (item.length + 1)) items += `${item},`.repeat(1000);
  return `{"errors":false,"items":[${items.slice(0, count * (item.length + 1) - 1)}]}`;
}

function newlines(buffer) {
  let count = 0;
  for (let at = buffer.indexOf(10); at !== -1; at = buffer.indexOf(10, at + 1)) count++;
  return count;
}

const TIME = '{"@timestamp":"';

function noteWaits(body, now) {
  for (let at = body.indexOf(marked); at !== -1; at = body.indexOf(marked, at + 1)) {
    const from = body.lastIndexOf(TIME, at) + TIME.length;
    waits.push(now - Date.parse(body.toString('latin1', from, body.indexOf('"', from))));
  }
}

createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const now = Date.now();
    response.setHeader('content-type', 'application/json');
    response.setHeader('x-elastic-product', 'Elasticsearch');
    if (!request.url.includes('_bulk')) {
      const answers = { '/count': seen, '/waits': waits };
      response.end(JSON.stringify(answers[request.url] ?? { version: { number: '9.0.0' }, tagline: 'counts' }));
      return;
    }
    const sent = Buffer.concat(chunks);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    const documents = newlines(body) / 2;
    if (marked !== undefined) noteWaits(body, now);
    seen.documents += documents;
    seen.bytes += body.length;
    seen.requests++;
    response.end(answer(documents));
  });
}).listen(0, '127.0.0.1', function () {
  console.log(this.address().port);
});
