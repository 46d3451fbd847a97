import { accountTooLong } from "../../protocol/accountName.js";
import { BundlePicker } from "./bundlePicker.js";
import { byId } from "./dom.js";
import type { CheckRequest, WorkerMessage } from "./messages.js";
import { errorView, resultView } from "./resultView.js";

/**
 * The worker's program, put here by the build (scripts/buildWeb.ts). A worker that starts from a blob inherits the
 * page's content security policy, so what reads the files can't open a connection either; one that is loaded from a
 * server would have no policy of its own, and none could be loaded when the page is opened from a disk.
 */
declare const WORKER_SOURCE: string;

const form = byId<HTMLFormElement>("form");
const checkButton = byId<HTMLButtonElement>("check");
const stopButton = byId<HTMLButtonElement>("stop");
const status = byId("status");
const progress = byId<HTMLProgressElement>("progress");
const section = byId("result");
const bundle = new BundlePicker();
const workerUrl = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: "text/javascript" }));
let worker: Worker | undefined;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const request = readForm();
  if (request !== undefined) start(request);
});
// What is shown was found for what was chosen then.
form.addEventListener("input", () => {
  stop();
  clearResult();
});
const account = byId<HTMLInputElement>("account");
account.addEventListener("input", () => {
  const problem = accountTooLong(account.value);
  account.setCustomValidity(problem === undefined ? "" : `The name ${problem}.`);
});
stopButton.addEventListener("click", () => {
  stop();
  status.textContent = "Stopped.";
  checkButton.focus();
});

function readForm(): CheckRequest | undefined {
  const input = (id: string): HTMLInputElement => byId<HTMLInputElement>(id);
  const files = bundle.files;
  const opening = input("opening").files?.[0];
  if (files === undefined || opening === undefined) return undefined;
  return {
    bundle: files,
    opening,
    account: account.value,
    keys: input("keys").files?.[0],
    pricePolicy: input("price-policy").files?.[0],
    digest: input("digest").value.trim() || undefined,
    allowDevKeys: input("allow-dev-keys").checked,
  };
}

function start(request: CheckRequest): void {
  stop();
  clearResult();
  checkButton.disabled = true;
  stopButton.hidden = false;
  progress.removeAttribute("value");
  progress.hidden = false;
  worker = new Worker(workerUrl);
  worker.addEventListener("message", ({ data }: MessageEvent<WorkerMessage>) => receive(data));
  worker.addEventListener("error", ({ message }) => receive({ type: "error", code: "UNEXPECTED", message }));
  worker.postMessage(request);
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
      const { verdict, account } = message.result;
      section.dataset.account = account.status;
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
