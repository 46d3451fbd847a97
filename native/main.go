// Command marginproof-prover makes Groth16 proofs over BN254 for marginproof: a child process that reads requests on its
// standard input and writes answers on its standard output. It opens no connection and writes no file; it reads the keys it
// is told to, and ends when its input does.
//
//	marginproof-prover -workers 2
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"sync"
)

// greeting is the first frame, by which the parent knows what it speaks with.
const greeting = "marginproof-prover/1"

func main() {
	workers := flag.Int("workers", runtime.NumCPU(), "proofs at a time, one core each")
	flag.Parse()
	if *workers < 1 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	runtime.GOMAXPROCS(*workers)
	// Ctrl-C goes to the parent too, which first finishes the proofs in hand.
	signal.Ignore(os.Interrupt)
	if err := serve(os.Stdin, os.Stdout, *workers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// The parent is gone or wants no more: what is not finished nobody waits for.
	os.Exit(0)
}

// serve answers requests in the order they are finished, `workers` of them at a time, until the input ends.
func serve(input io.Reader, output io.Writer, workers int) error {
	var writing sync.Mutex
	send := func(id uint32, status byte, body []byte) error {
		writing.Lock()
		defer writing.Unlock()
		return writeFrame(output, id, status, body)
	}
	if err := send(0, statusDone, []byte(greeting)); err != nil {
		return err
	}
	reader := bufio.NewReaderSize(input, 1<<20)
	keys := newKeys()
	free := make(chan struct{}, workers)
	for {
		request, err := readRequest(reader)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		// Reading goes on meanwhile: it is how the end of the parent is noticed.
		go func() {
			free <- struct{}{}
			defer func() { <-free }()
			status, body := answer(keys, request)
			if send(request.id, status, body) != nil {
				os.Exit(1)
			}
		}()
	}
}

// answer proves one request, or says why not.
func answer(keys *keys, request *request) (status byte, body []byte) {
	key, err := keys.warm(request.keyPath)
	if err != nil {
		return statusKeyRefused, []byte(err.Error())
	}
	proof, err := key.prove(request.wires, request.r, request.s)
	if err != nil {
		return statusRequestRefused, []byte(err.Error())
	}
	return statusDone, encodeProof(proof, heldBytes())
}
