import { expect, test } from 'vitest';
import { hostPort, unescaped } from '../../src/util/address.ts';

test.each([
  ['0.0.0.0', 9464, '0.0.0.0:9464'],
  ['localhost', 0, 'localhost:0'],
  ['::1', 9464, '[::1]:9464'],
])('host %s and port %i', (host, port, expected) => expect(hostPort({ host, port })).toBe(expected));

test.each([
  ['elastic', 'elastic'],
  ['a%40b%3Ac', 'a@b:c'],
  ['100%', '100%'],
  ['%E0%A4', '%E0%A4'],
])('%s in a URL', (text, expected) => expect(unescaped(text)).toBe(expected));
