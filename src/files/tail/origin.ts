/**
 * The interface between the tail, which follows logs, and an origin, which knows where their files lie. kubelet/ is the origin
 * there is. Another one (plain host logs, say) is a folder beside it: it finds directories, lists them when they changed or the
 * tail asks, and tells a Taker what it found.
 */
import type { ContainerLog } from '../../types.ts';
import type { Directory } from './directory.ts';
import type { FoundFile } from './found-file.ts';

/** What the tail asks of an origin. */
export interface Origin {
  /** Its directories, by path. */
  readonly directories: ReadonlyMap<string, Directory>;
  /** A directory is gone, and so are all logs in it. */
  forget(path: string): void;
  /** Scans a directory: lists it, and has its files taken in. Resolves when that is done; does nothing when stopped. */
  scan(path: string): Promise<void>;
  /** Does so only if it may have changed. */
  refresh(path: string): Promise<void>;
  /** When a directory was last known to be as it was listed, ms since 1970: now, unless it may have changed since. */
  seenAt(path: string): number;
  /** The id of the container that writes to the log at this path, if it is known. */
  containerId(path: string): string | undefined;
  /** The log of an entry of the checkpoints, when no directory is there to tell. */
  logOf(entry: { readonly key: string; readonly path?: string | undefined }): ContainerLog;
}

/** What an origin tells the tail of one scan of a directory, in this order. Scans do not overlap. */
export interface Taker {
  /** A directory is about to be listed: who is in the files that are held is found out before. */
  scanBegins(directory: Directory): Promise<void>;
  /** Takes in what was found. Resolves with those that were gone when they were to be opened: list again. */
  takeIn(directory: Directory, files: readonly FoundFile[]): Promise<FoundFile[]>;
  /** These files vanished; `files`, of a later listing, may have them under another name. What nobody has is lost. */
  miss(directory: Directory, vanished: readonly FoundFile[], files: readonly FoundFile[]): void;
  /** Of the directory nothing but its name was ever seen, and it is gone: nobody knows what it held. */
  missAll(directory: Directory): void;
  /** No log lies at `path`. False if that was known. */
  skip(directory: Directory, path: string): boolean;
  /** The scan is over. False: something could not be seen, so scan again soon. */
  scanEnds(directory: Directory): boolean;
  /** The directory could not be listed: nothing is known that was not known before. */
  scanFailed(directory: Directory): void;
}
