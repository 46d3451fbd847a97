// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IEpochRegistry} from "contracts/IEpochRegistry.sol";
import {Deployed} from "./Support.sol";

/// Seeds against docs/protocol.md, section 4, written down a second time in the plainest way.
contract SeedsTest is Deployed {
    function setUp() public {
        deploy();
    }

    function testFuzz_seedsAreTheHashOfTheEncoding(
        uint256 seed,
        uint8 batches,
        string calldata epoch,
        uint256[14] calldata totals,
        uint256[2][] calldata quantities
    ) public view {
        IEpochRegistry.Statement memory s = statementOf(epoch, 1 + (batches % 40), seed);
        for (uint256 k = 0; k < 14; k++) s.totals[k] = totals[k] >> (k < 5 ? 224 : 76);
        s.quantities = quantities;
        for (uint256 k = 0; k < quantities.length; k++) {
            s.quantities[k] = [quantities[k][0] >> 76, quantities[k][1] >> 76];
        }
        try seeds.seedsOf(NAME, shapes, s) returns (bytes32 first, bytes32 digest, uint8 stress) {
            require(bytes(epoch).length > 0 && bytes(epoch).length <= 384, "a name that is too long, or none");
            require(first == keccak256(_encoding(s)), "the first seed");
            bytes memory second = abi.encodePacked(_text("marginproof/v1/weights"), _word(uint256(first)));
            require(digest == keccak256(abi.encodePacked(second, _word(uint256(s.tableWeights[0])))), "the digest");
            require(stress == 4, "stress places");
        } catch {
            require(bytes(epoch).length == 0 || bytes(epoch).length > 384, "refused without a reason");
        }
    }

    function _encoding(IEpochRegistry.Statement memory s) private view returns (bytes memory all) {
        all = abi.encodePacked(_text("marginproof/v1/statement"), _text(NAME), _text(s.epoch), _text(s.time));
        all = abi.encodePacked(all, _word(uint256(s.marketDigest)), _word(uint256(s.tableDigest)));
        all = abi.encodePacked(all, _word(s.leafRoots.length), _word(1), _word(s.quantities.length), _word(4));
        for (uint256 i = 0; i < s.leafRoots.length; i++) {
            all = abi.encodePacked(all, _word(i), _text(shapes[0].id), _word(uint256(shapes[0].key)));
            all = abi.encodePacked(all, _word(uint256(s.leafRoots[i])));
        }
        all = abi.encodePacked(all, _word(0), _text(shapes[1].id), _word(uint256(shapes[1].key)));
        all = abi.encodePacked(all, _word(uint256(s.tableTotals[0])));
        for (uint256 k = 0; k < 14; k++) all = abi.encodePacked(all, _word(s.totals[k]));
        for (uint256 i = 0; i < s.quantities.length; i++) {
            all = abi.encodePacked(all, _word(s.quantities[i][0]), _word(s.quantities[i][1]));
        }
    }

    function _text(string memory text) private pure returns (bytes memory) {
        return abi.encodePacked(uint32(bytes(text).length), text);
    }

    function _word(uint256 value) private pure returns (bytes memory) {
        return abi.encodePacked(uint32(32), value);
    }
}
