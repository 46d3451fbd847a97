import { type AccountsSource, readMapping } from "../accounts/index.js";
import { MarginproofError } from "../errors.js";
import { bestPoseidon } from "../field/poseidon/bestPoseidon.js";
import { readNamedFile } from "../files/files.js";
import type { Profile } from "../keys/instances.js";
import { type InstanceKeys, loadKeySet } from "../keys/keyFolder.js";
import {
  canonicalMarketDigest,
  type Market,
  type OpenTable,
  openTable,
  parseMarketText,
  parsePrivateModel,
} from "../market/index.js";
import { verifyMarketPrices } from "../prices/index.js";
import type { PrivateTableShape } from "../protocol/shapes.js";
import { accountsDigest, attemptName } from "./attempt.js";

/** Where what an epoch is judged by is. */
export interface MarketPlaces {
  readonly marketPath: string;
  /** Price evidence, if the market file names it. */
  readonly evidencePath?: string;
  /** The private model, if the market file has secret rates. */
  readonly modelPath?: string;
  readonly profile: Profile;
}

/** Where its accounts are. */
export interface AccountsPlaces {
  /** An accounts file; with a mapping, the folder of an exchange's own export. */
  readonly accountsPath: string;
  /** How the files of that folder become accounts. */
  readonly mappingPath?: string;
}

/** Where an epoch's inputs are. */
export interface InputPlaces extends MarketPlaces, AccountsPlaces {
  readonly keysDir: string;
}

/** What an epoch is judged by, read and found fit for the profile. */
export interface MarketInputs extends OpenTable {
  readonly marketText: string;
  readonly market: Market;
  readonly evidenceText: string | undefined;
  readonly modelText: string | undefined;
  readonly privateShape: PrivateTableShape | undefined;
}

/** What is read before anything is made, and stays as it is. */
export interface OpenInputs extends MarketInputs {
  readonly marketDigest: Uint8Array;
  readonly profile: Profile;
  readonly keys: ReadonlyMap<string, InstanceKeys>;
  readonly accounts: AccountsSource;
  readonly accountsSha256: string;
  /** Of these exact inputs. */
  readonly attemptName: string;
}

/**
 * Phase 1, open inputs: reads everything but the accounts, which are digested only, and checks what can be checked before any work.
 *
 * The cut after it: hand on the places and the attempt's name, and open them again. They are the same inputs if the
 * name comes out the same.
 * @param loaded the profile's keys, of whoever has them already
 * @throws MarginproofError of each file, PROFILE_PRIVATE, PRICES_EVIDENCE_MISSING, PRICES_EVIDENCE_UNNAMED
 */
export async function openInputs(
  places: InputPlaces,
  loaded?: ReadonlyMap<string, InstanceKeys>,
): Promise<OpenInputs> {
  const { profile } = places;
  const accounts = await readSource(places);
  const opened = await openMarket(places);
  const { market, privateShape } = opened;
  const accountsSha256 = await accountsDigest(accounts);
  const shapes = [...profile.accounts, profile.table, ...(privateShape === undefined ? [] : [privateShape])];
  const keys =
    loaded === undefined
      ? await loadKeySet(places.keysDir, shapes, profile.name)
      : new Map(shapes.map(({ id }) => [id, loaded.get(id)!]));
  const marketDigest = canonicalMarketDigest(market);
  const keyDigests = [...keys.values()].map(({ digest }) => digest);
  return {
    ...opened,
    ...{ marketDigest, profile, keys, accounts, accountsSha256 },
    attemptName: attemptName({ marketDigest, accountsSha256, profile: profile.name, keyDigests }),
  };
}

/**
 * Reads the market, and what belongs to it.
 * @throws MarginproofError of each file, PROFILE_PRIVATE, PRICES_EVIDENCE_MISSING, PRICES_EVIDENCE_UNNAMED
 */
export async function openMarket(places: MarketPlaces): Promise<MarketInputs> {
  const marketText = await readNamedFile(places.marketPath, "market file");
  const market = parseMarketText(marketText);
  const evidenceText = await readEvidence(places.evidencePath, market);
  const modelText =
    places.modelPath === undefined ? undefined : await readNamedFile(places.modelPath, "private model");
  const model = modelText === undefined ? undefined : parsePrivateModel(modelText);
  const opened = openTable(market, model, bestPoseidon());
  const privateShape = privateShapeOf(market, places.profile);
  return { ...opened, ...{ marketText, market, evidenceText, modelText, privateShape } };
}

/** Where accounts come from, with the mapping read. @throws MarginproofError MAPPING_YAML, MAPPING_INVALID, FILE_UNREADABLE */
export async function readSource({ accountsPath, mappingPath }: AccountsPlaces): Promise<AccountsSource> {
  if (mappingPath === undefined) return accountsPath;
  const mapping = readMapping(await readNamedFile(mappingPath, "mapping file"), mappingPath);
  return { folder: accountsPath, mapping };
}

/**
 * The step shape for a market with secret rates, none for another. The commitments are to steps of one size.
 * @throws MarginproofError PROFILE_PRIVATE
 */
function privateShapeOf(
  { privateRules }: Market,
  { name, privateTable }: Profile,
): PrivateTableShape | undefined {
  if (privateRules === undefined) return undefined;
  if (privateTable?.rows === privateRules.rowsPerStep) return privateTable;
  throw new MarginproofError(
    "PROFILE_PRIVATE",
    `the market file commits to its secret rates in steps of ${privateRules.rowsPerStep} rows, profile ${name} has ${privateTable === undefined ? "no such steps" : `steps of ${privateTable.rows}`}`,
    {
      kind: "usage",
      hint: "Give market build and prove the same --profile, one whose name ends in private.",
    },
  );
}

/** The price evidence that the market file names, repeated before any work: the bundle would be refused with another. */
async function readEvidence(path: string | undefined, market: Market): Promise<string | undefined> {
  const usage = (code: string, message: string, hint: string) =>
    new MarginproofError(code, message, { kind: "usage", hint });
  if (path === undefined) {
    if (market.priceEvidence === undefined) return undefined;
    const hint = "Give the file that marginproof market build wrote with --evidence.";
    throw usage("PRICES_EVIDENCE_MISSING", "the market file names price evidence, and none is given", hint);
  }
  if (market.priceEvidence === undefined) {
    const hint = "Build the market file from price files, or prove without evidence.";
    throw usage("PRICES_EVIDENCE_UNNAMED", "price evidence is given, and the market file names none", hint);
  }
  const text = await readNamedFile(path, "price evidence");
  verifyMarketPrices(market, text);
  return text;
}
