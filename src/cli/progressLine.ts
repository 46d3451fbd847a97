import type { Progress } from "../files/progress.js";
import { durationText } from "../report/duration.js";
import { Pace } from "./pace.js";
import type { Terminal } from "./terminal.js";

const SCREEN_MS = 100;
const PLAIN_MS = 5000;

export interface ProgressLine extends Progress {
  /** Ends the line in progress. */
  end(): void;
}

/** Progress for people on stderr: one line drawn over itself on a screen, else a plain line now and then. */
export function progressLine(terminal: Terminal, now: () => number = () => performance.now()): ProgressLine {
  const { errIsScreen } = terminal;
  let name = "";
  let stageStart = now();
  let pace = new Pace();
  let shownAt = Number.NEGATIVE_INFINITY;
  let shownDone = -1;
  let open = false;

  const clear = (): void => {
    if (open) terminal.err("\r\x1b[K");
    open = false;
  };
  const finishStage = (): void => {
    clear();
    if (name !== "" && errIsScreen)
      terminal.err(`  ${name}: done in ${durationText((now() - stageStart) / 1000)}\n`);
    name = "";
  };
  const status = (done: number, total: number): string => {
    const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
    const left = done < total ? pace.secondsLeft(total) : undefined;
    const time = left === undefined ? "" : `, about ${durationText(left)} left`;
    return `  ${name}: ${percent}%${time}`;
  };

  return {
    stage(_id, next, detail) {
      finishStage();
      name = next;
      stageStart = now();
      pace = new Pace();
      shownAt = Number.NEGATIVE_INFINITY;
      shownDone = -1;
      terminal.err(`${next}${detail === undefined ? "" : ` (${detail})`}\n`);
    },
    update(done, total) {
      const time = now();
      pace.add(time, done);
      if (done === shownDone) return;
      if (time - shownAt < (errIsScreen ? SCREEN_MS : PLAIN_MS) && done < total) return;
      if (!errIsScreen && shownAt === Number.NEGATIVE_INFINITY && done < total) {
        // The stage's own line was just printed.
        shownAt = time;
        return;
      }
      shownAt = time;
      shownDone = done;
      if (errIsScreen) terminal.err(`\r\x1b[K${status(done, total)}`);
      else terminal.err(`${status(done, total)}\n`);
      open = errIsScreen;
    },
    note(text) {
      clear();
      terminal.err(`  ${text}\n`);
    },
    end: finishStage,
  };
}
