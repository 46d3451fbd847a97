import { readdirSync, readFileSync } from "node:fs";

/** Linux counts in hundredths of a second, whatever the kernel's own clock. */
const TICKS = 100;

/** CPU seconds of this process, its threads, and its children, living or ended; undefined where there is no /proc. */
export function cpuSeconds(): number | undefined {
  try {
    return (ticksOf("self", true) + children().reduce((sum, pid) => sum + ticksOf(pid, false), 0)) / TICKS;
  } catch {
    return undefined;
  }
}

/** CPU seconds of a process so far. @throws where there is no /proc */
export const cpuSecondsOf = (pid: number): number => ticksOf(String(pid), false) / TICKS;

function children(): string[] {
  return readdirSync("/proc/self/task").flatMap((thread) =>
    readFileSync(`/proc/self/task/${thread}/children`, "utf8").split(" ").filter(Boolean),
  );
}

/** @param ended with the children that have ended */
function ticksOf(pid: string, ended: boolean): number {
  // After the program's name, which may hold anything, user and system time are the 12th and 13th field.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
  return fields.slice(11, ended ? 15 : 13).reduce((sum, field) => sum + Number(field), 0);
}
