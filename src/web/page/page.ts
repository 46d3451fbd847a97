import { accountTooLong } from "../../protocol/accountName.js";
import { visible } from "../../report/visible.js";
import { BUNDLE_FILE_NAMES } from "../../verifier/bundleTexts.js";
import { type BundleFiles, BundlePicker } from "./bundlePicker.js";
import { byId } from "./dom.js";
import { type Dropped, onDrop, statedKind } from "./dropFiles.js";
import type { CheckRequest, WorkerMessage } from "./messages.js";
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

byId("site-bundle").hidden = !SITE_HAS_BUNDLE;
showMode();
form.addEventListener("submit", (event) => {
  event.preventDefault();
  start().catch((error: unknown) =>
    receive({
      type: "error",
      code: "UNEXPECTED",
      message: error instanceof Error ? error.message : String(error),
    }),
  );
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
onDrop(document.documentElement, (dropped) => void take(dropped));

/** The reader asks after an account, or after the book alone. */
function showMode(): void {
  const auditing = input("ask-book").checked;
  byId<HTMLFieldSetElement>("own").disabled = byId("own").hidden = auditing;
  byId<HTMLFieldSetElement>("other").disabled = byId("other").hidden = !auditing;
}

function forget(): void {
  stop();
  clearResult();
}

/** Puts dropped files where they belong, by their names in a bundle or by what they say they are. */
async function take(dropped: Dropped): Promise<void> {
  forget();
  const picker = input("ask-book").checked && bundle.complete ? earlier : bundle;
  if ("folder" in dropped) {
    picker.takeFolder(dropped.folder);
    status.textContent = "Took the folder.";
    return;
  }
  const names = new Set<string>(Object.values(BUNDLE_FILE_NAMES));
  const said: string[] = [];
  for (const file of dropped.files) {
    const place = names.has(file.name) ? "bundle" : PLACES[(await statedKind(file)) ?? ""];
    if (place === "bundle") picker.takeFiles([{ name: file.name, file }]);
    else if (place !== undefined) put(place, file);
    said.push(`${file.name}: ${place === undefined ? "not a file that this page knows" : "taken"}`);
  }
  status.textContent = visible(said.join(", "));
}

/** The input that each kind of file belongs to. */
const PLACES: Readonly<Record<string, string>> = {
  opening: "opening",
  keys: "keys",
  "price-policy": "price-policy",
};

function put(id: string, file: File): void {
  const transfer = new DataTransfer();
  transfer.items.add(file);
  input(id).files = transfer.files;
}

async function start(): Promise<void> {
  forget();
  checkButton.disabled = true;
  stopButton.hidden = false;
  progress.removeAttribute("value");
  progress.hidden = false;
  const files = bundle.files ?? (await siteFiles());
  const request = files && readForm(files);
  if (request === undefined) return stop();
  worker = new Worker(workerUrl);
  worker.addEventListener("message", ({ data }: MessageEvent<WorkerMessage>) => receive(data));
  worker.addEventListener("error", ({ message }) => receive({ type: "error", code: "UNEXPECTED", message }));
  worker.postMessage(request);
}

/** What this site publishes; undefined where it publishes nothing, or the reader stopped. */
async function siteFiles(): Promise<BundleFiles | undefined> {
  if (!SITE_HAS_BUNDLE) return undefined;
  status.textContent = "Fetching what this site publishes…";
  const { signal } = (fetching = new AbortController());
  try {
    bundle.takeFolder(await fetchBundle(signal));
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return signal.aborted ? undefined : bundle.files;
}

function readForm(files: BundleFiles): CheckRequest | undefined {
  const opening = input("opening").files?.[0];
  const auditing = input("ask-book").checked;
  if (!auditing && opening === undefined) return undefined;
  return {
    bundle: files,
    holder: auditing ? undefined : { opening: opening!, account: account.value },
    earlier: auditing ? earlier.files : undefined,
    keys: input("keys").files?.[0],
    pricePolicy: input("price-policy").files?.[0],
    digest: input("digest").value.trim() || undefined,
    allowDevKeys: input("allow-dev-keys").checked,
  };
}

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
