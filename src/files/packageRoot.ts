import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this package, found from the running file: the nearest one upwards that holds the circuits. */
function findPackageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "circuits", "instances.json"))) {
    const above = dirname(folder);
    if (above === folder) throw new Error("the package's circuits folder is missing");
    folder = above;
  }
  return folder;
}

export const PACKAGE_ROOT = findPackageRoot();
