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
  const names = found.verdict.attested.flatMap(({ auditors }) => auditors.map(({ name }) => name));
  const counted = found.verdict.valid && found.account.status === "counted";
  line.textContent = counted
    ? `You were counted, with ${found.account.report.pockets.length} pockets; that the proofs hold is the word of ${names.join(", ")}.`
    : `Not shown to be counted: ${found.account.code ?? found.verdict.checks.find(({ status }) => status === "fail").detail}`;
} catch (error) {
  line.textContent = `Could not look: ${error.message}`;
}
