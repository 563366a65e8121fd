/**
 * What the members of a JSON line say of the record: its message and its level.
 */
import type { Buffer } from 'node:buffer';
import { isLevelKey, messageKey, numberLevel, wordLevel } from '../format/words.ts';

export class JsonSaid {
  /** The string of the message member, between its quotes, still escaped; messageFrom < 0 if there is none. */
  messageFrom = -1;
  messageTo = 0;
  /** The comma or brace in front of that member. */
  messageBefore = 0;
  /** 0 if unknown. */
  level = 0;
  #messageKey = 0;

  /** Forgets all. */
  begin(): void {
    this.messageFrom = -1;
    this.level = 0;
    this.#messageKey = 0;
  }

  /** The line has a member bytes[name, nameTo): bytes[value, valueTo), behind the comma or brace at `before`. */
  member(bytes: Buffer, before: number, name: number, nameTo: number, value: number, valueTo: number): void {
    if (bytes[value] === 0x22) {
      const key = messageKey(bytes, name, nameTo);
      if (key > this.#messageKey) {
        this.#messageKey = key;
        this.messageFrom = value + 1;
        this.messageTo = valueTo - 1;
        this.messageBefore = before;
      } else if (this.level === 0 && isLevelKey(bytes, name, nameTo))
        this.level = wordLevel(bytes, value + 1, valueTo - 1);
    } else if (this.level === 0 && isLevelKey(bytes, name, nameTo)) this.level = numberLevel(bytes, value, valueTo);
  }
}
