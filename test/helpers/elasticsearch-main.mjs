// The fake Elasticsearch as a process of its own, for tests that kill things and for trying podferry by hand:
//   node test/helpers/elasticsearch-main.mjs '{"port":9200}'
// Prints {"url":…} when it listens. Takes one JSON object per line on stdin and prints one per answer:
//   {"next":{"status":503},"times":3}   {"manners":{"maxBytes":1000}}   {"docs":true} → {"docs":{id: times offered}}
//   {"sources":true} → {"sources":[document, …]}
import { createInterface } from 'node:readline';
import { build } from 'esbuild';

// Bundled on the way in: Node 20 does not read TypeScript.
const { outputFiles } = await build({
  entryPoints: [new URL('./elasticsearch.ts', import.meta.url).pathname],
  bundle: true,
  platform: 'node',
  format: 'esm',
  write: false,
});
const code = Buffer.from(outputFiles[0].contents).toString('base64');
const { startElasticsearch } = await import(`data:text/javascript;base64,${code}`);

const server = await startElasticsearch({ keepBodies: false, ...JSON.parse(process.argv[2] ?? '{}') });
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
say({ url: server.url });

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { next, times, manners, docs, sources } = JSON.parse(line);
    if (next) server.next(next, times);
    if (manners) Object.assign(server.manners, manners);
    if (docs) say({ docs: Object.fromEntries([...server.docs].map(([id, { offered }]) => [id, offered])) });
    else if (sources) say({ sources: [...server.docs.values()].map(({ source }) => source) });
    else say({ ok: true });
  })
  .on('close', () => void server.stop());
