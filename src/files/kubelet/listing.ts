/**
 * Lists the log files in one container's directory. A link (cri-dockerd: to Docker's json-file) counts as the file it leads
 * to, and brings that file's own rotated siblings `….1`, `….2.gz` with it.
 */
import { basename, dirname, join } from 'node:path';
import { errorCode, type Fs } from '../logfile/fs.ts';
import { compareNames, type FileName } from '../tail/file-name.ts';
import type { FoundFile } from '../tail/found-file.ts';
import { logName } from './logpath.ts';

export interface Listing {
  /** Oldest first; of the same age the plain file before the compressed one. */
  readonly files: FoundFile[];
  /** Names of logs at which something else lies, or a link to nothing. */
  readonly odd: string[];
  /** There are links: a change of their targets does not show in this directory. */
  readonly hasLinks: boolean;
}

/**
 * @param isNew it was never listed: at once then, since it may be gone in a moment; it does not hold much yet
 * @param expected names of files that were there a moment ago: they count as listed, though they may be gone
 * @param isDockerLog whether the file at a path, in which no link is left, is one of Docker's logs
 * @throws the failure of readdir.
 */
export async function list(
  fs: Fs,
  directory: string,
  isNew: boolean,
  expected: ReadonlySet<string>,
  isDockerLog: (real: string) => boolean,
): Promise<Listing> {
  const listing = { files: [] as FoundFile[], odd: [] as string[], hasLinks: false };
  const gone = new Set(expected);
  for (const entry of isNew ? fs.readdirSync(directory) : await fs.readdir(directory)) {
    gone.delete(entry.name);
    const name = logName(entry.name);
    if (!name) continue;
    const path = join(directory, entry.name);
    const isLink = entry.isSymbolicLink();
    // One that leads nowhere too: Docker renames the file it leads to, and makes it again a moment later.
    listing.hasLinks ||= isLink;
    const found = look(fs, path, name, isLink);
    if (found === 'odd') listing.odd.push(path);
    else listing.files.push(found);
    if (isLink && found !== 'odd') listing.files.push(...(await siblings(fs, path, name.restart, isDockerLog)));
  }
  listing.files.push(...unlisted(directory, gone));
  listing.files.sort((a, b) => a.name.restart - b.name.restart || compareNames(a.name, b.name));
  return listing;
}

/** Those of these names that are of logs, as files of which nothing but the name is known: opening them will tell. */
export function unlisted(directory: string, names: ReadonlySet<string>): FoundFile[] {
  return [...names].flatMap((each) => {
    const name = logName(each);
    return name ? [nameOnly(join(directory, each), name)] : [];
  });
}

function nameOnly(path: string, name: FileName): FoundFile {
  return { path, name, id: `? ${path}`, size: 0, mtimeMs: 0 };
}

function look(fs: Fs, path: string, name: FileName, isLink = false): FoundFile | 'odd' {
  try {
    const stat = fs.statSync(path, { bigint: true });
    if (!stat.isFile()) return 'odd';
    return {
      path,
      name,
      id: `${stat.dev}:${stat.ino}`,
      size: Number(stat.size),
      mtimeMs: Number(stat.mtimeNs / 1000n) / 1000,
    };
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    if (code === 'ELOOP' || (code === 'ENOENT' && isLink)) return 'odd';
    // Opening it will fail too, and say why.
    return nameOnly(path, name);
  }
}

/** Docker's own rotation: `x-json.log.1`, `x-json.log.2.gz` beside the file that the link `n.log` leads to. */
async function siblings(
  fs: Fs,
  link: string,
  restart: number,
  isDockerLog: (real: string) => boolean,
): Promise<FoundFile[]> {
  try {
    const target = fs.realpathSync(link);
    // Elsewhere nothing is listed: the directory may be anybody's.
    if (!isDockerLog(target)) return [];
    const [directory, base] = [dirname(target), basename(target)];
    const found: FoundFile[] = [];
    for (const entry of await fs.readdir(directory)) {
      const match = entry.name.startsWith(`${base}.`) && /^\.(\d{1,4})(\.gz)?$/.exec(entry.name.slice(base.length));
      if (!match || !entry.isFile()) continue;
      const each = look(fs, join(directory, entry.name), { restart, suffix: match[1]!, gz: match[2] !== undefined });
      if (typeof each === 'object') found.push(each);
    }
    return found;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return [];
  }
}
