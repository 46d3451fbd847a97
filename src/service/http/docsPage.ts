/** What of an OpenAPI document the page shows. */
interface OpenApi {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}
interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Readonly<Record<string, unknown>>[];
}

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[char]!);

/** The API as a page to read: made of the same document, without a script. */
export function docsPage(api: OpenApi): string {
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
  );
  const tags = [...new Set(operations.flatMap((operation) => operation.tags ?? []))];
  const rows = (tag: string): string =>
    operations
      .filter((operation) => operation.tags?.includes(tag))
      .map(({ method, path, summary = "", description = "", security = [] }) => {
        const token = security.flatMap((each) => Object.keys(each)).join(", ") || "none";
        const words = description === "" ? summary : `${summary}. ${description}`;
        return `<tr><td><code>${method.toUpperCase()} ${escaped(path)}</code><td>${escaped(words)}<td>${token}</tr>`;
      })
      .join("\n");
  const sections = tags.map(
    (tag) => `<h2>${escaped(tag)}</h2>\n<table><tr><th>request<th>does<th>token</tr>\n${rows(tag)}\n</table>`,
  );
  const { title, version, description = "" } = api.info;
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>body{font:1rem/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8884}</style>
<h1>${escaped(title)} ${escaped(version)}</h1>
<p>${escaped(description)} The whole description, for programs: <a href="/openapi.json">openapi.json</a>.</p>
${sections.join("\n")}
</html>
`;
}
