/** Examples under a command's help. */
export function examples(...lines: readonly (readonly [command: string, about: string])[]): string {
  const shown = lines.map(([command, about]) => `  # ${about}\n  ${command}`).join("\n\n");
  return `\nExample${lines.length > 1 ? "s" : ""}:\n${shown}\n`;
}

export const EXIT_CODES = `
Exit codes:
  0    done; what was checked is valid
  1    what was checked is not valid, or the book is not covered; doctor: something is in the way
  2    wrong use, or a file that can't be read or written
  130  interrupted; the same command resumes`;

export const START_HERE = `
Start here (an invented exchange, a minute or two on two cores):
  marginproof sample --accounts 240 --out sample
  marginproof setup  --profile demo
  marginproof prove  --profile demo --market sample/market.json --accounts sample/accounts.csv \\
                     --out bundle --private private
  marginproof verify bundle --allow-dev-keys
  marginproof disclose --private private --account acct-000007 --out acct-000007.json
  marginproof check acct-000007.json --epoch bundle --account acct-000007 --allow-dev-keys

Who needs what:
  an exchange        market, doctor, setup, prove, disclose, reserves
  a price source     prices
  an auditor         verify, inspect, attest, reserves (from the bundle alone, and a list of keys they trust)
  an account holder  check (from the bundle and their own file, or on the word of auditors they list)

MARGINPROOF_DEBUG=1 shows where an error happened.`;

/** Rules that the package brings along, for the examples in help texts. */
export const EXAMPLE_RULES = "examples/rules/tiered.yaml";
