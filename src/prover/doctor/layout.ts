import type { Portfolio, Snapshot } from "../../accounts/index.js";
import { MarginproofError } from "../../errors.js";
import type { Profile } from "../../keys/instances.js";
import { Evaluator } from "../../protocol/evaluate.js";
import { assertInRange, fits } from "../../protocol/fitShape.js";
import { tableParts } from "../../protocol/tableParts.js";
import { parseBatch } from "../batchFile.js";
import type { MarketInputs } from "../openInputs.js";
import { planBatches } from "../plan.js";
import { type TooLarge, tooLargeError } from "../tooLarge.js";
import { Book, NAMED } from "./book.js";
import { countShapes, type ShapeUse } from "./cost.js";
import { type Finding, refusedBy } from "./finding.js";

/** Margin accounts that `prove` refuses for one reason. */
interface Refused {
  count: number;
  readonly lines: string[];
  readonly next: string | undefined;
}

/** Lays out all margin accounts that can be, and sums up those that are read; what is refused is told by reason. */
export class Layout {
  readonly book: Book;
  readonly #evaluator: Evaluator;
  readonly #refused = new Map<string, Refused>();
  readonly #tooLarge: TooLarge[] = [];
  #tooLargeCount = 0;
  /** Rows of some margin accounts make no portfolio: no figure is of them. */
  leftOut = false;

  constructor(
    private readonly inputs: MarketInputs,
    private readonly profile: Profile,
  ) {
    this.book = new Book(inputs.market, inputs.table);
    this.#evaluator = new Evaluator(inputs.table);
  }

  /** The steps of all that can be proved: none when nothing can. */
  async steps(snapshot: Snapshot, findings: Finding[]): Promise<ShapeUse[]> {
    const accounts = new Map<string, number>();
    const shapes: string[] = [];
    const write = async (_: number, text: string): Promise<void> => {
      const { shape, accounts: own } = parseBatch(text);
      shapes.push(shape);
      accounts.set(shape, (accounts.get(shape) ?? 0) + own.length);
    };
    const provable = this.#provable(snapshot);
    const first = await provable.next();
    if (first.done !== true)
      await planBatches(
        following(first.value, provable),
        this.profile,
        this.#evaluator,
        write,
        () => {},
      ).catch((error: unknown) => {
        if (!(error instanceof MarginproofError)) throw error;
        findings.push(refusedBy(error));
      });
    findings.push(...this.#findings());
    if (shapes.length === 0) return [];
    const { accounts: instances, stepCost } = this.profile;
    return [...countShapes(shapes, accounts, instances, stepCost), ...this.#tableSteps()];
  }

  /** Margin accounts that a shape of the profile has room for. */
  async *#provable(snapshot: Snapshot): AsyncGenerator<Portfolio> {
    const leaveOut = (fault: MarginproofError): void => {
      this.leftOut = true;
      this.#refuse(fault);
    };
    for await (const portfolio of snapshot.portfolios(leaveOut)) {
      const evaluation = this.#evaluator.evaluate(portfolio.holdings);
      this.book.add(portfolio, evaluation);
      if (!this.profile.accounts.some((shape) => fits(shape, evaluation))) {
        this.#tooLargeCount++;
        if (this.#tooLarge.length < NAMED) this.#tooLarge.push({ id: portfolio, evaluation });
      } else if (this.#inRange(portfolio, evaluation, this.#evaluator.table)) yield portfolio;
    }
  }

  #inRange(...args: Parameters<typeof assertInRange>): boolean {
    try {
      assertInRange(...args);
      return true;
    } catch (error) {
      if (!(error instanceof MarginproofError)) throw error;
      this.#refuse(error);
      return false;
    }
  }

  #refuse({ code, message, options }: MarginproofError): void {
    const found = this.#refused.get(code) ?? { count: 0, lines: [], next: options.hint };
    this.#refused.set(code, found);
    found.count++;
    if (found.lines.length < NAMED) found.lines.push(message);
  }

  #findings(): Finding[] {
    const refused = [...this.#refused].map(([code, { count, lines, next }]): Finding => {
      const text = `${count} margin account${count === 1 ? " is" : "s are"} refused: ${code}`;
      return { level: "refused", code, text, lines, ...(next === undefined ? {} : { next }) };
    });
    if (this.#tooLargeCount === 0) return refused;
    const error = refusedBy(tooLargeError(this.#tooLarge, this.profile));
    const rest = this.#tooLargeCount - this.#tooLarge.length;
    const lines = [...(error.lines ?? []), ...(rest > 0 ? [`and ${rest} more`] : [])];
    return [...refused, { ...error, lines }];
  }

  #tableSteps(): ShapeUse[] {
    const { table, privateShape } = this.inputs;
    const parts = tableParts(table, this.profile.table.rows, privateShape?.rows ?? 1);
    const count = (secret: boolean): number => parts.filter((part) => part.private === secret).length;
    const uses = [{ instance: this.profile.table, steps: count(false) }];
    const all = privateShape === undefined ? uses : [...uses, { instance: privateShape, steps: count(true) }];
    return all
      .filter(({ steps }) => steps > 0)
      .map(({ instance, steps }) => ({
        shape: instance.id,
        steps,
        constraints: this.profile.stepCost(instance),
      }));
  }
}

async function* following(first: Portfolio, rest: AsyncIterable<Portfolio>): AsyncGenerator<Portfolio> {
  yield first;
  yield* rest;
}
