/**
 * What a trace is at. A kind says what the lines of the trace were so far, as far as it matters for the next one.
 *
 * Every family of runtimes has eight numbers, and a file with pure functions: which line begins a trace, and what the trace is at
 * with one more line. They see the content of a line only.
 */

/** No trace; the line does not belong to it. */
export const NONE = 0;
/** The line belongs to the trace only if a later one says so. */
export const OPEN = 0x100;
/** There was an empty line between the logger's line and the exception: the layout has one after the trace, too. */
export const SPACED = 0x80;
/** The trace is whole: nothing can follow. */
export const OVER = 1;

/* logger.ts */
export const LOGGER = 1;
/** A line of level warn or above; then further text of it; then an empty line. */
export const LOGGED = 8;
export const LOGGED_TEXT = 9;
export const LOGGED_BLANK = 10;
/** A line of another level; then an empty line. */
export const NOTED = 11;
export const NOTED_BLANK = 12;
/** An exception's first line, and further text of it. */
export const MESSAGE = 13;
/** .NET's console logger: a level and category, the message indented on the next lines. */
export const CONSOLE = 14;
/** A name that could be a class of exceptions. */
export const NAMED = 15;

/* framed.ts */
export const FRAMED = 2;
/** Behind a frame; behind an empty line after it; behind the message of a cause. */
export const FRAMES = 16;
export const GAP = 17;
export const CAUSE = 18;
/** In the members of a Node error, which end with a brace. */
export const MEMBERS = 19;
/** The dump of a JVM's threads: behind its time, in it. */
export const DUMP_TIME = 20;
export const THREADS = 21;
/** java.util.logging: behind the first of its two lines. */
export const JUL = 22;

/* python.ts */
export const PYTHON = 3;
/** Behind `Traceback`; behind its first frame. */
export const TRACEBACK = 24;
export const CODE = 25;
/** Behind the exception; then an empty line; then the sentence that links two tracebacks. */
export const RAISED = 26;
export const RAISED_BLANK = 27;
export const CHAINED = 28;
/** In a group of exceptions. */
export const GROUP = 29;
/** Behind the place of a syntax error. */
export const SYNTAX = 30;
/** Behind a line that announces a traceback. */
export const ANNOUNCED = 31;

/* go.ts */
export const GO = 4;
/** Behind the panic's line. */
export const PANIC = 32;
/** In the stack of a goroutine; behind an empty line after it. */
export const GOROUTINE = 33;
export const BETWEEN = 34;
/** In a stack without a goroutine. */
export const CALLS = 35;
/** The report of a data race: behind its rule, in it. */
export const RULE = 36;
export const RACE = 37;

/* node.ts */
export const NODE = 5;
/** An uncaught exception: behind its place, its source line, the mark under it. */
export const PLACE = 40;
export const SOURCE = 41;
export const CARET = 42;

/* native.ts */
export const NATIVE = 6;
/** Rust: behind the panic's line, if the message is on the next one; behind the message; in the backtrace; `Caused by:`. */
export const RUST_TEXT = 48;
export const RUST = 49;
export const RUST_FRAMES = 50;
export const RUST_CAUSE = 51;
/** C++: behind `terminate called`; a failed check's frames. */
export const TERMINATE = 52;
export const CHECK_FRAMES = 53;
/** The sanitizers' reports: behind the rule; in it. */
export const ASAN_RULE = 54;
export const ASAN = 55;

/* script.ts */
export const SCRIPT = 7;
/** Ruby: behind the error; the same with a cause; in its frames; in a logger's. */
export const RUBY = 56;
export const RUBY_RESCUE = 57;
export const RUBY_FRAMES = 58;
/** PHP: in the frames; behind an empty line; behind `Next`; Monolog's, which end with a bracket. */
export const PHP = 59;
export const PHP_NEXT = 60;
export const PHP_CLOSED = 61;
export const DART = 62;
export const PERL = 63;

/* beam.ts */
export const BEAM = 8;
export const ELIXIR = 64;
export const ELIXIR_GAP = 65;
/** Erlang's reports: behind the title, in the body. */
export const ERLANG = 66;
export const ERLANG_BODY = 67;
/** Clojure's reports: in the text, before the path. */
export const CLOJURE = 68;
export const CLOJURE_PATH = 69;

/* block.ts */
export const BLOCK = 9;
/** In a value of several lines of klog. */
export const KLOG = 72;
/** In an object or a list of JSON; behind its end, still to be checked. */
export const JSON_TEXT = 73;
export const JSON_END = 74;
/** In a box of Flutter. */
export const BOX = 75;

/** In a table drawn with lines. */
export const TABLE = 76;
/** In an object as Node and Rust print it: a line without a comma must be its last one. */
export const OBJECT = 77;
export const OBJECT_LAST = 78;

/* python.ts, too */
export const PYTHON_TOO = 10;
/** Behind a warning: its source line. */
export const WARNED = 80;

/** The family of a kind, as its number here; OVER has none. */
export function familyOf(kind: number): number {
  return (kind & ~(SPACED | OPEN)) >> 3;
}

/** A line of any kind, where the operator's pattern says which lines begin a record. */
export const FURTHER = 88;

/** All of them but that: what a trace may be whose head is gone. */
export const KINDS: readonly number[] = Array.from({ length: 81 - 8 }, (_, i) => i + 8);
