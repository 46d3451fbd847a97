import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type StageId, silentProgress } from "../../src/files/progress.js";
import { loadProfile } from "../../src/keys/instances.js";
import { accountTag } from "../../src/protocol/tag.js";
import { proveEpoch } from "../../src/prover/prove.js";
import { EpochSecrets } from "../../src/prover/secrets.js";
import { createWasmBackend } from "../../src/prover/wasm/wasmBackend.js";
import { TEST_KEYS } from "../support/circuit.js";
import { TINY_ACCOUNTS, tinyEpochPaths } from "../support/tinyBundle.js";
import { tinyEpoch } from "../support/tinyEpoch.js";
import { honestBook } from "./supportBook.js";

/** Attacks on identities and on what hides them. */
const master = new Uint8Array(32).fill(3);

describe("tags", () => {
  const salt = new Uint8Array(32).fill(1);

  test("no two identities share a tag by concatenation", () => {
    const names: [string, string, string, string][] = [
      ["exchange", "epoch", "account", ""],
      ["exchang", "eepoch", "account", ""],
      ["exchange", "epoc", "haccount", ""],
      ["exchangeepoch", "", "account", ""],
      ["exchange", "epochaccount", "", ""],
      ["exchange", "epoch", "account/sub", ""],
      ["exchange", "epoch", "account", "sub"],
      ["exchange", "epoch", "account", "/sub"],
      ["exchange", "epoch", "account/", "sub"],
      ["exchange", "epoch", "", "account"],
      ["exchange", "epochaccount", "", "sub"],
    ];
    const tags = names.map((parts) => accountTag(...parts, salt));
    expect(new Set(tags).size).toBe(names.length);
  });

  test("two holders with the same holdings and even the same salt have different tags", () => {
    expect(accountTag("x", "e", "alice", "", salt)).not.toBe(accountTag("x", "e", "bob", "", salt));
  });

  test("a salt of another length is refused: it can't lend bytes to the pocket", () => {
    for (const length of [0, 31, 33])
      expect(() => accountTag("x", "e", "alice", "", new Uint8Array(length))).toThrow(RangeError);
  });

  test("a pocket has one name: what could be taken for another is none", () => {
    for (const pocket of ["cross", "CROSS", " ", "a b", "a,b", 'a"b', "a\tb", "\u0430", "p".repeat(65)]) {
      expect(() => accountTag("x", "e", "alice", pocket, salt), pocket).toThrow(RangeError);
    }
  });
});

describe("salts and blindings", () => {
  test("another exchange, epoch, attempt, role or index has another secret, also by concatenation", () => {
    const secrets = [
      ["exchange", "epoch", "attempt"],
      ["exchange", "epoch", "attempt 2"],
      ["exchange", "epocha", "ttempt"],
      ["exchangee", "poch", "attempt"],
      ["other", "epoch", "attempt"],
    ].map(([exchange, epoch, attempt]) => new EpochSecrets(master, exchange!, epoch!, attempt!));
    const values = secrets.flatMap((secret) => [
      secret.field("state", 1),
      secret.field("state", 11),
      secret.field("totals", 1),
      secret.field("weights", 1),
      ...[["1"], ["salt"], ["salt1"], ["salt", "1"], ["salt", ""], ["", "salt"], ["salt1", ""]].map((index) =>
        BigInt(`0x${Buffer.from(secret.bytes("salt", ...index)).toString("hex")}`),
      ),
    ]);
    expect(new Set(values).size).toBe(values.length);
  });

  test("an accounts file exchanged after its digest named the attempt is refused: two books never share secrets", async () => {
    const folder = mkdtempSync(join(tmpdir(), "marginproof-exchanged-"));
    const backend = createWasmBackend({ workers: 1 });
    const accountsPath = join(folder, "accounts.csv");
    writeFileSync(accountsPath, TINY_ACCOUNTS.covered);
    const options = {
      marketPath: tinyEpochPaths("covered").market,
      accountsPath,
      out: join(folder, "bundle"),
      privateDir: join(folder, "private"),
      keysDir: TEST_KEYS,
      profile: loadProfile("test"),
      backend,
      inFlight: 1,
    };
    const stage = (id: StageId): void => {
      if (id === "readAccounts") writeFileSync(accountsPath, TINY_ACCOUNTS.uncovered);
    };
    try {
      const exchanged = proveEpoch({ ...options, progress: { ...silentProgress, stage } });
      await expect(exchanged).rejects.toMatchObject({ code: "ACCOUNTS_CHANGED", exitCode: 2 });
      const [attempt] = readdirSync(join(folder, "private", "epochs"));
      expect(existsSync(join(folder, "private", "epochs", attempt!, "plan.json"))).toBe(false);
    } finally {
      await backend.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("the same book in two epochs or attempts has no commitment in common", async () => {
    const blinded = (epoch: string, attempt: string) => {
      const secrets = new EpochSecrets(master, "tiny exchange", epoch, attempt);
      return tinyEpoch(honestBook(), { blinding: (role, index) => secrets.field(role, index) });
    };
    const runs = [await blinded("1", "a"), await blinded("1", "b"), await blinded("2", "a")];
    const hidden = runs.flatMap(({ epoch, steps }) => [
      ...epoch.statement.tableSteps.map((step) => step.totals),
      ...epoch.statement.weights,
      // The last state is the published one, opened by everybody.
      ...steps.slice(0, -1).map((step) => step.stateOut),
    ]);
    expect(new Set(hidden).size).toBe(hidden.length);
  });
});
