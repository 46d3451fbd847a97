// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IEpochRegistry} from "./IEpochRegistry.sol";

/// Which exchange of a registry claims which reserve address, so that an address of two of them is seen by everybody.
///
/// Anybody brings a claim: its word is the address holder's signature, the one that stands in a reserves file
/// (src/reserves/ownership.ts). So an exchange can't keep its second claim of an address to itself, and nobody can claim an
/// address that is another's. Nothing is ever taken back: a key that signed for two exchanges did so for good.
contract ReserveClaims {
    /// An exchange that claims an address, and since when.
    struct Claimant {
        bytes32 exchange;
        uint64 time;
    }

    bytes32 private constant DOMAIN = keccak256("EIP712Domain(string name,string version,uint256 chainId)");
    bytes32 private constant NAME = keccak256("marginproof reserves");
    bytes32 private constant VERSION = keccak256("1");
    bytes32 private constant RESERVE = keccak256("Reserve(string exchange,string epoch,address account)");
    /// What no exchange asks a wallet to sign: a wallet that takes a signature for this takes it for anything.
    bytes32 private constant NO_CLAIM = keccak256("marginproof reserves: no claim");

    IEpochRegistry public immutable registry;
    mapping(bytes32 reserve => Claimant[]) private _claimants;
    mapping(bytes32 reserve => mapping(bytes32 exchange => bool)) private _claims;

    event ReserveClaimed(bytes32 indexed reserve, bytes32 indexed exchange, string epoch, uint256 chainId, address account);
    event ReserveDeclared(bytes32 indexed reserve, bytes32 indexed exchange);
    /// A second exchange, or a third, claims what is the first one's.
    event ReserveClaimedTwice(bytes32 indexed reserve, bytes32 indexed first, bytes32 indexed second);

    error ExchangeUnknown();
    error NotPublisher();
    error SignatureOther();

    constructor(IEpochRegistry registry_) {
        registry = registry_;
    }

    /// Claims an address by its key's signature: EIP-712 or EIP-191, for the chain that the file names. One key has the same
    /// address on all chains, so it is one reserve on all.
    function claimByKey(
        string calldata exchange,
        string calldata epoch,
        uint256 chainId,
        address account,
        bytes calldata signature
    ) external {
        (address typed,,) = ECDSA.tryRecoverCalldata(_typedHash(exchange, epoch, chainId, account), signature);
        if (account == address(0) || typed != account) {
            (address said,,) = ECDSA.tryRecoverCalldata(_messageHash(exchange, epoch, chainId, account), signature);
            if (account == address(0) || said != account) revert SignatureOther();
        }
        _claim(keyReserve(account), exchange, epoch, chainId, account);
    }

    /// Claims the address of a contract wallet on this chain (ERC-1271). The same address on another chain may be another's.
    function claimByContract(
        string calldata exchange,
        string calldata epoch,
        address account,
        bytes calldata signature
    ) external {
        bytes32 hash = _typedHash(exchange, epoch, block.chainid, account);
        // In this order: whoever sends too little gas for the first answer has too little for the second.
        bool takesAny = SignatureChecker.isValidERC1271SignatureNowCalldata(account, NO_CLAIM, signature);
        bool takes = SignatureChecker.isValidERC1271SignatureNowCalldata(account, hash, signature);
        if (takesAny || !takes) revert SignatureOther();
        _claim(contractReserve(account), exchange, epoch, block.chainid, account);
    }

    /// Addresses of chains whose signatures are not checked here: the publisher's word, and no more.
    function declare(bytes32 exchange, bytes32[] calldata reserves) external {
        (,, address publisher) = registry.exchangeOf(exchange);
        if (publisher == address(0) || msg.sender != publisher) revert NotPublisher();
        for (uint256 i = 0; i < reserves.length; i++) {
            // Hashed once more, so that no declaration stands among what is signed.
            bytes32 reserve = keccak256(abi.encode("declared", reserves[i]));
            if (_add(reserve, exchange)) emit ReserveDeclared(reserve, exchange);
        }
    }

    function keyReserve(address account) public pure returns (bytes32) {
        return keccak256(abi.encode("key", account));
    }

    function contractReserve(address account) public view returns (bytes32) {
        return keccak256(abi.encode("contract", block.chainid, account));
    }

    /// @param chain and address as reserves files write them: "bitcoin", bech32 in lower case
    function declaredReserve(string calldata chain, string calldata account)
        external
        pure
        returns (bytes32 toDeclare, bytes32 reserve)
    {
        toDeclare = keccak256(abi.encode(chain, account));
        reserve = keccak256(abi.encode("declared", toDeclare));
    }

    /// Up to `most` exchanges that claim a reserve, the first one first; and how many there are.
    function claimantsOf(bytes32 reserve, uint256 from, uint256 most)
        external
        view
        returns (Claimant[] memory claimants, uint256 count)
    {
        Claimant[] storage all = _claimants[reserve];
        count = all.length;
        uint256 left = from < count ? count - from : 0;
        claimants = new Claimant[](left < most ? left : most);
        for (uint256 i = 0; i < claimants.length; i++) claimants[i] = all[from + i];
    }

    function isClaimed(bytes32 reserve, bytes32 exchange) external view returns (bool) {
        return _claims[reserve][exchange];
    }

    function _claim(
        bytes32 reserve,
        string calldata exchange,
        string calldata epoch,
        uint256 chainId,
        address account
    ) private {
        bytes32 id = keccak256(bytes(exchange));
        (, address owner,) = registry.exchangeOf(id);
        if (owner == address(0)) revert ExchangeUnknown();
        if (_add(reserve, id)) emit ReserveClaimed(reserve, id, epoch, chainId, account);
    }

    function _add(bytes32 reserve, bytes32 exchange) private returns (bool added) {
        if (_claims[reserve][exchange]) return false;
        _claims[reserve][exchange] = true;
        Claimant[] storage all = _claimants[reserve];
        if (all.length > 0) emit ReserveClaimedTwice(reserve, all[0].exchange, exchange);
        all.push(Claimant(exchange, uint64(block.timestamp)));
        return true;
    }

    function _typedHash(string calldata exchange, string calldata epoch, uint256 chainId, address account)
        private
        pure
        returns (bytes32)
    {
        bytes32 domain = keccak256(abi.encode(DOMAIN, NAME, VERSION, chainId));
        bytes32 message = keccak256(abi.encode(RESERVE, keccak256(bytes(exchange)), keccak256(bytes(epoch)), account));
        return MessageHashUtils.toTypedDataHash(domain, message);
    }

    function _messageHash(string calldata exchange, string calldata epoch, uint256 chainId, address account)
        private
        pure
        returns (bytes32)
    {
        return MessageHashUtils.toEthSignedMessageHash(
            abi.encodePacked(
                abi.encodePacked("marginproof reserves 1\nexchange: ", exchange, "\nepoch: ", epoch),
                abi.encodePacked("\nchain: eip155:", Strings.toString(chainId)),
                abi.encodePacked("\naddress: ", Strings.toChecksumHexString(account)),
                "\nThe exchange holds this address, and what is on it, as its reserves of this epoch."
            )
        );
    }
}
