import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOMS } from "../../scripts/rooms.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";

const read = (path: string): string => readFileSync(join(PACKAGE_ROOT, path), "utf8");
const page = read("docs/architecture.md");
const exists = (path: string): boolean => existsSync(join(PACKAGE_ROOT, path));

/** The paragraph of each room, by the name that it begins with. */
const paragraphs = new Map(
  [...page.matchAll(/^\*\*(\w+)\*\*((?: |\.)[\s\S]*?)\n\n/gm)].map(([, name, text]) => [name!, text!]),
);

describe("docs/architecture.md", () => {
  it("has a paragraph for every room, from the ground up within each of the two halves", () => {
    const rooms = Object.keys(ROOMS);
    expect([...paragraphs.keys()].sort()).toEqual([...rooms].sort());
    const order = [...paragraphs.keys()];
    for (const [name, { rooms: below }] of Object.entries(ROOMS))
      for (const other of below)
        expect(order.indexOf(other), `${other} before ${name}`).toBeLessThan(order.indexOf(name));
  });

  it("draws every room, and draws a room above all that it imports", () => {
    const [, drawing] = /## The rooms, from the ground up\n\n```text\n([\s\S]*?)```/.exec(page)!;
    const lines = drawing!.split("\n");
    const border = lines.findIndex((line) => line.startsWith(" ---"));
    // Rooms stand between what runs them and what they are for.
    const columns = lines.map((line) => line.slice(18, 46).trim().split(/ +/));
    const height = (room: string): number => columns.findIndex((names) => names.includes(room));
    for (const [name, { rooms: below, browser }] of Object.entries(ROOMS)) {
      if (name === "index") continue;
      expect(height(name), name).toBeGreaterThanOrEqual(0);
      expect(height(name) > border, name).toBe(browser);
      for (const other of below)
        expect(height(other), `${other} below ${name}`).toBeGreaterThan(height(name));
    }
  });

  it("names, in each room's paragraph, files that are in that room", () => {
    const named = [...paragraphs].flatMap(([room, text]) =>
      [...text.matchAll(/(?:src\/)?[\w/]+\.ts\b|`(\w+)\/`/g)].map(([path, folder]) =>
        path.startsWith("src/") ? path : `src/${room}/${folder ?? path}`,
      ),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((path) => !exists(path))).toEqual([]);
  });

  const table = [...page.matchAll(/^\| ((?:add|change) [^|]+?) \| (\w+) \| (.*) \|$/gm)];
  it.each(table.map(([, task, room, files]) => [task!, room!, files!] as const))(
    "sends who wants to %s to what is there",
    (_, room, files) => {
      expect(Object.keys(ROOMS)).toContain(room);
      const paths = [...files.matchAll(/`([^`]+)`/g)].map(([, path]) => path!);
      expect(paths.length).toBeGreaterThan(1);
      expect(paths.filter((path) => !exists(path))).toEqual([]);
      expect(paths.some((path) => path.startsWith(`src/${room}/`))).toBe(true);
    },
  );

  it("answers the six questions", () => {
    expect(table.map(([, task]) => task)).toEqual([
      "add a risk model",
      "add a check to the verifier",
      "add a proving backend",
      "change the leaf",
      "add a bad-row reason",
      "add a claim about an account",
    ]);
  });

  it.each(["README.md", "CONTRIBUTING.md"])("is linked from %s", (path) => {
    expect(read(path)).toContain("](docs/architecture.md)");
  });

  it.each(["README.md", "CONTRIBUTING.md", "docs/architecture.md"])("%s links to what is there", (path) => {
    const links = [...read(path).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, to]) => to!);
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((to) => !exists(join(path, "..", to)))).toEqual([]);
  });
});
