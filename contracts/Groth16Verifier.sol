// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Bn254} from "./Bn254.sol";
import {Code} from "./Code.sol";

/// Checks Groth16 proofs on BN254 under any verifying key. Keys are data, named by the digest that keys.json has.
///
/// Nobody owns this contract. That a key is here says only that it is well formed, never that its maker forgot the secrets
/// of its setup: whoever relies on a digest has it from a list of their own.
contract Groth16Verifier {
    /// A key is, in order: alpha1 (x, y), beta2, gamma2, delta2 (x.c0, x.c1, y.c0, y.c1), then the ic points.
    uint256 private constant BETA = 0x40;
    uint256 private constant GAMMA = 0xc0;
    uint256 private constant DELTA = 0x140;
    uint256 private constant IC = 0x1c0;
    /// A proof is a (x, y), b (x.c0, x.c1, y.c0, y.c1), c (x, y).
    uint256 private constant PROOF_WORDS = 8;
    bytes private constant DOMAIN = "marginproof/groth16-bn254/verifying-key/1\x00";

    /// Where a key's words stand as code, by digest.
    mapping(bytes32 digest => address) private _keys;

    event KeyAdded(bytes32 indexed digest, uint256 signals);

    error KeyShape();
    error KeyPoint(uint256 word);
    error KeyDegenerate();
    error KeyUnknown(bytes32 digest);
    /// `words` is not as long as the proofs of these runs are.
    error WordCount(uint256 expected, uint256 given);

    /// Proofs under one key that follow each other.
    struct Run {
        bytes32 key;
        uint256 proofs;
    }

    /// Adds a verifying key: anybody may, and a key that is there already is left as it is.
    /// The checks are those of the TypeScript verifier: canonical finite points, on the curve and in the subgroup; no key that
    /// is broken in the open (src/verifier/groth16/degenerateKey.ts says why for each).
    function addKey(uint256[] calldata words) external returns (bytes32 digest) {
        if (words.length < 16 || words.length % 2 != 0 || words.length > 14 + 2 * 64) revert KeyShape();
        uint256 points = (words.length - 14) / 2;
        digest = keccak256(abi.encodePacked(DOMAIN, uint32(points), words));
        if (_keys[digest] != address(0)) return digest;
        _requireG1(words, 0);
        for (uint256 place = 14; place < words.length; place += 2) _requireG1(words, place);
        for (uint256 place = 2; place < 14; place += 4) _requireCanonical(words, place);
        _requireSound(words);
        _keys[digest] = Code.write(abi.encodePacked(words));
        emit KeyAdded(digest, points - 1);
    }

    /// How many public signals proofs under this key have.
    function signalCount(bytes32 digest) public view returns (uint256) {
        address key = _keys[digest];
        if (key == address(0)) revert KeyUnknown(digest);
        return (Code.size(key) - IC) / 64 - 1;
    }

    /// Does the proof hold for these public signals? Everything that is not a proof of exactly that is false: another number
    /// of signals, a signal or coordinate that is not canonical, a point that is none.
    function verify(bytes32 key, uint256[] calldata signals, uint256[PROOF_WORDS] calldata proof)
        external
        view
        returns (bool)
    {
        if (signals.length != signalCount(key)) return false;
        Run[] memory runs = new Run[](1);
        runs[0] = Run(key, 1);
        return _holds(runs, abi.encodePacked(signals, proof));
    }

    /// Do all of several proofs hold? `words` has, proof after proof, its public signals and then the proof.
    ///
    /// One product of pairings, in which each proof's equation is raised to a weight of 128 bits that comes out of the hash of
    /// everything that is checked; the first weight is 1. Every error is an element of prime order r, so if a proof is false, at
    /// most one value of its weight hides it: whoever looks for a list that passes makes 2^128 hashes (docs/contracts.md).
    function verifyMany(Run[] calldata runs, uint256[] calldata words) external view returns (bool) {
        uint256 expected;
        for (uint256 i = 0; i < runs.length; i++) {
            expected += runs[i].proofs * (signalCount(runs[i].key) + PROOF_WORDS);
        }
        if (expected != words.length) revert WordCount(expected, words.length);
        return _holds(runs, abi.encodePacked(words));
    }

    function _holds(Run[] memory runs, bytes memory words) private view returns (bool) {
        bytes32 seed = keccak256(abi.encode(runs, keccak256(words)));
        uint256 pairs;
        for (uint256 i = 0; i < runs.length; i++) pairs += runs[i].proofs + 3;
        uint256 input = _allocate(pairs * Bn254.PAIR);
        uint256 place = input;
        uint256 word;
        assembly ("memory-safe") {
            word := add(words, 32)
        }
        uint256 first;
        for (uint256 i = 0; i < runs.length; i++) {
            bool wellFormed;
            (wellFormed, word, place) = _addRun(runs[i], seed, first, word, place);
            if (!wellFormed) return false;
            first += runs[i].proofs;
        }
        return Bn254.pairing(input, pairs);
    }

    /// Adds the pairs of one run to the pairing's input. `first` is the number of its first proof among all.
    function _addRun(Run memory run, bytes32 seed, uint256 first, uint256 word, uint256 place)
        private
        view
        returns (bool, uint256, uint256)
    {
        bytes memory data = Code.read(_keys[run.key]);
        uint256 key;
        assembly ("memory-safe") {
            key := add(data, 32)
        }
        uint256 signals = (data.length - IC) / 64 - 1;
        uint256 scalars = _allocate((signals + 1) * 32);
        uint256 cx;
        uint256 cy;
        for (uint256 i = 0; i < run.proofs; i++) {
            uint256 weight = first + i == 0 ? 1 : uint256(uint128(uint256(keccak256(abi.encode(seed, first + i))))) + 1;
            if (!_addSignals(scalars, word, signals, weight)) return (false, 0, 0);
            word += signals * 32;
            (bool wellFormed, uint256 x, uint256 y) = _addProof(word, place, weight);
            if (!wellFormed) return (false, 0, 0);
            (cx, cy) = i == 0 ? (x, y) : Bn254.add(cx, cy, x, y);
            word += PROOF_WORDS * 32;
            place += Bn254.PAIR;
        }
        return (true, word, _closeRun(key, scalars, signals, cx, cy, place));
    }

    /// scalars[0] += weight, scalars[j + 1] += weight * signal j. False for a signal that is not canonical.
    function _addSignals(uint256 scalars, uint256 word, uint256 count, uint256 weight) private pure returns (bool ok) {
        uint256 r = Bn254.R;
        assembly ("memory-safe") {
            ok := 1
            mstore(scalars, addmod(mload(scalars), weight, r))
            let end := add(word, mul(count, 32))
            for {} lt(word, end) { word := add(word, 32) } {
                scalars := add(scalars, 32)
                let signal := mload(word)
                ok := and(ok, lt(signal, r))
                mstore(scalars, addmod(mload(scalars), mulmod(weight, signal, r), r))
            }
        }
    }

    /// Writes (weight a, b) to the pairing's input, and gives weight c. False for a point that is none, of G1 at least; of G2
    /// the pairing says.
    function _addProof(uint256 word, uint256 place, uint256 weight) private view returns (bool, uint256, uint256) {
        (uint256 ax, uint256 ay) = _load(word);
        (uint256 cx, uint256 cy) = _load(word + 0xc0);
        if (!Bn254.isG1(ax, ay) || !Bn254.isG1(cx, cy)) return (false, 0, 0);
        if (!_isFiniteG2(word + 0x40)) return (false, 0, 0);
        if (weight != 1) {
            (ax, ay) = Bn254.mul(ax, ay, weight);
            (cx, cy) = Bn254.mul(cx, cy, weight);
        }
        Bn254.pair(place, ax, ay, word + 0x40);
        return (true, cx, cy);
    }

    /// The pairs that all proofs of a run share: alpha with beta, the signals with gamma, c with delta, all turned round.
    function _closeRun(uint256 key, uint256 scalars, uint256 signals, uint256 cx, uint256 cy, uint256 place)
        private
        view
        returns (uint256)
    {
        (uint256 x, uint256 y) = _load(key);
        (x, y) = _times(x, y, _word(scalars));
        Bn254.pair(place, x, Bn254.neg(y), key + BETA);
        uint256 ic = key + IC;
        (x, y) = _load(ic);
        (x, y) = _times(x, y, _word(scalars));
        for (uint256 j = 1; j <= signals; j++) {
            (uint256 px, uint256 py) = _load(ic + 64 * j);
            (px, py) = Bn254.mul(px, py, _word(scalars + 32 * j));
            (x, y) = Bn254.add(x, y, px, py);
        }
        Bn254.pair(place + Bn254.PAIR, x, Bn254.neg(y), key + GAMMA);
        Bn254.pair(place + 2 * Bn254.PAIR, cx, Bn254.neg(cy), key + DELTA);
        return place + 3 * Bn254.PAIR;
    }

    function _times(uint256 x, uint256 y, uint256 k) private view returns (uint256, uint256) {
        return k == 1 ? (x, y) : Bn254.mul(x, y, k);
    }

    /// Canonical coordinates, and not the point at infinity.
    function _isFiniteG2(uint256 place) private pure returns (bool ok) {
        uint256 q = Bn254.Q;
        assembly ("memory-safe") {
            let x0 := mload(place)
            let x1 := mload(add(place, 32))
            let y0 := mload(add(place, 64))
            let y1 := mload(add(place, 96))
            ok := and(and(lt(x0, q), lt(x1, q)), and(lt(y0, q), lt(y1, q)))
            ok := and(ok, iszero(iszero(or(or(x0, x1), or(y0, y1)))))
        }
    }

    function _requireG1(uint256[] calldata words, uint256 place) private pure {
        if (!Bn254.isG1(words[place], words[place + 1])) revert KeyPoint(place);
    }

    function _requireCanonical(uint256[] calldata words, uint256 place) private pure {
        uint256 any;
        for (uint256 i = place; i < place + 4; i++) {
            if (words[i] >= Bn254.Q) revert KeyPoint(i);
            any |= words[i];
        }
        if (any == 0) revert KeyPoint(place);
    }

    /// No point of G2 is outside the subgroup, and no known relation makes proofs of anything.
    function _requireSound(uint256[] calldata words) private view {
        bytes memory copy = abi.encodePacked(words);
        uint256 key;
        assembly ("memory-safe") {
            key := add(copy, 32)
        }
        // Equal up to sign is the same as equal in x.
        if (_sameX(words, 2, 6) || _sameX(words, 2, 10) || _sameX(words, 6, 10)) revert KeyDegenerate();
        if (_isBase(words, 2) || _isBase(words, 10) || words[0] == 1) revert KeyDegenerate();
        for (uint256 i = 14; i < words.length; i += 2) {
            if (words[i] == words[0]) revert KeyDegenerate();
            for (uint256 j = i + 2; j < words.length; j += 2) if (words[i] == words[j]) revert KeyDegenerate();
        }
        uint256 input = _allocate(3 * Bn254.PAIR);
        // One point at a time, so that the error names it: of pairings with infinity, the product is one where they can be made.
        for (uint256 place = 2; place < 14; place += 4) {
            Bn254.pair(input, 0, 0, key + 32 * place);
            if (!Bn254.pairing(input, 1)) revert KeyPoint(place);
        }
        // beta = +-gamma +-delta, in all four signs.
        for (uint256 signs = 0; signs < 4; signs++) {
            Bn254.pair(input, 1, 2, key + BETA);
            Bn254.pair(input + Bn254.PAIR, 1, signs & 1 == 0 ? 2 : Bn254.Q - 2, key + GAMMA);
            Bn254.pair(input + 2 * Bn254.PAIR, 1, signs & 2 == 0 ? 2 : Bn254.Q - 2, key + DELTA);
            if (Bn254.pairing(input, 3)) revert KeyDegenerate();
        }
    }

    function _sameX(uint256[] calldata words, uint256 a, uint256 b) private pure returns (bool) {
        return words[a] == words[b] && words[a + 1] == words[b + 1];
    }

    function _isBase(uint256[] calldata words, uint256 place) private pure returns (bool) {
        return words[place] == Bn254.G2_X0 && words[place + 1] == Bn254.G2_X1;
    }

    function _load(uint256 place) private pure returns (uint256 x, uint256 y) {
        assembly ("memory-safe") {
            x := mload(place)
            y := mload(add(place, 32))
        }
    }

    function _word(uint256 place) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(place)
        }
    }

    /// Memory that is all zeros.
    function _allocate(uint256 size) private pure returns (uint256 place) {
        assembly ("memory-safe") {
            place := mload(0x40)
            mstore(0x40, add(place, size))
            calldatacopy(place, calldatasize(), size)
        }
    }
}
