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

/** A file as a bundle's folder lists it. */
export interface NamedFile {
  readonly name: string;
  readonly file: File;
}

/** A bundle's files as chosen so far: a folder replaces them all, single files add up. */
export class BundlePicker {
  readonly #chosen = new Map<BundlePart, File>();
  /** What was chosen and belongs to no bundle: refused, as `marginproof verify` refuses it. */
  #unexpected: readonly string[] = [];
  readonly #folder: HTMLInputElement;
  readonly #files: HTMLInputElement;
  readonly #list: HTMLElement;
  readonly #optional: boolean;

  /**
   * @param prefix of the ids of its inputs and of the list of its parts
   * @param optional whether nothing at all may be chosen
   */
  constructor(prefix: string, optional: boolean) {
    this.#folder = byId<HTMLInputElement>(`${prefix}folder`);
    this.#files = byId<HTMLInputElement>(`${prefix}files`);
    this.#list = byId(`${prefix}parts`);
    this.#optional = optional;
    this.#folder.addEventListener("change", () => {
      this.takeFolder(named(this.#folder.files));
    });
    this.#files.addEventListener("change", () => {
      this.#folder.value = "";
      this.takeFiles(named(this.#files.files));
    });
    this.#show();
  }

  /** All files, or undefined while one is missing or one is unexpected. */
  get files(): BundleFiles | undefined {
    if (this.#chosen.size === 0 || this.#problems.length > 0) return undefined;
    return Object.fromEntries(this.#chosen) as unknown as BundleFiles;
  }

  /** Whether all that a bundle has is here. */
  get complete(): boolean {
    return this.files !== undefined;
  }

  get #problems(): readonly string[] {
    if (this.#optional && this.#chosen.size === 0 && this.#unexpected.length === 0) return [];
    const names = [...this.#chosen.keys()].map((part) => BUNDLE_FILE_NAMES[part]);
    return [...this.#unexpected, ...missingNames(names)];
  }

  /** All that was chosen before is forgotten. */
  takeFolder(files: readonly NamedFile[]): void {
    this.#chosen.clear();
    this.#files.value = "";
    this.takeFiles(files);
  }

  takeFiles(files: readonly NamedFile[]): void {
    for (const part of BUNDLE_PARTS) {
      const found = files.find(({ name, file }) => name === BUNDLE_FILE_NAMES[part] && name === file.name);
      if (found !== undefined) this.#chosen.set(part, found.file);
    }
    this.#unexpected = unexpectedNames([...new Set(files.map(({ name }) => name))]);
    this.#show();
  }

  #show(): void {
    const none = this.#chosen.size === 0 && this.#optional;
    const missing = none ? [] : missingNames([...this.#chosen.keys()].map((part) => BUNDLE_FILE_NAMES[part]));
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

const named = (files: FileList | null): NamedFile[] =>
  [...(files ?? [])].map((file) => ({ name: nameInFolder(file), file }));

/** A file's name as its folder lists it; of a file further down, the name of the folder it is in. */
function nameInFolder({ name, webkitRelativePath }: File): string {
  return webkitRelativePath.split("/")[1] ?? name;
}

function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
