/**
 * The lines by which runtimes tell an exception, its type and its message, as a table. Read once a trace, never for an ordinary line.
 * Lines are latin1, so that places in them are places in bytes. No pattern goes back over a line more than a few times, whatever a
 * container prints: one that may begin anywhere says what does not stand before it.
 */

/** The message is the next line. */
export const NEXT_LINE = -1;

export interface Told {
  readonly pattern: RegExp;
  /** The group of the type, or the type where the runtime has one only. */
  readonly type: number | string;
  /** The group of the message, NEXT_LINE, or 0: there is none. */
  readonly message: number;
  /** Nobody caught it. */
  readonly fatal: boolean;
  /** Only a class that is named like an exception. */
  readonly named?: true;
}

const CLASS = String.raw`[A-Za-z_$](?:[\w$.\\]|::){0,200}`;

export const TOLD: readonly Told[] = [
  // Go
  told(/^(panic|fatal error): (.*?)(?: \[recovered(?:, repanicked)?\])?$/d, 1, 2, true),
  told(/http: panic serving \S+: (.*)$/d, 'panic', 1, false),
  told(/panic recovered:$/d, 'panic', NEXT_LINE, false),
  told(/^(SIG[A-Z]+): (.*)$/d, 1, 2, true),
  told(/^WARNING: (DATA RACE)$/d, 1, 0, false),
  // Rust, C++
  told(/^thread '[^']*'(?: \(\d+\))? panicked at '(.*)', \S+$/d, 'panic', 1, true),
  told(/^thread '[^']*'(?: \(\d+\))? panicked at .*:$/d, 'panic', NEXT_LINE, true),
  told(/^terminate called after throwing an instance of '(.*)'$/d, 1, NEXT_LINE, true),
  told(/^(terminate) called (.*)$/d, 1, 2, true),
  told(/^==\d+==(?:ERROR|WARNING): (\w+): (.*)$/d, 1, 2, true),
  told(/(Check failed): (.*)$/d, 1, 2, true),
  // Ruby
  told(/^\S+:\d+:in [`'][^']*': (.*) \(([A-Z][\w:]*)\)$/d, 2, 1, true),
  told(/^(?:(?! -- ).)* -- [^:]*: (.*) \(([A-Z][\w:]*)\)$/d, 2, 1, false),
  // PHP
  told(/(?:Fatal|Parse|Recoverable fatal) error: {1,2}Uncaught ([\w\\]+): (.*?)(?: in \S+:\d+)?$/d, 1, 2, true),
  told(/^(?:(?!\[object\] ).)*\[object\] \(([\w\\]+)\(code: [^)]*\): (.*?) at \S+:\d+\)/d, 1, 2, false),
  named(String.raw`^(${CLASS}): (.*) in \S+:\d+$`),
  // Flutter, Elixir, Erlang, Clojure
  told(/^The following (\w+) was thrown\b.*:$/d, 1, NEXT_LINE, false),
  told(/^(?:\*\* |.* )?\(exit\) an exception was raised:$/d, 'exit', 0, false),
  told(/^\s*\*\* \((\w[\w.]*)\) ?(.*)$/d, 1, 2, false),
  told(/^Error in process \S+ .*with exit value:$/d, 'exit', NEXT_LINE, false),
  told(/^(?:Execution|Syntax) error \((\w[\w.$]*)\) .*$/d, 1, NEXT_LINE, false),
  // Python's own end
  told(/^(Fatal Python error): (.*)$/d, 1, 2, true),
  // Java, Kotlin, Scala, Groovy, .NET, Node, Dart: nobody caught it
  told(new RegExp(String.raw`^Exception in thread ".*?" (${CLASS})(?:: (.*))?$`, 'd'), 1, 2, true),
  told(
    new RegExp(
      String.raw`^(?:Unhandled [Ee]xception[.:] |Uncaught (?:exception: )?|Caught: )(${CLASS})(?:: (.*))?$`,
      'd',
    ),
    1,
    2,
    true,
  ),
  // and somebody did
  named(String.raw`^\s*\[?(${CLASS})(?: \[\w+\])?(?:: (.*?))?(?:\]? \{)?$`),
];

/** Where a name ends that a logger may have written behind its own words; looked for only where no line of its own tells it. */
export const NAME_WITHIN = /(?:Exception|Error|Throwable)(?=: |:?$)/g;
/** A class whose name says nothing; only right before a frame. */
export const TOLD_BEFORE_FRAME = told(
  new RegExp(String.raw`^\s*(${CLASS})(?: \[\w+\])?(?:: (.*?))?(?: \{)?$`, 'd'),
  1,
  2,
  false,
);
/** Dart's words for it, whatever was thrown. */
export const TOLD_BARELY = told(/^(Unhandled exception):$/d, 1, NEXT_LINE, true);
/** Perl's `die` and `warn`. */
export const TOLD_BY_PERL = told(/^(.*) at \S+ line \d+\.$/d, 'die', 1, false);

/** Lines that say: what follows was not caught. */
export const UNCAUGHT =
  /^(?:Exception in thread .*:|Process .*:|Unhandled exception:|(?:node:|file:|\/)\S*:\d+|[A-Za-z]:\\\S*:\d+|E: Unhandled .*)$/;
/** Lines that say: somebody went on. */
export const CAUGHT = /^(?:Task exception was never|Exception ignored in|Future exception was never)/;

/** Python: what begins a traceback, and the exception at its end. */
export const TRACEBACK = /^(?: {2}\+ Exception Group )?Traceback \(most recent call last\)/;
export const PYTHON_FILE = /^ {2}File "/;
export const PYTHON_RAISED: Told = told(/^(?: {2}\| )?([A-Za-z_][\w.]*(?:<locals>[\w.]*)?)(?:: (.*))?$/d, 1, 2, false);
export const PYTHON_STACK = /^Stack \(most recent call last\)/;

/** A frame of a language whose exceptions are classes. */
export const CLASS_FRAME = /^\s+at \S|^#\d+\s/;
/** What a class of exceptions is called that is known by its name. */
export const IS_EXCEPTION =
  /(?:^|[.\\:$])[A-Z]\w*(?:Exception|Error|Throwable|Failure|Fault)$|(?:^|[.\\:$])(?:Error|Exception|Throwable)$/;
/** What ends a message of several lines: another exception, or what follows the message of Go and Rust. */
export const AFTER_MESSAGE = /^(?:Caused by: |\[signal |\tpanic: |note: )/;
/** The first lines of a dump of a JVM's threads. */
export const DUMP = /^(?:Full thread dump |\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$)/;

export const FRAME =
  /^\s+at \S|^\s*\.\.\. \d+ more|^\s+from \S+:\d+|^#\d+\s|^\S+:\d+:in [`']|^goroutine \d|^\t\S+:\d+(?: \+0x|$)|^\s+\d+: |^\s{4}@ |^\s{4,}\S+:\d+: |^stack backtrace:|^Stack trace:|^\[stacktrace\]/;

function named(pattern: string): Told {
  return { pattern: new RegExp(pattern, 'd'), type: 1, message: 2, fatal: false, named: true };
}

function told(pattern: RegExp, type: number | string, message: number, fatal: boolean): Told {
  return { pattern, type, message, fatal };
}
