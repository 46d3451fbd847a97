import { open } from "node:fs/promises";
import { join } from "node:path";
import { PRIVATE_FILE, privateFolder, syncFolder } from "../../files/files.js";
import { naming } from "../../files/systemError.js";
import type { HolderText } from "./everyFile.js";
import { partOf, type Sink } from "./part.js";

/** Files written and made durable at a time. */
const AT_ONCE = 32;

/** A folder with a file a holder. */
export class FolderSink implements Sink {
  private constructor(private readonly path: string) {}

  static async open(out: string): Promise<FolderSink> {
    return new FolderSink(await privateFolder(partOf(out)));
  }

  async add(files: readonly HolderText[]): Promise<number> {
    const left = [...files];
    const writeSome = async (): Promise<void> => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) await this.write(next);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, writeSome));
    await syncFolder(this.path);
    return 0;
  }

  async end(): Promise<void> {}
  async close(): Promise<void> {}

  /** Over what a run that was stopped wrote after its last mark. */
  private async write({ name, text }: HolderText): Promise<void> {
    const path = join(this.path, name);
    await naming(path, async () => {
      const file = await open(path, "w", PRIVATE_FILE);
      try {
        await file.writeFile(text);
        await file.datasync();
      } finally {
        await file.close();
      }
    });
  }
}
