// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @notice Does what it is told, and when it is paid, calls its payer back as it was told.
contract Reenterer {
    bytes public calledBack;
    uint256 public times;
    bool public succeeded;

    constructor(bytes memory back) payable {
        calledBack = back;
    }

    function act(address to, bytes calldata data) external payable {
        (bool ok, bytes memory answer) = to.call{value: msg.value}(data);
        if (ok) return;
        assembly {
            revert(add(answer, 32), mload(answer))
        }
    }

    receive() external payable {
        times++;
        (bool ok,) = msg.sender.call(calledBack);
        if (ok) succeeded = true;
    }
}
