import { MarginproofError } from "../../errors.js";
import type { CircuitInput } from "../../prover/backend.js";
import type { ObjectStore } from "./objectStore.js";
import type { Sealer } from "./seal.js";
import type { Sql } from "./sql.js";

/** What a step's row keeps of an input that is an object: no sealed text begins so. */
const ELSEWHERE = Buffer.from([0]);
/** Requests to an object store at a time. */
const AT_ONCE = 16;

const placeOf = (epoch: string, step: number): string => `step/${epoch}/${step}`;

/** Inputs of steps until they are proved, sealed: in the steps' rows, or in an object store, and then the row says so. */
export class StepInputs {
  constructor(
    private readonly sealer: Sealer,
    private readonly objects?: ObjectStore | undefined,
  ) {}

  /** Keeps an input. @returns what the step's row has to keep */
  async put(epoch: string, step: number, input: CircuitInput): Promise<Buffer> {
    const place = placeOf(epoch, step);
    const sealed = this.sealer.seal(place, JSON.stringify(input));
    if (this.objects === undefined) return sealed;
    await this.objects.put(place, sealed);
    return ELSEWHERE;
  }

  /** @param kept by the step's row; @throws MarginproofError SERVICE_SEALED, SERVICE_OBJECTS */
  async read(epoch: string, step: number, kept: Buffer): Promise<CircuitInput> {
    const place = placeOf(epoch, step);
    const sealed = kept.equals(ELSEWHERE) ? await this.#fetched(place) : kept;
    return JSON.parse(this.sealer.open(place, sealed).toString("utf8")) as CircuitInput;
  }

  /** Leaves nothing of these inputs in the object store; what rows keep is theirs to forget. */
  async forget(epoch: string, steps: Iterable<number>): Promise<void> {
    const { objects } = this;
    if (objects === undefined) return;
    const left = [...steps];
    const some = async (): Promise<void> => {
      for (let step = left.pop(); step !== undefined; step = left.pop()) {
        await objects.remove(placeOf(epoch, step));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, some));
  }

  /** Forgets those of these steps that nobody has to prove any more. */
  async forgetProved(sql: Sql, epoch: string, steps: Iterable<number>): Promise<void> {
    if (this.objects === undefined) return;
    const asked = [...steps];
    const rows = await sql.query<{ step: number }>(
      `select step from marginproof.step where epoch = $1 and proved is null
         and step in (select value::int from json_array_elements_text($2::json))`,
      [epoch, JSON.stringify(asked)],
    );
    const unproved = new Set(rows.map(({ step }) => step));
    await this.forget(
      epoch,
      asked.filter((step) => !unproved.has(step)),
    );
  }

  async #fetched(place: string): Promise<Buffer> {
    const found = await this.objects?.get(place);
    if (found !== undefined) return found;
    const problem =
      this.objects === undefined
        ? "the input is in an object store, and this process was given none"
        : `the object store has no ${place}`;
    throw new MarginproofError("SERVICE_OBJECTS", problem, {
      kind: "io",
      hint: "Give every server and worker the same --objects. An input that is lost is made again when the epoch is resumed.",
    });
  }
}
