// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// Written by npm run contracts from the constants of the TypeScript sources.
library Constants {
    uint256 internal constant P = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    /// Of the sponge over a hidden state; of that over a step's columns, to which its number of rows is added.
    uint256 internal constant ROLE_STATE = 342536889508681609111500793114082086945722128238763473616100959194932314112;
    uint256 internal constant ROLE_COLUMNS = 268722564014375510485998581133134513374064381802735319864349820659592855552;
    /// The commitment that every chain begins with: nothing counted, not blinded.
    uint256 internal constant ZERO_STATE = 6607245546130268993873391140223076653504622286390395144627255708977469685962;

    /// keccak256 of the constants of a Poseidon.
    function poseidonDigest(uint256 width) internal pure returns (bytes32) {
        if (width == 2) return 0x2d42c04e642c90f1018006ada4a25855819b532623c67148a87a1dec3391a574;
        if (width == 3) return 0x95bdcc8c1f209abe1d21ed1fd7fef9af68cbacf9d6fb57604eefac61cf559e2d;
        if (width == 4) return 0xa8d1e07daee6f6bcde8bf2238fe291745ef21efba108ba7265ad6f7139b09db8;
        if (width == 5) return 0xff731684c7010efa03d5b782154439c55006e9b6f23ed882c57276e894dbca68;
        if (width == 6) return 0x80e897d616c1a8c18c4a95aa6190622760b9c306b6b7766ad75b7a08ab527f85;
        if (width == 7) return 0x7169d0e45d0f3eede887949827a2f1f6dc9d34bdf7844a8977785a70bd45a562;
        if (width == 8) return 0xbe781c69d551ae59b97b7aea7c27edb1f699404eef45632a24459907c75a91a1;
        if (width == 9) return 0x10ed9cae4fe8b567115c0de0bcb0a7541b8704e6f7c61bb1a90524ff2a90532d;
        if (width == 10) return 0xab24fe4427dae3fdc7cad7e71eb323d395da5cbbc95b6d834804890201caa2dd;
        if (width == 11) return 0x7c67a302e17d743b116afc9f13489daf96d4738894e723bdc041d1a8c0d182ba;
        if (width == 12) return 0x2cd931bccd5279fcb39b8d3aa7a6e8c54d6916edc56363a3cb287e4de642c1b9;
        if (width == 13) return 0x7ee486e1a0d8d0938566bd5cdad7eeaf30951c28186d88818aec2c5f293361cd;
        if (width == 14) return 0xd468231f46ec6acb2e092119b030c4f89493671b750fc3ce9bed77c51e890390;
        if (width == 15) return 0xd178ca7542cbd83c969040ba382953be637cdeb8cf21c9abd1b352a2e83e0ab1;
        if (width == 16) return 0xc10b953cfbbdb0b35f84df9ca24040482f8175113fa8f9b690cf81744e4331c4;
        if (width == 17) return 0x87ab0f7c12abd8a6a3231e890fd59a44d329d04fc06f5103c4e3fed322497bfb;
        return 0;
    }
}
