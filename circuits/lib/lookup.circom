pragma circom 2.1.9;

// One term of the LogUp sum (docs/protocol.md, section 5): fraction = (offset + x) * weight / (r - value), where
// weight = rho^I + x^2.
// Multiplied out, (offset + x)(rho^I + x^2) = x^3 + x^2*offset + x*rho^I + rho^I*offset: one fraction carries,
// under four different powers of x, the multiplicity, the offset, and both again weighted by the account.
//
// What it constrains: fraction * (r - value) = (offset + x) * weight.
// Precondition: value and offset are committed before r and x are drawn. value = r has no witness
// and happens with probability 2^-254.
// Cost: 2.
template LookupTerm() {
    signal input value;
    signal input offset;
    signal input weight;
    signal input x;
    signal input r;
    signal output fraction;

    signal numerator <== (offset + x) * weight;
    fraction <-- numerator / (r - value);
    fraction * (r - value) === numerator;
}
