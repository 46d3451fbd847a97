// An exchange's account page: "you were counted", on the word of auditors that the page's owner names.
// <p id="counted"></p> <script type="module" src="account.js"></script>, bundled with marginproof/verifier.
import { checkLight } from "marginproof/verifier";

const text = async (url) => {
  const response = await fetch(url, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.text();
};
const line = document.querySelector("#counted");
try {
  const { account } = line.dataset;
  const found = checkLight(await text("holder.json"), {
    auditors: await text("auditors.json"),
    account,
    allowDevKeys: line.dataset.test === "yes", // never for a real exchange
  });
  const { verdict, account: mine, epoch } = found;
  const names = verdict.attested.flatMap(({ auditors }) => auditors.map(({ name }) => name));
  // A file without the name compared is anybody's; one of an old epoch says nothing of today.
  const counted = verdict.valid && mine.status === "counted" && mine.nameCompared;
  line.textContent = counted
    ? `You were counted at ${epoch.time}, with ${mine.report.pockets.length} pockets; that the proofs hold is the word of ${names.join(", ")}.`
    : `Not shown to be counted: ${mine.code ?? verdict.checks.find(({ status }) => status === "fail")?.detail ?? "no account name was given"}`;
} catch (error) {
  line.textContent = `Could not look: ${error.message}`;
}
