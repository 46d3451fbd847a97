/** Where in a file: names of fields and numbers of items, from its root. */
export type ErrorPath = readonly (string | number)[];

/** Whose fault a refusal says it is, where a caller must know. */
export type Blamed =
  /** The file that was looked at, or that it is for something else: nothing is said of what it is about. */
  "file";

interface ErrorOptions {
  /** What to do next. Default: the next step of `step`, else of the code, as `sayNextSteps` was told. */
  readonly hint?: string;
  /** The name of a next step, with what it is about. */
  readonly step?: string | readonly [name: string, ...about: unknown[]];
  readonly kind?: "invalid" | "usage" | "io";
  readonly cause?: unknown;
  /** The place of the fault, in the file that the message speaks of. */
  readonly path?: ErrorPath;
  /** Line of the rules file that the message names. */
  readonly line?: number;
  /** The message without the file it speaks of, for whoever tells it of a place in another. */
  readonly problem?: string;
  readonly blames?: Blamed;
  /** What else is wrong with the same file: the message names the first of these after itself. */
  readonly others?: readonly MarginproofError[];
}

/** What to do next, by error code or by a name that errors give: a text, or one made of what an error is about. */
export type NextSteps = Readonly<Record<string, string | ((...about: never[]) => string)>>;

const said = new Map<string, NextSteps[string]>();

/**
 * Errors made from now on say these next steps. They are told apart from the errors, so that a verifier, which shows what is
 * wrong with a bundle to somebody who can't mend it, is not sent with advice for the exchange.
 */
export function sayNextSteps(steps: NextSteps): void {
  for (const [name, step] of Object.entries(steps)) said.set(name, step);
}

function nextStep(of: NonNullable<ErrorOptions["step"]>): string | undefined {
  const [name, ...about] = typeof of === "string" ? [of] : of;
  const step = said.get(name);
  return typeof step === "function" ? step(...(about as never[])) : step;
}

/** A message may quote a hostile file, and no reader wants megabytes of it. Characters. */
const MAX_MESSAGE = 16_384;

const bounded = (message: string): string =>
  message.length > MAX_MESSAGE
    ? `${message.slice(0, MAX_MESSAGE)}… and ${message.length - MAX_MESSAGE} characters more`
    : message;

/**
 * An error a user can act on: a stable code (listed in docs/errors.md), what is wrong and what to do next.
 * `kind` decides the exit code: `invalid` ends with 1 (the thing checked is not valid), `usage` and `io` with 2.
 */
export class MarginproofError extends Error {
  override readonly name = "MarginproofError";
  readonly options: ErrorOptions;

  constructor(
    readonly code: string,
    message: string,
    options: ErrorOptions = {},
  ) {
    super(bounded(message), options.cause === undefined ? undefined : { cause: options.cause });
    const hint = options.hint ?? nextStep(options.step ?? code);
    this.options = hint === undefined ? options : { ...options, hint };
  }

  get exitCode(): 1 | 2 {
    return this.options.kind === "invalid" ? 1 : 2;
  }
}

/** Faults that one message names. */
const SHOWN_FAULTS = 8;

/** Collects what is wrong with one file, so that it is not corrected one run at a time. */
export class Faults {
  readonly #found: MarginproofError[] = [];

  /** Runs a part of the work; what it refuses is kept, and undefined comes back. */
  attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof MarginproofError)) throw error;
      this.#found.push(error, ...(error.options.others ?? []));
      return undefined;
    }
  }

  /** @throws MarginproofError the first that was found, with the others; each of their messages begins with the same file */
  throwAny(): void {
    const error = allOf(this.#found);
    if (error !== undefined) throw error;
  }
}

/** The first of several errors about one file, naming the others; undefined when there is none. */
export function allOf(errors: readonly MarginproofError[]): MarginproofError | undefined {
  const [first, ...others] = [...new Map(errors.map((error) => [ownMessage(error), error])).values()];
  if (first === undefined || others.length === 0) return first;
  const file = /^[a-z ]+, /.exec(first.message)?.[0] ?? "";
  const told = others.slice(0, SHOWN_FAULTS - 1).map((error) => {
    const own = ownMessage(error);
    return `\n  ${own.startsWith(file) ? own.slice(file.length) : own}`;
  });
  const more = others.length > told.length ? `\n  and ${others.length - told.length} more` : "";
  const { options } = first;
  return new MarginproofError(first.code, `${ownMessage(first)}${told.join("")}${more}`, {
    ...options,
    others,
  });
}

/** What an error says of itself, without the others. */
const ownMessage = ({ message, options }: MarginproofError): string =>
  options.others === undefined ? message : message.split("\n")[0]!;

/** Runs `parse`. What it refuses is told with its place first, and with this next step in place of its own. */
export function atPlace<T>(place: string, parse: () => T, hint?: string): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof MarginproofError)) throw error;
    const { problem } = error.options;
    throw new MarginproofError(error.code, `${place}: ${error.message}`, {
      ...error.options,
      ...(problem === undefined ? {} : { problem: `${place}: ${problem}` }),
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** Runs work whose every refusal blames this. */
export function blaming<T>(blames: Blamed, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MarginproofError)) throw error;
    const { code, message, options } = error;
    throw new MarginproofError(code, message, { ...options, blames });
  }
}
