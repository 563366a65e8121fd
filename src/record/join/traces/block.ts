/**
 * Blocks with an end of their own: klog's values of several lines, JSON over several lines, objects as Node and Rust print them,
 * tables and boxes drawn with lines. Without the end they stay lines.
 */
import type { Buffer } from 'node:buffer';
import { OPEN_BRACE, SPACE, TAB } from '../../../util/ascii.ts';
import { isFrame } from './framed.ts';
import { BOX, JSON_END, JSON_TEXT, KLOG, NONE, OBJECT, OBJECT_LAST, OPEN, OVER, TABLE } from './kinds.ts';
import { endsWith, holds, isFresh, startsWith } from './text.ts';

/* The third byte of ╡ and of the lines that boxes are drawn with, in UTF-8. */
const RULE = 0x90; // e2 95 90: ═
const RULE_END = 0xa1; // e2 95 a1: ╡
const TOP_LEFT = 0x8c; // e2 94 8c: ┌
const BOTTOM_LEFT = 0x94; // e2 94 94: └
const LEFT = 0x9c; // e2 94 9c: ├
const SIDE = 0x82; // e2 94 82: │

/** The kind of block that the line begins. */
export function begins(bytes: Buffer, from: number, to: number): number {
  const first = bytes[from];
  if (to - from === 1) return first === OPEN_BRACE || first === 0x5b ? JSON_TEXT : NONE;
  if (opensValue(bytes, from, to)) return KLOG;
  if (first !== 0xe2) return NONE;
  if (drawn(bytes, from, 0x94) === TOP_LEFT) return TABLE;
  return drawn(bytes, from, 0x95) === RULE && holdsRuleEnd(bytes, from, to) ? BOX : NONE;
}

/** klog: `err=<`, the value is on the next lines. */
export function opensValue(bytes: Buffer, from: number, to: number): boolean {
  return to - from > 2 && bytes[to - 1] === 0x3c && bytes[to - 2] === 0x3d;
}

/** `config {`, `[src/main.rs:7:11] order = Order {`, `Some(`: an object may follow. */
export function opensObject(bytes: Buffer, from: number, to: number): boolean {
  if (to - from < 3 || bytes[from] === SPACE || bytes[from] === TAB || !opens(bytes[to - 1])) return false;
  return bytes[to - 1] === 0x28 || bytes[to - 2] === SPACE;
}

export function next(kind: number, bytes: Buffer, from: number, to: number): number {
  const indented = from < to && (bytes[from] === SPACE || bytes[from] === TAB);
  switch (kind) {
    case KLOG:
      if (startsWith(bytes, from, to, ' >')) return endsWith(bytes, from, to, '=<') ? KLOG : OVER;
      return indented ? KLOG | OPEN : NONE;
    case JSON_TEXT:
      if (indented) return JSON_TEXT | OPEN;
      return to - from === 1 && closes(bytes[from]) ? JSON_END : NONE;
    case BOX:
      if (from < to && drawn(bytes, from, 0x95) === RULE) return OVER;
      return isFresh(bytes, from, to) ? NONE : BOX | OPEN;
    case TABLE: {
      const side = from < to ? drawn(bytes, from, 0x94) : 0;
      return side === BOTTOM_LEFT ? OVER : side === LEFT || side === SIDE ? TABLE | OPEN : NONE;
    }
    case OBJECT:
    case OBJECT_LAST:
      if (indented) return member(kind, bytes, from, to);
      return to - from === 1 && closes(bytes[from]) ? OVER : NONE;
    default:
      return NONE;
  }
}

function member(kind: number, bytes: Buffer, from: number, to: number): number {
  const last = bytes[to - 1];
  if (isFrame(bytes, from, to)) return OBJECT | OPEN;
  if (kind === OBJECT_LAST && !closes(last) && last !== 0x2c) return NONE;
  // Statements of a program and of a configuration are no members.
  if (isFresh(bytes, from, to) || last === 0x3b || holds(bytes, from, to, ' = ')) return NONE;
  return (last === 0x2c || opens(last) ? OBJECT : OBJECT_LAST) | OPEN;
}

function opens(c: number | undefined): boolean {
  return c === 0x7b || c === 0x5b || c === 0x28;
}

function closes(c: number | undefined): boolean {
  return c === 0x7d || c === 0x5d || c === 0x29;
}

/** The third byte of a sign of that block at i, 0 if there is none. */
function drawn(bytes: Buffer, i: number, block: number): number {
  return bytes[i] === 0xe2 && bytes[i + 1] === block ? bytes[i + 2]! : 0;
}

/** `══╡ EXCEPTION CAUGHT BY …` */
function holdsRuleEnd(bytes: Buffer, from: number, to: number): boolean {
  let i = from;
  while (i < to && drawn(bytes, i, 0x95) === RULE) i += 3;
  return drawn(bytes, i, 0x95) === RULE_END && startsWith(bytes, i + 3, to, ' EXCEPTION');
}
