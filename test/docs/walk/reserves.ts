import { secp256k1 } from "@noble/curves/secp256k1.js";
import { bytesToHex } from "../../../src/field/encoding.js";
import { evmClaimDigest } from "../../../src/reserves/ownership.js";
import { addressOfPrivateKey, signDigest } from "../../../src/signing/sign.js";
import { tinyEpochPaths } from "../../support/tinyBundle.js";
import { command, file, fresh, type Json, refused, TRUST, type Walk } from "./support.js";

const KEY = `0x${"7".repeat(64)}`;
const ADDRESS = addressOfPrivateKey(KEY);
const EPOCH = { exchange: "Example", epoch: "e1", time: "2026-11-26T00:00:00Z" };
const TOKEN = `0x${"ab".repeat(20)}`;
const VAULT = "bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l";

const signature = (claim: Json = {}): string =>
  signDigest(evmClaimDigest("eip712", { ...EPOCH, chainId: 1, address: ADDRESS, ...claim }), KEY);
const policyJson = (): Json => ({
  format: "marginproof/reserve-policy/1",
  require: "declared",
  maxSecondsFromEpoch: 600,
  chains: [{ chainId: 1, native: "ETH", block: 7, blockHash: `0x${"1".repeat(64)}` }],
  tokens: [],
  bitcoin: { asset: "BTC", network: "mainnet" },
});
const fileJson = (): Json => ({
  format: "marginproof/reserves/1",
  ...EPOCH,
  chains: [],
  addresses: [
    {
      kind: "evm",
      chainId: 1,
      address: ADDRESS,
      ownership: { kind: "eip712", signature: signature() },
      balances: [{ asset: "ETH", amount: "3" }],
    },
    { kind: "bitcoin", address: VAULT, amount: "12.5" },
  ],
});

/** `marginproof reserves verify` of a file, and under a policy, each spoilt. */
function verify(spoilFile: (json: Json) => unknown, spoilPolicy: (json: Json) => unknown = () => {}) {
  const [own, policy] = [fileJson(), policyJson()];
  spoilFile(own);
  spoilPolicy(policy);
  return command(["reserves", "verify", file(JSON.stringify(own)), "--policy", file(JSON.stringify(policy))]);
}

/** A file with a header of its own making. */
const header = (json: Json) => (json.chains = [{ chainId: 1, header: "0xc0", contracts: [] }]);

const listJson = (): Json => ({
  format: "marginproof/reserve-addresses/1",
  ...EPOCH,
  addresses: [{ kind: "evm", chainId: 1, address: ADDRESS }],
});
const attest = (spoil: (json: Json) => unknown, ...flags: string[]) => {
  const list = listJson();
  spoil(list);
  const policy = ["--policy", file(JSON.stringify(policyJson()))];
  return command(["reserves", "attest", file(JSON.stringify(list)), ...policy, "--out", fresh(), ...flags]);
};

async function withKeys(keys: string, work: () => ReturnType<typeof command>) {
  process.env.MARGINPROOF_RESERVE_KEYS = keys;
  try {
    return await work();
  } finally {
    delete process.env.MARGINPROOF_RESERVE_KEYS;
  }
}

/** The other signature of the same by the same key. */
function malleable(json: Json): void {
  const { ownership } = json.addresses[0];
  const s = secp256k1.Point.Fn.ORDER - BigInt(`0x${ownership.signature.slice(66, 130)}`);
  const v = ownership.signature.endsWith("1b") ? "1c" : "1b";
  ownership.signature = `${ownership.signature.slice(0, 66)}${s.toString(16).padStart(64, "0")}${v}`;
}

/** An answer of a node that is none. */
const NOWHERE = ["--rpc", "http://127.0.0.1:1/secret"];

/** Codes of reserves that take no node; those that do are provoked in attacks/reserves.test.ts and reserves/. */
export const RESERVES_WALK: Walk = {
  RESERVES_SCHEMA: refused(
    () => verify((f) => (f.addresses[0].balances[0].amount = 3)),
    ["balances[0].amount"],
    "again",
    1,
  ),
  RESERVES_POLICY: refused(
    () =>
      verify(
        () => {},
        (p) => p.chains.push(p.chains[0]),
      ),
    ["chain 1", "twice"],
    "there",
  ),
  RESERVES_ADDRESSES: refused(() => attest((l) => (l.addresses[0].sign = "pgp")), ["sign"], "there"),
  RESERVES_FLAGS: refused(
    () => command(["verify", tinyEpochPaths("covered").bundle, ...TRUST, "--reserves", "x.json"]),
    ["--reserve-policy"],
    "FILE",
  ),
  RESERVES_KEYS: refused(() => withKeys(`${KEY} 0x12`, () => attest(() => {})), ["key 2"], "--keystore"),
  KEYSTORE: refused(() => attest(() => {}, "--keystore", file('{"version":3}')), ["keystore"], "version 3"),
  RESERVES_UNSIGNED: refused(() => attest(() => {}), [ADDRESS], "--messages"),
  RESERVES_TWICE: refused(
    () => verify((f) => f.addresses.push({ ...f.addresses[0], address: ADDRESS.toLowerCase() })),
    [ADDRESS, "twice"],
    "without",
    1,
  ),
  RESERVES_CLAIMED: refused(
    () => {
      const other = { ...fileJson(), exchange: "Other" };
      const files = [fileJson(), other].map((json) => file(JSON.stringify(json)));
      return command(["reserves", "verify", ...files, "--policy", file(JSON.stringify(policyJson()))]);
    },
    ["Example", "Other", ADDRESS],
    "both exchanges",
    1,
  ),
  RESERVES_SIGNATURE: refused(() => verify(malleable), [ADDRESS, "malleable"], "sign again", 1),
  RESERVES_WRONG_SIGNER: refused(
    () => verify((f) => (f.addresses[0].ownership.signature = signature({ epoch: "e0" }))),
    [ADDRESS, "is that of 0x"],
    "another exchange",
    1,
  ),
  RESERVES_CHAIN: refused(
    () =>
      verify(
        () => {},
        (p) => delete p.bitcoin,
      ),
    ["Bitcoin"],
    "your policy",
    1,
  ),
  RESERVES_TOKEN: refused(
    () => verify((f) => (f.addresses[0].balances[0].token = TOKEN)),
    ["ETH", "no such token"],
    "anybody's",
    1,
  ),
  RESERVES_HEADER: refused(() => verify(header), ["chain 1", "0 fields"], "your own node", 1),
  RESERVES_PROOF: refused(
    () => verify((f) => (f.addresses[0].balances[0].proof = [`0x${bytesToHex(new Uint8Array(3))}`])),
    ["no header"],
    "policy",
    1,
  ),
  RESERVES_AMOUNT: refused(
    () => verify((f) => (f.addresses[1].utxos = [{ txid: "1".repeat(64), vout: 0, amount: "1" }])),
    ["12.5", "sum up to 1"],
    "smaller",
    1,
  ),
  RPC_UNREACHABLE: refused(
    () => attest((l) => (l.addresses[0].unsigned = true), ...NOWHERE),
    ["127.0.0.1:1"],
    "runs",
  ),
  RPC_CHAIN: refused(() => attest((l) => (l.addresses[0].unsigned = true)), ["chain 1"], "one --rpc"),
};
