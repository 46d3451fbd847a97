pragma circom 2.1.9;

// What it constrains: the N values differ pairwise: the product of all differences has an inverse.
// Cost: N*(N-1)/2.
template Distinct(N) {
    signal input in[N];

    var PAIRS = N * (N - 1) \ 2;
    if (PAIRS > 0) {
        signal product[PAIRS];
        var pair = 0;
        for (var i = 0; i < N; i++) {
            for (var j = 0; j < i; j++) {
                if (pair == 0) {
                    product[pair] <== in[i] - in[j];
                } else {
                    product[pair] <== product[pair - 1] * (in[i] - in[j]);
                }
                pair++;
            }
        }
        signal inverse <-- 1 / product[PAIRS - 1];
        inverse * product[PAIRS - 1] === 1;
    }
}
