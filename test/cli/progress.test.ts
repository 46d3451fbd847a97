import { describe, expect, it } from "vitest";
import { Pace } from "../../src/cli/pace.js";
import { progressLine } from "../../src/cli/progressLine.js";

function recorded(errIsScreen: boolean) {
  const written: string[] = [];
  let time = 0;
  const line = progressLine({ out: () => {}, err: (text) => written.push(text), errIsScreen }, () => time);
  return { line, written, wait: (ms: number) => (time += ms) };
}

describe("progress", () => {
  it("writes plain lines, seldom, where there is no screen", () => {
    const { line, written, wait } = recorded(false);
    line.stage("prove", "prove", "100 steps");
    for (let done = 1; done <= 100; done++) {
      wait(200);
      line.update(done, 100);
    }
    line.end();
    expect(written[0]).toBe("prove (100 steps)\n");
    expect(written.at(-1)).toBe("  prove: 100%\n");
    expect(written.length).toBeLessThan(8);
    for (const control of ["\r", "\x1b"]) expect(written.join("")).not.toContain(control);
    expect(written[1]).toMatch(/^ {2}prove: \d+%, about 1\ds left\n$/);
  });

  it("draws one line over itself on a screen, and leaves whole lines behind", () => {
    const { line, written, wait } = recorded(true);
    line.stage("prove", "prove");
    wait(500);
    line.update(1, 4);
    line.note("a note");
    wait(500);
    line.update(4, 4);
    line.end();
    expect(written).toEqual([
      "prove\n",
      "\r\x1b[K  prove: 25%",
      "\r\x1b[K",
      "  a note\n",
      "\r\x1b[K  prove: 100%",
      "\r\x1b[K",
      "  prove: done in 1s\n",
    ]);
  });

  it("does not take work found done for speed", () => {
    const pace = new Pace();
    for (let done = 0; done < 50; done++) pace.add(done, done);
    expect(pace.secondsLeft(100)).toBeUndefined();
    pace.add(10_000, 50);
    pace.add(20_000, 51);
    expect(pace.secondsLeft(61)).toBeCloseTo(100, 0);
  });
});
