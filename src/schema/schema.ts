import { Findings, type Issue, type Literal } from "./issue.js";

/** What reading a value came to: the value in its canonical form, or every issue in order. */
export type Result<T> =
  | { readonly success: true; readonly data: T; readonly error?: never }
  | {
      readonly success: false;
      readonly data?: never;
      readonly error: { readonly issues: readonly Issue[] };
    };

type Reader = (value: unknown, found: Findings) => unknown;

/** Looks at a value of the right type: adds what is wrong with it, or gives it another form. */
interface Step {
  readonly run: Reader;
  /** Also where a part was of another type: a list's length is known all the same. */
  readonly always: boolean;
}

/** Whether an object may lack the field: not at all, or leaves it out, or has another value in its place. */
type Missing = "never" | "left out" | "filled in";

/** What a value must be. A schema never changes: each method gives a new one. */
export class Schema<Output, Input = Output, M extends Missing = "never"> {
  /** For types alone; no value has them. */
  declare readonly output: Output;
  declare readonly input: Input;

  /**
   * @param type checks the type, and reads what is in it; after `found.aborted` or `stopped`, what it returns means nothing
   * @param kind what is counted or measured, for words
   */
  constructor(
    private readonly type: Reader,
    private readonly kind: "string" | "number" | "array" | "other",
    readonly missing: M,
    private readonly steps: readonly Step[] = [],
    /** Of an object its fields, of a literal its values: what tells one object from another. */
    readonly facts: {
      readonly shape?: Shape;
      readonly values?: readonly Literal[];
      /** Schemas of what is in it, or what it was made of. */
      readonly parts?: readonly AnySchema[];
    } = {},
  ) {}

  read(value: unknown, found: Findings): unknown {
    let read = this.type(value, found);
    for (const { run, always } of this.steps) {
      if (!(found.aborted || found.stopped) || (always && read !== undefined)) read = run(read, found);
    }
    return read;
  }

  safeParse(value: unknown): Result<Output> {
    const found = new Findings();
    const data = this.read(value, found) as Output;
    const { issues } = found;
    return issues.length === 0 ? { success: true, data } : { success: false, error: { issues } };
  }

  /** @throws Error with the first issue */
  parse(value: unknown): Output {
    const { success, data, error } = this.safeParse(value);
    if (success) return data;
    throw new Error(`${error.issues[0]!.path.join(".")}: ${error.issues[0]!.message}`);
  }

  private with(run: Reader, always = false): Schema<Output, Input, M> {
    return new Schema(this.type, this.kind, this.missing, [...this.steps, { run, always }], this.facts);
  }

  private bound(
    code: "too_small" | "too_big",
    words: string,
    message: string | undefined,
    holds: (size: number) => boolean,
  ): Schema<Output, Input, M> {
    const unit = this.kind === "string" ? " characters" : this.kind === "array" ? " items" : "";
    const name = code === "too_small" ? "Too small" : "Too big";
    const verb = this.kind === "number" ? "be" : "have";
    const said = message ?? `${name}: expected ${this.kind} to ${verb} ${words}${unit}`;
    // A list that is too long is not walked: it may be anybody's, and as long as they like.
    if (this.kind === "array" && code === "too_big") {
      const type: Reader = (value, found) => {
        if (!Array.isArray(value) || holds(value.length)) return this.type(value, found);
        found.add({ code, message: said }, true);
        return undefined;
      };
      return new Schema<Output, Input, M>(type, this.kind, this.missing, this.steps, this.facts);
    }
    return this.with((value, found) => {
      const size = typeof value === "number" ? value : (value as { readonly length: number }).length;
      if (!holds(size)) found.add({ code, message: said });
      return value;
    }, true);
  }

  /** Least number, or least length of text or list. */
  min(least: number, message?: string): Schema<Output, Input, M> {
    return this.bound("too_small", `>=${least}`, message, (size) => size >= least);
  }

  /** Largest number, or largest length of text or list. */
  max(most: number, message?: string): Schema<Output, Input, M> {
    return this.bound("too_big", `<=${most}`, message, (size) => size <= most);
  }

  positive(): Schema<Output, Input, M> {
    return this.bound("too_small", ">0", undefined, (size) => size > 0);
  }

  /** Exactly so many characters or items. */
  length(exact: number): Schema<Output, Input, M> {
    const words = `exactly ${exact}`;
    return this.bound("too_small", words, undefined, (size) => size >= exact).bound(
      ...(["too_big", words, undefined, (size: number) => size <= exact] as const),
    );
  }

  /** A whole number that is exact as a double. */
  int(): Schema<Output, Input, M> {
    return this.with((value, found) => {
      const message = "Invalid input: expected int, received number";
      if (!Number.isSafeInteger(value)) found.add({ code: "invalid_type", expected: "int", message }, true);
      return value;
    });
  }

  regex(
    pattern: RegExp,
    message = `Invalid string: must match pattern ${pattern}`,
  ): Schema<Output, Input, M> {
    return this.with((value, found) => {
      if (!pattern.test(value as string)) found.add({ code: "invalid_format", message });
      return value;
    });
  }

  /** A condition of the schema's own, with the words for what does not meet it. */
  refine(holds: (value: Output) => boolean, message: string): Schema<Output, Input, M> {
    return this.with((value, found) => {
      if (!holds(value as Output)) found.add({ code: "custom", message });
      return value;
    });
  }

  /** Puts a value without issues into another form; what follows sees that form, and nothing where there were issues. */
  transform<Next>(change: (value: Output) => Next): Schema<Next, Input, M> {
    const type: Reader = (value, found) => {
      const before = found.issues.length;
      const read = this.read(value, found);
      if (found.issues.length === before) return change(read as Output);
      found.stopped = true;
      return undefined;
    };
    return new Schema(type, "other", this.missing, [], { parts: [this] });
  }

  /** May be left out. */
  optional(): Schema<Output | undefined, Input | undefined, "left out"> {
    const type: Reader = (value, found) => (value === undefined ? undefined : this.read(value, found));
    return new Schema(type, "other", "left out", [], { parts: [this] });
  }

  /** What stands in for what is left out. */
  default(instead: Output & {}): Schema<Exclude<Output, undefined>, Input | undefined, "filled in"> {
    const type: Reader = (value, found) =>
      value === undefined ? structuredClone(instead) : this.read(value, found);
    return new Schema(type, "other", "filled in", [], { parts: [this] });
  }
}

export type Shape = Readonly<Record<string, AnySchema>>;

// biome-ignore lint/suspicious/noExplicitAny: of any value
export type AnySchema = Schema<any, any, Missing>;
export type Output<S extends AnySchema> = S["output"];
export type Input<S extends AnySchema> = S["input"];
