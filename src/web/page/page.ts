import { MarginproofError } from "../../errors.js";
import { accountTooLong } from "../../protocol/accountName.js";
import { visible } from "../../report/visible.js";
import { BUNDLE_FILE_NAMES, type BundlePart } from "../../verifier/bundleTexts.js";
import { BundlePicker, type NamedFile } from "./bundlePicker.js";
import { byId } from "./dom.js";
import { type Dropped, onDrop, statedKind } from "./dropFiles.js";
import { describe, type FullRequest, type LightRequest, type WorkerMessage } from "./messages.js";
import { errorView, resultView } from "./resultView.js";
import { fetchBundle, SITE_HAS_BUNDLE } from "./siteBundle.js";

/**
 * The worker's program, put here by the build (scripts/buildWeb.ts). A worker that starts from a blob inherits the
 * page's content security policy, so what reads the files can't open a connection either; one that is loaded from a
 * server would have no policy of its own, and none could be loaded when the page is opened from a disk.
 */
declare const WORKER_SOURCE: string;

const input = (id: string): HTMLInputElement => byId<HTMLInputElement>(id);
const form = byId<HTMLFormElement>("form");
const checkButton = byId<HTMLButtonElement>("check");
const stopButton = byId<HTMLButtonElement>("stop");
const status = byId("status");
const progress = byId<HTMLProgressElement>("progress");
const section = byId("result");
const bundle = new BundlePicker("", SITE_HAS_BUNDLE);
const earlier = new BundlePicker("earlier-", true);
const workerUrl = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: "text/javascript" }));
let worker: Worker | undefined;
let fetching: AbortController | undefined;
/** Goes up whenever something is started or stopped: what began before has no say any more. */
let turn = 0;

byId("site-bundle").hidden = !SITE_HAS_BUNDLE;
showMode();
form.addEventListener("submit", (event) => {
  event.preventDefault();
  start().catch((error: unknown) => receive(describe(error)));
});
// What is shown was found for what was chosen then.
form.addEventListener("input", () => {
  showMode();
  forget();
});
const account = input("account");
account.addEventListener("input", () => {
  const problem = accountTooLong(account.value);
  account.setCustomValidity(problem === undefined ? "" : `The name ${problem}.`);
});
stopButton.addEventListener("click", () => {
  stop();
  status.textContent = "Stopped.";
  checkButton.focus();
});
onDrop(document.documentElement, (dropped) => {
  take(dropped).catch((error: unknown) => {
    status.textContent = `Not taken: ${error instanceof Error ? visible(error.message) : String(error)}`;
  });
});

/** Asking after the book alone, nobody looks an account up, and proofs are verified here. */
function auditing(): boolean {
  return input("ask-book").checked;
}

/** On the word of auditors. */
function light(): boolean {
  return !auditing() && input("light").checked;
}

/** Shows what is asked for, and nothing else. */
function showMode(): void {
  const show = (id: string, shown: boolean): void => {
    byId<HTMLFieldSetElement>(id).disabled = byId(id).hidden = !shown;
  };
  show("own", !auditing());
  show("other", auditing());
  show("word", light());
  show("published", !light());
  byId("full-trust").hidden = light();
}

function forget(): void {
  stop();
  clearResult();
}

/**
 * Puts dropped files where they belong, by their names in a bundle or by what they say they are. What says whom the reader
 * believes is never taken from a drop: whoever handed over the files could hand over their own list too.
 */
async function take(dropped: Dropped): Promise<void> {
  if ("folder" in dropped) {
    forget();
    const picker = auditing() && bundle.complete ? earlier : bundle;
    input("full").checked = true;
    showMode();
    picker.takeFolder(dropped.folder);
    status.textContent = "Took the folder.";
    return;
  }
  // Read first: once the files are shown as chosen, no earlier result is.
  const kinds = await Promise.all(dropped.files.map(statedKind));
  forget();
  const picker = auditing() && bundle.complete ? earlier : bundle;
  const names = new Set<string>(Object.values(BUNDLE_FILE_NAMES));
  const said = dropped.files.map((file, n) => {
    const kind = kinds[n] ?? "";
    const trusted = TRUST.get(kind);
    if (trusted !== undefined)
      return `${file.name}: NOT taken: it is ${trusted}, which says whom you believe. Choose it in its own field, if it is your own`;
    if (!light() && names.has(file.name)) picker.takeFiles([{ name: file.name, file }]);
    else if (PLACES.has(kind)) put(PLACES.get(kind)!, file);
    else return `${file.name}: not a file that this page knows`;
    return `${file.name}: taken`;
  });
  status.textContent = visible(said.join("; "));
}

/** Kinds of files that say whom the reader believes, in words. */
const TRUST: ReadonlyMap<string, string> = new Map([
  ["auditors", "a list of auditors"],
  ["keys", "a list of trusted keys"],
  ["price-policy", "a price policy"],
]);

