import { loadProfile } from "../keys/instances.js";
import { parseHolderKey } from "./http/holderToken.js";
import { httpServer } from "./http/server.js";
import { parseTokens } from "./http/tokens.js";
import type { Log } from "./log.js";
import { openService, type ServicePlaces } from "./open.js";
import { readSmallFile } from "./smallFile.js";
import { readSources, type Sources } from "./sources.js";

export interface ServeOptions extends ServicePlaces {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tokensFile: string;
  readonly holderKeyFile?: string | undefined;
  /** List of the exchange's own databases that accounts are read from. */
  readonly sourcesFile?: string | undefined;
  /** Steps proved at a time in this process too; 0: it only serves. */
  readonly workers: number;
  readonly maxUpload: number;
  readonly ratePerMinute: number;
  /** Profile under which the live book is proved again and again; without, it is not. */
  readonly continuous?: string | undefined;
  readonly version: string;
}

/** A process of the service that was started. */
export interface Running {
  /** Where it listens. */
  readonly url: string;
  /** Takes no more requests, ends those in hand and the proofs in hand, and closes. */
  close(): Promise<void>;
}

/**
 * Starts a server.
 * @throws MarginproofError PROFILE_UNKNOWN, SERVICE_TOKENS, SERVICE_LISTEN, those of `openService` and `readSources`
 */
export async function serve(options: ServeOptions, log: Log): Promise<Running> {
  const tokens = parseTokens(await readSmallFile(options.tokensFile, "list of tokens"), options.tokensFile);
  const { holderKeyFile, sourcesFile } = options;
  const sources: Sources = sourcesFile === undefined ? new Map() : await readSources(sourcesFile);
  const holderKey =
    holderKeyFile === undefined
      ? undefined
      : parseHolderKey(await readSmallFile(holderKeyFile, "holders' key"), holderKeyFile);
  if (options.continuous !== undefined) loadProfile(options.continuous);
  const service = await openService(options, options.workers, log);
  try {
    const app = await httpServer(service, { ...options, tokens, holderKey, sources });
    const url = await app.listen({ host: options.host, port: options.port });
    log.info("serving", { url, database: service.database.place, workers: options.workers });
    return {
      url,
      async close() {
        log.info("stopping");
        await app.close();
        await service.close();
        log.info("stopped");
      },
    };
  } catch (error) {
    await service.close();
    throw error;
  }
}
