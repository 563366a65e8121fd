/** Removes credentials from texts that people read. */

/** `https://user:password@host` → `https://…@host`, anywhere in a text. */
export function withoutCredentials(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"']*@/gi, '$1…@');
}