/** The input that each kind of file belongs to. */
const PLACES: ReadonlyMap<string, string> = new Map([
  ["opening", "opening"],
  ["opening-with-epoch", "opening"],
  ["attestation", "attestations"],
  ["statement", "open-files"],
  ["statement-summary", "open-files"],
  ["market", "open-files"],
]);
/** Inputs that take several. */
const MANY: ReadonlySet<string> = new Set(["attestations", "open-files"]);

function put(id: string, file: File): void {
  const transfer = new DataTransfer();
  if (MANY.has(id))
    for (const own of input(id).files ?? []) if (own.name !== file.name) transfer.items.add(own);
  transfer.items.add(file);
  input(id).files = transfer.files;
}

async function start(): Promise<void> {
  forget();
  checkButton.disabled = true;
  stopButton.hidden = false;
  progress.removeAttribute("value");
  progress.hidden = false;
  const own = turn;
  const request = light() ? await lightRequest() : await fullRequest();
  if (own !== turn) return;
  if (request === undefined) return stop();
  worker = new Worker(workerUrl);
  worker.addEventListener("message", ({ data }: MessageEvent<WorkerMessage>) => receive(data));
  worker.addEventListener("error", ({ message }) => receive({ type: "error", code: "UNEXPECTED", message }));
  worker.postMessage(request);
}

/** What this site publishes of the parts; undefined where it publishes nothing, or the reader stopped. */
async function siteFiles(parts?: readonly BundlePart[]): Promise<readonly NamedFile[] | undefined> {
  if (!SITE_HAS_BUNDLE) return undefined;
  status.textContent = "Fetching what this site publishes…";
  const { signal } = (fetching = new AbortController());
  try {
    return await fetchBundle(signal, parts);
  } catch (error) {
    if (!signal.aborted) throw error;
    return undefined;
  }
}

async function lightRequest(): Promise<LightRequest | undefined> {
  const [opening, auditors] = ["opening", "auditors"].map((id) => input(id).files?.[0]);
  if (opening === undefined || auditors === undefined) return undefined;
  const chosen = [...(input("open-files").files ?? [])];
  const needed = chosen.length === 0 && (await statedKind(opening)) !== "opening-with-epoch";
  const fetched = needed ? await siteFiles(["statement", "market"]) : undefined;
  const files = fetched?.map(({ file }) => file) ?? chosen;
  const kinds = await Promise.all(files.map(statedKind));
  const of = (...names: string[]): File | undefined => files.find((_, n) => names.includes(kinds[n] ?? ""));
  const [statement, market] = [of("statement", "statement-summary"), of("market")];
  // What was chosen is never left aside without a word.
  const other = files.find((file) => file !== statement && file !== market);
  if (other !== undefined)
    throw new MarginproofError(
      "CHECK_FLAGS",
      `${other.name} is no statement or market file, or a second one`,
      {
        kind: "usage",
        hint: "Choose one statement and one market file, or neither.",
      },
    );
  return {
    kind: "light",
    ...{ opening, auditors, account: account.value },
    attestations: [...(input("attestations").files ?? [])],
    ...{ statement, market },
    ...trust(),
  };
}

async function fullRequest(): Promise<FullRequest | undefined> {
  if (!bundle.complete) {
    const own = turn;
    const fetched = await siteFiles();
    if (own !== turn || fetched === undefined) return undefined;
    bundle.takeFolder(fetched);
  }
  const [files, opening] = [bundle.files, input("opening").files?.[0]];
  if (files === undefined || (!auditing() && opening === undefined)) return undefined;
  return {
    kind: "full",
    bundle: files,
    holder: auditing() ? undefined : { opening: opening!, account: account.value },
    earlier: auditing() ? earlier.files : undefined,
    keys: input("keys").files?.[0],
    pricePolicy: input("price-policy").files?.[0],
    ...trust(),
  };
}

const trust = (): Pick<FullRequest, "digest" | "allowDevKeys"> => ({
  digest: input("digest").value.trim() || undefined,
  allowDevKeys: input("allow-dev-keys").checked,
});

function receive(message: WorkerMessage): void {
  if (message.type === "stage") {
    status.textContent = `${message.text}…`;
  } else if (message.type === "progress") {
    progress.max = message.total;
    progress.value = message.done;
    status.textContent = `Verified ${message.done} of ${message.total} proofs…`;
  } else {
    stop();
    if (message.type === "result") {
      const { verdict, account: found } = message.result;
      section.dataset.account = found?.status ?? "not-asked";
      section.dataset.epoch = verdict.valid ? "valid" : verdict.proved ? "not-covered" : "not-proved";
      section.replaceChildren(...resultView(message.result));
    } else {
      section.dataset.account = section.dataset.epoch = "error";
      section.replaceChildren(...errorView(message.code, message.message, message.hint));
    }
    section.hidden = false;
    section.focus();
  }
}

function stop(): void {
  turn++;
  fetching?.abort();
  fetching = undefined;
  worker?.terminate();
  worker = undefined;
  checkButton.disabled = false;
  stopButton.hidden = progress.hidden = true;
  status.textContent = "";
}

function clearResult(): void {
  section.hidden = true;
  section.replaceChildren();
  delete section.dataset.account;
  delete section.dataset.epoch;
}
