package main

import (
	"fmt"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// witness is every wire's value in both forms; most of them are 0 or 1.
type witness struct {
	standard, montgomery []fr.Element
	kind                 []byte
}

const (
	isOther = iota
	isZero
	isOne
)

// readWitness refuses a value that is not canonical: gnark-crypto would count with it, and wrongly.
func readWitness(data []byte) (*witness, error) {
	count := len(data) / scalarBytes
	w := &witness{make([]fr.Element, count), make([]fr.Element, count), make([]byte, count)}
	for i := range count {
		value := rawElement(data[scalarBytes*i:])
		if !canonical(&value) {
			return nil, fmt.Errorf("value %d is outside the field", i)
		}
		w.standard[i] = value
		switch {
		case value.IsZero():
			w.kind[i] = isZero
		case value[0] == 1 && value[1]|value[2]|value[3] == 0:
			w.kind[i] = isOne
			w.montgomery[i] = one
		default:
			w.montgomery[i].Mul(&value, &rSquared)
		}
	}
	return w, nil
}

// from is the witness without its first wires.
func (w *witness) from(first int) *witness {
	return &witness{w.standard[first:], w.montgomery[first:], w.kind[first:]}
}

var (
	one = fr.One()
	// R squared, in standard form: its product with a standard form is the Montgomery form.
	rSquared = func() fr.Element {
		var two, power fr.Element
		two.SetUint64(2)
		power.SetOne()
		for range 256 {
			power.Mul(&power, &two)
		}
		return power
	}()
	order = fr.Element{0x43e1f593f0000001, 0x2833e84879b97091, 0xb85045b68181585d, 0x30644e72e131a029}
)

func canonical(value *fr.Element) bool {
	for i := 3; i >= 0; i-- {
		if value[i] != order[i] {
			return value[i] < order[i]
		}
	}
	return false
}

// oneTask keeps a sum on the core of its proof.
var oneTask = ecc.MultiExpConfig{NbTasks: 1}

// sumOf is the sum of wire times point. Zeros are dropped and ones added apart: they would all want the same bucket.
func sumOf(of points[bn254.G1Affine], w *witness) bn254.G1Jac {
	at, scalars, ones := sort(of, w)
	var sum bn254.G1Jac
	// gnark-crypto fails only for lists of different lengths.
	if _, err := sum.MultiExp(at, scalars, oneTask); err != nil {
		panic(err)
	}
	rest := addAffine(ones)
	sum.AddAssign(&rest)
	return sum
}

func sumOf2(of points[bn254.G2Affine], w *witness) bn254.G2Jac {
	at, scalars, ones := sort(of, w)
	var sum bn254.G2Jac
	if _, err := sum.MultiExp(at, scalars, oneTask); err != nil {
		panic(err)
	}
	for i := range ones {
		sum.AddMixed(&ones[i])
	}
	return sum
}

// sumWith is the sum of scalar times point and of wire times point, in one: it fills the buckets better than two.
func sumWith(all points[bn254.G1Affine], scalars []fr.Element, of points[bn254.G1Affine], w *witness) bn254.G1Jac {
	at, kept, ones := sort(of, w)
	at = append(at, all.at...)
	for _, place := range all.places {
		kept = append(kept, scalars[place])
	}
	var sum bn254.G1Jac
	if _, err := sum.MultiExp(at, kept, oneTask); err != nil {
		panic(err)
	}
	rest := addAffine(ones)
	sum.AddAssign(&rest)
	return sum
}

// sort splits points by their wires: those of neither 0 nor 1 with their scalars, and those of 1.
func sort[P any](of points[P], w *witness) (at []P, scalars []fr.Element, ones []P) {
	var counts [3]int
	for _, wire := range of.places {
		counts[w.kind[wire]]++
	}
	at, scalars, ones = make([]P, 0, counts[isOther]), make([]fr.Element, 0, counts[isOther]), make([]P, 0, counts[isOne])
	for i, wire := range of.places {
		switch w.kind[wire] {
		case isOther:
			at = append(at, of.at[i])
			scalars = append(scalars, w.montgomery[wire])
		case isOne:
			ones = append(ones, of.at[i])
		}
	}
	return at, scalars, ones
}

func addAffine(all []bn254.G1Affine) (sum bn254.G1Jac) {
	for i := range all {
		sum.AddMixed(&all[i])
	}
	return sum
}
