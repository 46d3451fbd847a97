// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IEpochRegistry} from "contracts/IEpochRegistry.sol";
import {Deployed, vm} from "./Support.sol";

/// Everybody who does something to a registry, in any order: claims, demands, answers, challenges, time. Whatever is refused is refused;
/// what was taken is remembered as the registry said it.
contract Anybody is Deployed {
    address internal constant PUBLISHER = address(0xA11CE);
    uint256 internal constant NAMES = 6;
    uint256 internal constant STEPS = 3;

    address[3] public people = [PUBLISHER, address(0xB0B), address(0xC0C0A)];
    uint256[NAMES] private _seeds;
    /// Of each name: what it was decided to be, and under which digest.
    IEpochRegistry.Status[NAMES] public decided;
    bytes32[NAMES] public digests;
    uint256[NAMES] public openDemands;
    mapping(uint256 name => mapping(uint256 index => bool)) private _demanded;
    uint256 private _commitments;
    uint256 private _block = block.number;
    uint256 private _time = block.timestamp;
    uint256 public burnt;
    uint256 public paidForDemands;
    uint256 public taken;

    constructor() {
        deploy();
        vm.prank(PUBLISHER);
        registry.registerExchange(NAME, PUBLISHER);
        for (uint256 i = 0; i < people.length; i++) vm.deal(people[i], 1 ether);
    }

    function target() external view returns (IEpochRegistry) {
        return registry;
    }

    function idOf(uint256 n) public view returns (bytes32) {
        return registry.idOf(keccak256(bytes(NAME)), _nameOf(n));
    }

    function names() external pure returns (uint256) {
        return NAMES;
    }

    /// One of the names only, for which it then is too late to be claimed.
    function publish(uint256 seed) external {
        IEpochRegistry.Statement memory s = _statement(0, seed % 3);
        vm.prank(PUBLISHER);
        try registry.publish(s) {} catch {}
        _look(0);
    }

    function claim(uint256 n, uint256 seed, uint256 extra) external {
        n %= NAMES;
        uint256 value = MIN_BOND - 5 + (extra % 100);
        IEpochRegistry.Statement memory s = _statement(n, seed % 3);
        bytes32 root = _root();
        vm.prank(PUBLISHER);
        try registry.claim{value: value}(s, root, 12_500, 12_000) {
            require(value >= MIN_BOND, "a claim without its bond");
            _seeds[n] = seed % 3;
            taken++;
        } catch {}
        _look(n);
    }

    function demand(uint256 n, uint256 index, uint256 who, uint256 price) external {
        (n, index) = (n % NAMES, index % (STEPS + 1));
        bytes32 id = idOf(n);
        vm.prank(people[who % 3]);
        try registry.demand{value: price % 4 == 0 ? 9 : PRICE}(id, index) {
            require(price % 4 != 0 && !_demanded[n][index], "a demand that is not paid, or made twice");
            _demanded[n][index] = true;
            openDemands[n]++;
            paidForDemands += PRICE;
            taken++;
        } catch {}
        _look(n);
    }

    function answer(uint256 n, uint256 index, uint256 who) external {
        (n, index) = (n % NAMES, index % STEPS);
        bytes32 id = idOf(n);
        IEpochRegistry.OpenedStep memory opened = _opened(index);
        vm.prank(people[who % 3]);
        try registry.answerStep(id, opened) {
            _closed(n, 1);
        } catch {}
        _look(n);
    }

    function refuteUnanswered(uint256 n, uint256 index) external {
        n %= NAMES;
        uint256 bond = registry.epochOf(idOf(n)).bond;
        try registry.refuteUnanswered(idOf(n), index % STEPS) {
            _closed(n, 1);
            _burn(n, bond);
        } catch {}
        _look(n);
    }

    /// No step of these epochs has a proof that holds, and none ends in the totals: every fault that is committed to is shown.
    function challenge(uint256 n, uint256 index, uint256 who, bool end, bool early) external {
        (n, index) = (n % NAMES, end ? STEPS - 1 : index % STEPS);
        address person = people[who % 3];
        IEpochRegistry.OpenedStep memory opened = _opened(index);
        IEpochRegistry.Fault fault = end ? IEpochRegistry.Fault.End : IEpochRegistry.Fault.Proof;
        bytes32 leaf = registry.leafOf(index, opened.step);
        uint256 made = ++_commitments;
        bytes32 salt = bytes32(made);
        registry.commitChallenge(registry.commitmentOf(person, idOf(n), fault, index, leaf, salt));
        _block += early ? 4 : 5;
        vm.roll(_block);
        bytes32 id = idOf(n);
        uint256 bond = registry.epochOf(id).bond;
        IEpochRegistry.OpenedStep memory before = _opened(index == 0 ? 0 : index - 1);
        IEpochRegistry.Statement memory s = _statement(n, _seeds[n]);
        vm.prank(person);
        if (end) {
            try registry.challengeEnd(id, opened, salt) {
                require(!early, "a challenge before its time");
                _burn(n, bond);
            } catch {}
        } else {
            try registry.challengeProof(id, s, opened, before, salt) {
                require(!early, "a challenge before its time");
                _burn(n, bond);
            } catch {}
        }
        _look(n);
    }

    function finalise(uint256 n) external {
        n %= NAMES;
        IEpochRegistry.Epoch memory before = registry.epochOf(idOf(n));
        try registry.finalise(idOf(n)) {
            require(before.status == IEpochRegistry.Status.Claimed, "final out of another state");
            require(block.timestamp > before.deadline && openDemands[n] == 0, "final before its time");
            taken++;
        } catch {}
        _look(n);
    }

    function withdraw(uint256 who) external {
        address person = people[who % 3];
        uint256 owed = registry.balanceOf(person);
        uint256 before = person.balance;
        vm.prank(person);
        try registry.withdraw() {
            require(person.balance == before + owed && owed > 0, "another sum than was owed");
        } catch {}
    }

    function passTime(uint256 hours_) external {
        _time += (hours_ % 30) * 1 hours;
        vm.warp(_time);
        for (uint256 n = 0; n < NAMES; n++) _look(n);
    }

    /// What was decided stays decided, and a digest that was taken stays the name's.
    function _look(uint256 n) private {
        IEpochRegistry.Epoch memory epoch = registry.epochOf(idOf(n));
        require(digests[n] == bytes32(0) || digests[n] == epoch.digest, "a second statement");
        digests[n] = epoch.digest;
        if (decided[n] != IEpochRegistry.Status.None) {
            require(epoch.status == decided[n], "what was decided changed");
        } else if (uint8(epoch.status) >= uint8(IEpochRegistry.Status.Final)) {
            decided[n] = epoch.status;
        }
    }

    function _closed(uint256 n, uint256 demands) private {
        openDemands[n] -= demands;
        paidForDemands -= PRICE * demands;
        taken++;
    }

    function _burn(uint256 n, uint256 bond) private {
        if (registry.statusOf(idOf(n)) != IEpochRegistry.Status.Refuted || bond == 0) return;
        burnt += bond - (bond * 80) / 100;
        taken++;
    }

    function _statement(uint256 n, uint256 seed) private view returns (IEpochRegistry.Statement memory) {
        return statementOf(_nameOf(n), STEPS - 1, seed);
    }

    function _nameOf(uint256 n) private pure returns (string memory) {
        return string(abi.encodePacked("epoch ", bytes1(uint8(48 + n))));
    }

    function _step(uint256 index) private pure returns (IEpochRegistry.Step memory step) {
        step.stateOut = index + 7;
    }

    function _leaf(uint256 index) private view returns (bytes32) {
        return registry.leafOf(index, _step(index));
    }

    function _pair(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    /// ((0, 1), 2)
    function _root() private view returns (bytes32) {
        return _pair(_pair(_leaf(0), _leaf(1)), _leaf(2));
    }

    function _opened(uint256 index) private view returns (IEpochRegistry.OpenedStep memory opened) {
        opened.index = index;
        opened.step = _step(index);
        if (index == 2) {
            opened.path = new bytes32[](1);
            opened.path[0] = _pair(_leaf(0), _leaf(1));
        } else {
            opened.path = new bytes32[](2);
            opened.path[0] = _leaf(1 - index);
            opened.path[1] = _leaf(2);
        }
    }
}

contract MoneyTest {
    Anybody private _anybody;

    function setUp() public {
        _anybody = new Anybody();
    }

    function targetContracts() external view returns (address[] memory all) {
        all = new address[](1);
        all[0] = address(_anybody);
    }

    /// A run that did nothing shows nothing.
    function afterInvariant() external view {
        require(_anybody.taken() > 0, "nothing was taken");
    }

    /// What the registry holds is what it owes, what stands as bonds, what is paid for open demands, and what was burnt.
    function invariant_everyWeiIsSomebodys() public view {
        IEpochRegistry registry = _anybody.target();
        uint256 sum = _anybody.burnt() + _anybody.paidForDemands();
        for (uint256 i = 0; i < 3; i++) sum += registry.balanceOf(_anybody.people(i));
        for (uint256 n = 0; n < _anybody.names(); n++) sum += registry.epochOf(_anybody.idOf(n)).bond;
        require(address(registry).balance == sum, "money is missing, or nobody's");
    }

    function invariant_finalIsWhatWasDecided() public view {
        IEpochRegistry registry = _anybody.target();
        for (uint256 n = 0; n < _anybody.names(); n++) {
            IEpochRegistry.Epoch memory epoch = registry.epochOf(_anybody.idOf(n));
            require(epoch.demands == _anybody.openDemands(n), "demands are counted wrong");
            bool final_ = epoch.status == IEpochRegistry.Status.Final;
            require(!final_ || _anybody.digests(n) == epoch.digest, "final under another digest");
            require(uint8(epoch.status) < 3 || epoch.bond == 0, "a bond of what is decided");
        }
    }
}
