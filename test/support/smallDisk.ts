import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MIB = 1 << 20;

/** A disk of its own that a test can fill: in memory, which takes the right to mount. */
export class SmallDisk {
  private constructor(readonly path: string) {}

  /** @returns undefined where nothing may be mounted */
  static mount(mib: number): SmallDisk | undefined {
    const path = mkdtempSync(join(tmpdir(), "mp-disk-"));
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${mib}m,mode=755`, "tmpfs", path], {
        stdio: "ignore",
      });
      return new SmallDisk(path);
    } catch {
      rmSync(path, { recursive: true });
      return undefined;
    }
  }

  /** Takes all that is left of it. */
  fill(): void {
    const file = openSync(join(this.path, "ballast"), "w");
    try {
      for (const size of [MIB, 4096]) fillBy(file, Buffer.alloc(size));
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(join(this.path, "ballast"));
  }

  unmount(): void {
    execFileSync("umount", ["--lazy", this.path]);
    rmSync(this.path, { recursive: true, force: true });
  }
}

function fillBy(file: number, bytes: Buffer): void {
  for (;;) {
    try {
      if (writeSync(file, bytes) < bytes.length) return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOSPC") return;
      throw error;
    }
  }
}
