/** Waiting that a stop ends, for what may never come: a line on stdin, a terminal that takes no bytes. */

/**
 * Settles as `work` does, or rejects with the signal's reason as soon as it is aborted. `work` itself goes on; what becomes of it
 * then is nobody's business.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
    work.catch(() => undefined);
  }
}
