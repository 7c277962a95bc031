package image

import (
	"bytes"
	"errors"
	"runtime/debug"
)

// Sections of a module, and the flags of a segment of its data.
//
// See https://webassembly.github.io/spec/core/binary/modules.html#data-section
const (
	customSection = 0
	dataSection   = 11
	activeSegment = 0
	opI32Const    = 0x41
	opEnd         = 0x0b
)

// maxMemory is the most of a module's memory that is looked at.
const maxMemory = 128 << 20

// What the go command puts around the text with modules and settings, in the memory
// of the program; see debug/buildinfo, which reads no WebAssembly.
const (
	infoStart = "\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6"
	infoEnd   = "\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2"
)

var errNoBuildInfo = errors.New("no build information of Go in the module")

// buildInfo reads from which modules, with which version of Go and how a module was
// built.
func buildInfo(wasm []byte) (*debug.BuildInfo, error) {
	if !bytes.HasPrefix(wasm, []byte(magic)) {
		return nil, errors.New("not a WebAssembly module of version 1")
	}
	var memory []byte
	version := ""
	for rest := reader(wasm[len(magic):]); len(rest) > 0; {
		id := rest[0]
		rest = rest[1:]
		body, err := rest.vector()
		if err != nil {
			return nil, err
		}
		switch id {
		case dataSection:
			if memory, err = segments(body); err != nil {
				return nil, err
			}
		case customSection:
			if v := goVersion(body); v != "" {
				version = v
			}
		}
	}
	_, rest, found := bytes.Cut(memory, []byte(infoStart))
	text, _, ended := bytes.Cut(rest, []byte(infoEnd))
	if !found || !ended || version == "" {
		return nil, errNoBuildInfo
	}
	info, err := debug.ParseBuildInfo(string(text))
	if err != nil {
		return nil, errNoBuildInfo
	}
	info.GoVersion = version
	return info, nil
}

// goVersion reads the version of Go out of a custom section, "" if it is not there.
//
// See https://github.com/WebAssembly/tool-conventions/blob/main/ProducersSection.md
func goVersion(section reader) string {
	if name, err := section.vector(); err != nil || string(name) != "producers" {
		return ""
	}
	fields, err := section.number()
	for ; err == nil && fields > 0; fields-- {
		field, err := section.vector()
		if err != nil {
			return ""
		}
		values, err := section.number()
		for ; err == nil && values > 0; values-- {
			var value, version reader
			if value, err = section.vector(); err != nil {
				return ""
			}
			if version, err = section.vector(); err != nil {
				return ""
			}
			if string(field) == "language" && string(value) == "Go" {
				return string(version)
			}
		}
	}
	return ""
}

// segments puts the segments of data where they belong: a linker leaves out zeros, so
// that what is in one piece in memory may be in several in the module.
func segments(section reader) ([]byte, error) {
	n, err := section.number()
	if err != nil {
		return nil, err
	}
	var memory []byte
	for range n {
		flags, err := section.number()
		if err != nil {
			return nil, err
		}
		if flags != activeSegment {
			return nil, errNoBuildInfo // no segment of Go's
		}
		if len(section) == 0 || section[0] != opI32Const {
			return nil, errNoBuildInfo
		}
		section = section[1:]
		at, err := section.signed()
		if err != nil {
			return nil, err
		}
		if len(section) == 0 || section[0] != opEnd {
			return nil, errNoBuildInfo
		}
		section = section[1:]
		data, err := section.vector()
		if err != nil {
			return nil, err
		}
		end := int64(at) + int64(len(data))
		if at < 0 || end > maxMemory {
			return nil, errNoBuildInfo
		}
		if grow := end - int64(len(memory)); grow > 0 {
			memory = append(memory, make([]byte, grow)...)
		}
		copy(memory[at:], data)
	}
	return memory, nil
}

// signed reads a signed LEB128 number of 32 bits.
func (r *reader) signed() (int32, error) {
	var v int64
	for shift := 0; shift < 35; shift += 7 {
		if len(*r) == 0 {
			return 0, errCut
		}
		b := (*r)[0]
		*r = (*r)[1:]
		v |= int64(b&0x7f) << shift
		if b&0x80 == 0 {
			if b&0x40 != 0 {
				v |= -1 << (shift + 7)
			}
			return int32(v), nil
		}
	}
	return 0, errCut
}
