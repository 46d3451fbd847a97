import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { base64 } from "@scure/base";
import { describe, expect, it } from "vitest";
import { bytesToHex } from "../../src/field/encoding.js";
import { bitcoinScript } from "../../src/reserves/bitcoin/address.js";
import { bitcoinProblem } from "../../src/reserves/bitcoin/bip322.js";
import { taprootDigest, toSpendId } from "../../src/reserves/bitcoin/messageTransaction.js";
import { keysOfMultisig } from "../../src/reserves/bitcoin/multisig.js";
import { bitcoinKey, legacyKey, taprootKey } from "./bitcoinWallet.js";

/** Test vectors of BIP-322 (basic-test-vectors.json, generated-test-vectors.json): those of the form "simple". */
const SEGWIT = "bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l";
const VECTORS = [
  [
    SEGWIT,
    "",
    "AkcwRAIgM2gBAQqvZX15ZiysmKmQpDrG83avLIT492QBzLnQIxYCIBaTpOaD20qRlEylyxFSeEA2ba9YOixpX8z46TSDtS40ASECx/EgAxlkQpQ9hYjgGu6EBCPMVPwVIVJqO4XCsMvViHI=",
  ],
  [
    SEGWIT,
    "",
    "AkgwRQIhAPkJ1Q4oYS0htvyuSFHLxRQpFAY56b70UvE7Dxazen0ZAiAtZfFz1S6T6I23MWI2lK/pcNTWncuyL8UL+oMdydVgzAEhAsfxIAMZZEKUPYWI4BruhAQjzFT8FSFSajuFwrDL1Yhy",
  ],
  [
    SEGWIT,
    "Hello World",
    "AkcwRAIgZRfIY3p7/DoVTty6YZbWS71bc5Vct9p9Fia83eRmw2QCICK/ENGfwLtptFluMGs2KsqoNSk89pO7F29zJLUx9a/sASECx/EgAxlkQpQ9hYjgGu6EBCPMVPwVIVJqO4XCsMvViHI=",
  ],
  [
    SEGWIT,
    "Hello World",
    "AkgwRQIhAOzyynlqt93lOKJr+wmmxIens//zPzl9tqIOua93wO6MAiBi5n5EyAcPScOjf1lAqIUIQtr3zKNeavYabHyR8eGhowEhAsfxIAMZZEKUPYWI4BruhAQjzFT8FSFSajuFwrDL1Yhy",
  ],
  [
    "bc1qkntwc3c4dzxh9xh6875l03fn3vkk023jgak3u7",
    "ESHJI7MWUL64AXHBI42L3UR4QA",
    "AkcwRAIgCYHF/vn67iZX5WBimh84kqD6pTME6eNCMGhfFnnwCNECIAF3nMCk/RfLit+uv8a8FgfQIw0f0ASE21GSz7rX17PsASEDTA2vM8bOtUFgvenSDUmvkq7aWNwoTB0CMiM6carHY1s=",
  ],
  [
    "bc1ppv609nr0vr25u07u95waq5lucwfm6tde4nydujnu8npg4q75mr5sxq8lt3",
    "Hello World",
    "AUHd69PrJQEv+oKTfZ8l+WROBHuy9HKrbFCJu7U1iK2iiEy1vMU5EfMtjc+VSHM7aU0SDbak5IUZRVno2P5mjSafAQ==",
  ],
  [
    "bc1pss0zhytly75awhm6x2hhvd5lnzv3vssgrf9axfheq8ldyzn88ges79fler",
    "No prefix fallback",
    "AUCJYOwOjxYAvatTAGYaVlNXBVyFuc4MwNQkOuK2tl8xhfKDONd0NjfYyNSYcRqeCp8hsAnCEPHAVEkO9h6vbQ/R",
  ],
  [
    "bc1p9cyuceaazr8cz46mvgkzl94wy397mwpqsrk84su37t72jvkg6wzqv52nfp",
    "TPIZPITUIHEUHO5ACOL6W6MBVD",
    "AUBay6NwR4LEYedkTG+vE9F7C0RTOCB5NH6ZAqf+3hudjHIkOzSZk1jW/5Kt0wRKX3llJ25os+0qktdou4/Y8516",
  ],
  [
    "bc1qp0ahvfh83088w49k405szqgg4f3pptr7p2g06tdxfjcd40z4lh4q95lsz9",
    "This will be a p2wsh 3-of-3 multisig BIP 322 signed message",
    "BQBHMEQCIFX9aaqPJWq2Ff2kpen5bFDTid+ehgUOpHV0LfjncXy4AiA3GNicF7aKPzdpa9PCpmaYQs3pHd+qbvvhXdxOCKCAMAFIMEUCIQD/ELXg6CNYyUQijCg96JtgvgjZb9dsl1Ctof4QAeyTcQIgVM/1AAblFl/DCt6A1gJg+T/i2qU5SQD09+chFJzolRwBSDBFAiEAlqRfSFyWNVQhvaCnmeV5tyneiCWMTcFbuujoD/pFa3wCIGnZjfQb8NolSYq9asV+ZeBSkCGHJcqnaV4JYS5MYPEGAWlTIQJ1aLEfEi/4p7wcV+XHZCBVvGGJZ7L3v+jhH+mZA8lN0yECCovfec+kIdllXpKCgA8RX/HZ2x5yHOtCSKP8/sf6pnwhAwxSng6kCgCXXSAmJOOZFdr3vdK3HzGqCFloOHgc5fM6U64=",
  ],
  [
    "bc1qa8xp82hejuydq8d9yc44s662ras5ncr98gxz3n53s6vklwgrczrqc4fqtn",
    "GDU6AXT64O5ZS4AHHXK5JETYRM",
    "BABIMEUCIQCLKarc4DfTq5bmqPVjRZ/qBvRPy886P2dM1tDK/92WIgIgN7y495rkp5FPcpjohhl8Knmo9rf63tPLGIVo8PKE81ABSDBFAiEAz2U1cppenj2Kbg8DkS3wXMmAN4jvZvsP/PdcCI1akogCIFlrCbW2+GbMRkvObV2utVdHYBxIJhM6DJlv1NIwViXBAUdSIQJx+IVtFfezY//G7PB/9/Z2fWatDxm5+M0195sX3Y1qoyECvDKp35BSlVD2TFqMPy7MlXJrqGl3nkQAgo51DfiRIqlSrg==",
  ],
] as const;
/** A vector of Bitcoin Core's signmessage (message_verify in its unit tests). */
const LEGACY = [
  "15CRxFdyRpGZLW9w8HnHvVduizdL5jKNbs",
  "Trust no one",
  "IPojfrX2dfPnH26UegfbGQQLrdK844DlHq5157/P6h57WyuS/Qsl+h/WSVGDF4MUi4rWSswW38oimDYfNNUBUOk=",
] as const;

