package main

import (
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/fft"
)

type proof struct {
	a, c bn254.G1Affine
	b    bn254.G2Affine
}

// prove makes the proof of a witness, blinded with r and s: 32 canonical little-endian bytes each. A witness that violates a
// constraint gives a proof that does not verify: the key does not hold enough to notice.
func (k *provingKey) prove(wires, r, s []byte) (*proof, error) {
	if len(wires) != scalarBytes*k.wireCount {
		return nil, fmt.Errorf("the witness has %d wires, the key %d", len(wires)/scalarBytes, k.wireCount)
	}
	w, err := readWitness(wires)
	if err != nil {
		return nil, err
	}
	rs, err := readWitness(append(append([]byte{}, r...), s...))
	if err != nil {
		return nil, err
	}
	quotient := k.quotient(w)
	a := sumOf(k.a, w)
	b1 := sumOf(k.b1, w)
	b2 := sumOf2(k.b2, w)
	c := sumWith(k.h, quotient, k.c, w.from(k.publicCount+1))
	return k.blind(a, b1, b2, c, rs.montgomery[0], rs.montgomery[1]), nil
}

// blind adds the key's constants and the randomness, which makes the proof zero-knowledge.
func (k *provingKey) blind(a, b1 bn254.G1Jac, b2 bn254.G2Jac, c bn254.G1Jac, r, s fr.Element) *proof {
	var rs fr.Element
	rs.Mul(&r, &s).Neg(&rs)
	var delta, product bn254.G1Jac
	delta.FromAffine(&k.delta1)
	a.AddMixed(&k.alpha1)
	a.AddAssign(product.ScalarMultiplication(&delta, integer(r)))
	b1.AddMixed(&k.beta1)
	b1.AddAssign(product.ScalarMultiplication(&delta, integer(s)))
	var delta2, product2 bn254.G2Jac
	delta2.FromAffine(&k.delta2)
	b2.AddMixed(&k.beta2)
	b2.AddAssign(product2.ScalarMultiplication(&delta2, integer(s)))
	c.AddAssign(product.ScalarMultiplication(&a, integer(s)))
	c.AddAssign(product.ScalarMultiplication(&b1, integer(r)))
	c.AddAssign(product.ScalarMultiplication(&delta, integer(rs)))
	var made proof
	made.a.FromJacobian(&a)
	made.b.FromJacobian(&b2)
	made.c.FromJacobian(&c)
	return &made
}

func integer(scalar fr.Element) *big.Int { return scalar.BigInt(new(big.Int)) }

// quotient gives the values of A B - C at the odd points of the double domain, for which the key's H points are.
func (k *provingKey) quotient(w *witness) []fr.Element {
	a, b := k.rows[0].times(w), k.rows[1].times(w)
	c := append(fr.Vector{}, a...)
	c.Mul(c, b)
	for _, values := range []fr.Vector{a, b, c} {
		k.domain.FFTInverse(values, fft.DIF, fft.WithNbTasks(1))
		k.domain.FFT(values, fft.DIT, fft.OnCoset(), fft.WithNbTasks(1))
	}
	a.Mul(a, b)
	a.Sub(a, c)
	return a
}

// times is the product with the witness, in Montgomery form.
func (m *matrix) times(w *witness) fr.Vector {
	product := make(fr.Vector, len(m.start)-1)
	var term fr.Element
	for row := range product {
		sum := &product[row]
		for at := m.start[row]; at < m.start[row+1]; at++ {
			wire := m.wires[at]
			if w.kind[wire] == isZero {
				continue
			}
			sum.Add(sum, term.Mul(&m.values[at], &w.standard[wire]))
		}
	}
	return product
}
