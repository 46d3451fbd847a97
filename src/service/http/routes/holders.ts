import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { MarginproofError } from "../../../errors.js";
import { PRIVATE_FILE } from "../../../files/files.js";
import { TAR_END, tarEntry } from "../../../files/tar.js";
import { EveryFile } from "../../../prover/disclosure/everyFile.js";
import { openingOf, openingText } from "../../../prover/disclosure/opening.js";
import type { Service } from "../../open.js";
import { HOLDER, noteDisclosure } from "../../store/auditLog.js";
import { DisclosureShelf } from "../disclosureShelf.js";
import type { Guards } from "../guards.js";
import { anyObject, byHolder, byRole, errors, idOf, idParams, textOf } from "../schemas.js";

/** Holders' files: a holder's own, on a token of that account alone, and all of them, for the operator to hand on. */
export function holderRoutes(app: FastifyInstance, service: Service, guards: Guards): void {
  const shelf = new DisclosureShelf(service);
  ownFileRoute(app, service, guards, shelf);
  everyFileRoute(app, service, guards, shelf);
}

function ownFileRoute(
  app: FastifyInstance,
  { database, secrets }: Service,
  guards: Guards,
  shelf: DisclosureShelf,
): void {
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
      const id = idOf(request);
      const opening = await shelf.use(id, async (opened) => {
        if (exchange !== opened.names.exchange) throw noAccount();
        const batches = await opened.index.batchesOf(account);
        if (batches.length === 0) throw noAccount();
        return openingOf(opened, account, batches);
      });
      // Noted before it is handed out, so that nothing is handed out unnoted.
      await noteDisclosure(database, secrets.sealer, {
        who: HOLDER,
        what: "holder's file",
        epoch: id,
        account,
      });
      reply.header("cache-control", "no-store").type("application/json; charset=utf-8");
      return reply.send(openingText(opening));
    },
  );
}

function everyFileRoute(
  app: FastifyInstance,
  { database, secrets }: Service,
  guards: Guards,
  shelf: DisclosureShelf,
): void {
  app.get(
    "/v1/epochs/:id/holders.tar",
    {
      onRequest: guards.roles("operator"),
      exposeHeadRoute: false,
      schema: {
        ...{
          tags: ["audit"],
          summary: "Every holder's file as one archive: private",
          description: "Each is byte for byte what its holder gets. An archive that ends early is not whole.",
          security: byRole,
          params: idParams,
          produces: ["application/x-tar"],
        },
        response: { 200: textOf("The archive.", "application/x-tar"), ...errors },
      },
    },
    async (request, reply) => {
      const id = idOf(request);
      const archive = everyFile(shelf, id);
      // The first files, before it is noted: an epoch that can't be read is refused in words.
      const first = await archive.next();
      const { name } = guards.caller(request);
      await noteDisclosure(database, secrets.sealer, {
        who: name,
        what: "every holder's file",
        epoch: id,
      });
      reply.headers({ "cache-control": "no-store", "content-disposition": "attachment" });
      return reply.type("application/x-tar").send(Readable.from(startingWith(first, archive)));
    },
  );
}

/** A tar archive of all holders' files, a batch at a time: as `disclose --all` writes it. */
async function* everyFile(shelf: DisclosureShelf, id: string): AsyncGenerator<Uint8Array, void> {
  let every: EveryFile | undefined;
  let batches = 1;
  for (let batch = 0; batch < batches; batch++) {
    yield await shelf.use(id, async (opened) => {
      // An index that was made anew in between is read anew.
      if (every?.opened !== opened) every = await EveryFile.open(opened);
      const { head } = opened.index;
      batches = head.batches;
      const seconds = Math.floor(Date.parse(head.time) / 1000);
      const files = await every.of(batch);
      return Buffer.concat(
        files.map(({ name, text }) => tarEntry(name, Buffer.from(text), PRIVATE_FILE, seconds)),
      );
    });
  }
  yield TAR_END;
}

async function* startingWith<T>(first: IteratorResult<T, void>, rest: AsyncGenerator<T, void>) {
  if (first.done !== true) yield first.value;
  yield* rest;
}

const noAccount = (): MarginproofError =>
  new MarginproofError("DISCLOSE_NO_ACCOUNT", "the token's account is not in this epoch", {
    kind: "usage",
    hint: "Account names are compared exactly, letter case included.",
  });
