import { MarginproofError } from "../errors.js";
import type { Log } from "./log.js";
import type { ServicePlaces } from "./open.js";
import { openStorage } from "./open.js";
import { type AuditHead, verifyAuditLog } from "./store/auditLog.js";
import { rotateKey } from "./store/secrets.js";
import { readKey } from "./store/serviceKeyFile.js";

const SILENT: Log = { info() {}, warn() {} };

/**
 * Follows the log of disclosures of a service from its start.
 * @param noted a head noted before
 * @throws MarginproofError SERVICE_AUDIT_LOG, those of `openStorage`
 */
export async function checkAuditLog(places: ServicePlaces, noted?: AuditHead): Promise<AuditHead> {
  const { database, secrets } = await openStorage(places, SILENT);
  try {
    return await verifyAuditLog(database, secrets.sealer, noted);
  } finally {
    await database.close();
  }
}

/**
 * Lets another key file open a service's database, and the one before no more. Where they are age files, the identities must open both: a
 * database that nobody can open any more is lost.
 * @throws MarginproofError SERVICE_KEY, those of `openStorage`
 */
export async function changeKey(places: ServicePlaces, keyFile: string): Promise<void> {
  const next = await readKey(keyFile, places.identities);
  const opened = await openStorage(places, SILENT).catch((error: unknown) =>
    openedBy(places, keyFile, error),
  );
  try {
    if (!next.equals(opened.key)) await rotateKey(opened.database, opened.key, next);
  } finally {
    await opened.database.close();
  }
}

/** A rotation that was cut off may have gone through: then the new file opens the database, the old one no more. */
async function openedBy(places: ServicePlaces, keyFile: string, before: unknown) {
  if (!(before instanceof MarginproofError && before.code === "SERVICE_KEY")) throw before;
  return openStorage({ ...places, keyFile }, SILENT).catch(() => {
    throw before;
  });
}
