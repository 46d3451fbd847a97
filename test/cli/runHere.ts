import { runCli } from "../../src/cli/program.js";

/** Runs the command line in this process, beside what the test serves it. @param environment variables, as long as it runs */
export async function runHere(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly exit: number; readonly out: string; readonly err: string }> {
  const shown = { out: "", err: "" };
  for (const [name, value] of Object.entries(environment)) process.env[name] = value;
  try {
    const exit = await runCli(args, {
      out: (text) => void (shown.out += `${text}\n`),
      err: (text) => void (shown.err += text),
      errIsScreen: false,
    });
    return { ...shown, exit };
  } finally {
    for (const name of Object.keys(environment)) delete process.env[name];
  }
}
