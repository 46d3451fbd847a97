import { BUNDLE_FILE_NAMES, type BundleTexts } from "../../verifier/bundleTexts.js";
import { byId, el } from "./dom.js";

const PARTS = Object.keys(BUNDLE_FILE_NAMES) as readonly (keyof BundleTexts)[];

/** The files of a bundle; only those of attested prices have evidence. */
export type BundleFiles = Readonly<
  Record<Exclude<keyof BundleTexts, "evidence">, File> & { evidence?: File }
>;

/** The bundle's files as chosen so far: a folder replaces them all, single files add up. */
export class BundlePicker {
  readonly #chosen = new Map<keyof BundleTexts, File>();
  readonly #folder = byId<HTMLInputElement>("folder");
  readonly #files = byId<HTMLInputElement>("files");
  readonly #list = byId("bundle-parts");

  constructor() {
    this.#folder.addEventListener("change", () => {
      this.#chosen.clear();
      this.#files.value = "";
      this.#take([...(this.#folder.files ?? [])]);
    });
    this.#files.addEventListener("change", () => {
      this.#folder.value = "";
      this.#take([...(this.#files.files ?? [])]);
    });
    this.#show();
  }

  /** All files, or undefined while one is missing. */
  get files(): BundleFiles | undefined {
    if (this.#missing.length > 0) return undefined;
    return Object.fromEntries(this.#chosen) as unknown as BundleFiles;
  }

  get #missing(): readonly (keyof BundleTexts)[] {
    return PARTS.filter((part) => part !== "evidence" && !this.#chosen.has(part));
  }

  #take(files: readonly File[]): void {
    let problem: string | undefined;
    for (const part of PARTS) {
      const name = BUNDLE_FILE_NAMES[part];
      const found = files.filter((file) => file.name === name);
      if (found.length === 1) this.#chosen.set(part, found[0]!);
      if (found.length > 1) {
        this.#chosen.delete(part);
        problem = `There are ${found.length} files called ${name} in this folder: choose the folder of one bundle.`;
      }
    }
    const known = Object.values(BUNDLE_FILE_NAMES);
    if (files.length > 0 && !files.some(({ name }) => known.includes(name))) {
      problem = "None of the bundle’s files is among what you chose.";
    }
    this.#show(problem);
  }

  #show(problem?: string): void {
    const items = PARTS.flatMap((part) => {
      const file = this.#chosen.get(part);
      const name = BUNDLE_FILE_NAMES[part];
      if (file !== undefined) return [el("li", { class: "chosen" }, `${name}: ${sizeText(file.size)}`)];
      return this.#missing.includes(part) ? [el("li", {}, `${name}: missing`)] : [];
    });
    if (problem !== undefined) items.push(el("li", { class: "problem" }, problem));
    this.#list.replaceChildren(...items);
    const missing = this.#missing.map((part) => BUNDLE_FILE_NAMES[part]);
    this.#files.setCustomValidity(
      missing.length === 0 ? "" : `Choose the bundle’s folder or files. Missing: ${missing.join(", ")}.`,
    );
  }
}

function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
