import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { MarginproofError } from "../../src/errors.js";
import { assertNotClaimedTwice } from "../../src/reserves/claims.js";
import { balanceSlot } from "../../src/reserves/evm/slots.js";
import { heldReserves } from "../../src/reserves/heldReserves.js";
import { parseReserves } from "../../src/reserves/reserveFile.js";
import { parseReservePolicy } from "../../src/reserves/reservePolicy.js";
import { connect } from "../../src/reserves/rpc/node.js";
import { hexText } from "../../src/signing/typedData.js";
import {
  addressOf,
  bitcoinEntry,
  EPOCH,
  EXCHANGE,
  type Json,
  ownership,
  startWorld,
  verifyBent,
  type World,
} from "../reserves/world.js";
import { anvilAccount } from "../support/anvil.js";

/** What a dishonest exchange puts into its reserves file, on the state of two real nodes. */
let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

/** Code of what a bent file, or policy, is refused with; "" when it is not. */
function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof MarginproofError) return error.code;
    throw error;
  }
  return "";
}
const bent = (file: (file: Json) => void, policy?: (policy: Json) => void) =>
  codeOf(() => verifyBent(world, file, policy));

const [ETH, USDT] = [0, 1];
/** Of the first chain: the hot wallet signs as text, the cold one typed data. */
const [HOT, COLD, HOT_OF_SECOND, , VAULT] = [0, 1, 2, 3, 4];

/** The other of two signatures of one message by one key. */
function malleated(signature: string): string {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const s = order - BigInt(`0x${signature.slice(66, 130)}`);
  const v = signature.endsWith("1b") ? "1c" : "1b";
  return `${signature.slice(0, 66)}${s.toString(16).padStart(64, "0")}${v}`;
}

test("the honest file is proved", () => {
  expect(bent(() => {})).toBe("");
});

describe("a signature", () => {
  it.each([
    ["of another epoch", { epoch: "2026-11-25" }],
    ["of another exchange", { exchange: "Other Exchange" }],
    ["of another chain", { chainId: 31_338 }],
    ["of another address", { address: addressOf("hot") }],
    ["of another epoch, as text", { epoch: "2026-11-25", kind: "eip191" }],
    ["of another exchange, as text", { exchange: "Other Exchange", kind: "eip191" }],
    ["of another chain, as text", { chainId: 31_338, kind: "eip191" }],
  ])("%s is replayed", (_, claim) => {
    expect(bent((f) => (f.addresses[COLD].ownership = ownership("cold", claim)))).toBe(
      "RESERVES_WRONG_SIGNER",
    );
  });

  it("of a key that is not the address's", () => {
    const other = ownership("stranger", { address: addressOf("cold") });
    expect(bent((f) => (f.addresses[COLD].ownership = other))).toBe("RESERVES_WRONG_SIGNER");
  });

  it("of one form stands for the other", () => {
    expect(bent((f) => (f.addresses[COLD].ownership.kind = "eip191"))).toBe("RESERVES_WRONG_SIGNER");
  });

  it("is turned into its malleable twin", () => {
    expect(
      bent((f) => (f.addresses[COLD].ownership.signature = malleated(f.addresses[COLD].ownership.signature))),
    ).toBe("RESERVES_SIGNATURE");
  });

  it("goes with the file of an exchange that renames itself", () => {
    expect(bent((f) => (f.exchange = "Other Exchange"))).toBe("RESERVES_WRONG_SIGNER");
    expect(bent((f) => (f.epoch = "2026-11-27"))).toBe("RESERVES_WRONG_SIGNER");
  });

  it("is left out: the address is declared, no more", () => {
    const { balances } = verifyBent(world, (f) => delete f.addresses[COLD].ownership);
    const cold = balances.filter(
      ({ address, chain }) => address === addressOf("cold") && chain.endsWith("31337"),
    );
    expect(cold.map(({ standing }) => standing)).toEqual(["declared"]);
  });

  it("of Bitcoin is replayed from another epoch, exchange or address", () => {
    for (const replayed of [{ epoch: "2026-11-25" }, { exchange: "Other" }, { name: "stranger" }]) {
      const { signature } = bitcoinEntry(replayed).ownership;
      expect(bent((f) => (f.addresses[VAULT].ownership.signature = signature))).toBe("RESERVES_SIGNATURE");
    }
  });
});

