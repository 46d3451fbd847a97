import { AwsClient } from "aws4fetch";
import { MarginproofError } from "../../errors.js";
import { parseStrictJson } from "../../protocol/strictJson.js";
import * as z from "../../schema/index.js";

const schema = z.strictObject({
  format: z.literal("marginproof/object-store/1"),
  /** Of the S3 interface, such as `https://s3.eu-central-1.amazonaws.com`: without the bucket. */
  endpoint: z.string().regex(/^https?:\/\/[^/?#@\s]+$/),
  region: z.string().regex(/^[a-z0-9-]{1,64}$/),
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/),
  accessKeyId: z.string().min(1).optional(),
  secretAccessKey: z.string().min(1).optional(),
});

/** Where objects are kept, and who this service is there. */
export interface ObjectPlace {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * The text of an object store's file. Keys that it leaves out are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the environment.
 * @throws MarginproofError SERVICE_OBJECTS, JSON_TOO_LARGE, JSON_INVALID, JSON_DUPLICATE_KEY
 */
export function parseObjectPlace(
  text: string,
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
): ObjectPlace {
  const refuse = (problem: string): MarginproofError =>
    new MarginproofError("SERVICE_OBJECTS", `object store ${path}: ${problem}`, {
      kind: "usage",
      hint: "docs/operations.md has an example.",
    });
  const read = schema.safeParse(parseStrictJson(text, path, { kind: "usage" }));
  if (!read.success) throw refuse(read.error.issues[0]?.message ?? "not valid");
  const { endpoint, region, bucket } = read.data;
  const accessKeyId = read.data.accessKeyId ?? environment.AWS_ACCESS_KEY_ID;
  const secretAccessKey = read.data.secretAccessKey ?? environment.AWS_SECRET_ACCESS_KEY;
  if (!accessKeyId || !secretAccessKey) throw refuse("neither it nor the environment has both keys");
  return { endpoint, region, bucket, accessKeyId, secretAccessKey };
}

const TIMEOUT_MS = 60_000;
const TRIES_AGAIN = 4;
/** Longest answer that is read, bytes: a step's input is some megabytes at most. */
const LONGEST = 1 << 28;

/** A bucket of an object store with an S3 interface. */
export class ObjectStore {
  readonly #client: AwsClient;

  constructor(private readonly place: ObjectPlace) {
    const { accessKeyId, secretAccessKey, region } = place;
    this.#client = new AwsClient({
      accessKeyId,
      secretAccessKey,
      region,
      service: "s3",
      retries: TRIES_AGAIN,
    });
  }

  /** Finds out whether it answers and takes these keys. @throws MarginproofError SERVICE_OBJECTS */
  async reach(): Promise<void> {
    await this.put("marginproof-reached", Buffer.from("marginproof"));
    await this.remove("marginproof-reached");
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#ask("PUT", key, bytes);
  }

  /** @returns undefined when there is none */
  async get(key: string): Promise<Buffer | undefined> {
    return this.#ask("GET", key);
  }

  /** Leaves nothing of this name; whether there was something is no matter. */
  async remove(key: string): Promise<void> {
    await this.#ask("DELETE", key);
  }

  async #ask(method: "PUT" | "GET" | "DELETE", key: string, body?: Uint8Array): Promise<Buffer | undefined> {
    const { endpoint, bucket } = this.place;
    const refuse = (problem: string, cause?: unknown): MarginproofError =>
      new MarginproofError(
        "SERVICE_OBJECTS",
        `the object store at ${endpoint}, bucket ${bucket}: ${problem}`,
        {
          kind: "io",
          cause,
          hint: "Check that it runs, that the bucket is there and that the keys may write to it.",
        },
      );
    const asked = this.#client.fetch(`${endpoint}/${bucket}/${key}`, {
      method,
      ...(body === undefined ? {} : { body: Buffer.from(body) }),
      // Nowhere else: a store must not have this process ask what only this process can reach.
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { status, ok, bytes } = await asked.then(read).catch((cause: Error) => {
      throw refuse(`it does not answer (${cause.message})`, cause);
    });
    if (ok) return bytes;
    // A bucket that is not there is no object that is not there.
    if (status === 404 && method !== "PUT" && !bytes.includes("NoSuchBucket")) return undefined;
    throw refuse(`it answers ${status} to ${method}`);
  }
}

/** A whole answer. @throws Error for one that is too long or breaks off */
async function read({ status, ok, body }: Response) {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body ?? []) {
    size += piece.length;
    if (size > LONGEST) throw new Error(`its answer is longer than ${LONGEST} bytes`);
    pieces.push(piece);
  }
  return { status, ok, bytes: Buffer.concat(pieces) };
}
