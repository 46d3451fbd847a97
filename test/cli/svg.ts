export interface SvgElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: SvgElement[];
  /** Text right inside it, entities decoded. */
  text: string;
}

const TOKEN = /<(\/?)([a-zA-Z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)|(<)/gy;
const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** Reads SVG text as strict XML: one root, tags nested and closed, attributes quoted, no stray < or &. Throws otherwise. */
export function parseSvg(source: string): SvgElement {
  const root: SvgElement = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  for (const [whole, close, name, attributes, empty, text, stray] of source.matchAll(TOKEN)) {
    if (stray !== undefined) throw new Error(`stray < before ${source.slice(0, 40)}`);
    const top = open.at(-1)!;
    if (text !== undefined) top.text += decoded(text);
    else if (close === "/") {
      if (open.length < 2 || top.name !== name) throw new Error(`${whole} closes ${top.name}`);
      open.pop();
    } else {
      const pairs = [...attributes!.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [
        key!,
        decoded(value!),
      ]);
      const element = {
        name: name!,
        attributes: Object.fromEntries(pairs) as Record<string, string>,
        children: [],
        text: "",
      };
      top.children.push(element);
      if (empty !== "/") open.push(element);
    }
  }
  const [svg, ...more] = root.children;
  if (open.length !== 1 || svg?.name !== "svg" || more.length > 0 || root.text.trim() !== "")
    throw new Error("not one svg element");
  return svg;
}

function decoded(text: string): string {
  return text.replace(/&(?:(\w+);)?/g, (entity, name?: string) => {
    if (name !== undefined && ENTITIES[name] !== undefined) return ENTITIES[name];
    throw new Error(`stray ${entity}`);
  });
}
