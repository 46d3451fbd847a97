import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * The file a worker starts from. Under plain Node that is the neighbour `name.js` of the importing module;
 * under vitest the importer is TypeScript, which Node 20 cannot run, so it is the built file of that place.
 *
 * @param importer `import.meta.url` of the module that starts the worker
 */
export function workerFile(importer: string, name: string): URL {
  if (!importer.endsWith(".ts")) return new URL(`./${name}.js`, importer);
  const source = fileURLToPath(new URL(`./${name}.js`, importer));
  return pathToFileURL(source.replace(/([\\/])src([\\/])(?!.*[\\/]src[\\/])/, "$1build$2dist$2"));
}
