// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// Points of BN254 through the precompiles (EIP-196, EIP-197), which take coordinates of 32 bytes and (0, 0) for infinity.
/// Here a point of G2 is written real part first, as in keys.json; the pairing wants it the other way round.
library Bn254 {
    /// Order of the base field.
    uint256 internal constant Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583;
    /// Order of the groups, and of the field of the public signals.
    uint256 internal constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    /// x of the generator of G2, real part first.
    uint256 internal constant G2_X0 = 10857046999023057135944570762232829481370756359578518086990519993285655852781;
    uint256 internal constant G2_X1 = 11559732032986387107991004021392285783925812861821192530917403151452391805634;
    /// Bytes of one pair of points in the pairing's input.
    uint256 internal constant PAIR = 192;

    /// A precompile did what it never does for points that were checked: too little gas was sent with the call.
    error OutOfGas();

    /// A finite point of the curve, with canonical coordinates.
    function isG1(uint256 x, uint256 y) internal pure returns (bool) {
        if (x >= Q || y >= Q || (x == 0 && y == 0)) return false;
        return mulmod(y, y, Q) == addmod(mulmod(mulmod(x, x, Q), x, Q), 3, Q);
    }

    function neg(uint256 y) internal pure returns (uint256) {
        return y == 0 ? 0 : Q - y;
    }

    /// k (x, y), of a point that is on the curve.
    function mul(uint256 x, uint256 y, uint256 k) internal view returns (uint256 rx, uint256 ry) {
        bool ok;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, x)
            mstore(add(free, 32), y)
            mstore(add(free, 64), k)
            ok := staticcall(gas(), 7, free, 96, free, 64)
            rx := mload(free)
            ry := mload(add(free, 32))
        }
        if (!ok) revert OutOfGas();
    }

    /// The sum of two points that are on the curve.
    function add(uint256 ax, uint256 ay, uint256 bx, uint256 by) internal view returns (uint256 x, uint256 y) {
        bool ok;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, ax)
            mstore(add(free, 32), ay)
            mstore(add(free, 64), bx)
            mstore(add(free, 96), by)
            ok := staticcall(gas(), 6, free, 128, free, 64)
            x := mload(free)
            y := mload(add(free, 32))
        }
        if (!ok) revert OutOfGas();
    }

    /// Is the product of the pairings of `pairs` pairs one? False too where a point of G2 is off the twist or outside the
    /// subgroup of order r: EIP-197 makes the precompile check both.
    ///
    /// The precompile fails in one way for a bad point and for too little gas, and whoever sends a transaction chooses its
    /// gas. So it gets a sum that is enough, and after a failure the same sum must do for as many pairs that are surely good:
    /// "false" never means "too little gas", nor "the precompile's price has changed".
    function pairing(uint256 input, uint256 pairs) internal view returns (bool) {
        uint256 size = pairs * PAIR;
        uint256 price = ((45_000 + 34_000 * pairs) * 5) / 4;
        (bool ran, uint256 product) = _run(input, size, price);
        if (ran) return product == 1;
        assembly ("memory-safe") {
            calldatacopy(input, calldatasize(), size) // zeros: pairs of points at infinity
        }
        (ran, product) = _run(input, size, price);
        if (!ran || product != 1) revert OutOfGas();
        return false;
    }

    function _run(uint256 input, uint256 size, uint256 price) private view returns (bool ran, uint256 product) {
        // A call gets at most 63/64 of what is left (EIP-150), and no error where that is less than it was to get.
        if (gasleft() < (price * 64) / 63 + 5_000) revert OutOfGas();
        assembly ("memory-safe") {
            ran := staticcall(price, 8, input, size, 0, 32)
            product := mload(0)
        }
    }

    /// Writes a pair to the pairing's input at `place`; the point of G2 stands at `g2`, real parts first.
    function pair(uint256 place, uint256 x, uint256 y, uint256 g2) internal pure {
        assembly ("memory-safe") {
            mstore(place, x)
            mstore(add(place, 32), y)
            mstore(add(place, 64), mload(add(g2, 32)))
            mstore(add(place, 96), mload(g2))
            mstore(add(place, 128), mload(add(g2, 96)))
            mstore(add(place, 160), mload(add(g2, 64)))
        }
    }
}
