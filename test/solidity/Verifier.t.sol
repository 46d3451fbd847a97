// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Groth16Verifier} from "contracts/Groth16Verifier.sol";
import {Deployed} from "./Support.sol";

/// Proofs made with the secrets of a key, true and false ones.
contract VerifierTest is Deployed {
    uint256 private constant R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;
    /// The generator: x.c0, x.c1, y.c0, y.c1.
    uint256[4] private G2 = [
        0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed,
        0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2,
        0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa,
        0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b
    ];

    function setUp() public {
        deploy();
    }

    /// One call for many says true exactly where each alone is: a false one among them, of whatever kind and wherever, is seen.
    function testFuzz_manyAreTrueWhereEachIs(uint256 seed, uint8 count, uint8 falseOne, uint8 kind) public view {
        uint256 proofs = 1 + (count % 5);
        uint256[] memory words = new uint256[](proofs * 19);
        bool all = true;
        for (uint256 i = 0; i < proofs; i++) {
            (uint256[] memory signals, uint256[8] memory proof) = _proof(uint256(keccak256(abi.encode(seed, i))));
            if (i == falseOne % 8) _spoil(signals, proof, kind, seed);
            bool alone = verifier.verify(shapes[0].key, signals, proof);
            require(alone == (i != falseOne % 8), "one alone");
            all = all && alone;
            for (uint256 k = 0; k < 11; k++) words[i * 19 + k] = signals[k];
            for (uint256 k = 0; k < 8; k++) words[i * 19 + 11 + k] = proof[k];
        }
        Groth16Verifier.Run[] memory runs = new Groth16Verifier.Run[](1);
        runs[0] = Groth16Verifier.Run(shapes[0].key, proofs);
        require(verifier.verifyMany(runs, words) == all, "all at once");
    }

    /// Whatever words are in a proof's place, none is a proof.
    function testFuzz_noWordsAreAProof(uint256[8] memory proof, uint256[11] memory given, bool canonical) public view {
        uint256[] memory signals = new uint256[](11);
        for (uint256 k = 0; k < 11; k++) signals[k] = canonical ? given[k] % R : given[k];
        require(!verifier.verify(shapes[0].key, signals, proof), "a proof of nothing");
    }

    /// a = alpha beta + x gamma + c delta, b = 1.
    function _proof(uint256 seed) private view returns (uint256[] memory signals, uint256[8] memory proof) {
        signals = new uint256[](11);
        uint256 x = accountKey.ic[0];
        for (uint256 k = 0; k < 11; k++) {
            signals[k] = uint256(keccak256(abi.encode(seed, k))) % R;
            x = addmod(x, mulmod(signals[k], accountKey.ic[k + 1], R), R);
        }
        uint256 c = 1 + (uint256(keccak256(abi.encode(seed, "c"))) % (R - 1));
        uint256 a = addmod(mulmod(accountKey.alpha, accountKey.beta, R), mulmod(x, accountKey.gamma, R), R);
        a = addmod(a, mulmod(c, accountKey.delta, R), R);
        (proof[0], proof[1]) = _times(a);
        for (uint256 k = 0; k < 4; k++) proof[2 + k] = G2[k];
        (proof[6], proof[7]) = _times(c);
    }

    function _spoil(uint256[] memory signals, uint256[8] memory proof, uint8 kind, uint256 seed) private view {
        if (kind % 5 == 0) signals[seed % 11] = addmod(signals[seed % 11], 1, R);
        if (kind % 5 == 1) signals[seed % 11] += R;
        if (kind % 5 == 2) (proof[6], proof[7]) = _times(1 + (seed % (R - 1)));
        if (kind % 5 == 3) proof[seed % 8] ^= 1;
        if (kind % 5 == 4) (proof[0], proof[1], proof[6], proof[7]) = (proof[6], proof[7], proof[0], proof[1]);
    }

    function _times(uint256 scalar) private view returns (uint256 x, uint256 y) {
        uint256[3] memory input = [uint256(1), 2, scalar];
        uint256[2] memory point;
        bool done;
        assembly ("memory-safe") {
            done := staticcall(gas(), 7, input, 96, point, 64)
        }
        require(done, "no product");
        return (point[0], point[1]);
    }
}
