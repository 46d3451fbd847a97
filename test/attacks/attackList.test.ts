import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

/**
 * Every attack that the design names (its sections 7 and 9), and the tests that carry it out: file, then the beginning
 * of a title (of a test or of a group of tests). This test fails when one of them is gone.
 */
const ATTACKS: Readonly<Record<string, readonly (readonly [file: string, title: string])[]>> = {
  "limb overflow in any packing": [
    ["witness.test.ts", "ranges: no limb"],
    ["wires.test.ts", "every single wire"],
  ],
  "key outside the table": [
    ["statement.test.ts", "a key outside the table: %s"],
    ["statement.test.ts", "a key outside the table whose sums are booked"],
  ],
  "wrong bracket, both directions": [
    ["statement.test.ts", "wrong bracket, too low"],
    ["statement.test.ts", "wrong bracket, too high"],
    ["witness.test.ts", "a negative quantity"],
  ],
  "a at and beyond the width": [
    ["statement.test.ts", "a + c is not the width"],
    ["statement.test.ts", "an offset at the width is honest"],
    ["witness.test.ts", "an offset one beyond the width"],
  ],
  "E, MMR, IMR, worst or a stress result off by one": [
    ["statement.test.ts", "results that the holdings do not give"],
    ["statement.test.ts", "worst loss one unit down"],
    ["statement.test.ts", "worst loss one unit up"],
    ["witness.test.ts", "worst loss of a group"],
  ],
  "a band chosen: wrong one in both directions at every threshold, two at once, none, shares of bands": [
    ["bands.test.ts", "around every threshold"],
    ["bands.test.ts", "anywhere: circuit, integers and decimals"],
    ["bands.test.ts", "shares of bands"],
    ["bands.test.ts", "between %s and %s"],
    ["bands.test.ts", "padding in another band"],
  ],
  "a gap of a band out of range: p or 2^k added, wrapped, a digit that is none": [
    ["bands.test.ts", "a gap of -1 written as"],
    ["bands.test.ts", "a gap fills its 86 or 99 digits"],
  ],
  "equity or a requirement bent to change the band": [
    ["bands.test.ts", "one step of cash more on paper"],
    ["bands.test.ts", "requirements understated"],
    ["bands.test.ts", "band, gaps and MMR + IMR determine"],
  ],
  "counts per band moved or carried into each other": [
    ["bands.test.ts", "a carry between counts"],
    ["bundle.test.ts", "an account moved from one band"],
    ["bundle.test.ts", "counts that carry into each other"],
    ["statement.test.ts", "published totals"],
  ],
  "a market in which a band could be chosen: IMR below MMR, a margin call below IMR": [
    ["bands.test.ts", "why IMR < MMR"],
    ["bundle.test.ts", "an initial requirement below maintenance"],
    ["../market/checkTable.test.ts", "assertTableInvariants"],
  ],
  "entry prices that are none: wrong sign, wrong unit, 0, left out; a size that an inverse contract has not":
    [
      ["../accounts/entryPrices.test.ts", "signs and sizes"],
      ["../accounts/entryPrices.test.ts", "none at all, for what is held"],
      ["../market/inversePrice.test.ts", "are refused where they mean nothing"],
    ],
  "entry prices that make equity or a loss out of nothing": [
    ["entries.test.ts", "entry prices that the other side of a trade doesn't have"],
    ["../accounts/entryPrices.test.ts", "what can't be an entry price is refused by its line"],
  ],
  "what open orders lock: a claim, a debt or a position that no check counts, called so": [
    ["orders.test.ts", "an instrument of kind orders"],
    ["relabelled.test.ts", "what orders lock"],
  ],
  "variants of a contract: what is not the same netted, a position in two places or charged less, the wrong side held":
    [
      ["contracts.test.ts", "what differs is another contract"],
      ["contracts.test.ts", "names of contracts"],
      ["contracts.test.ts", "one place for a position"],
      ["../accounts/variants.test.ts", "is of one position in net mode"],
    ],
  "sign bit flipped": [["witness.test.ts", "signs"]],
  "group missing": [
    ["statement.test.ts", "group omitted"],
    ["statement.test.ts", "account with a group's instruments"],
  ],
  "group doubled": [["statement.test.ts", "a doubled group"]],
  "groups unordered (harmless here: they need only differ)": [
    ["statement.test.ts", "numbers in another order"],
  ],
  "group number -1, unknown, or another group's": [
    ["witness.test.ts", "group number -1"],
    ["statement.test.ts", "true gains under a number"],
    ["statement.test.ts", "one group's gains hidden"],
  ],
  "parts of a group: left out, renumbered, moved, netted, split, understated, overstated": [
    ["parts.test.ts", "a part left out"],
    ["parts.test.ts", "a part's loss under the number"],
    ["parts.test.ts", "a part given to another group"],
    ["parts.test.ts", "a loss netted with another part's gain"],
    ["parts.test.ts", "a loss moved to a scenario"],
    ["parts.test.ts", "one part in two slots"],
    ["parts.test.ts", "a part called 0, the group's own pole"],
    ["parts.test.ts", "a part called 0 in an unused slot"],
    ["parts.test.ts", "a gain that counts, or a loss that does not"],
    ["parts.test.ts", "a loss above the true one"],
    ["parts.test.ts", "a part of no group"],
    ["parts.test.ts", "parts chosen when all challenges are known"],
    ["templates.test.ts", "parts of a group"],
  ],
  "an initial factor of a group other than its own": [
    ["parts.test.ts", "another initial factor, %s"],
    ["parts.test.ts", "another factor for a group of which only a part"],
  ],
  "a gain of one side taken for the other's, or with the sign of the holding": [
    ["sides.test.ts", "the other side's gain"],
    ["sides.test.ts", "a charge of both sides counted with the sign"],
    ["sides.test.ts", "a short holding looked up in the long lane"],
    ["sides.test.ts", "a long and a short of one instrument"],
    ["sides.test.ts", "a market in which both sides together gain"],
  ],
  "holdings moved between accounts": [["statement.test.ts", "a holding given to another account"]],
  "account dropped from a sum or counted twice": [
    ["statement.test.ts", "published totals"],
    ["statement.test.ts", "an account's slots left out of the row sums"],
    ["witness.test.ts", "a published result of the account left out"],
    ["witness.test.ts", "an account with holdings not counted"],
  ],
  "batch index reused or reordered": [
    ["statement.test.ts", "two batches under one index"],
    ["statement.test.ts", "batches weighted in each other's place"],
    ["bundle.test.ts", "batches and steps"],
  ],
  "a step's proof replayed in another epoch": [
    ["witness.test.ts", "in another epoch"],
    ["bundle.test.ts", "batches and steps"],
  ],
  "statement, price, table, total, root or key changed after proving": [
    ["bundle.test.ts", "a statement changed after proving"],
    ["bundle.test.ts", "a market changed after proving"],
    ["bundle.test.ts", "verifying keys"],
  ],
  "a verifying key with gamma = delta": [["bundle.test.ts", "verifying keys"]],
  "public signals non-canonical": [["bundle.test.ts", "a statement changed after proving"]],
  "opening with another tag, salt or path": [["opening.test.ts", "an account holder's opening"]],
  "truncated, reordered or oversized files": [
    ["hostileParts.test.ts", "torn statements, markets"],
    ["hostileParts.test.ts", "market files of format 1 whose quote"],
    ["hostileParts.test.ts", "torn holders' files"],
    ["bundle.test.ts", "batches and steps"],
    ["bundleFolder.test.ts", ""],
  ],
  "one lane in several slots": [
    ["statement.test.ts", "one bracketed lane in two slots"],
    ["statement.test.ts", "two brackets of one lane"],
    ["statement.test.ts", "a lane in the first and third"],
    ["statement.test.ts", "a flat lane in two slots is harmless"],
    ["witness.test.ts", "distinct lanes"],
    ["templates.test.ts", "distinct numbers"],
  ],
  "many slots, sorted: a lane twice, unsorted, out of range, a difference that wraps": [
    ["manySlots.test.ts", "one lane twice, in the same bracket"],
    ["manySlots.test.ts", "the lane twice, with %s"],
    ["manySlots.test.ts", "the lane twice, with every lie"],
    ["manySlots.test.ts", "a quantity in an empty slot, all of which share"],
    ["manySlots.test.ts", "a holding hidden in padding"],
    ["templates.test.ts", "of all lists of three of four numbers"],
    ["templates.test.ts", "no difference wraps"],
  ],
  "a lane of many brackets taken for another kind, or for several": [
    ["manySlots.test.ts", "two brackets of one deep lane"],
    ["manySlots.test.ts", "a deep key without its mark"],
    ["manySlots.test.ts", "a bracketed key with the mark"],
    ["manySlots.test.ts", "a deep row in a shape without deep lanes"],
    ["templates.test.ts", "a deep key's lane is"],
    ["templates.test.ts", "its mark is 0 or 1"],
    ["templates.test.ts", "so none reaches the mark"],
  ],
  "a batch's layout chosen after the challenges": [
    ["statement.test.ts", "a batch's accounts exchanged after"],
    ["bundle.test.ts", "verifying keys"],
  ],
  "equity moved inside an unchecked packing, at the edge of the range, or through IMR": [
    ["witness.test.ts", "%s of the %s shape"],
    ["statement.test.ts", "equity up and IMR bent"],
    ["statement.test.ts", "the same bending, then committed"],
    ["works.test.ts", "equity and requirement at the edges"],
  ],
  "equity balanced by weights chosen after rho": [["statement.test.ts", "equity up after rho"]],
  "a table step over the wrong rows": [["witness.test.ts", "a step run over the rows of another step"]],
  "free rows: phantom quantity in an unused bracket, a null row or a padding row": [
    ["statement.test.ts", "a phantom slot in an unused row"],
    ["statement.test.ts", "a phantom offset in an unused row"],
    ["statement.test.ts", "a quantity in an empty flat slot"],
    ["statement.test.ts", "a quantity in an empty bracketed slot"],
    ["statement.test.ts", "%s above zero in a padding row"],
  ],
  "free rows: prices of the two sides, negative base, brackets that share an endpoint": [
    ["../market/checkTable.test.ts", "assertTableInvariants"],
  ],
  "flat and bracketed keys confused": [
    ["statement.test.ts", "a bracketed key in a flat slot"],
    ["statement.test.ts", "a flat key in a bracketed slot"],
    ["witness.test.ts", "a bracketed slot that reaches the flat mark"],
  ],
  "a padding flag that hides accounts": [["witness.test.ts", "padding"]],
  "two identities with one tag, two holders with one leaf": [["secrets.test.ts", "tags"]],
  "pockets: a rich one pays for a bankrupt one": [
    ["pockets.test.ts", "no value leaks between pockets"],
    ["pockets.test.ts", "equity moved from one pocket's leaf"],
    ["pockets.test.ts", "cash moved after committing"],
    ["pockets.test.ts", "bad debt published as if pockets were netted"],
    ["pockets.test.ts", "a merged leaf opens as one pocket only"],
    ["pockets.test.ts", "a loss of one pocket netted against another"],
  ],
  "pockets: one hidden from its holder": [["pockets.test.ts", "a pocket hidden"]],
  "pockets: one leaf shown as two": [
    ["pockets.test.ts", "one leaf shown as two pockets"],
    ["pockets.test.ts", "one leaf written twice into the tree"],
    ["pockets.test.ts", "two pockets in another order"],
  ],
  "pockets: another name, account or epoch": [
    ["pockets.test.ts", "pockets under each other's names"],
    ["pockets.test.ts", "another account's pocket"],
    ["pockets.test.ts", "a pocket or a whole file of another epoch"],
    ["pockets.test.ts", "the name %j is no pocket's"],
  ],
  "names, steps or classes changed outside the digest": [
    ["bundle.test.ts", "a market changed after proving"],
  ],
  "tens of thousands of surplus steps, each slow to parse": [["bundle.test.ts", "batches and steps"]],
  "a batch listed but never proved, proved twice, or out of place": [["bundle.test.ts", "batches and steps"]],
  "what an earlier run kept, put there false: commitments, states, sums": [
    ["../prover/goingOn.test.ts", "takes no block %s"],
    ["../prover/goingOn.test.ts", "takes no block that other secrets blinded"],
    ["../prover/goingOn.test.ts", "is made again when its %s"],
    ["../prover/goingOn.test.ts", "with another %s is found out"],
  ],
  "the service's key file: opened by a stranger, put there by one who may write it, its change cut off": [
    ["../service/serviceKeyFile.test.ts", "opens with an identity of any recipient"],
    ["../service/serviceKeyFile.test.ts", "is not opened once a byte"],
    ["../service/serviceKeyFile.test.ts", "takes a database over"],
  ],
  "two statements for one epoch": [
    ["bundle.test.ts", "two statements for one epoch"],
    ["../prover/privateFolder.test.ts", "makes one statement for an epoch"],
  ],
  "keys from the bundle, points at infinity, IC points, an unbound public input": [
    ["bundle.test.ts", "verifying keys"],
    ["bundle.test.ts", "batches and steps"],
    ["bundle.test.ts", "verifying keys"],
    ["witness.test.ts", "each public signal of a witness is bound"],
  ],
  "stress result omitted: a shape with too few places": [
    ["works.test.ts", "a shape without a place for every stress scenario"],
    ["bundle.test.ts", "verifying keys"],
  ],
  "a false proof after the first that are checked at once, in any step of a long epoch": [
    ["manyProofs.test.ts", "position %d alone is found"],
    ["manyProofs.test.ts", "several are all found"],
    ["manyProofs.test.ts", "a false proof among very many, at the command line"],
    ["manyProofs.test.ts", "false are %j: the verdict is the same word for word with the kernel"],
    ["../audit/verifyBundleFolder.test.ts", "whose proofs are those of other steps has each of them named"],
  ],
  "a steps file that threads read otherwise than the ordinary verifier": [
    ["../audit/verifyBundleFolder.test.ts", "%s: the verdict is that of the ordinary verifier"],
    ["../audit/verifyBundleFolder.test.ts", "whatever byte is changed"],
    ["../audit/verifyBundleFolder.test.ts", "a link is not followed"],
  ],
  "batch-verification weights that the prover can foresee": [
    ["../verifier/groth16/verifyMany.test.ts", ""],
    ["../verifier/groth16/batchAttacks.test.ts", "no error cancels another"],
    ["../verifier/groth16/batchAttacks.test.ts", "weights"],
  ],
  "points and coordinates at which the verifier's kernel could compute what is not so": [
    ["../field/kernel/vectors.test.ts", "whatever may be stored"],
    ["../verifier/groth16/batchAttacks.test.ts", "proofs whose points are out of the ordinary"],
    ["../verifier/groth16/batchAttacks.test.ts", "what can't be computed makes no yes"],
  ],
  "blindings or salts reused between epochs or attempts": [["secrets.test.ts", "salts and blindings"]],
  "state before a step that is not the committed one": [["witness.test.ts", "hidden state"]],
  "price evidence swapped, stripped, added, forged, stale or of another market": [
    ["prices.test.ts", "evidence swapped, stripped or added after proving"],
    ["prices.test.ts", "evidence of the exchange's own making"],
    ["prices.test.ts", "a market whose prices are not those of its evidence"],
    ["prices.test.ts", "malformed evidence"],
    ["prices.test.ts", "a fault in the verifier's own policy"],
  ],
  "an instrument passed off as another: kind, asset, settlement, contract size, spelling, notional price": [
    ["prices.test.ts", "a signed perpetual passed off as an option"],
    ["relabelled.test.ts", "what an instrument is"],
    ["relabelled.test.ts", "what an option's notional counts at"],
    ["relabelled.test.ts", "options that the exchange prices itself"],
  ],
  "evidence without a price": [["prices.test.ts", "no price file at all"]],
  "places of a shape beyond the market's scenarios and stresses": [
    ["statement.test.ts", "a gain in a scenario that the group does not have"],
    ["statement.test.ts", "equity changed under a stress scenario that the market does not have"],
  ],
  "padding rows anywhere but in the last table step": [["bundle.test.ts", "table steps of two shapes"]],
  "debt hidden in a coin at a price of 0": [
    ["relabelled.test.ts", "a coin priced 0"],
    ["../report/judged.test.ts", "lists what requires nothing, by side, and what is worth nothing"],
  ],
  "a settlement currency priced, or a multiplier chosen, by the exchange": [
    ["relabelled.test.ts", "a multiplier, and a settlement currency"],
  ],
  "a holding split over two instruments to be charged less": [
    ["../rules/largeHoldings.test.ts", "a split that would change what is required"],
    ["../report/judged.test.ts", "names tiers of an asset that can be had twice"],
  ],
  "a requirement that looks charged and is not": [
    ["../report/judged.test.ts", "lists what requires nothing, by side"],
    ["../market/schema.test.ts", "a quote currency that gains in a risk group"],
    ["../market/schema.test.ts", "a rate on a notional price of 0"],
  ],
  "names that lie: a class of another asset, a contract called like a coin, look-alikes, a stress scenario called now":
    [
      ["names.test.ts", "names that lie"],
      ["../market/names.test.ts", "a class of asset has its asset's name"],
      ["../market/names.test.ts", "nobody else has an asset's name"],
      ["../market/names.test.ts", "names that look alike"],
    ],
  "customers' coins booked as a contract of that name: called a claim on the exchange": [
    ["../report/judged.test.ts", "an instrument is called what it is"],
  ],
  "nothing stressed, or nothing that anybody holds; a margin call at a factor of 1": [
    ["names.test.ts", "a stress scenario that moves nothing"],
    ["../report/judged.test.ts", "what a book was judged by"],
  ],
  "development keys taken for keys on the reader's own list": [
    ["names.test.ts", "keys that are on nobody's list"],
  ],
  "a holder's file from a stranger: floods, endless hashing, a true one of another epoch, one thing changed":
    [
      ["strangers.test.ts", "two hundred thousand unknown fields"],
      ["strangers.test.ts", "signed checks without number"],
      ["strangers.test.ts", "which exchange, epoch and moment"],
      ["strangers.test.ts", "one thing in it changed"],
      ["../embed/package.test.ts", "two files in one worker"],
    ],
  "verdicts forged in messages, floods, files that take all memory": [["hostileText.test.ts", ""]],
  "holdings in clear left behind by a kill between a step's proof and the removal of its input": [
    ["../prover/resume.test.ts", "step inputs left by a run that was killed"],
  ],
  "an export in which columns, files or records are dropped, two instruments added up, or signs turned": [
    ["../accounts/mapping.test.ts", "a record that a mapping can't read exactly"],
    ["../accounts/mapping.test.ts", "a part of an export that nothing is said of"],
    ["../accounts/mapping.test.ts", "whose name is what another name is translated to"],
    ["../accounts/mapping.test.ts", "becomes accounts: names translated"],
    ["../prover/accountsDigest.test.ts", "the digest of an export"],
  ],
  "a book that doctor has nothing against and prove refuses": [
    ["../prover/doctor.test.ts", "on every file"],
    ["../prover/doctorEpoch.test.ts", "%s: the same steps"],
  ],
  "an accounts file that changes after its digest named the secrets": [
    ["secrets.test.ts", "an accounts file exchanged"],
  ],
  "secret rates: other than committed, falling, initial below maintenance, of another row, step or epoch": [
    ["privateTable.test.ts", "rates other than committed"],
    ["privateTable.test.ts", "%s: not in range"],
    ["privateTable.test.ts", "an initial rate below the maintenance rate"],
    ["privateTable.test.ts", "a lane that inherits the rates"],
    ["privateTable.test.ts", "the lookup value of another lane"],
    ["privateTable.test.ts", "run over the other step's rows or rates"],
    ["privateTable.test.ts", "lower rates proved than committed"],
    ["privateTable.test.ts", "%s booked in one padding row"],
    ["../prover/privateEpoch.test.ts", "publish %s"],
    ["../prover/privateEpoch.test.ts", "leave a commitment or a step out"],
    ["../prover/privateEpoch.test.ts", "use the steps of one epoch in the other"],
  ],
  "secret rates published, or a holder told what was not counted": [
    ["../prover/privateEpoch.test.ts", "no rate, blinding, base or slope"],
    ["../prover/privateEpoch.test.ts", "is not told other holdings or requirements"],
  ],
  "one wallet as reserve and insurance fund; a fund that is not there, or not worth it when it is needed": [
    ["fund.test.ts", "customers' own coins declared as the fund"],
    ["fund.test.ts", "the same in coins of another asset"],
    ["fund.test.ts", "a fund in coins that nobody holds"],
    ["fund.test.ts", "a fund made of what customers owe"],
    ["fund.test.ts", "coins that cover the debt of a crash"],
    ["fund.test.ts", "a token of the exchange's own"],
  ],
  "a bankrupt account's debt that nets what others are owed": [
    ["fund.test.ts", "no reserve is asked for in the asset"],
    ["fund.test.ts", "with all checks passed"],
  ],
  "a template alone: sign, slot, distinctness, group, fraction or rate of the prover's own": [
    ["templates.test.ts", "signed values"],
    ["templates.test.ts", "slots"],
    ["templates.test.ts", "distinct numbers"],
    ["templates.test.ts", "a group as committed"],
    ["templates.test.ts", "the worst loss of a group"],
    ["templates.test.ts", "the fold of a group"],
    ["templates.test.ts", "one fraction"],
    ["templates.test.ts", "secret rates"],
  ],
  "a leaf opened to other holdings or results, or shown at another place, depth or tree": [
    ["leaf.test.ts", "every committed value altered"],
    ["leaf.test.ts", "equity and requirements shifted"],
    ["leaf.test.ts", "an account said not to be counted"],
    ["leaf.test.ts", "counted is 0 or 1"],
    ["leaf.test.ts", "what it hands on"],
    ["path16.test.ts", "another place"],
    ["path16.test.ts", "another leaf or node"],
    ["path16.test.ts", "what a path alone does not say"],
  ],
  "a key for a shape that no circuit is proved with": [
    ["../keys/instances.test.ts", "%s: %s from %i to %i"],
    ["../keys/instances.test.ts", "1025 bracketed slots"],
  ],
  "a native prover put there by somebody: another hash, a false proof, an answer to another question": [
    ["nativeProver.test.ts", "a program of another hash"],
    ["nativeProver.test.ts", "%s makes no program a known one"],
    ["nativeProver.test.ts", "a program that proves its test and then something else"],
    ["nativeProver.test.ts", "a program that answers its test with %s"],
  ],
  "what must still work": [["works.test.ts", "what must still work"]],
  "values beyond their range are refused by name": [["works.test.ts", "what is refused by name"]],
  "light check: an attestation of another statement, exchange, epoch, root, figures or key list": [
    ["attestation.test.ts", "of another statement of the same epoch"],
    ["attestation.test.ts", "replayed under another exchange or epoch"],
    ["attestation.test.ts", "under another root, other figures or other keys"],
    ["attestation.test.ts", "verified under keys or with a verifier"],
    ["attestation.test.ts", "proved under development keys"],
  ],
  "light check: statement, market or holder's file altered on the way": [
    ["attestation.test.ts", "a summary altered by whoever hands it on"],
    ["attestation.test.ts", "the market file altered"],
    ["attestation.test.ts", "a holder's file beside an attested statement"],
  ],
  "light check: not covered read as valid, a check left out, an attestation expired": [
    ["attestation.test.ts", "not covered is never read as valid"],
    ["attestation.test.ts", "a check left out, or failed"],
    ["attestation.test.ts", "a listed auditor who signed that the proofs fail"],
    ["attestation.test.ts", "expired, too old"],
  ],
  "light check: one auditor as a quorum, a key in both roles, a malleable signature": [
    ["attestation.test.ts", "a quorum of fewer than it seems"],
    ["attestation.test.ts", "malleable, cut"],
    ["attestation.test.ts", "a key in both roles"],
  ],
  "on chain: a cooked step, a step of another epoch, steps in another order, an end that is not published": [
    ["../contracts/strict.test.ts", "takes steps only in order"],
    ["../contracts/strict.test.ts", "ends in the published totals"],
    ["../contracts/claims.test.ts", "a state that the proof is not of"],
    ["../contracts/claims.test.ts", "a chain that ends elsewhere"],
    ["../contracts/realEpoch.test.ts", "does not become final for a dishonest exchange"],
  ],
  "on chain: a second statement, somebody else's name, an epoch that was never finished": [
    ["../contracts/strict.test.ts", "is the only one of its name"],
    ["../contracts/strict.test.ts", "expires, and its name with it"],
    ["../contracts/strict.test.ts", "a name is whose who registered it first"],
  ],
  "on chain: numbers that wrap, carry or have two forms": [
    ["../contracts/strict.test.ts", "a count that carries into the next"],
    ["../contracts/strict.test.ts", "a leaf root that is no element"],
    ["../contracts/groth16Verifier.test.ts", "says the same as the TypeScript verifier of a proof"],
  ],
  "on chain: columns, factors or lanes that are not the table's; a table that has no steps there": [
    ["../contracts/claims.test.ts", "columns and a proof that fit each other"],
    ["../contracts/claims.test.ts", "an initial factor that is not the table's"],
    ["../contracts/tableColumns.test.ts", "says of a table %s that nobody can have steps"],
    ["../contracts/tableColumns.test.ts", "refuses another table, another end of the rows"],
  ],
  "on chain: a bond taken for nothing: a true proof starved of gas, a copied challenge, one made for another chain":
    [
      ["../contracts/groth16Verifier.test.ts", "never says false for want of gas"],
      ["../contracts/claims.test.ts", "stands against every challenge"],
      ["../contracts/invariants.test.ts", "whatever anybody does in whatever order"],
      ["../contracts/claims.test.ts", "pays nobody but the one who committed to it"],
      ["../contracts/claims.test.ts", "is bound to its chain, registry"],
      ["../contracts/realEpoch.test.ts", "does not become final for a dishonest exchange"],
    ],
  "on chain: a wallet that calls back when paid, the last second and the next, look-alike names, call data in another form":
    [
      ["../contracts/attacks.test.ts", "is paid once"],
      ["../contracts/attacks.test.ts", "steps are taken in an epoch's last second"],
      ["../contracts/attacks.test.ts", "a claim can be demanded from in its last second"],
      ["../contracts/attacks.test.ts", "that look the same are two epochs"],
      ["../contracts/attacks.test.ts", "is the same statement or none"],
    ],
  "on chain: a point in a second form, keys swapped after publishing, gas that runs out inside a challenge": [
    ["../contracts/attacks.test.ts", "a proof whose coordinate is written in a second form"],
    ["../contracts/attacks.test.ts", "keys are those of the set that was published under"],
    ["../contracts/attacks.test.ts", "refutes no true step, wherever it runs out"],
  ],
  "on chain: a claim too large or too cheap to challenge, a commitment taken or used up by another": [
    ["../contracts/attacks.test.ts", "is not taken: a statement above what nodes hand on"],
    ["../contracts/attacks.test.ts", "can be neither taken, used up nor made younger"],
  ],
  "on chain: a large table made of other pieces, read by rows that leave the next reader without a Poseidon":
    [
      ["../contracts/batchBlocks.test.ts", "give the seeds of the verifier, block for block"],
      ["../contracts/batchBlocks.test.ts", "are exactly those of the statement"],
      ["../contracts/batchBlocks.test.ts", "are hashed one way for every number of them"],
      ["../chain/largeStatement.test.ts", "is claimed over the same notes"],
      ["../chain/largeStatement.test.ts", "has in a challenge the step's own block"],
      ["../contracts/storedTable.test.ts", "is not made of other pieces"],
      ["../contracts/storedTable.test.ts", "leaves rows that need no Poseidon but those"],
    ],
  "on chain: one reserve address of two exchanges, somebody else's address claimed, a wallet that takes any signature":
    [
      ["../contracts/reserveClaims.test.ts", "is shown, the first claim first"],
      ["../cli/claimReserves.test.ts", "that nobody claimed there fail"],
      ["../cli/claimReserves.test.ts", "that signed for two exchanges fail for both"],
      ["../cli/claimReserves.test.ts", "that a publisher alone declares for another"],
      ["../contracts/reserveClaims.test.ts", "by a signature over %s"],
      ["../contracts/reserveClaims.test.ts", "by another's signature, none, its mirror image"],
      ["../contracts/reserveClaims.test.ts", "that takes every signature, or is no contract"],
    ],
  "on chain: errors of two proofs that cancel in one pairing call": [
    ["../contracts/groth16Verifier.test.ts", "does not let two errors cancel"],
  ],
  "on chain: a step or the table withheld, an answer that is none or too late": [
    ["../contracts/claims.test.ts", "refutes the claim when nobody answers"],
    ["../contracts/claims.test.ts", "is paid for when answered"],
    ["../contracts/claims.test.ts", "comes too late after its time"],
  ],
  "on chain: a registry's answer of wrong length or type, a state beside final, another statement, a chain that nobody said":
    [
      ["registry.test.ts", "says final only for this digest"],
      ["registry.test.ts", "names its chain as the node's word alone"],
      ["registry.test.ts", "is refused with %s"],
      ["registry.test.ts", "is taken by a light check for this very statement"],
      ["registry.test.ts", "is not taken for a summary"],
      ["../contracts/strict.test.ts", "is final after its last step and not before"],
      ["../cli/chain.test.ts", "asks the node of the chain that is said"],
    ],
  "on chain: a claim with a cooked step, an end elsewhere, other factors, other steps than were published, or nothing published":
    [
      ["../cli/challenge.test.ts", "takes the bond for a step with another step's proof"],
      ["../cli/challenge.test.ts", "takes the bond for %s"],
      ["../cli/challenge.test.ts", "takes the bond for a factor"],
      ["../cli/challenge.test.ts", "is refused by name: another statement"],
      ["../cli/challenge.test.ts", "without an answer in time refutes the claim"],
    ],
  "on chain: a challenger who lies about an honest claim, or demands what the exchange has shown": [
    ["../cli/challenge.test.ts", "finds nothing against an honest claim"],
    ["../cli/challenge.test.ts", "is answered out of the bundle before its time is over"],
  ],
  "reserves: a signature of another epoch, exchange, chain, address or key, its malleable twin, BIP-322 replayed":
    [
      ["reserves.test.ts", "%s is replayed"],
      ["reserves.test.ts", "of a key that is not the address's"],
      ["reserves.test.ts", "is turned into its malleable twin"],
      ["reserves.test.ts", "of Bitcoin is replayed"],
      ["../reserves/bip322.test.ts", "has one text"],
      ["../reserves/bip322.test.ts", "takes its signatures once each"],
    ],
  "reserves: a wallet contract that says no, yes to everybody, or was never asked": [
    ["../reserves/contracts.test.ts", "that is shown %s says no"],
    ["../reserves/contracts.test.ts", "that takes every signature is nobody's"],
    ["../reserves/contracts.test.ts", "that takes its owner's signature"],
  ],
  "reserves: a block of another chain, an older one, an invented one, or one far from the epoch": [
    ["reserves.test.ts", "of a different chain"],
    ["reserves.test.ts", "earlier than the policy's"],
    ["reserves.test.ts", "of the exchange's own making"],
    ["reserves.test.ts", "far from the epoch's time"],
    ["reserves.test.ts", "is one for two chains"],
  ],
  "reserves: a proof cut off, bent, of absence, of another key, slot or contract; RLP with two readings": [
    ["reserves.test.ts", "is cut off, has spare nodes"],
    ["reserves.test.ts", "has any bit of any node turned"],
    ["reserves.test.ts", "of absence is shown as a balance"],
    ["reserves.test.ts", "of somebody else's balance"],
    ["reserves.test.ts", "of an allowance as if it were"],
    ["reserves.test.ts", "brings the storage of another contract"],
    ["../reserves/trie.test.ts", "%s is refused: %s"],
    ["../reserves/trie.test.ts", "refuses %s"],
  ],
  "reserves: a token of the exchange's own, frozen balances, decimals or names changed": [
    ["reserves.test.ts", "of the exchange's own, called USDT"],
    ["reserves.test.ts", "is called what it is not"],
    ["reserves.test.ts", "says less than the file, or more"],
    ["../reserves/contracts.test.ts", "says that the address is frozen"],
  ],
  "reserves: an address, balance or output counted twice, or claimed by two exchanges": [
    ["reserves.test.ts", "is an address that is listed twice"],
    ["reserves.test.ts", "is a balance, an output or a chain"],
    ["reserves.test.ts", "is an address again under the name"],
    ["reserves.test.ts", "is an address that two exchanges claim"],
  ],
  "reserves: those of another statement, or less than it declares": [
    ["reserves.test.ts", "are held to a file of another exchange"],
    ["reserves.test.ts", "are shown as well as their whole is"],
  ],
};

describe("attacks named in the design", () => {
  test.each(Object.entries(ATTACKS))("%s", (_, tests) => {
    for (const [file, title] of tests) {
      const path = join(import.meta.dirname, file);
      expect(existsSync(path), file).toBe(true);
      expect(readFileSync(path, "utf8"), `${file}: ${title}`).toContain(title === "" ? "test" : `"${title}`);
    }
  });
});
