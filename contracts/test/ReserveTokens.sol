// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @notice A token as most are: OpenZeppelin's, balances in slot 0, allowances in slot 1. For tests alone: anybody mints.
contract PlainToken is ERC20 {
    uint8 private immutable DIGITS;

    constructor(string memory name, uint8 digits) ERC20(name, name) {
        DIGITS = digits;
    }

    function decimals() public view override returns (uint8) {
        return DIGITS;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @notice Balances where upgradeable tokens of OpenZeppelin 5 keep them (ERC-7201, namespace openzeppelin.storage.ERC20).
contract NamespacedToken {
    struct Storage {
        mapping(address holder => uint256) balances;
    }

    /// @dev The constant of ERC20Upgradeable, as published.
    bytes32 private constant LOCATION = 0x52c63247e1f47db19d5ce0460030c497f067ca4cebf71ba98eeadabe20bace00;

    function _storage() private pure returns (Storage storage own) {
        assembly {
            own.slot := LOCATION
        }
    }

    function balanceOf(address holder) external view returns (uint256) {
        return _storage().balances[holder];
    }

    function mint(address to, uint256 amount) external {
        _storage().balances[to] += amount;
    }
}

/// @notice Balances as Vyper keeps a mapping in slot 3: the slot is hashed before the holder.
contract VyperToken {
    function _place(address holder) private pure returns (bytes32) {
        return keccak256(abi.encode(uint256(3), holder));
    }

    function balanceOf(address holder) external view returns (uint256 amount) {
        bytes32 place = _place(holder);
        assembly {
            amount := sload(place)
        }
    }

    function mint(address to, uint256 amount) external {
        bytes32 place = _place(to);
        assembly {
            sstore(place, add(sload(place), amount))
        }
    }
}

/// @notice Balances in slot 9 whose highest bit says that the holder is frozen, as USDC's.
contract FreezingToken {
    uint256[9] private _before;
    mapping(address holder => uint256) private _words;

    function balanceOf(address holder) external view returns (uint256) {
        return _words[holder] & (type(uint256).max >> 1);
    }

    function mint(address to, uint256 amount) external {
        _words[to] += amount;
    }

    function freeze(address holder) external {
        _words[holder] |= 1 << 255;
    }
}

/// @notice A wallet that takes its owner's signature (ERC-1271), or where it has none, every signature of whatever.
contract SignatureWallet is IERC1271 {
    address private immutable OWNER;

    constructor(address owner) payable {
        OWNER = owner;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        if (OWNER == address(0)) return IERC1271.isValidSignature.selector;
        return ECDSA.recover(hash, signature) == OWNER ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}
