import { MarginproofError } from "../errors.js";
import { FILE_LIMITS } from "../protocol/fileLimits.js";
import * as yaml from "../yaml/yamlTree.js";
import { RULES_STEPS } from "./nextSteps.js";

export type RuleNode = yaml.YamlNode;

export function rulesError(code: string, line: number | undefined, problem: string, hint?: string) {
  const at = line === undefined ? "rules" : `rules, line ${line}`;
  const next = hint ?? (Object.hasOwn(RULES_STEPS, code) ? RULES_STEPS[code] : undefined);
  const hinted = next === undefined ? {} : { hint: next };
  const placed = line === undefined ? {} : { line };
  return new MarginproofError(code, `${at}: ${problem}`, { kind: "usage", ...hinted, ...placed });
}

/** A rules file as a tree. @throws MarginproofError RULES_TOO_LARGE, RULES_YAML */
export function parseYamlTree(text: string): RuleNode {
  return yaml.parseYamlTree(text, {
    maxLength: FILE_LIMITS["rules file"],
    inPlaceOfAnchors: "name the table under brackets, haircuts, borrow or models instead",
    refuse: (fault, line, problem, hint) =>
      rulesError(fault === "size" ? "RULES_TOO_LARGE" : "RULES_YAML", line, problem, hint),
  });
}
