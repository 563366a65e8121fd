/** What a turn hands on: lines, losses, and the end of a log. Whoever refuses it is stopping, or broken: never the file's fault. */
import type { End, Lines, Take } from '../../types.ts';
import type { Chain } from './chain.ts';
import { tellLoss, type LossOptions } from './loss.ts';
import type { TailedFile } from './tailed-file.ts';

export interface HandingOptions extends LossOptions {
  readonly take: Take;
  readonly end: End;
}

/** What we handed on was refused: `cause` says why. */
export class Refused extends Error {
  override name = 'Refused';
}

/** Hands on lines that begin where the cursor is. @throws Refused */
export async function hand(options: HandingOptions, chain: Chain, tailed: TailedFile, lines: Lines): Promise<void> {
  chain.handedOn();
  tailed.cursor.handsOn(lines.at + lines.end);
  await refusable(options.take(tailed.source!, lines));
  tailed.cursor.handedOn(lines.goesOn);
}

/** Tells the next so many bytes as lost. @throws Refused */
export async function lose(options: HandingOptions, chain: Chain, tailed: TailedFile, bytes: number): Promise<void> {
  chain.handedOn();
  await refusable(tellLoss(options, tailed, bytes));
}

/** The log is at its end: what is open in it is shipped as it is. @throws Refused */
export async function endLog(options: HandingOptions, chain: Chain): Promise<void> {
  chain.ended();
  await refusable(options.end(chain.log));
}

async function refusable(handing: Promise<void>): Promise<void> {
  try {
    await handing;
  } catch (error) {
    throw new Refused('refused', { cause: error });
  }
}
