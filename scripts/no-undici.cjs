// Stands in for undici in the bundle. The Elasticsearch client loads it for its default connection, which podferry does not
// use (src/sinks/elasticsearch/wire.ts: Node's own http), and it would cost 8 MB of resident memory. Whoever calls it gets told.
const absent = () => {
  throw new Error('undici is not part of the bundle: see scripts/no-undici.cjs');
};
module.exports = { Pool: absent, buildConnector: absent };
