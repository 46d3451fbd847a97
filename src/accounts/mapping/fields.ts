import type { YamlNode } from "../../yaml/yamlTree.js";
import { show } from "../badRows.js";

/** Something wrong with a mapping file. */
export interface MappingFault {
  readonly line: number;
  readonly problem: string;
}

export type TextNode = Extract<YamlNode, { readonly kind: "text" }>;

/** Takes the fields of one map, each once; what is wrong goes to `faults` with its line. */
export class Fields {
  readonly #taken = new Set<string>();

  private constructor(
    readonly line: number,
    private readonly entries: ReadonlyMap<string, { readonly line: number; readonly value: YamlNode }>,
    /** Of the map, for messages. */
    private readonly where: string,
    private readonly faults: MappingFault[],
  ) {}

  /** A node that has to be a map; undefined when it is none. */
  static of(node: YamlNode, where: string, faults: MappingFault[]): Fields | undefined {
    if (node.kind === "map") return new Fields(node.line, node.entries, where, faults);
    faults.push({ line: node.line, problem: `${where} must be a map` });
    return undefined;
  }

  refuse(line: number, problem: string): void {
    this.faults.push({ line, problem: `${this.where}: ${problem}` });
  }

  /** Where a field is, in words. */
  at(key: string): string {
    return this.where === ROOT ? key : `${this.where}.${key}`;
  }

  has(key: string): boolean {
    return this.entries.has(key);
  }

  take(key: string, required = false): YamlNode | undefined {
    this.#taken.add(key);
    const found = this.entries.get(key)?.value;
    if (found === undefined && required) this.refuse(this.line, `${key} is missing`);
    return found;
  }

  map(key: string, required = false): Fields | undefined {
    const node = this.take(key, required);
    return node === undefined ? undefined : Fields.of(node, this.at(key), this.faults);
  }

  /** A text that isn't empty. */
  text(key: string, required = false): TextNode | undefined {
    const node = this.take(key, required);
    return node === undefined ? undefined : this.textOf(node, key);
  }

  textOf(node: YamlNode, key: string, mayBeEmpty = false): TextNode | undefined {
    if (node.kind === "text" && (mayBeEmpty || node.text !== "")) return node;
    this.refuse(node.line, `${key} must be a text${mayBeEmpty ? "" : " that isn't empty"}`);
    return undefined;
  }

  /** Names, none empty, none twice; one alone needs no list. */
  texts(key: string): TextNode[] {
    return this.#list(key, false);
  }

  /** Texts that a column may have, the empty one among them; none twice; one alone needs no list. */
  values(key: string): TextNode[] {
    return this.#list(key, true);
  }

  #list(key: string, mayBeEmpty: boolean): TextNode[] {
    const node = this.take(key);
    if (node === undefined) return [];
    if (node.kind === "text") return [this.textOf(node, key, mayBeEmpty)].filter((own) => own !== undefined);
    if (node.kind === "map" || node.items.length === 0) {
      this.refuse(node.line, `${key} must be a text or a list of texts`);
      return [];
    }
    const seen = new Set<string>();
    return node.items.flatMap((item) => {
      const own = this.textOf(item, key, mayBeEmpty);
      if (own === undefined) return [];
      if (seen.has(own.text)) this.refuse(own.line, `${key} has ${show(own.text)} twice`);
      seen.add(own.text);
      return [own];
    });
  }

  /** The keys, for maps whose keys are names. */
  names(): [name: string, line: number][] {
    return [...this.entries].map(([name, { line }]) => [name, line]);
  }

  /** Refuses what was not taken. */
  end(): void {
    for (const [key, { line }] of this.entries)
      if (!this.#taken.has(key)) this.refuse(line, `there is no field ${show(key)}`);
  }
}

/** The whole file. */
export const ROOT = "the mapping";
