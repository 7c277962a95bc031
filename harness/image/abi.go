package image

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// magic is how a core WebAssembly module of version 1 begins.
//
// See https://webassembly.github.io/spec/core/binary/modules.html#binary-module
const magic = "\x00asm\x01\x00\x00\x00"

// exportSection is the number of the section that names what a module exports.
const exportSection = 7

// errCut is an input that ends too early.
var errCut = errors.New("not a WebAssembly module: it ends too early")

// abiVersion is the version of the Proxy-Wasm ABI that a plugin says it speaks,
// such as 0.2.1: it exports a function named proxy_abi_version_0_2_1.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions
func abiVersion(wasm []byte) (string, error) {
	if !strings.HasPrefix(string(wasm[:min(len(wasm), len(magic))]), magic) {
		return "", errors.New("not a WebAssembly module of version 1")
	}
	rest := reader(wasm[len(magic):])
	for len(rest) > 0 {
		id := rest[0]
		rest = rest[1:]
		body, err := rest.vector()
		if err != nil {
			return "", err
		}
		if id == exportSection {
			return abiOfExports(body)
		}
	}
	return "", errNoABI
}

var errNoABI = errors.New("not a Proxy-Wasm plugin: no export proxy_abi_version_…")

func abiOfExports(section reader) (string, error) {
	n, err := section.number()
	if err != nil {
		return "", err
	}
	found := ""
	for range n {
		name, err := section.vector()
		if err != nil {
			return "", err
		}
		if len(section) == 0 {
			return "", errCut
		}
		section = section[1:] // the kind of export
		if _, err := section.number(); err != nil {
			return "", err
		}
		if version, ok := strings.CutPrefix(string(name), "proxy_abi_version_"); ok {
			version = strings.ReplaceAll(version, "_", ".")
			if found != "" {
				return "", fmt.Errorf("Proxy-Wasm ABI %q and %q, want one", found, version)
			}
			found = version
		}
	}
	if found == "" {
		return "", errNoABI
	}
	return found, nil
}

// reader is what is left of a module.
type reader []byte

// number reads an unsigned LEB128 number.
func (r *reader) number() (uint64, error) {
	v, n := binary.Uvarint(*r)
	if n <= 0 || v > 1<<32-1 {
		return 0, errCut
	}
	*r = (*r)[n:]
	return v, nil
}

// vector reads bytes with their number in front.
func (r *reader) vector() (reader, error) {
	n, err := r.number()
	if err != nil {
		return nil, err
	}
	if n > uint64(len(*r)) {
		return nil, errCut
	}
	v := (*r)[:n]
	*r = (*r)[n:]
	return v, nil
}
