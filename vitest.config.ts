import { defineConfig } from 'vitest/config';

// Real files, processes and sockets: forks keep them apart, and two at a time fit a small machine. The tests of the whole agent
// (killed, starved, flooded; minutes each) are apart from those of its parts: `npm run test:agent`. So are those against a real
// server, which is fetched first: `npm run test:real`.
const AGENT = 'test/agent/**/*.test.ts';
const REAL = 'test/real/**/*.test.ts';

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      { extends: true, test: { name: 'parts', include: ['test/**/*.test.ts'], exclude: [AGENT, REAL] } },
      { extends: true, test: { name: 'agent', include: [AGENT] } },
      { extends: true, test: { name: 'real', include: [REAL] } },
    ],
  },
});
