/** The first line of a request, as all access logs have it: `GET /a?b HTTP/1.1`. */
import type { Buffer } from 'node:buffer';
import { SPACE } from '../../../util/ascii.ts';
import { same } from '../../format/words.ts';
import { targetOf } from '../ecs-names.ts';
import type { TextSaid } from './said.ts';

const METHOD = targetOf('http.request.method');
const URL = targetOf('url.original');
const VERSION = targetOf('http.version');
const MOST_METHOD = 20;

/** Tells what bytes[from, to) says. What is no request (`-`, bytes of TLS) says nothing. */
export function tellRequest(bytes: Buffer, from: number, to: number, said: TextSaid): void {
  let i = from;
  while (i < to && bytes[i]! >= 0x41 && bytes[i]! <= 0x5a) i++;
  if (i === from || i - from > MOST_METHOD || bytes[i] !== SPACE) return;
  const url = i + 1;
  let end = to;
  if (to - url > 9 && bytes[to - 9] === SPACE && same(bytes, to - 8, 'HTTP/')) {
    said.plain(VERSION, to - 3, to);
    end = to - 9;
  } else if (to - url > 6 && same(bytes, to - 6, 'HTTP/') && bytes[to - 7] === SPACE) {
    said.plain(VERSION, to - 1, to);
    end = to - 7;
  }
  said.plain(METHOD, from, i);
  if (bytes[url] === 0x2f) said.plain(URL, url, end);
  else said.text(URL, bytes, url, end);
}
