import { parseStatement, type Statement } from "../../protocol/statement.js";
import type { Established } from "./established.js";

/** @throws MarginproofError those of `parseStatement` */
export function checkStatement(json: unknown): Established<Statement> {
  const statement = parseStatement(json);
  const { exchange, epoch, time } = statement;
  return { value: statement, detail: `${exchange}, epoch ${epoch}, ${time}` };
}
