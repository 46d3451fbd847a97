package main

import "sync"

// Keys of 2^20 constraints take about 1 GB; two of those, or many small ones, stay loaded.
const warmBytes = 3 << 29

// keys are the loaded ones, those used last at the end.
type keys struct {
	mutex  sync.Mutex
	loaded map[string]*warmKey
	order  []string
}

type warmKey struct {
	loading sync.Once
	key     *provingKey
	err     error
}

func newKeys() *keys { return &keys{loaded: map[string]*warmKey{}} }

// warm returns the key of a file, loaded at its first use. A file that can't be read is tried again the next time.
func (k *keys) warm(path string) (*provingKey, error) {
	k.mutex.Lock()
	found := k.loaded[path]
	if found == nil {
		found = &warmKey{}
		k.loaded[path] = found
	}
	k.touch(path)
	k.mutex.Unlock()
	found.loading.Do(func() {
		key, err := loadKey(path)
		k.mutex.Lock()
		defer k.mutex.Unlock()
		found.key, found.err = key, err
	})
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if found.err != nil && k.loaded[path] == found {
		delete(k.loaded, path)
		k.forget(path)
	}
	k.coolDown()
	return found.key, found.err
}

func (k *keys) touch(path string) {
	k.forget(path)
	k.order = append(k.order, path)
}

func (k *keys) forget(path string) {
	for i, other := range k.order {
		if other == path {
			k.order = append(k.order[:i], k.order[i+1:]...)
			return
		}
	}
}

// coolDown lets go of what was used longest ago until the rest fits; a proof in hand keeps its key until it is done.
func (k *keys) coolDown() {
	var held int64
	for _, one := range k.loaded {
		if one.key != nil {
			held += one.key.bytes
		}
	}
	for held > warmBytes && len(k.order) > 1 {
		oldest := k.order[0]
		if key := k.loaded[oldest].key; key != nil {
			held -= key.bytes
		}
		delete(k.loaded, oldest)
		k.order = k.order[1:]
	}
}
