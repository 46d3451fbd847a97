// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {Code} from "./Code.sol";
import {Groth16Verifier} from "./Groth16Verifier.sol";
import {IEpochRegistry} from "./IEpochRegistry.sol";

/// Who may publish under which name, and under which keys.
abstract contract Exchanges is IEpochRegistry {
    struct Exchange {
        string name;
        address owner;
        address offered;
        address publisher;
    }

    Groth16Verifier public immutable verifier;
    mapping(bytes32 exchange => Exchange) private _exchanges;
    mapping(bytes32 keySet => address) private _keySets;

    constructor(Groth16Verifier verifier_) {
        verifier = verifier_;
    }

    modifier onlyOwner(bytes32 exchange) {
        if (msg.sender != _exchanges[exchange].owner) revert NotOwner();
        _;
    }

    /// The order of the shapes is part of a set. An account shape has a key for 11 public signals, a table shape one for 9. Each key
    /// is there once: a statement's digest says which key a batch has, and so its place, which is hashed where it is noted.
    function addKeySet(Shape[] calldata shapes) external returns (bytes32 keySet) {
        keySet = keccak256(abi.encode(shapes));
        if (_keySets[keySet] != address(0)) return keySet;
        if (shapes.length == 0 || shapes.length > 256) revert ShapeWrong(shapes.length);
        for (uint256 i = 0; i < shapes.length; i++) {
            Shape calldata shape = shapes[i];
            if (bytes(shape.id).length == 0 || bytes(shape.id).length > 128) revert ShapeWrong(i);
            for (uint256 j = 0; j < i; j++) if (shapes[j].key == shape.key) revert ShapeWrong(i);
            if (verifier.signalCount(shape.key) != (shape.table ? 9 : 11)) revert ShapeWrong(i);
            if (shape.table) {
                // The name and the number of rows are one thing, said twice.
                string memory id = string.concat("table-r", Strings.toString(shape.rows));
                if (shape.rows == 0 || shape.rows > 1 << 16 || shape.stress != 0) revert ShapeWrong(i);
                if (!Strings.equal(id, shape.id)) revert ShapeWrong(i);
            } else if (shape.rows != 0 || shape.stress > 4) {
                revert ShapeWrong(i);
            }
        }
        _keySets[keySet] = Code.write(abi.encode(shapes));
        emit KeySetAdded(keySet, shapes.length);
    }

    function keySetOf(bytes32 keySet) public view returns (Shape[] memory) {
        address written = _keySets[keySet];
        if (written == address(0)) revert KeySetUnknown(keySet);
        return abi.decode(Code.read(written), (Shape[]));
    }

    function registerExchange(string calldata name, address publisher) external returns (bytes32 exchange) {
        if (bytes(name).length == 0 || bytes(name).length > 384) revert NameLength();
        exchange = keccak256(bytes(name));
        Exchange storage entry = _exchanges[exchange];
        if (entry.owner != address(0)) revert NameTaken();
        entry.name = name;
        entry.owner = msg.sender;
        entry.publisher = publisher;
        emit ExchangeRegistered(exchange, name, msg.sender, publisher);
    }

    function setPublisher(bytes32 exchange, address publisher) external onlyOwner(exchange) {
        _exchanges[exchange].publisher = publisher;
        emit PublisherChanged(exchange, publisher);
    }

    /// The name is the other's once they take it: a wrong address loses nothing.
    function offerOwnership(bytes32 exchange, address to) external onlyOwner(exchange) {
        _exchanges[exchange].offered = to;
        emit OwnershipOffered(exchange, to);
    }

    function takeOwnership(bytes32 exchange) external {
        Exchange storage entry = _exchanges[exchange];
        if (msg.sender != entry.offered) revert NotOwner();
        entry.owner = msg.sender;
        entry.offered = address(0);
        emit OwnershipTaken(exchange, msg.sender);
    }

    function exchangeOf(bytes32 exchange)
        public
        view
        returns (string memory name, address owner, address publisher)
    {
        Exchange storage entry = _exchanges[exchange];
        return (entry.name, entry.owner, entry.publisher);
    }
}
