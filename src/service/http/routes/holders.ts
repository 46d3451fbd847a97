import type { FastifyInstance } from "fastify";
import { MarginproofError } from "../../../errors.js";
import { parseStatement } from "../../../protocol/statement.js";
import { openDisclosure } from "../../../prover/disclosure/fromStatement.js";
import { type OpenDisclosure, openingOf } from "../../../prover/disclosure/opening.js";
import type { Service } from "../../open.js";
import { AttemptTables } from "../../store/attemptTable.js";
import { HOLDER, noteDisclosure } from "../../store/auditLog.js";
import { batchesOf } from "../../store/holders.js";
import type { Guards } from "../guards.js";
import { anyObject, byHolder, errors, idParams } from "../schemas.js";
import { publishedEpoch } from "./bundles.js";

/** Epochs kept open: their market, risk table and tree over batches are made once. */
const OPEN_EPOCHS = 4;

/** A holder's own file, on a token of that account alone. */
export function holderRoutes(app: FastifyInstance, service: Service, guards: Guards): void {
  const { database, secrets } = service;
  const shelf = new DisclosureShelf(service);
  app.get(
    "/v1/epochs/:id/holder",
    {
      onRequest: guards.holder,
      schema: {
        ...{
          tags: ["holder"],
          summary: "The holder's file of the account that the token names",
          security: byHolder,
          params: idParams,
        },
        response: { 200: anyObject, ...errors },
      },
    },
    async (request, reply) => {
      const { account, exchange } = guards.claim(request);
      const row = await publishedEpoch(database, request);
      const batches = await batchesOf(database, secrets.sealer, row.id, account);
      if (batches.length === 0) throw noAccount();
      const open = await shelf.open(row.id, row.attempt!, row.statement!, row.digest!);
      // The sealed market says whose epoch it is: the row's own word is for anybody to change who writes to the database.
      if (exchange !== open.names.exchange) throw noAccount();
      const opening = await openingOf(open, account, batches);
      // Noted before it is handed out, so that nothing is handed out unnoted.
      await noteDisclosure(database, secrets.sealer, {
        who: HOLDER,
        what: "holder's file",
        epoch: row.id,
        account,
      });
      return reply.header("cache-control", "no-store").send(opening);
    },
  );
}

const noAccount = (): MarginproofError =>
  new MarginproofError("DISCLOSE_NO_ACCOUNT", "the token's account is not in this epoch", {
    kind: "usage",
    hint: "Account names are compared exactly, letter case included.",
  });

class DisclosureShelf {
  readonly #open = new Map<string, Promise<OpenDisclosure>>();

  constructor(private readonly service: Service) {}

  open(id: string, attempt: string, statementText: string, digest: string): Promise<OpenDisclosure> {
    const { database, secrets } = this.service;
    const statement = () => parseStatement(JSON.parse(statementText));
    const found =
      this.#open.get(id) ??
      openDisclosure(new AttemptTables(database, secrets, ""), database.place, {
        attempt,
        statement: statement(),
        digest,
      });
    // Last in the map is the one used last.
    this.#open.delete(id);
    this.#open.set(id, found);
    found.catch(() => this.#open.delete(id));
    for (const oldest of [...this.#open.keys()].slice(0, -OPEN_EPOCHS)) this.#open.delete(oldest);
    return found;
  }
}
