/** Waiting for what may take for hours, a terminal or a disk that does not answer, and being stopped meanwhile. */

/** Settles as `work` does, but rejects with the signal's reason as soon as it is aborted; `work` itself goes on. */
export async function unlessStopped<T>(work: Promise<T>, stop: AbortSignal): Promise<T> {
  let giveUp: () => void = () => {};
  const stopped = new Promise<never>((_, reject) => {
    giveUp = () => reject(stop.reason as Error);
    if (stop.aborted) giveUp();
    else stop.addEventListener('abort', giveUp);
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    stop.removeEventListener('abort', giveUp);
  }
}
