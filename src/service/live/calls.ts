import { Readable } from "node:stream";
import { compileInstruments, portfolioRows } from "../../accounts/index.js";
import { MarginproofError } from "../../errors.js";
import { loadProfile } from "../../keys/instances.js";
import { openIndexed } from "../../prover/disclosure/fromIndex.js";
import { openingOf, readLaidOut } from "../../prover/disclosure/opening.js";
import { PROMPT_SECONDS } from "../jobs/promptLane.js";
import type { Service } from "../open.js";
import { receiveAccounts } from "../operations.js";
import { AttemptTables } from "../store/attemptTable.js";
import { bundleFiles, sealedFile } from "../store/bundles.js";
import { assertTerms, createEpoch, type EpochRow } from "../store/epochs.js";
import type { Sealer } from "../store/seal.js";
import type { Sql } from "../store/sql.js";
import type { Moment } from "./desk.js";
import { epochMarket } from "./epochMarket.js";

/** Profile of an account alone, unless another is asked for. */
export const CALL_PROFILE = "one";
const ROWS_LIMIT = 1 << 26;

/** An epoch of one account. */
export interface CallRow extends EpochRow {
  /** Of the live book, whose prices are its market's. */
  readonly tick: number;
}

const SELECT = "select epoch.*, tick from marginproof.epoch join marginproof.call on call.epoch = epoch.id";
const indexed = (sealer: Sealer, exchange: string, account: string): string =>
  sealer.mac(`call ${JSON.stringify([exchange, account])}`).toString("hex");

/**
 * Begins to prove an account in margin call or worse, alone, under the prices of the last tick. Asked again for the same profile before prices or
 * holdings moved, it is the same epoch; not to be asked twice at a time.
 * @throws MarginproofError SERVICE_LIVE_FREE, PROFILE_UNKNOWN
 */
export async function beginCall(service: Service, moment: Moment, profile: string): Promise<CallRow> {
  if (moment.pockets.every(({ band, announced }) => band === "free" && announced === "free")) throw isFree();
  loadProfile(profile);
  const { database, secrets, prompt } = service;
  const { exchange } = moment.live.market;
  const epoch = callName(moment, profile, secrets.sealer);
  const [before] = await database.query<CallRow>(
    `${SELECT} where exchange = $1 and epoch.epoch = $2 and state not in ('failed', 'cancelled')`,
    [exchange, epoch],
  );
  const id = before?.id ?? (await create(service, moment, epoch, profile));
  if (before === undefined || before.state === "receiving") {
    const market = compileInstruments(moment.live.listed);
    const rows = moment.portfolios.flatMap((own) => portfolioRows(own, market));
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    const delay = prompt === undefined ? 0 : PROMPT_SECONDS;
    await receiveAccounts(service, id, "ndjson", Readable.from([Buffer.from(text)]), ROWS_LIMIT, {
      ...{ delay, alone: true, live: true },
    });
    prompt?.prove(id);
  }
  return readCall(database, id);
}

/**
 * Says when, and neither of whom nor how many there are: keyed, of the account, of the state that the book is in and of the profile, so that one
 * name has one statement, also when a call was cancelled and is asked for again.
 */
function callName({ book, revision, live, pockets }: Moment, profile: string, sealer: Sealer): string {
  const own = JSON.stringify([book, revision, pockets[0]!.account, profile]);
  return `${live.market.time}/call-${sealer.mac(`call name ${own}`).toString("hex").slice(0, 16)}`;
}

function create(
  { database, secrets: { sealer } }: Service,
  { json, modelText, live, pockets, tick }: Moment,
  epoch: string,
  profile: string,
): Promise<string> {
  const { exchange } = live.market;
  return database.transaction(async (sql) => {
    const id = await createEpoch(sql, sealer, {
      ...{ exchange, epoch, profile, market: epochMarket(json, epoch), model: modelText },
    });
    const account = indexed(sealer, exchange, pockets[0]!.account);
    await sql.query(
      "insert into marginproof.call (epoch, account, tick) values ($1, decode($2, 'hex'), $3)",
      [id, account, tick],
    );
    return id;
  });
}

/**
 * @param of whose it must be
 * @throws MarginproofError SERVICE_NOT_FOUND for what is no epoch of one account, or another's
 */
export async function readCall(
  sql: Sql,
  id: string,
  of?: { readonly sealer: Sealer; readonly exchange: string; readonly account: string },
): Promise<CallRow> {
  const account = of === undefined ? null : indexed(of.sealer, of.exchange, of.account);
  const [row] = await sql.query<CallRow>(
    `${SELECT} where epoch.id = $1 and ($2::text is null or call.account = decode($2, 'hex'))`,
    [id, account],
  );
  if (row === undefined) throw noCall();
  return row;
}

/** The last calls of an account, the last first. */
export function callsOf(sql: Sql, sealer: Sealer, exchange: string, account: string): Promise<CallRow[]> {
  return sql.query<CallRow>(
    `${SELECT} where call.account = decode($1, 'hex') order by created desc, id desc limit 100`,
    [indexed(sealer, exchange, account)],
  );
}

/** What whoever may read a proved call is given: the bundle's files by name, and the holder's file of the account. */
export interface CallFiles {
  readonly account: string;
  readonly bundle: Readonly<Record<string, string>>;
  readonly opening: object;
}

/**
 * @param claim whom it must be of, if it is the holder who asks
 * @throws MarginproofError SERVICE_NOT_FOUND for another's
 */
export async function callFiles(
  { database, secrets }: Service,
  row: CallRow,
  claim?: { readonly exchange: string; readonly account: string },
): Promise<CallFiles> {
  // Names and salts hang on what the row says: that is what came in, whoever writes to the database.
  assertTerms(row, secrets.sealer);
  const opened = await openIndexed(new AttemptTables(database, secrets, ""), {
    ...{
      exchange: row.exchange,
      epoch: row.epoch,
      attempt: row.attempt!,
      digest: row.digest!,
      published: true,
    },
  });
  const { accounts } = await readLaidOut(opened.attempt, 0);
  const { account } = accounts[0]!;
  // The sealed batch and market say whose it is: the index is for anybody to change who writes to the database.
  if (claim !== undefined && (claim.account !== account || claim.exchange !== opened.names.exchange))
    throw noCall();
  const bundle: Record<string, string> = {};
  for (const { name, size } of await bundleFiles(database, row.id)) {
    bundle[name] = await sealedFile(database, secrets.sealer, row.id, { name, size });
  }
  return {
    account,
    bundle,
    opening: await openingOf(opened, account, await opened.index.batchesOf(account)),
  };
}

const noCall = (): MarginproofError =>
  new MarginproofError("SERVICE_NOT_FOUND", "there is no call of this id", {
    kind: "usage",
    hint: "POST /v1/live/calls begins one; GET /v1/live/holder/calls lists a holder's own.",
  });

const isFree = (): MarginproofError =>
  new MarginproofError("SERVICE_LIVE_FREE", "the account is free, and was announced as free", {
    kind: "usage",
    hint: "Only an account in margin call or worse is proved alone. Every other has its place in the next epoch.",
  });