const script = (address: string) => bitcoinScript(address, "mainnet")!;

describe("published test vectors", () => {
  it.each([...VECTORS, LEGACY])("%s signed %j, and nothing else", (address, message, signature) => {
    expect(bitcoinProblem(message, script(address), signature)).toBeUndefined();
    expect(bitcoinProblem(`${message}.`, script(address), signature)).toContain("not of this address");
    for (const [other] of VECTORS)
      if (other !== address) expect(bitcoinProblem(message, script(other), signature)).toBeDefined();
  });

  it.each([
    ["", "c5680aa69bb8d860bf82d4e9cd3504b55dde018de765a91bb566283c545a99a7"],
    ["Hello World", "b79d196740ad5217771c1098fc4a4b51e0535c32236c71f1ea4d61a2d603352b"],
    [
      "UTF-8 support: öäüéàè 测试文本 \u{1F604}",
      "c8f4f525fe8afb1bc09b44175bd2096f079c98425e8a1be676b712add1fb62f0",
    ],
  ])("%j is committed to by its transaction", (message, id) => {
    expect(bytesToHex(toSpendId(message, script(SEGWIT).script).reverse())).toBe(id);
  });

  it.each(["not-valid-base64!!!", "", "AA==", "AB==", "fooAA=="])("%j is no signature", (signature) => {
    expect(bitcoinProblem("", script(SEGWIT), signature)).toBeDefined();
  });
});

const secret = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const ORDER = secp256k1.Point.Fn.ORDER;