describe("a block", () => {
  it("of a different chain", () => {
    expect(bent((f) => (f.chains[0].header = f.chains[1].header))).toBe("RESERVES_HEADER");
  });

  it("earlier than the policy's, when more was there", async () => {
    const node = await connect(world.nodes[0].url);
    const header = await node.header(world.policy.chains[0]!.block - 1);
    expect(bent((f) => (f.chains[0].header = header))).toBe("RESERVES_HEADER");
  });

  it("of the exchange's own making", () => {
    // Another state root under the right number.
    expect(
      bent((f) => {
        const { header } = f.chains[0];
        f.chains[0].header = header.replace(
          /(a0[0-9a-f]{64}a0[0-9a-f]{64}94[0-9a-f]{40}a0)[0-9a-f]{64}/,
          `$1${"1".repeat(64)}`,
        );
        expect(f.chains[0].header).not.toBe(header);
      }),
    ).toBe("RESERVES_HEADER");
  });

  it("far from the epoch's time", () => {
    const later = new Date(Date.parse(world.file.time) + 7_200_000).toISOString();
    expect(bent((f) => (f.time = later))).toBe("RESERVES_BLOCK_TIME");
    const earlier = new Date(Date.parse(world.file.time) - 7_200_000).toISOString();
    expect(bent((f) => (f.time = earlier))).toBe("RESERVES_BLOCK_TIME");
  });

  it("is one for two chains of a policy", () => {
    expect(
      bent(
        () => {},
        (p) => (p.chains[1].blockHash = p.chains[0].blockHash),
      ),
    ).toBe("RESERVES_POLICY");
  });
});

describe("a proof", () => {
  const proof = (f: Json, balance = USDT) => f.addresses[HOT].balances[balance].proof as string[];

  it.each([ETH, USDT])("is cut off, has spare nodes, or is left out (balance %i)", (balance) => {
    expect(bent((f) => proof(f, balance).pop())).toBe("RESERVES_PROOF");
    expect(bent((f) => proof(f, balance).push(proof(f, balance)[0]!))).toBe("RESERVES_PROOF");
    const { balances } = verifyBent(world, (f) => delete f.addresses[HOT].balances[balance].proof);
    expect(balances[balance]!.standing).toBe("signed");
  });

  it("has any bit of any node turned", () => {
    for (const balance of [ETH, USDT]) {
      const nodes = proof(structuredClone(world.file), balance);
      for (const [at, node] of nodes.entries())
        for (let digit = 2; digit < node.length; digit += 37) {
          const turned = (Number.parseInt(node[digit]!, 16) ^ 1).toString(16);
          const code = bent(
            (f) => (proof(f, balance)[at] = node.slice(0, digit) + turned + node.slice(digit + 1)),
          );
          expect(code, `node ${at}, digit ${digit}`).toBe("RESERVES_PROOF");
        }
    }
  });

  it("of absence is shown as a balance", async () => {
    const node = await connect(world.nodes[0].url);
    const { address } = world.usdt[0];
    const slot = hexText(balanceSlot({ order: "solidity", slot: "0" }, addressOf("cold")));
    const { storage } = await node.proofs(address, [slot], world.policy.chains[0]!.block);
    expect(
      bent((f) =>
        f.addresses[COLD].balances.push({
          asset: "USDT",
          token: address,
          amount: "5",
          proof: storage[0]!.proof,
        }),
      ),
    ).toBe("RESERVES_AMOUNT");
  });

  it("of somebody else's balance, or of another's slot", async () => {
    const node = await connect(world.nodes[0].url);
    const { block } = world.policy.chains[0]!;
    const { address } = world.usdt[0];
    const slot = hexText(balanceSlot({ order: "solidity", slot: "0" }, addressOf("stranger")));
    const { storage } = await node.proofs(address, [slot], block);
    const rich = (f: Json) => {
      f.addresses[HOT].balances[USDT].amount = "1000000000000";
      f.addresses[HOT].balances[USDT].proof = storage[0]!.proof;
    };
    expect(["RESERVES_PROOF", "RESERVES_AMOUNT"]).toContain(bent(rich));
    expect(bent((f) => (f.addresses[COLD].balances[ETH].proof = proof(f, ETH)))).toMatch(
      /RESERVES_(PROOF|AMOUNT)/,
    );
  });

  it("of an allowance as if it were a balance", async () => {
    // Somebody lets the exchange spend a hundred billion: allowances[owner][spender], a mapping in a mapping in slot 1.
    const owner = balanceSlot({ order: "solidity", slot: "1" }, anvilAccount(1).address);
    const inner = { order: "solidity", slot: BigInt(hexText(owner)).toString() } as const;
    const slot = hexText(balanceSlot(inner, addressOf("hot")));
    const node = await connect(world.nodes[0].url);
    const { storage } = await node.proofs(world.usdt[0].address, [slot], world.policy.chains[0]!.block);
    expect(storage[0]!.value).toBe(10n ** 17n);
    const claim = (f: Json) => {
      f.addresses[HOT].balances[USDT].amount = "100000000000";
      f.addresses[HOT].balances[USDT].proof = storage[0]!.proof;
    };
    expect(bent(claim)).toMatch(/RESERVES_(PROOF|AMOUNT)/);
    // Under a policy that names this very slot it would be one: so the slot is the auditor's to say.
    expect(bent(claim, (p) => (p.tokens[0].balances.slot = inner.slot))).toBe("");
  });

  it("of a token whose layout the policy does not give shows nothing", () => {
    expect(
      bent(
        () => {},
        (p) => delete p.tokens[0].balances,
      ),
    ).toBe("RESERVES_PROOF");
  });

  it("says less than the file, or more", () => {
    for (const amount of ["5000000.123457", "5000000.123455"])
      expect(bent((f) => (f.addresses[HOT].balances[USDT].amount = amount))).toBe("RESERVES_AMOUNT");
  });

  it("is counted in fewer decimals than the token has", () => {
    expect(
      bent(
        (f) => (f.addresses[HOT].balances[USDT].amount = "5000000123456"),
        () => {},
      ),
    ).toBe("RESERVES_AMOUNT");
  });
});

