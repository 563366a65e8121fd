import { expect, test } from 'vitest';
import { keyOf, nameOf, referenceTo } from '../../src/verify/document-reference.ts';

test.each([
  [
    '/var/log/pods/shop_web-1_0b1c2d3e-1111-2222-3333-444455556666/web/0.log',
    'shop_web-1_0b1c2d3e-1111-2222-3333-444455556666/web/0.log',
  ],
  ['/mnt/a_b/pods/shop_web-1_u/web/0.log', 'shop_web-1_u/web/0.log'],
  ['/old/0b1c2d3e-1111-2222-3333-444455556666/web/3.log', '0b1c2d3e-1111-2222-3333-444455556666/web/3.log'],
  ['/tmp/my_dir/sub/app.log', 'app.log'],
  ['-', '-'],
])('of %s a copy keeps %s', (path, name) => expect(nameOf(path)).toBe(name));

const DOCUMENT = { '@timestamp': 't', stream: 'stdout', log: { offset: 7, file: { path: '/a/0.log' } } };

test('is told by place where there is no id', () => {
  expect(keyOf(referenceTo(DOCUMENT, undefined)!)).toBe('0.log\n7\nt\nstdout');
  expect(referenceTo({ ...DOCUMENT, event: { kind: 'pipeline_error' } }, 'id')).toMatchObject({
    id: 'id',
    isGap: true,
  });
});

test.each([
  null,
  7,
  'text',
  [],
  {},
  { ...DOCUMENT, log: null },
  { ...DOCUMENT, '@timestamp': 1 },
  { ...DOCUMENT, log: { offset: '7' } },
])('%j is no document', (value) => expect(referenceTo(value, undefined)).toBeUndefined());
