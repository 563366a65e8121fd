/** Waits for a condition instead of sleeping: looks every few milliseconds, and names what it waited for when it gives up. */
export async function until(condition: () => unknown, what: string, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (await condition()) return;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms without success: ${what}`);
    await new Promise((wake) => setTimeout(wake, 5));
  }
}
