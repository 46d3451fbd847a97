import type { FastifyInstance } from "fastify";
import { MarginproofError } from "../../../errors.js";
import type { Service } from "../../open.js";
import { askDoctor } from "../../operations.js";
import { noteDisclosure } from "../../store/auditLog.js";
import { currentDiagnosis, type DiagnosisRow, diagnosisOf } from "../../store/diagnosis.js";
import { readEpoch } from "../../store/epochs.js";
import type { Guards } from "../guards.js";
import { byRole, errors, idOf, idParams } from "../schemas.js";

const answerSchema = {
  type: "object",
  required: ["state", "upload", "asked", "done", "code", "diagnosis"],
  properties: {
    state: { type: "string", enum: ["waiting", "done", "failed"], description: "Failed: at every try." },
    upload: { type: "string", description: "Accounts that were looked at: resume takes it." },
    asked: { type: "string" },
    done: { type: ["string", "null"] },
    code: { type: ["string", "null"], description: "Why the last try found nothing." },
    diagnosis: {
      type: ["object", "null"],
      additionalProperties: true,
      description: "As marginproof doctor --json prints it: names accounts.",
    },
  },
} as const;

/** What is in the way of proving an epoch's accounts: a worker finds it, the operator alone reads it. */
export function doctorRoutes(app: FastifyInstance, service: Service, guards: Guards): void {
  const { database, secrets } = service;
  const onRequest = guards.roles("operator");
  const route = { tags: ["epochs"], security: byRole, params: idParams };
  app.post(
    "/v1/epochs/:id/doctor",
    {
      onRequest,
      schema: {
        ...route,
        summary: "Have all of an epoch's accounts looked at while they are kept, without proving them",
        response: { 202: answerSchema, ...errors },
      },
    },
    async (request, reply) => {
      const id = idOf(request);
      await askDoctor(service, id);
      request.log.info({ event: "doctor asked", epoch: id, who: guards.caller(request).name });
      return reply.code(202).send(answer(await found(service, id), null));
    },
  );
  app.get(
    "/v1/epochs/:id/doctor",
    {
      onRequest,
      schema: {
        ...route,
        summary: "What was found in an epoch's accounts: private",
        response: { 200: answerSchema, ...errors },
      },
    },
    async (request, reply) => {
      const row = await found(service, idOf(request));
      reply.header("cache-control", "no-store");
      if (row.sealed === null) return answer(row, null);
      const { name } = guards.caller(request);
      await noteDisclosure(database, secrets.sealer, { who: name, what: "diagnosis", epoch: row.epoch });
      return answer(row, JSON.parse(diagnosisOf(row, secrets.sealer)) as object);
    },
  );
}

async function found({ database, secrets }: Service, id: string): Promise<DiagnosisRow> {
  const row = await currentDiagnosis(database, secrets.sealer, await readEpoch(database, id));
  if (row !== undefined) return row;
  throw new MarginproofError("SERVICE_NOT_FOUND", "there is no diagnosis of the accounts of this epoch", {
    kind: "usage",
    hint: "Ask for one with POST. It is forgotten with the accounts: when they are proved, cancelled or sent anew.",
  });
}

const answer = ({ upload, asked, done, sealed, problem_code }: DiagnosisRow, diagnosis: object | null) => ({
  state: done === null ? "waiting" : sealed === null ? "failed" : "done",
  upload,
  asked: asked.toISOString(),
  done: done?.toISOString() ?? null,
  code: problem_code,
  diagnosis,
});
