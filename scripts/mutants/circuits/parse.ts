/** A circuit changed in one place, named by what it changes and not by where. */
export interface CircuitMutant {
  /** `file | template | operator | statement -> what becomes of it`. */
  readonly key: string;
  readonly file: string;
  readonly template: string;
  readonly operator: "constraint" | "assignment" | "parameter" | "constant";
  /** The file's text with the change in it. */
  readonly text: string;
}

interface Statement {
  readonly start: number;
  readonly end: number;
  readonly owner: string;
  readonly isTemplate: boolean;
}

/** Comments become blanks, so that offsets stay. */
const withoutComments = (source: string): string =>
  source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, " "));

/** Statements of all templates and functions: what stands between `;`, `{` and `}` outside of brackets. */
function statements(code: string): Statement[] {
  const found: Statement[] = [];
  let [depth, round, start] = [0, 0, 0];
  let owner = "";
  let isTemplate = false;
  for (let at = 0; at < code.length; at++) {
    const letter = code[at]!;
    if (letter === "(" || letter === "[") round++;
    if (letter === ")" || letter === "]") round--;
    if (round > 0 || !";{}".includes(letter)) continue;
    // "signal output {binary} bits[N]" is one statement.
    if (letter === "{" && /\b(input|output|signal)\s*$/.test(code.slice(start, at))) {
      at = code.indexOf("}", at);
      continue;
    }
    if (depth === 0 && letter === "{") {
      const head = /\b(template|function)\s+(?:custom\s+|parallel\s+)*(\w+)\s*\([^)]*\)\s*$/.exec(
        code.slice(start, at),
      );
      owner = head?.[2] ?? "";
      isTemplate = head?.[1] === "template";
    } else if (letter === ";" && depth > 0) {
      const text = code.slice(start, at);
      const from = start + (text.length - text.trimStart().length);
      found.push({ start: from, end: at, owner, isTemplate });
    }
    if (letter === "{") depth++;
    if (letter === "}") depth--;
    start = at + 1;
  }
  return found;
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

/** Every mutant of a circuit file, in the order of its text. */
export function circuitMutantsOf(file: string, source: string): CircuitMutant[] {
  const code = withoutComments(source);
  const seen = new Map<string, number>();
  return statements(code).flatMap(({ start, end, owner, isTemplate }) => {
    const statement = code.slice(start, end);
    return changesOf(statement, isTemplate).map(({ operator, becomes, label }) => {
      const base = `${file} | ${owner} | ${operator} | ${oneLine(statement)} -> ${label ?? oneLine(becomes)}`;
      const count = (seen.get(base) ?? 0) + 1;
      seen.set(base, count);
      return {
        key: count === 1 ? base : `${base} | ${count}`,
        file,
        template: owner,
        operator,
        text: source.slice(0, start) + becomes + source.slice(end),
      };
    });
  });
}

interface CircuitChange {
  readonly operator: CircuitMutant["operator"];
  readonly becomes: string;
  readonly label?: string;
}

function changesOf(statement: string, isTemplate: boolean): CircuitChange[] {
  if (!isTemplate) {
    const constant = /^return\s+(.*)$/s.exec(statement)?.[1];
    // A role is a hash; budgets are what a circuit could get wrong.
    if (constant === undefined || /^\d{20,}$/.test(constant)) return [];
    return ["+", "-"].map((sign) => ({ operator: "constant", becomes: `return (${constant}) ${sign} 1` }));
  }
  if (statement.includes("===")) return [{ operator: "constraint", becomes: "", label: "gone" }];
  if (statement.includes("<=="))
    return [{ operator: "assignment", becomes: statement.replace("<==", "<--") }];
  const call = /^((?:component\s+)?[\w.[\]\s+*-]+=\s*)(\w+)\((.*)\)$/s.exec(statement);
  if (call === null || !/^[A-Z]/.test(call[2]!) || call[3]!.trim() === "") return [];
  const given = splitArguments(call[3]!);
  return given.flatMap((argument, n) =>
    ["+", "-"].map((sign) => {
      const changed = given.map((each, at) => (at === n ? `(${argument.trim()}) ${sign} 1` : each));
      return { operator: "parameter", becomes: `${call[1]}${call[2]}(${changed.join(",")})` } as const;
    }),
  );
}

function splitArguments(text: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const letter of text) {
    if ("([".includes(letter)) depth++;
    if (")]".includes(letter)) depth--;
    if (letter === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += letter;
  }
  return parts;
}

/** Parameters of every template of a file. */
export function templateParameters(source: string): ReadonlyMap<string, readonly string[]> {
  const heads = withoutComments(source).matchAll(
    /\btemplate\s+(?:custom\s+|parallel\s+)*(\w+)\s*\(([^)]*)\)/g,
  );
  return new Map(
    [...heads].map(([, name, list]) => [
      name!,
      list!.split(",").flatMap((each) => (each.trim() === "" ? [] : [each.trim()])),
    ]),
  );
}
