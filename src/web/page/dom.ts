type Content = Node | string | undefined;

/** An element with attributes and children. Text is only ever text: nothing is parsed as HTML. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Content[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** What is there for whoever wants it. */
export function details(title: string, ...content: readonly HTMLElement[]): HTMLDetailsElement {
  return el("details", {}, el("summary", {}, title), ...content);
}

/** An element of the page by id. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element as T;
}
