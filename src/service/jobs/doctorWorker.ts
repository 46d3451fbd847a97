import { sep } from "node:path";
import { workerData } from "node:worker_threads";
import { silentProgress } from "../../files/progress.js";
import { loadProfile } from "../../keys/instances.js";
import { diagnose } from "../../prover/doctor/diagnose.js";
import type { DoctorRequest } from "./doctorWork.js";
import { answerWith } from "./inThread.js";

/** Thread in which doctor reads an epoch's market and accounts. Its answer is the text of a diagnosis. */
await answerWith(async () => {
  const { folder, profile, ...own } = workerData as DoctorRequest;
  const options = { ...own, profile: loadProfile(profile), spoolParent: folder, progress: silentProgress };
  const text = JSON.stringify(await diagnose(options));
  // Findings name files as they came: where this process had put them says nothing to who reads it.
  return text.replaceAll(JSON.stringify(folder + sep).slice(1, -1), "");
});
