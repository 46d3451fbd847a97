pragma circom 2.1.9;

// What it constrains: out = 1 if in = 0, else 0. Cost: 2.
template IsZeroValue() {
    signal input in;
    signal output {binary} out;

    signal inverse <-- in != 0 ? 1 / in : 0;
    out <== 1 - in * inverse;
    in * out === 0;
}
