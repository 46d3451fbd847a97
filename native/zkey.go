package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"os"
	"unsafe"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/fft"
)

// provingKey is what proving needs of a zkey. Points and numbers of a zkey are in Montgomery form with little-endian limbs,
// which is how gnark-crypto keeps them on every machine this program is built for: they are read into place.
type provingKey struct {
	wireCount, publicCount int
	domain                 *fft.Domain
	rows                   [2]matrix
	alpha1, beta1, delta1  bn254.G1Affine
	beta2, delta2          bn254.G2Affine
	a, b1, c, h            points[bn254.G1Affine]
	b2                     points[bn254.G2Affine]
	bytes                  int64
}

// points are those of a section that are not at infinity, and the place in the section of each.
type points[P any] struct {
	at     []P
	places []uint32
}

// matrix is a sparse one, row after row: row i has the entries from start[i] to start[i+1].
type matrix struct {
	start []uint32
	wires []uint32
	// Times R twice: its product with a number in standard form is the product in Montgomery form.
	values []fr.Element
}

type section struct{ position, size int64 }

// zkey is an open file and its sections.
type zkey struct {
	file     *os.File
	sections map[uint32]section
}

const (
	headerSection       = 2
	coefficientsSection = 4
	headerBytes         = 660
	coefficientBytes    = 44
)

func loadKey(path string) (*provingKey, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	opened, err := openZkey(file)
	if err != nil {
		return nil, err
	}
	key, err := opened.header()
	if err != nil {
		return nil, err
	}
	if err := opened.matrices(key); err != nil {
		return nil, err
	}
	domainSize := int(key.domain.Cardinality)
	for _, of := range []struct {
		id     uint32
		points *points[bn254.G1Affine]
		count  int
	}{
		{5, &key.a, key.wireCount},
		{6, &key.b1, key.wireCount},
		{8, &key.c, key.wireCount - key.publicCount - 1},
		{9, &key.h, domainSize},
	} {
		if *of.points, err = readPoints[bn254.G1Affine](opened, of.id, of.count); err != nil {
			return nil, err
		}
	}
	if key.b2, err = readPoints[bn254.G2Affine](opened, 7, key.wireCount); err != nil {
		return nil, err
	}
	for _, section := range opened.sections {
		key.bytes += section.size
	}
	return key, nil
}

func openZkey(file *os.File) (*zkey, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	var head [12]byte
	if _, err := file.ReadAt(head[:], 0); err != nil || string(head[:4]) != "zkey" {
		return nil, fmt.Errorf("is not a zkey file")
	}
	opened := &zkey{file, map[uint32]section{}}
	position := int64(12)
	for range binary.LittleEndian.Uint32(head[8:]) {
		if _, err := file.ReadAt(head[:], position); err != nil {
			return nil, fmt.Errorf("is truncated")
		}
		id, size := binary.LittleEndian.Uint32(head[:]), binary.LittleEndian.Uint64(head[4:])
		position += 12
		if _, repeated := opened.sections[id]; repeated || size > uint64(info.Size()-position) {
			return nil, fmt.Errorf("repeats section %d or is truncated in it", id)
		}
		opened.sections[id] = section{position, int64(size)}
		position += int64(size)
	}
	return opened, nil
}

// read fills memory with a section of exactly its size.
func (k *zkey) read(id uint32, into []byte) error {
	found, ok := k.sections[id]
	if !ok || found.size != int64(len(into)) {
		return fmt.Errorf("has a section %d of wrong length", id)
	}
	_, err := io.ReadFull(io.NewSectionReader(k.file, found.position, found.size), into)
	return err
}

