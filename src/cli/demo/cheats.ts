import { readFile } from "node:fs/promises";
import { MarginproofError } from "../../errors.js";
import { toFieldHex } from "../../field/encoding.js";
import { bestPoseidon } from "../../field/poseidon/bestPoseidon.js";
import { readBundle } from "../../files/bundleFolder.js";
import { checkAccount } from "../../holder/checkAccount.js";
import type { OpeningJson, PocketOpeningJson } from "../../holder/opening.js";
import { BANDS } from "../../protocol/bands.js";
import { hasRole } from "../../protocol/circuits.js";
import { statementToJson } from "../../protocol/statement.js";
import { type CircuitInput, type ProverBackend, proveJob } from "../../prover/backend.js";
import { commitEpoch } from "../../prover/commit.js";
import type { Step } from "../../prover/epochInputs.js";
import { epochSteps } from "../../prover/steps.js";
import { createWasmBackend } from "../../prover/wasm/wasmBackend.js";
import type { BundleParts } from "../../verifier/bundle.js";
import { failureCode } from "../../verifier/verdict.js";
import { type VerifiedEpoch, verifyEpoch } from "../../verifier/verifyEpoch.js";
import { trustedKeys } from "../trustedKeys.js";
import { type Insider, insider } from "./insider.js";
import { lyingEpoch } from "./lyingProver.js";
import { PLACES } from "./places.js";
import { DemoFailure } from "./stage.js";

/** Attempts to cheat. Each returns the code it is refused with, or undefined if it went through. */
export class Cheats {
  private constructor(
    private readonly honest: BundleParts,
    private readonly pins: Awaited<ReturnType<typeof trustedKeys>>,
  ) {}

  static async open(): Promise<Cheats> {
    return new Cheats(await readBundle(PLACES.bundle), await trustedKeys(PLACES.keyList));
  }

  /** The auditor does not say that development keys will do. */
  async forgeableKeys(): Promise<string | undefined> {
    return refusal(this.verify(this.honest, false));
  }

  /** Statement: no bad debt, if you please. */
  async editedBadDebt(): Promise<string | undefined> {
    const statement = structuredClone(this.honest.statement) as { totals: { badDebt: string } };
    if (statement.totals.badDebt === "0") throw new DemoFailure("the sample has no bad debt to hide");
    statement.totals.badDebt = "0";
    return refusal(this.verify({ ...this.honest, statement }));
  }

  /** Market file: customers' bitcoin is worth a tenth more. */
  async editedPrice(): Promise<string | undefined> {
    const market = JSON.parse(this.honest.marketText) as {
      instruments: { symbol: string; markPrice: string }[];
    };
    const bitcoin = market.instruments.find(({ symbol }) => symbol === "BTC")!;
    bitcoin.markPrice = "66000";
    return refusal(this.verify({ ...this.honest, marketText: JSON.stringify(market) }));
  }

  /** A proof of one step under another. */
  async swappedProofs(): Promise<string | undefined> {
    const steps = structuredClone(this.honest.steps) as { proof: unknown }[];
    [steps[0]!.proof, steps[1]!.proof] = [steps[1]!.proof, steps[0]!.proof];
    return refusal(this.verify({ ...this.honest, steps }));
  }

  /** A holder's file with its pockets changed as given, or for another account. */
  async editedOpening(
    change: (pockets: readonly PocketOpeningJson[]) => PocketOpeningJson[],
    account?: string,
  ): Promise<string | undefined> {
    const { verdict, statement, table } = this.verify(this.honest);
    const opening = JSON.parse(await readFile(PLACES.opening, "utf8")) as OpeningJson;
    const check = (json: unknown) =>
      checkAccount(json, {
        statement: statement!,
        digest: verdict.statementDigest!,
        table: table!,
        pins: this.pins,
        hasher: bestPoseidon(),
        account: undefined,
      });
    check(opening);
    const edited = { ...opening, account: account ?? opening.account, pockets: change(opening.pockets) };
    return codeOf(async () => check(edited));
  }

