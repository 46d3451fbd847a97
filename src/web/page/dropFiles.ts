import type { NamedFile } from "./bundlePicker.js";

/** What was dropped at once: the files of a folder, or files by themselves. */
export type Dropped = { readonly folder: readonly NamedFile[] } | { readonly files: readonly File[] };

/** Takes what is dropped anywhere on the page, so that nothing is opened in its place. */
export function onDrop(target: HTMLElement, take: (dropped: Dropped) => void): void {
  const over = (event: DragEvent): void => {
    event.preventDefault();
    document.body.classList.add("dropping");
  };
  const out = (): void => document.body.classList.remove("dropping");
  target.addEventListener("dragenter", over);
  target.addEventListener("dragover", over);
  target.addEventListener("dragleave", out);
  target.addEventListener("drop", (event) => {
    event.preventDefault();
    out();
    // Entries are gone once the event is over: ask for all of them first.
    const entries = [...(event.dataTransfer?.items ?? [])].flatMap((item) => item.webkitGetAsEntry() ?? []);
    const files = [...(event.dataTransfer?.files ?? [])];
    const folders = entries.filter((entry) => entry.isDirectory) as FileSystemDirectoryEntry[];
    for (const folder of folders) filesIn(folder).then((found) => take({ folder: found }), report);
    const names = new Set(folders.map(({ name }) => name));
    const single = files.filter(({ name }) => !names.has(name));
    if (single.length > 0) take({ files: single });
  });
}

const report = (error: unknown): void => console.error(error);

/** What the folder itself lists, folders in it by name. */
async function filesIn(folder: FileSystemDirectoryEntry): Promise<NamedFile[]> {
  const reader = folder.createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) break;
    entries.push(...some);
  }
  return Promise.all(
    entries.map(async (entry) => ({
      name: entry.name,
      file: entry.isFile
        ? await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
        : new File([], `${entry.name}/`),
    })),
  );
}

/** How a file of ours begins to say what it is. */
const FORMAT = /"format"\s*:\s*"marginproof\/([a-z-]+)\/\d+"/;

/** The kind that a file's text states, `opening` of `marginproof/opening/1`; undefined when it states none early on. */
export async function statedKind(file: File): Promise<string | undefined> {
  return FORMAT.exec(await file.slice(0, 4096).text())?.[1];
}