describe("a token", () => {
  it("of the exchange's own, called USDT", async () => {
    const own = await world.nodes[0].deploy("PlainToken", ["Tether", 6]);
    expect(bent((f) => (f.addresses[HOT].balances[USDT].token = own.address))).toBe("RESERVES_TOKEN");
  });

  it("of another chain", () => {
    // The address exists on the second chain alone once the policy lists it there alone.
    expect(
      bent(
        () => {},
        (p) => p.tokens.shift(),
      ),
    ).toBe("RESERVES_TOKEN");
  });

  it("is called what it is not, and so is a chain's coin", () => {
    expect(bent((f) => (f.addresses[HOT].balances[USDT].asset = "BTC"))).toBe("RESERVES_TOKEN");
    expect(bent((f) => (f.addresses[HOT].balances[ETH].asset = "BTC"))).toBe("RESERVES_TOKEN");
  });

  it("brings the storage of another contract", async () => {
    const { nodes, policy } = world;
    const account = await (await connect(nodes[0].url)).proofs(addressOf("hot"), [], policy.chains[0]!.block);
    expect(bent((f) => (f.chains[0].contracts[0].proof = account.accountProof))).toMatch("RESERVES_PROOF");
    expect(bent((f) => (f.chains[0].contracts = []))).toBe("RESERVES_PROOF");
  });
});

