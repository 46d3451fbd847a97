package main

import (
	"encoding/binary"
	"errors"
	"io"
	"runtime/metrics"
)

// A frame is its length in 4 little-endian bytes, then as many bytes. A request is
//
//	id 4 | length of the path 2 | path of the zkey | r 32 | s 32 | wires, 32 each
//
// and an answer
//
//	id 4 | status 1 | body
//
// numbers little-endian, wires and scalars canonical. The body of a proof is a (64 bytes), b (128), c (64), coordinates
// big-endian and of two the real part first, and the bytes of memory held (8, little-endian); that of a refusal is a text.
const (
	statusDone           = 0
	statusKeyRefused     = 1
	statusRequestRefused = 2
)

const (
	scalarBytes = 32
	// No circuit of 2^26 wires is proved by one process.
	maxFrame = 1 << 31
)

type request struct {
	id      uint32
	keyPath string
	r, s    []byte
	wires   []byte
}

// readRequest returns io.EOF when the input ends between two requests.
func readRequest(reader io.Reader) (*request, error) {
	var head [4]byte
	if _, err := io.ReadFull(reader, head[:]); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(head[:])
	if length < 6 || length > maxFrame {
		return nil, errors.New("a frame of impossible length")
	}
	frame := make([]byte, length)
	if _, err := io.ReadFull(reader, frame); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	pathEnd := 6 + int(binary.LittleEndian.Uint16(frame[4:]))
	wiresAt := pathEnd + 2*scalarBytes
	if len(frame) < wiresAt || (len(frame)-wiresAt)%scalarBytes != 0 {
		return nil, errors.New("a request of impossible length")
	}
	return &request{
		id:      binary.LittleEndian.Uint32(frame),
		keyPath: string(frame[6:pathEnd]),
		r:       frame[pathEnd : pathEnd+scalarBytes],
		s:       frame[pathEnd+scalarBytes : wiresAt],
		wires:   frame[wiresAt:],
	}, nil
}

func writeFrame(writer io.Writer, id uint32, status byte, body []byte) error {
	frame := make([]byte, 9, 9+len(body))
	binary.LittleEndian.PutUint32(frame, uint32(5+len(body)))
	binary.LittleEndian.PutUint32(frame[4:], id)
	frame[8] = status
	_, err := writer.Write(append(frame, body...))
	return err
}

func encodeProof(proof *proof, held uint64) []byte {
	body := make([]byte, 0, 264)
	for _, coordinate := range [][scalarBytes]byte{
		proof.a.X.Bytes(), proof.a.Y.Bytes(),
		proof.b.X.A0.Bytes(), proof.b.X.A1.Bytes(), proof.b.Y.A0.Bytes(), proof.b.Y.A1.Bytes(),
		proof.c.X.Bytes(), proof.c.Y.Bytes(),
	} {
		body = append(body, coordinate[:]...)
	}
	return binary.LittleEndian.AppendUint64(body, held)
}

// heldBytes is the memory that this process has from the system; it hardly ever gives any back.
func heldBytes() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
