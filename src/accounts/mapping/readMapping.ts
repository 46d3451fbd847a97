import { MarginproofError } from "../../errors.js";
import { FILE_LIMITS } from "../../protocol/fileLimits.js";
import { parseYamlTree, type YamlNode } from "../../yaml/yamlTree.js";
import { show } from "../badRows.js";
import { accountsFormat, ENDINGS } from "../format.js";
import { Fields, type MappingFault, ROOT } from "./fields.js";
import type { MappedFile, Mapping } from "./mapping.js";
import { type NameTables, readNameTables } from "./nameTables.js";
import { columnsOf, readTemplate } from "./rowTemplate.js";

const FORMAT = "marginproof/mapping/1";
const MAX_SHOWN = 20;
const HINT = "docs/market.md describes the mapping file, with an example.";

/**
 * Reads a mapping file: YAML, or JSON, which is YAML. Everything wrong with its fields is told at once.
 * @param place its path, for messages
 * @throws MarginproofError MAPPING_YAML, MAPPING_INVALID
 */
export function readMapping(text: string, place: string): Mapping {
  const tree = parseYamlTree(text, {
    maxLength: FILE_LIMITS["mapping file"],
    inPlaceOfAnchors: "write a table that serves twice under names, and name it",
    refuse: (_, line, problem, hint) =>
      new MarginproofError("MAPPING_YAML", `${place}${line === undefined ? "" : `:${line}`}: ${problem}`, {
        kind: "usage",
        hint: hint ?? "Write plain YAML or JSON: no anchors, aliases, tags or directives, each key once.",
      }),
  });
  const faults: MappingFault[] = [];
  const files = new Map<string, MappedFile>();
  const ignore = new Set<string>();
  readRoot(tree, faults, files, ignore);
  if (faults.length > 0) throw invalid(place, faults);
  return { files, ignore, text };
}

function readRoot(
  tree: YamlNode,
  faults: MappingFault[],
  files: Map<string, MappedFile>,
  ignore: Set<string>,
): void {
  const root = Fields.of(tree, ROOT, faults);
  if (root === undefined) return;
  const format = root.text("format", true);
  if (format !== undefined && format.text !== FORMAT)
    root.refuse(format.line, `format is ${show(format.text)}, not ${FORMAT}`);
  const tables = readNameTables(root.map("names"));
  for (const { text } of root.texts("ignore")) ignore.add(text);
  const listed = root.map("files", true);
  root.end();
  if (listed === undefined) return;
  if (listed.names().length === 0) listed.refuse(listed.line, "names no file");
  for (const [name, line] of listed.names()) {
    const fault = fileNameFault(name) ?? (ignore.has(name) ? "is ignored as well" : undefined);
    if (fault !== undefined) listed.refuse(line, `${show(name)} ${fault}`);
    const fields = listed.map(name);
    if (fields === undefined) continue;
    const file = readFile(fields, tables, faults);
    if (file.query !== undefined && !name.endsWith(".ndjson"))
      listed.refuse(
        line,
        `${show(name)} is made by a query, which writes NDJSON: let its name end in .ndjson`,
      );
    files.set(name, file);
  }
}

/** Names in one folder: nothing of a mapping leads out of it. */
function fileNameFault(name: string): string | undefined {
  if (/[/\\\p{C}]/u.test(name) || name.startsWith("."))
    return "is not the name of a file in the export's folder";
  try {
    accountsFormat(name);
    return undefined;
  } catch {
    return `has none of the endings ${ENDINGS}`;
  }
}

function readFile(fields: Fields, tables: NameTables, faults: MappingFault[]): MappedFile {
  const ignored = fields.texts("ignore");
  const list = fields.take("rows", true);
  const empty = fields.text("mayBeEmpty");
  const query = fields.text("query");
  if (empty !== undefined && empty.text !== "true" && empty.text !== "false")
    fields.refuse(empty.line, "mayBeEmpty must be true or false");
  fields.end();
  if (list !== undefined && (list.kind !== "list" || list.items.length === 0))
    fields.refuse(list.line, "rows must be a list of at least one row");
  const items = list?.kind === "list" ? list.items : [];
  const rows = items.flatMap((item, k) => {
    const own = Fields.of(item, fields.at(`rows[${k}]`), faults);
    const template = own === undefined ? undefined : readTemplate(own, tables, faults);
    return template === undefined ? [] : [template];
  });
  const used = [...new Set(rows.flatMap(columnsOf))];
  for (const { text, line } of ignored)
    if (used.includes(text)) fields.refuse(line, `column ${show(text)} is ignored, and a row reads it`);
  return {
    rows,
    used,
    ignored: new Set(ignored.map(({ text }) => text)),
    mayBeEmpty: empty?.text === "true",
    ...(query === undefined ? {} : { query: query.text }),
  };
}

function invalid(place: string, faults: readonly MappingFault[]): MarginproofError {
  const inOrder = [...faults].sort((one, other) => one.line - other.line);
  const lines = inOrder.slice(0, MAX_SHOWN).map(({ line, problem }) => `  ${place}:${line}: ${problem}`);
  const more = faults.length > MAX_SHOWN ? [`  and ${faults.length - MAX_SHOWN} more`] : [];
  const count = `${faults.length} fault${faults.length === 1 ? "" : "s"}`;
  return new MarginproofError("MAPPING_INVALID", [`${count} in ${place}`, ...lines, ...more].join("\n"), {
    kind: "usage",
    hint: HINT,
  });
}
