// Just enough of a Kubernetes API for the bench: the list of pods in a file, a single pod (Fluent Bit asks so), and a watch on
// which nothing happens.
// node bench/apiserver.mjs PODS.json  → prints its port
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { items } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const list = JSON.stringify({ apiVersion: 'v1', kind: 'PodList', metadata: { resourceVersion: '1' }, items });

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  response.setHeader('content-type', 'application/json');
  const one = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)$/.exec(pathname);
  const pod = one && items.find(({ metadata }) => metadata.namespace === one[1] && metadata.name === one[2]);
  if (pod) {
    response.end(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', ...pod }));
  } else if (pathname !== '/api/v1/pods') {
    response.statusCode = 404;
    response.end('{"kind":"Status","code":404}');
  } else if (searchParams.get('watch')) {
    response.flushHeaders();
    const bookmark = { type: 'BOOKMARK', object: { kind: 'Pod', metadata: { resourceVersion: '1' } } };
    const timer = setInterval(() => response.write(`${JSON.stringify(bookmark)}\n`), 30_000);
    request.on('close', () => clearInterval(timer));
  } else response.end(list);
}).listen(0, '127.0.0.1', function () {
  console.log(this.address().port);
});