describe("what counts twice", () => {
  const again = (f: Json, change: Json) =>
    f.addresses.push({ ...structuredClone(f.addresses[HOT]), ...change });

  it("is an address that is listed twice, in whatever letters", () => {
    expect(bent((f) => again(f, {}))).toBe("RESERVES_TWICE");
    expect(bent((f) => again(f, { address: addressOf("hot").toLowerCase() }))).toBe("RESERVES_TWICE");
    expect(
      bent((f) =>
        f.addresses.push({ ...f.addresses[VAULT], address: f.addresses[VAULT].address.toUpperCase() }),
      ),
    ).toBe("RESERVES_TWICE");
  });

  it("is a balance, an output or a chain that stands twice", () => {
    expect(bent((f) => f.addresses[HOT].balances.push(f.addresses[HOT].balances[ETH]))).toBe(
      "RESERVES_TWICE",
    );
    const utxo = { txid: "ab".repeat(32), vout: 0, amount: "6.25" };
    expect(bent((f) => (f.addresses[VAULT].utxos = [utxo, utxo]))).toBe("RESERVES_TWICE");
    expect(bent((f) => f.chains.push(f.chains[0]))).toBe("RESERVES_TWICE");
  });

  it("is an address again under the name of another chain", () => {
    const other = (address: string, chain: string, ...assets: string[]) => ({
      ...{ kind: "other", chain, address },
      balances: assets.map((asset) => ({ asset, amount: "3" })),
    });
    for (const address of [addressOf("hot").toLowerCase(), addressOf("cold")])
      expect(bent((f) => f.addresses.push(other(address, "ethereum", "ETH")))).toBe("RESERVES_TWICE");
    expect(bent((f) => f.addresses.push(other(f.addresses[VAULT].address, "btc", "BTC")))).toBe(
      "RESERVES_TWICE",
    );
    const [tron, again] = [other("TJRab", "tron", "TRX", "USDT"), other("TJRab", "trx", "TRX")];
    expect(bent((f) => f.addresses.push(tron, again))).toBe("RESERVES_TWICE");
    expect(bent((f) => f.addresses.push(other("TJRab", "tron", "TRX", "TRX")))).toBe("RESERVES_TWICE");
    const { balances } = verifyBent(world, (f) => f.addresses.push(tron));
    expect(balances.slice(-2).map(({ standing }) => standing)).toEqual(["declared", "declared"]);
  });

  it("is an address that two exchanges claim, even on two chains", () => {
    const own = { path: "a.json", file: parseReserves(world.file) };
    const other = structuredClone(world.file) as Json;
    other.exchange = "Other Exchange";
    other.addresses = [other.addresses[HOT_OF_SECOND]];
    other.addresses[0].chainId = 10;
    const claimed = { path: "b.json", file: parseReserves(other) };
    expect(codeOf(() => assertNotClaimedTwice([own, claimed]))).toBe("RESERVES_CLAIMED");
    expect(codeOf(() => assertNotClaimedTwice([own, own]))).toBe("RESERVES_CLAIMED");
    // The next epoch of one exchange is no other claim.
    const next = { path: "c.json", file: { ...own.file, epoch: "2026-11-27" } };
    expect(codeOf(() => assertNotClaimedTwice([own, next]))).toBe("");
  });

  it("is no sum of outputs that is more than they are", () => {
    const utxos = [{ txid: "ab".repeat(32), vout: 0, amount: "12.4" }];
    expect(bent((f) => (f.addresses[VAULT].utxos = utxos))).toBe("RESERVES_AMOUNT");
  });
});

describe("the statement's reserves", () => {
  const market = () => ({ exchange: EXCHANGE, epoch: EPOCH, time: world.file.time, reserves: {} });
  const standing = (reserves: Record<string, string>, bend: (f: Json) => void = () => {}) =>
    heldReserves({ ...market(), reserves }, verifyBent(world, bend), parseReservePolicy(world.policy)).map(
      (one) => one.standing,
    );

  it("are held to a file of another exchange, epoch or time", () => {
    const report = verifyBent(world);
    const policy = parseReservePolicy(world.policy);
    for (const change of [{ exchange: "Other" }, { epoch: "1" }, { time: "2020-01-01T00:00:00Z" }])
      expect(codeOf(() => heldReserves({ ...market(), ...change }, report, policy))).toBe("RESERVES_EPOCH");
  });

  it("are shown as well as their whole is, and no better", () => {
    expect(standing({ USDT: "10000000.246913" })).toEqual(["proved"]);
    expect(standing({ USDT: "10000000.246914" })).toEqual(["missing"]);
    expect(standing({ ETH: "26", BTC: "100", XYZ: "1", ABC: "0" })).toEqual(["proved", "signed", "missing"]);
    const noProof = (f: Json) => delete f.addresses[HOT].balances[USDT].proof;
    expect(standing({ USDT: "10000000" }, noProof)).toEqual(["signed"]);
    const noSignature = (f: Json) => delete f.addresses[HOT].ownership;
    expect(standing({ USDT: "10000000" }, noSignature)).toEqual(["declared"]);
    expect(standing({ USDT: "5000000" }, noSignature)).toEqual(["proved"]);
  });
});
