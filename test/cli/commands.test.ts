import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { run } from "./run.js";

const folder = mkdtempSync(join(tmpdir(), "marginproof-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

const STACK = /^\s+at .+:\d+:\d+/m;
const COMMANDS = [
  "setup",
  "prove",
  "verify",
  "disclose",
  "check",
  "inspect",
  "market",
  "prices",
  "reserves",
  "sample",
];

describe("help", () => {
  it("teaches at the top", () => {
    const { code, out, err } = run(["--help"]);
    expect(code).toBe(0);
    expect(err).toBe("");
    for (const word of [...COMMANDS, "Start here", "Exit codes", "130"]) expect(out).toContain(word);
  });

  it.each(COMMANDS)("has a description and an example for %s", (command) => {
    const { code, out } = run([command, "--help"]);
    expect(code).toBe(0);
    expect(out).toContain(`Usage: marginproof ${command}`);
    expect(out).toContain(`  marginproof ${command} `);
    expect(out).toMatch(/^Examples?:$/m);
  });

  it("gives the package's version", () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect(run(["--version"])).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });
});

describe("misuse", () => {
  it.each([
    [[]],
    [["nonsense"]],
    [["verify"]],
    [["verify", "x", "y"]],
    [["verify", "x", "--nonsense"]],
    [["verify", "x", "--digest", "0x12"]],
    [["prove", "--market", "m"]],
    [["prove", "--workers", "0"]],
    [["sample", "--accounts", "many", "--out", "x"]],
    [["sample", "--accounts", "5", "--out", at("small")]],
    [["setup", "--profile", "nonsense", "--keys", at("keys")]],
    [["disclose", "--private", at("none"), "--account", "a", "--out", at("a.json")]],
    [["verify", at("none")]],
    [["inspect", at("none")]],
    [["check", at("none.json"), "--epoch", at("none")]],
  ])("%j ends with 2, without a stack", (args) => {
    const { code, out, err } = run(args);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).not.toBe("");
    expect(err).not.toMatch(STACK);
  });

  it("names the code, what is wrong and what to do", () => {
    const { err } = run(["verify", at("none")]);
    expect(err).toMatch(/^error BUNDLE_UNREADABLE: .*\n {2}next: .+\n$/);
  });

  it("shows the stack when asked to", () => {
    expect(run(["verify", at("none")], { env: { MARGINPROOF_DEBUG: "1" } }).err).toMatch(STACK);
  });
});

describe("garbage", () => {
  const garbage = at("garbage");
  mkdirSync(garbage);
  for (const name of ["statement.json", "market.json", "steps.ndjson", "verifying-keys.json"]) {
    writeFileSync(join(garbage, name), "{}\n");
  }
  const scraps = at("scraps");
  mkdirSync(scraps);
  writeFileSync(join(scraps, "readme.txt"), "hello");
  writeFileSync(at("opening.json"), "{}");

  it("is not valid", () => {
    const { code, out, err } = run(["verify", garbage]);
    expect(code).toBe(1);
    expect(out).toMatch(/^NOT VALID: failed at "the statement is well formed": STATEMENT_INVALID/m);
    expect(err).toBe("");
  });

  it("is not valid as JSON either", () => {
    const { code, out } = run(["verify", garbage, "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ format: "marginproof/verdict/1", valid: false, proved: false });
  });

  it("is not a bundle", () => {
    const plain = run(["verify", scraps]);
    expect(plain.code).toBe(1);
    expect(plain.err).toContain("error BUNDLE_FILES");
    const { code, out } = run(["verify", scraps, "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ format: "marginproof/error/1", code: "BUNDLE_FILES" });
  });

  it("counts no account", () => {
    const { code, out } = run(["check", at("opening.json"), "--epoch", garbage]);
    expect(code).toBe(1);
    expect(out).toContain("NOT LOOKED AT");
  });

  it("can't be inspected", () => {
    expect(run(["inspect", garbage])).toMatchObject({ code: 1, out: "" });
  });

  it("in the reader's own files is a mistake of the reader", () => {
    writeFileSync(at("own.json"), "nonsense");
    expect(run(["verify", garbage, "--market", at("own.json")]).code).toBe(2);
    expect(run(["verify", garbage, "--keys", at("own.json")]).code).toBe(2);
  });
});

describe("sample", () => {
  const read = (name: string): string[] =>
    ["market.json", "accounts.csv"].map((file) => readFileSync(join(at(name), file), "utf8"));

  it("is the same for the same seed, and another for another", () => {
    for (const [name, seed] of [
      ["one", "7"],
      ["again", "7"],
      ["other", "8"],
    ] as const) {
      const { code, out } = run(["sample", "--accounts", "40", "--seed", seed, "--out", at(name)]);
      expect(code).toBe(0);
      expect(out).toMatch(/margin accounts +40 \(\d+ are isolated pockets\)\n/);
    }
    expect(read("one")).toEqual(read("again"));
    expect(read("one")[1]).not.toBe(read("other")[1]);
  });

  it("overwrites nothing", () => {
    mkdirSync(at("mine"));
    writeFileSync(join(at("mine"), "accounts.csv"), "mine");
    const { code, err } = run(["sample", "--accounts", "40", "--out", at("mine")]);
    expect(code).toBe(2);
    expect(err).toContain("OUT_EXISTS");
    expect(readFileSync(join(at("mine"), "accounts.csv"), "utf8")).toBe("mine");
  });
});

describe("prove", () => {
  it("refuses a place that is taken, before any work", () => {
    const taken = at("taken");
    mkdirSync(taken);
    const { code, err } = run([
      "prove",
      "--market",
      "m",
      "--accounts",
      "a",
      "--out",
      taken,
      "--private",
      at("p"),
    ]);
    expect(code).toBe(2);
    expect(err).toContain("OUT_EXISTS");
  });
});