func (k *zkey) header() (*provingKey, error) {
	var protocol [4]byte
	header := make([]byte, headerBytes)
	if err := k.read(1, protocol[:]); err != nil {
		return nil, err
	}
	if err := k.read(headerSection, header); err != nil {
		return nil, err
	}
	number := func(at int) int { return int(binary.LittleEndian.Uint32(header[at:])) }
	size := number(80)
	if binary.LittleEndian.Uint32(protocol[:]) != 1 || number(0) != 32 || number(36) != 32 ||
		bits.OnesCount(uint(size)) != 1 || size < 2 || size > 1<<27 || number(76) >= number(72) {
		return nil, fmt.Errorf("is not a Groth16 key over BN254")
	}
	key := &provingKey{wireCount: number(72), publicCount: number(76)}
	at := header[84:]
	for _, into := range []any{&key.alpha1, &key.beta1, &key.beta2, new(bn254.G2Affine), &key.delta1, &key.delta2} {
		switch point := into.(type) {
		case *bn254.G1Affine:
			at = at[copy(memory([]bn254.G1Affine{}, point), at):]
		case *bn254.G2Affine:
			at = at[copy(memory([]bn254.G2Affine{}, point), at):]
		}
	}
	// snarkjs' H points are for the values at odd powers of the root of twice the order.
	shift, err := fft.Generator(uint64(2 * size))
	if err != nil {
		return nil, err
	}
	key.domain = fft.NewDomain(uint64(size), fft.WithShift(shift))
	return key, nil
}

// matrices reads A and B. The file has their entries in any order: they are counted, then put where their row is.
func (k *zkey) matrices(key *provingKey) error {
	data := make([]byte, k.sections[coefficientsSection].size)
	if err := k.read(coefficientsSection, data); err != nil {
		return err
	}
	if len(data) < 4 || len(data) != 4+coefficientBytes*int(binary.LittleEndian.Uint32(data)) {
		return fmt.Errorf("has a section %d of wrong length", coefficientsSection)
	}
	size := int(key.domain.Cardinality)
	for m := range key.rows {
		key.rows[m].start = make([]uint32, size+1)
	}
	for at := 4; at < len(data); at += coefficientBytes {
		m, row, wire := entry(data[at:])
		if m > 1 || int(row) >= size || int(wire) >= key.wireCount {
			return fmt.Errorf("has a coefficient outside the circuit")
		}
		key.rows[m].start[row+1]++
	}
	var next [2][]uint32
	for m := range key.rows {
		start := key.rows[m].start
		for row := range size {
			start[row+1] += start[row]
		}
		next[m] = append([]uint32{}, start...)
		key.rows[m].wires = make([]uint32, start[size])
		key.rows[m].values = make([]fr.Element, start[size])
	}
	for at := 4; at < len(data); at += coefficientBytes {
		m, row, wire := entry(data[at:])
		place := next[m][row]
		next[m][row]++
		key.rows[m].wires[place] = wire
		key.rows[m].values[place] = rawElement(data[at+12:])
	}
	return nil
}

func entry(data []byte) (m, row, wire uint32) {
	return binary.LittleEndian.Uint32(data), binary.LittleEndian.Uint32(data[4:]), binary.LittleEndian.Uint32(data[8:])
}

// rawElement takes 32 bytes as the limbs they are, whatever form that is.
func rawElement(data []byte) (element fr.Element) {
	for i := range element {
		element[i] = binary.LittleEndian.Uint64(data[8*i:])
	}
	return element
}

func readPoints[P bn254.G1Affine | bn254.G2Affine](k *zkey, id uint32, count int) (points[P], error) {
	all := make([]P, count)
	if err := k.read(id, memory(all, nil)); err != nil {
		return points[P]{}, err
	}
	var infinity P
	places := make([]uint32, 0, count)
	for place := range all {
		if all[place] != infinity {
			all[len(places)] = all[place]
			places = append(places, uint32(place))
		}
	}
	return points[P]{append([]P{}, all[:len(places)]...), places}, nil
}

// memory is that of the points, or of the one given instead.
func memory[P bn254.G1Affine | bn254.G2Affine](all []P, one *P) []byte {
	if one != nil {
		all = unsafe.Slice(one, 1)
	}
	if len(all) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&all[0])), len(all)*int(unsafe.Sizeof(all[0])))
}