  /** The exchange lies to its own prover: one account has one value unit more than it has, all the way through. */
  async raisedEquity(): Promise<string | undefined> {
    const { statement, states } = await lyingEpoch();
    // The verifier refuses before it looks at a proof, so the honest ones stand in.
    const steps = this.honest.steps.map((step, i) => ({
      ...(step as object),
      stateOut: toFieldHex(states[i]!),
    }));
    return refusal(this.verify({ ...this.honest, statement: statementToJson(statement), steps }));
  }

  /** One position entered twice, each part in the cheapest bracket: not even a proof can be made. */
  async splitPosition(): Promise<string | undefined> {
    return this.alteredInput(
      ({ instance }) => hasRole(instance, "accountStep") && instance.bracketed > 1,
      withSplitPosition,
    );
  }

  /** A bankrupt account said to be free. */
  async betterBand(): Promise<string | undefined> {
    return this.alteredInput(({ input }) => bandsOf(input).some(isBankrupt), withBankruptFreed);
  }

  /** Proves the first such step as it is, then with its input altered. */
  private async alteredInput(
    wanted: (step: Step) => boolean,
    alter: (input: CircuitInput) => CircuitInput,
  ): Promise<string | undefined> {
    const exchange = await insider((batch) => batch);
    const step = await firstStep(exchange, wanted);
    const backend = createWasmBackend({ workers: 1 });
    try {
      await proveInput(backend, exchange, step, step.input);
      return await codeOf(() => proveInput(backend, exchange, step, alter(step.input)));
    } finally {
      await backend.close();
    }
  }

  private verify(parts: BundleParts, allowDevKeys = true): VerifiedEpoch {
    return verifyEpoch(parts, { hasher: bestPoseidon(), pins: this.pins, allowDevKeys });
  }
}

/** Code of the first failed check. */
function refusal({ verdict }: VerifiedEpoch): string | undefined {
  if (verdict.valid) return undefined;
  return failureCode(verdict) ?? "no failed check";
}

async function codeOf(body: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await body();
    return undefined;
  } catch (error) {
    if (error instanceof MarginproofError) return error.code;
    throw error;
  }
}

async function firstStep({ inputs }: Insider, wanted: (step: Step) => boolean): Promise<Step> {
  for await (const step of epochSteps(inputs, await commitEpoch(inputs))) if (wanted(step)) return step;
  throw new DemoFailure("the sample has no batch to cheat in like this");
}

/** Flags per account, one of them "1"; a table step has none. */
const bandsOf = (input: CircuitInput): string[][] => (input.band ?? []) as string[][];
const isBankrupt = (flags: readonly string[]): boolean => flags[BANDS.indexOf("bankrupt")] === "1";

function withBankruptFreed(input: CircuitInput): CircuitInput {
  const free = BANDS.map((band) => (band === "free" ? "1" : "0"));
  return { ...input, band: bandsOf(input).map((flags) => (isBankrupt(flags) ? free : flags)) };
}

/** The first account's second slot takes the lane of its first. */
function withSplitPosition(input: CircuitInput): CircuitInput {
  const [keys, lows, rests] = ["bracketedKey", "bracketedOffset", "bracketedComplement"].map((name) =>
    structuredClone(input[name] as string[][]),
  ) as [string[][], string[][], string[][]];
  const [key, a, c] = [keys[0]![0]!, lows[0]![0]!, rests[0]![0]!];
  keys[0]![1] = key;
  lows[0]![1] = "0";
  rests[0]![1] = (BigInt(a) + BigInt(c)).toString();
  return { ...input, bracketedKey: keys, bracketedOffset: lows, bracketedComplement: rests };
}

function proveInput(backend: ProverBackend, { keys }: Insider, { instance }: Step, input: CircuitInput) {
  return proveJob(backend, { circuit: keys.get(instance.id)!.name, input });
}
