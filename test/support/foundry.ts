import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

const PACKAGES = {
  anvil: () => require.resolve("@foundry-rs/anvil/package.json"),
  forge: () => require.resolve("@foundry-rs/forge/package.json"),
};

/** A program of Foundry's: in the package of this platform, as @foundry-rs/anvil and @foundry-rs/forge look for it. */
export function foundryProgram(name: keyof typeof PACKAGES): string {
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const platform = process.platform === "win32" ? "win32" : process.platform;
  const from = createRequire(PACKAGES[name]());
  return from.resolve(
    `@foundry-rs/${name}-${platform}-${arch}/bin/${name}${process.platform === "win32" ? ".exe" : ""}`,
  );
}