describe("a signature of Bitcoin", () => {
  const { address, sign } = bitcoinKey(secret(3));
  const witnessOf = (signature: string): Uint8Array => base64.decode(signature);
  const problem = (bytes: Uint8Array) => bitcoinProblem("m", script(address), base64.encode(bytes));

  it.each([bitcoinKey, taprootKey, legacyKey])("of our own key is right (%o)", (wallet) => {
    const own = wallet(secret(5));
    expect(bitcoinProblem("m", script(own.address), own.sign("m"))).toBeUndefined();
    expect(bitcoinProblem("n", script(own.address), own.sign("m"))).toBeDefined();
    expect(bitcoinProblem("m", script(own.address), wallet(secret(6)).sign("m"))).toBeDefined();
  });

  it("has one text: no other base64, no byte more or less, no longer lengths", () => {
    const bytes = witnessOf(sign("m"));
    expect(problem(bytes)).toBeUndefined();
    expect(problem(bytes.slice(0, -1))).toBeDefined();
    expect(problem(Uint8Array.of(...bytes, 0))).toBeDefined();
    expect(problem(Uint8Array.of(0xfd, 2, 0, ...bytes.slice(1)))).toBeDefined();
    expect(bitcoinProblem("m", script(address), `${sign("m")}\n`)).toBeDefined();
    expect(bitcoinProblem("m", script(address), `${sign("m")}=`)).toBeDefined();
  });

  it("signs all, has a low s, and is of the address's own key", () => {
    const bytes = witnessOf(sign("m"));
    const length = bytes[1]!;
    const der = bytes.slice(2, 1 + length);
    const key = bytes.slice(2 + length);
    const rebuilt = (own: Uint8Array, type = 1) => Uint8Array.of(2, own.length + 1, ...own, type, ...key);
    expect(problem(rebuilt(der))).toBeUndefined();
    for (const type of [0, 2, 3, 0x81]) expect(problem(rebuilt(der, type))).toBeDefined();
    const { r, s } = secp256k1.Signature.fromBytes(der, "der");
    const high = new secp256k1.Signature(r, ORDER - s).toBytes("der");
    expect(problem(rebuilt(high))).toBeDefined();
    const other = witnessOf(bitcoinKey(secret(4)).sign("m"));
    expect(problem(other)).toContain("key");
  });

  it("of taproot is no longer than it need be, and by the key alone", () => {
    const own = taprootKey(secret(7));
    const to = script(own.address);
    const bytes = witnessOf(own.sign("m")).slice(2);
    const shown = (...items: Uint8Array[]) =>
      bitcoinProblem(
        "m",
        to,
        base64.encode(Uint8Array.of(items.length, ...items.flatMap((i) => [i.length, ...i]))),
      );
    expect(shown(bytes)).toBeUndefined();
    expect(shown(Uint8Array.of(...bytes, 0))).toBeDefined();
    expect(shown(Uint8Array.of(...bytes, 1))).toBeDefined();
    expect(shown(bytes, Uint8Array.of(0x50))).toBeDefined();
    const all = schnorr.sign(taprootDigest(toSpendId("m", to.script), to.script, 1), secret(7));
    expect(shown(Uint8Array.of(...all, 1))).toBeUndefined();
  });

  it("as signmessage made it is neither malleable nor of another form of the key", () => {
    const own = legacyKey(secret(8));
    const bytes = base64.decode(own.sign("m"));
    const shown = (one: Uint8Array) => bitcoinProblem("m", script(own.address), base64.encode(one));
    const s = BigInt(`0x${bytesToHex(bytes.slice(33))}`);
    const high = Uint8Array.from((ORDER - s).toString(16).padStart(64, "0").match(/../g)!, (h) =>
      Number.parseInt(h, 16),
    );
    expect(shown(Uint8Array.of(31 + ((bytes[0]! - 31) ^ 1), ...bytes.slice(1, 33), ...high))).toContain(
      "malleable",
    );
    expect(shown(Uint8Array.of(bytes[0]! - 4, ...bytes.slice(1)))).toBeDefined();
    expect(shown(Uint8Array.of(26, ...bytes.slice(1)))).toBeDefined();
    expect(shown(bytes.slice(1))).toBeDefined();
  });
});

describe("a plain multi-signature", () => {
  const [address, message, signature] = VECTORS[9];
  const bytes = base64.decode(signature);
  const items: Uint8Array[] = [];
  for (let at = 1; at < bytes.length; at += 1 + bytes[at]!)
    items.push(bytes.slice(at + 1, at + 1 + bytes[at]!));
  const [empty, first, second, code] = items as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const shown = (...stack: Uint8Array[]) =>
    bitcoinProblem(
      message,
      script(address),
      base64.encode(Uint8Array.of(stack.length, ...stack.flatMap((i) => [i.length, ...i]))),
    );

  it("takes its signatures once each, in the order of their keys", () => {
    expect(shown(empty, first, second, code)).toBeUndefined();
    expect(shown(empty, second, first, code)).toBeDefined();
    expect(shown(empty, first, first, code)).toBeDefined();
    expect(shown(empty, first, code)).toBeDefined();
    expect(shown(first, second, code)).toBeDefined();
    expect(shown(Uint8Array.of(0), first, second, code)).toBeDefined();
    expect(shown(empty, first, second, Uint8Array.of(0x51, ...code.slice(1)))).toContain("script");
  });

  it("is that and nothing else", () => {
    expect(keysOfMultisig(code)?.needed).toBe(2);
    for (const other of [
      code.slice(1),
      code.with(0, 0x53),
      code.with(0, 0x50),
      code.with(1, 32),
      code.with(-1, 0xad),
      Uint8Array.of(),
    ])
      expect(keysOfMultisig(other)).toBeUndefined();
  });
});

describe("an address of Bitcoin", () => {
  it.each([
    ["of another network", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"],
    ["of version 0 with the later checksum", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh"],
    [
      "of version 1 with the first checksum",
      "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
    ],
    ["with a letter wrong", "bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0m"],
    ["of base58 with a letter wrong", "15CRxFdyRpGZLW9w8HnHvVduizdL5jKNbt"],
    ["in mixed letters", "bc1Q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l"],
  ])("%s is none", (_, text) => {
    expect(bitcoinScript(text, "mainnet")).toBeUndefined();
  });

  it("of a script hash or a later version can't be signed for here", () => {
    for (const text of [
      "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
      "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
    ])
      expect(bitcoinProblem("m", script(text), "AA==")).toContain("can't be checked");
  });
});
