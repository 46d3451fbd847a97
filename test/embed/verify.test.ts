import { expect, test } from "vitest";
import { checkAccount, signedPrices, type Verdict, verify, withJudgedBy } from "../../src/embed/index.js";
import { verifyBundle } from "../../src/verifier/verifyBundle.js";
import { tinyPins } from "../support/tinyBundle.js";
import { tinyOpening, tinyTexts } from "../web/support.js";

const trust = { pins: await tinyPins(), allowDevKeys: true };
const failed = ({ checks }: Verdict) => checks.filter(({ status }) => status === "fail");

test.each(["covered", "uncovered", "signed"] as const)(
  "says of the %s epoch what verifyBundle says",
  async (name) => {
    const told: [number, number][] = [];
    const onProgress = (done: number, total: number) => void told.push([done, total]);
    const options = { ...trust, prices: signedPrices, onProgress };
    const found = await verify(tinyTexts(name), { ...options, judge: withJudgedBy });
    const { judgedBy, ...verdict } = verifyBundle(tinyTexts(name), trust).verdict;
    expect(found.verdict).toEqual({ ...verdict, judgedBy });
    expect(judgedBy).toMatchObject({ quote: "USDT" });
    expect(told.at(-1)![0]).toBe(told.at(-1)![1]);
    // It reads the market file for people: every check and figure is there without it.
    expect((await verify(tinyTexts(name), options)).verdict).toEqual(verdict);
  },
);

test("signed prices are never passed over", async () => {
  const { verdict } = await verify(tinyTexts("signed"), trust);
  expect(verdict).toMatchObject({ valid: false, proved: false });
  expect(failed(verdict)).toMatchObject([{ id: "prices", code: "PRICES_NOT_REPEATED" }]);
  const { evidence: _, ...stripped } = tinyTexts("signed");
  expect(failed((await verify(stripped, trust)).verdict)).toMatchObject([{ code: "PRICES_NOT_REPEATED" }]);
  const withPolicy = await verify(tinyTexts(), { ...trust, pricePolicy: {} as never });
  expect(failed(withPolicy.verdict)).toMatchObject([{ code: "PRICES_NOT_REPEATED" }]);
});

test("a bundle that can't be read is a failed check, options that can't be are an error", async () => {
  expect((await verify({ ...tinyTexts(), steps: "{" }, trust)).verdict).toMatchObject({ valid: false });
  await expect(verify(tinyTexts(), { ...trust, expectedDigest: "0x" })).rejects.toMatchObject({
    code: "DIGEST_INVALID",
  });
});

test("stops when it is told to, before and on the way", async () => {
  await expect(verify(tinyTexts(), { ...trust, signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: "AbortError",
  });
  const controller = new AbortController();
  const onProgress = () => controller.abort(new Error("enough"));
  const stopped = verify(tinyTexts(), { ...trust, signal: controller.signal, onProgress });
  await expect(stopped).rejects.toThrow("enough");
});

test("looks an account up", async () => {
  const bundle = await verify(tinyTexts(), trust);
  const file = JSON.stringify(await tinyOpening("carol"));
  expect(checkAccount(file, bundle, "carol")).toMatchObject({ status: "counted", nameCompared: true });
  expect(checkAccount(file, bundle, "dave")).toMatchObject({
    status: "not-checked",
    code: "OPENING_ACCOUNT",
  });
  expect(checkAccount("{", bundle)).toMatchObject({ status: "not-checked" });
});
