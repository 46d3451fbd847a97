/** What the server says; docs of each field: GET /openapi.json. */
export interface EpochFigures {
  readonly id: string;
  readonly exchange: string;
  readonly epoch: string;
  readonly time: string;
  readonly digest: string;
  readonly bands: Readonly<Record<string, number>>;
  readonly coverage: readonly {
    readonly asset: string;
    readonly needed: string;
    readonly reserve: string;
    readonly ratio: string | null;
  }[];
}

export interface Verdict {
  readonly proved: boolean;
  readonly solvent: boolean;
  readonly developmentKeys: boolean;
  readonly checks: readonly { readonly title: string; readonly status: string; readonly detail: string }[];
}

export interface Work {
  readonly epochs: readonly {
    readonly epoch: string;
    readonly exchange: string;
    readonly state: string;
    readonly steps: number;
    readonly proved: number;
    readonly setAside: number;
    readonly secondsLeft: number | null;
    readonly created: string;
  }[];
  readonly workers: readonly {
    readonly name: string;
    readonly proved: number;
    readonly secondsEach: number;
    readonly secondsAgo: number;
  }[];
}

/** The server refused the token. */
export class Refused extends Error {}

/** @throws Refused; Error when the server does not answer as it should */
export async function ask<T>(path: string, token?: string): Promise<T> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(path, { headers, credentials: "omit", cache: "no-store" });
  if (answer.status === 401 || answer.status === 403)
    throw new Refused("The server does not know this token.");
  if (!answer.ok) throw new Error(`The server answers ${answer.status}.`);
  return (await answer.json()) as T;
}
