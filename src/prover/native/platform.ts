/** A machine that the native prover is built for: Go's names of system and processor, and Node's. */
export interface NativePlatform {
  readonly goos: string;
  readonly goarch: string;
  readonly os: NodeJS.Platform;
  readonly cpu: NodeJS.Architecture;
}

export const NATIVE_PLATFORMS: readonly NativePlatform[] = [
  { goos: "linux", goarch: "amd64", os: "linux", cpu: "x64" },
  { goos: "linux", goarch: "arm64", os: "linux", cpu: "arm64" },
  { goos: "darwin", goarch: "amd64", os: "darwin", cpu: "x64" },
  { goos: "darwin", goarch: "arm64", os: "darwin", cpu: "arm64" },
  { goos: "windows", goarch: "amd64", os: "win32", cpu: "x64" },
];

/** The optional npm package that has the binary for a platform. */
export const packageName = ({ os, cpu }: NativePlatform): string => `marginproof-prover-${os}-${cpu}`;

export const binaryName = ({ os }: NativePlatform): string =>
  os === "win32" ? "marginproof-prover.exe" : "marginproof-prover";

/** That of this machine, if it is built for it. */
export const thisPlatform = (): NativePlatform | undefined =>
  NATIVE_PLATFORMS.find(({ os, cpu }) => os === process.platform && cpu === process.arch);
