import { visible } from "../../report/visible.js";
import {
  BUNDLE_FILE_NAMES,
  BUNDLE_PARTS,
  type BundlePart,
  missingNames,
  unexpectedNames,
} from "../../verifier/bundleTexts.js";
import { byId, el } from "./dom.js";

/** The files of a bundle; only those of attested prices have evidence. */
export type BundleFiles = Readonly<Record<Exclude<BundlePart, "evidence">, File> & { evidence?: File }>;

/** The bundle's files as chosen so far: a folder replaces them all, single files add up. */
export class BundlePicker {
  readonly #chosen = new Map<BundlePart, File>();
  /** What was chosen and belongs to no bundle: refused, as `marginproof verify` refuses it. */
  #unexpected: readonly string[] = [];
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

  /** All files, or undefined while one is missing or one is unexpected. */
  get files(): BundleFiles | undefined {
    if (this.#problems.length > 0) return undefined;
    return Object.fromEntries(this.#chosen) as unknown as BundleFiles;
  }

  get #problems(): readonly string[] {
    const names = [...this.#chosen.keys()].map((part) => BUNDLE_FILE_NAMES[part]);
    return [...this.#unexpected, ...missingNames(names)];
  }

  #take(files: readonly File[]): void {
    const named = files.map((file) => ({ name: nameInFolder(file), file }));
    for (const part of BUNDLE_PARTS) {
      const found = named.find(({ name, file }) => name === BUNDLE_FILE_NAMES[part] && name === file.name);
      if (found !== undefined) this.#chosen.set(part, found.file);
    }
    this.#unexpected = unexpectedNames([...new Set(named.map(({ name }) => name))]);
    this.#show();
  }

  #show(): void {
    const missing = missingNames([...this.#chosen.keys()].map((part) => BUNDLE_FILE_NAMES[part]));
    const items = BUNDLE_PARTS.flatMap((part) => {
      const file = this.#chosen.get(part);
      const name = BUNDLE_FILE_NAMES[part];
      if (file !== undefined) return [el("li", { class: "chosen" }, `${name}: ${sizeText(file.size)}`)];
      return missing.includes(`missing ${name}`) ? [el("li", {}, `${name}: missing`)] : [];
    });
    if (this.#unexpected.length > 0) {
      const problem = `BUNDLE_FILES: ${visible(this.#unexpected.join(", "))}`;
      items.push(el("li", { class: "problem" }, problem));
    }
    this.#list.replaceChildren(...items);
    const problems = this.#problems;
    this.#files.setCustomValidity(
      problems.length === 0
        ? ""
        : `Choose one bundle’s folder, or exactly its files: ${visible(problems.join(", "))}.`,
    );
  }
}

/** A file's name as its folder lists it; of a file further down, the name of the folder it is in. */
function nameInFolder({ name, webkitRelativePath }: File): string {
  return webkitRelativePath.split("/")[1] ?? name;
}

function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
