/** The part of a stream that output needs: process.stdout, or that of a test. */
export interface Writable {
  write(bytes: Buffer, done: (error?: Error | null) => void): unknown;
}

/** Resolves when the system took the bytes (borrowed until then); rejects with its error. */
export function written(stream: Writable, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
