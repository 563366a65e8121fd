/** Heads of requests, as text: what is asked, and what is refused with which status. */
import { expect, test } from 'vitest';
import { MAX_HEAD, readRequest } from '../../src/observe/request.ts';

const HOST = 'Host: a:1\r\n';

test.each([
  ['as Prometheus and the kubelet ask', `GET /metrics HTTP/1.1\r\n${HOST}Accept: */*\r\n\r\n`, 'GET /metrics a:1'],
  ['with a query', `GET /status?pretty&x=/?y HTTP/1.1\r\n${HOST}\r\n`, 'GET /status a:1'],
  ['HEAD', `HEAD / HTTP/1.1\r\n${HOST}\r\n`, 'HEAD / a:1'],
  ['HTTP/1.0 without a host', 'GET /livez HTTP/1.0\r\n\r\n', 'GET /livez undefined'],
  ['with spaces around the host, and any case', 'GET / HTTP/1.1\r\nhOST: \t a \r\n\r\n', 'GET / a'],
  ['with the whole address: its host counts', `GET http://b:2/status?x HTTP/1.1\r\n${HOST}\r\n`, 'GET /status b:2'],
  ['with an address and no path', `GET http://b?x HTTP/1.1\r\n${HOST}\r\n`, 'GET / b'],
  [
    'with what it asks for beyond that',
    `GET / HTTP/1.1\r\n${HOST}Upgrade: h2c\r\nExpect: 100-continue\r\n\r\n`,
    'GET / a:1',
  ],
  ['with more behind it', `GET / HTTP/1.1\r\n${HOST}\r\nGET /status HTTP/1.1\r\n\r\n`, 'GET / a:1'],
  ['of any bytes', `GET /\xff HTTP/1.1\r\n${HOST}X: \xff\0\r\n\r\n`, 'GET /\xff a:1'],
])('%s', (_, head, wanted) => {
  const asked = readRequest(head);
  expect(asked).toHaveProperty('path');
  const { method, path, host } = asked as { method: string; path: string; host?: string };
  expect(`${method} ${path} ${host}`).toBe(wanted);
});

test.each([
  ['GET / HTTP/1.1\r\nHost: a\r\n', undefined],
  ['G', undefined],
  [`GET /${'x'.repeat(MAX_HEAD)}`, 431],
  ['\x16\x03\x01', 400],
  ['get / HTTP/1.1\r\n', 400],
  [`GET / HTTP/2.0\r\n${HOST}\r\n`, 400],
  [`GET /a b HTTP/1.1\r\n${HOST}\r\n`, 400],
  ['GET /\r\n\r\n', 400],
  ['GET / HTTP/1.1\r\n\r\n', 400],
  [`GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`, 400],
  [`GET / HTTP/1.1\r\n${HOST} folded: line\r\n\r\n`, 400],
  [`GET / HTTP/1.1\r\n${HOST}no colon\r\n\r\n`, 400],
  [`POST / HTTP/1.1\r\n${HOST}\r\n`, 405],
  [`CONNECT a:1 HTTP/1.1\r\n${HOST}\r\n`, 405],
  [`OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, 405],
])('%j: %s', (head, status) => {
  const asked = readRequest(head);
  expect(asked && 'status' in asked ? asked.status : asked).toBe(status);
});

test('the longest head is read in a time that grows with its length only', () => {
  const start = performance.now();
  for (const filler of ['a:b\r\n', 'a', ':', ' ', '\r\n', '\t', 'a: \t \t']) {
    readRequest(`GET / HTTP/1.1\r\n${filler.repeat(MAX_HEAD / filler.length)}`.slice(0, MAX_HEAD - 4) + '\r\n\r\n');
  }
  expect(performance.now() - start).toBeLessThan(1000);
});
