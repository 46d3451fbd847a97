import { isUtf8 } from "node:buffer";
import type { SchemaElement } from "hyparquet";
import { decimalText } from "../../decimal/decimal.js";

/** A value as hyparquet gives it when it knows nothing of what it means. */
export type RawValue = number | bigint | boolean | Uint8Array;

/** A value's text, without a digit lost; undefined where it has none (text that is not UTF-8). */
export type ColumnText = (value: RawValue) => string | undefined;

/** @returns what reads the column, or why nothing does, as the end of a sentence */
export function columnText(element: SchemaElement): ColumnText | string {
  const { type, repetition_type: repetition, converted_type: converted, logical_type: logical } = element;
  if (type === undefined) return "is nested";
  if (repetition === "REPEATED") return "is a list";
  if (logical?.type === "DECIMAL" || converted === "DECIMAL") {
    const scale = logical?.type === "DECIMAL" ? logical.scale : (element.scale ?? 0);
    if (!(scale >= 0 && scale <= 128)) return `is a DECIMAL of scale ${scale}`;
    return (value) => decimalText({ coefficient: unscaled(value), scale });
  }
  const meaning = logical?.type ?? converted;
  if (meaning !== undefined && !(type === "BYTE_ARRAY" ? TEXTS : NUMBERS).test(meaning) && meaning !== "UUID")
    return `is ${meaning}, which is neither a number nor a text`;
  if (type === "BYTE_ARRAY") return textOf;
  if (type === "FIXED_LEN_BYTE_ARRAY" && meaning === "UUID") return uuidOf;
  if (type === "BOOLEAN") return String;
  if (type === "INT32" || type === "INT64") {
    const bits = type === "INT32" ? 32 : 64;
    const signed = logical?.type === "INTEGER" ? logical.isSigned : converted?.startsWith("UINT") !== true;
    return (value) => {
      const own = BigInt(value as number | bigint);
      return (signed ? own : BigInt.asUintN(bits, own)).toString();
    };
  }
  if (type === "FLOAT" || type === "DOUBLE") return `is ${type}, which loses digits`;
  return `is ${type}, which is neither a number nor a text`;
}

/** What an annotated number, and an annotated text, may mean. */
const NUMBERS = /^(INTEGER|U?INT_(8|16|32|64))$/;
const TEXTS = /^(STRING|UTF8|ENUM)$/;

/** The integer of a decimal: a number, or two's complement bytes, the first the highest. */
function unscaled(value: RawValue): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value);
  if (value.length === 0) return 0n;
  return BigInt.asIntN(8 * value.length, BigInt(`0x${Buffer.from(value).toString("hex")}`));
}

function textOf(value: RawValue): string | undefined {
  const bytes = value as Uint8Array;
  return isUtf8(bytes)
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8")
    : undefined;
}

function uuidOf(value: RawValue): string {
  const hex = Buffer.from(value as Uint8Array).toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
