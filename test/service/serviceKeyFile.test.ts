import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readKey, writeKey } from "../../src/service/store/serviceKeyFile.js";
import { runHere } from "../cli/runHere.js";
import { cleanUp, fresh } from "./support.js";

afterAll(cleanUp);

/** A file of identities as age-keygen writes it. @returns its path, and who each is */
async function identityFile(count = 1): Promise<{ path: string; recipients: string[]; identities: string }> {
  const own = await Promise.all(Array.from({ length: count }, () => generateIdentity()));
  const recipients = await Promise.all(own.map(identityToRecipient));
  const path = fresh(".txt");
  const identities = own.map((line, k) => `# public key: ${recipients[k]}\n${line}\n`).join("");
  writeFileSync(path, identities, { mode: 0o600 });
  return { path, recipients, identities };
}

describe("a key file that is an age file", () => {
  let server: Awaited<ReturnType<typeof identityFile>>;
  let vault: typeof server;
  let other: typeof server;
  beforeAll(async () => {
    [server, vault, other] = await Promise.all([identityFile(), identityFile(2), identityFile()]);
  });

  it("opens with an identity of any recipient, with the same key, and shows the key to nobody else", async () => {
    const path = fresh(".age");
    expect(await writeKey(path, [server.recipients[0]!, vault.recipients[1]!])).toBe(true);
    const key = await readKey(path, server.identities);
    expect(key).toHaveLength(32);
    expect(await readKey(path, vault.identities)).toEqual(key);
    expect(readFileSync(path, "latin1")).not.toContain(Buffer.from(key).toString("hex"));
    // It may lie where others read, not where they write.
    chmodSync(path, 0o644);
    expect(await readKey(path, server.identities)).toEqual(key);
    chmodSync(path, 0o664);
    await expect(readKey(path, server.identities)).rejects.toThrow("others may write it");
    chmodSync(path, 0o600);
    writeFileSync(path, `\ufeff\r\n${readFileSync(path, "utf8").replaceAll("\n", "\r\n")}`);
    expect(await readKey(path, server.identities.replaceAll("\n", "\r\n"))).toEqual(key);
    await expect(readKey(path, other.identities)).rejects.toThrow("no identity given opens it");
    await expect(readKey(path)).rejects.toThrow("is an age file");
  });

  it.each([
    ["no line of one", "# nothing\n", "there is no age identity"],
    ["a line that is none", "AGE-SECRET-KEY-1FORGED\n", "identity 1 of 1 is no AGE-SECRET-KEY-1"],
  ])("is not opened with %s, nor is a secret said", async (_, identities, problem) => {
    const path = fresh(".age");
    await writeKey(path, server.recipients);
    const error = await readKey(path, identities).catch((cause: Error) => cause);
    expect(error).toMatchObject({ code: "SERVICE_KEY", message: expect.stringContaining(problem) });
    expect(String(error)).not.toContain("FORGED");
  });

  it("is not opened once a byte of it has changed, or cut short", async () => {
    const path = fresh(".age");
    await writeKey(path, server.recipients);
    const text = readFileSync(path, "utf8");
    const lines = text.split("\n");
    const at = lines[2]!;
    const changed = [...lines.slice(0, 2), (at[0] === "A" ? "B" : "A") + at.slice(1), ...lines.slice(3)];
    for (const spoilt of [changed.join("\n"), text.slice(0, -40), `${text}more`]) {
      writeFileSync(path, spoilt);
      await expect(readKey(path, server.identities)).rejects.toMatchObject({ code: "SERVICE_KEY" });
    }
  });

  it("is not made for one who is no recipient", async () => {
    const path = fresh(".age");
    const secret = server.identities.split("\n")[1]!;
    for (const none of ["age1nobody", secret]) {
      const error = await writeKey(path, [server.recipients[0]!, none]).catch((cause: Error) => cause);
      expect(String(error)).toContain("recipient 2 of 2 is none of age's");
      expect(String(error)).not.toContain(none);
    }
    expect(await writeKey(path, server.recipients)).toBe(true);
  });

  it("takes a database over from a plain key file, and hands it on to another, the one before opening it no more", async () => {
    const data = fresh();
    const [plain, first, second] = [fresh(".key"), fresh(".age"), fresh(".age")];
    const verify = (...own: string[]) => runHere(["audit-log", "verify", "--data", data, ...own]);
    const make = (path: string, ...own: string[]) => runHere(["service-key", path, "--data", data, ...own]);
    expect(await make(plain)).toMatchObject({ exit: 0 });
    expect(await verify("--key", plain)).toMatchObject({ exit: 0 });
    const rotated = await make(
      first,
      "--recipient",
      server.recipients[0]!,
      "--rotate",
      "--key",
      plain,
      "--identity",
      server.path,
    );
    expect(rotated).toMatchObject({
      exit: 0,
      out: expect.stringContaining("The database opens with the new key alone"),
    });
    expect(await verify("--key", plain)).toMatchObject({
      exit: 2,
      err: expect.stringContaining("SERVICE_KEY"),
    });
    expect(await verify("--key", first)).toMatchObject({
      exit: 2,
      err: expect.stringContaining("--identity"),
    });
    expect(await verify("--key", first, "--identity", other.path)).toMatchObject({ exit: 2 });
    expect(await verify("--key", first, "--identity", server.path)).toMatchObject({ exit: 0 });
    const told = { MARGINPROOF_SERVICE_IDENTITY: server.identities };
    expect(await runHere(["audit-log", "verify", "--data", data, "--key", first], told)).toMatchObject({
      exit: 0,
    });

    expect(await make(first, "--key", first, "--identity", server.path)).toMatchObject({
      exit: 2,
      err: expect.stringContaining("OUT_EXISTS"),
    });
    // One that was made and not changed to: the same command goes on with it.
    const between = fresh(".age");
    await writeKey(between, server.recipients);
    for (const [from, to] of [
      [first, between],
      [between, first],
    ])
      expect(await make(to!, "--rotate", "--key", from!, "--identity", server.path)).toMatchObject({
        exit: 0,
      });

    // A key that nobody here could open would lose the database: it stays as it was.
    const lost = await make(
      fresh(".age"),
      "--recipient",
      other.recipients[0]!,
      "--rotate",
      "--key",
      first,
      "--identity",
      server.path,
    );
    expect(lost).toMatchObject({ exit: 2, err: expect.stringContaining("no identity given opens it") });
    const both = fresh(".txt");
    writeFileSync(both, server.identities + vault.identities, { mode: 0o600 });
    const handed = await make(
      second,
      "--recipient",
      vault.recipients[0]!,
      "--rotate",
      "--key",
      first,
      "--identity",
      both,
    );
    expect(handed).toMatchObject({ exit: 0 });
    // As after a kill at the end: the same command says so, and loses nothing.
    const again = await make(second, "--rotate", "--key", first, "--identity", both);
    expect(again).toMatchObject({ exit: 0, out: expect.stringContaining("is there already") });
    expect(await verify("--key", first, "--identity", both)).toMatchObject({ exit: 2 });
    expect(await verify("--key", second, "--identity", vault.path)).toMatchObject({ exit: 0 });
  });

  it("has its identities in a file that others can't read", async () => {
    const path = fresh(".age");
    await writeKey(path, server.recipients);
    const open = fresh(".txt");
    writeFileSync(open, server.identities, { mode: 0o644 });
    const refused = await runHere([
      "audit-log",
      "verify",
      "--data",
      fresh(),
      "--key",
      path,
      "--identity",
      open,
    ]);
    expect(refused).toMatchObject({ exit: 2, err: expect.stringContaining("others may read it") });
  });
});

/** Whether age itself is on this machine. */
function hasAge(): boolean {
  try {
    return execFileSync("age", ["--version"], { stdio: "pipe" }).length > 0;
  } catch {
    return false;
  }
}

it.skipIf(!hasAge())("is what age reads and writes", async () => {
  const { path: identity, recipients, identities } = await identityFile();
  const path = fresh(".age");
  await writeKey(path, recipients);
  const text = execFileSync("age", ["-d", "-i", identity, path], { encoding: "utf8" });
  expect(text).toBe(`${Buffer.from(await readKey(path, identities)).toString("hex")}\n`);
  const binary = fresh(".age");
  execFileSync("age", ["-r", recipients[0]!, "-o", binary], { input: text });
  await expect(readKey(binary, identities)).rejects.toThrow("is an age file, but not as text");
  const again = fresh(".age");
  execFileSync("age", ["-a", "-r", recipients[0]!, "-o", again], { input: text });
  expect(await readKey(again, identities)).toEqual(await readKey(path, identities));
});
