// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Claims} from "./Claims.sol";
import {Epochs} from "./Epochs.sol";
import {Exchanges} from "./Exchanges.sol";
import {Groth16Verifier} from "./Groth16Verifier.sol";
import {StatementSeed} from "./StatementSeed.sol";
import {StrictEpochs} from "./StrictEpochs.sol";
import {TableColumns} from "./TableColumns.sol";

/// The registry (IEpochRegistry). Nobody owns it, nothing pauses it, nothing in it can be replaced: what is final stays final.
/// Bonds in wei, times in seconds.
contract EpochRegistry is StrictEpochs, Claims {
    constructor(
        Groth16Verifier verifier_,
        TableColumns columns_,
        StatementSeed seeds_,
        uint256 minBond_,
        uint256 demandPrice_,
        uint64 window_,
        uint64 response_
    ) Exchanges(verifier_) Epochs(columns_, seeds_) Claims(minBond_, demandPrice_, window_, response_) {}
}
