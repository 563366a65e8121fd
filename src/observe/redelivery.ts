/** Counts what became of rejected documents that were sent again, and says it in one line. */
import type { Acknowledged } from '../types.ts';
import { amount, count, duration } from '../util/human.ts';

export class Outcome {
  #stored = 0;
  #duplicate = 0;
  #rejected = 0;
  #cut = 0;
  #passed = 0;

  /** What the server puts into its failure store is rejected again too: it is not found where it belongs. */
  acknowledged({ stored, duplicate, rejected, failureStore = 0 }: Acknowledged): void {
    this.#stored += stored;
    this.#duplicate += duplicate;
    this.#rejected += rejected + failureStore;
  }

  /** Documents were not sent: nobody asked for them, or they were not kept whole. */
  kept(passed: number, damaged: number): void {
    this.#passed += passed;
    this.#cut += damaged;
  }

  /** Something that was asked for is not at the sink. */
  get isIncomplete(): boolean {
    return this.#rejected + this.#cut > 0;
  }

  /** `12 documents sent again: 11 stored (1 of them before), 1 rejected again; 3 passed over, in 48 ms` */
  line(ms: number): string {
    const sent = this.#stored + this.#duplicate + this.#rejected;
    const before = this.#duplicate > 0 ? ` (${count(this.#duplicate)} of them before)` : '';
    const cut = this.#cut > 0 ? `; ${count(this.#cut)} not sent, since they were not kept whole` : '';
    const passed = this.#passed > 0 ? `; ${count(this.#passed)} passed over` : '';
    return (
      `${amount(sent, 'document')} sent again: ${count(this.#stored + this.#duplicate)} stored` +
      `${before}, ${count(this.#rejected)} rejected again${cut}${passed}, in ${duration(ms)}`
    );
  }
}
