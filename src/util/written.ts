/** A stream as far as output needs it: process.stdout, or a test's. */
export interface Writable {
  write(bytes: Buffer, done: (error?: Error | null) => void): unknown;
}

/** Resolves when the system took the bytes (borrowed until then); rejects with its error. */
export function written(stream: Writable, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
