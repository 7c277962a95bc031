package main

import (
	"strconv"
	"unsafe"
)

// A root is one root context of this VM and what it has done.
type root struct {
	id      uint32
	script  script
	streams int
	// tokens are the numbers the host handed out, in order of first appearance:
	// records call the first "$1", so that runs with other numbers compare.
	tokens []token
}

// A token is a number the host handed out; kind is the letter of the parameter
// (see function) that it came through.
type token struct {
	kind  rune
	value uint32
}

type context struct {
	root  *root
	name  string // "root" or "s1", "s2", …
	calls map[string]int
}

var contexts = make(map[uint32]*context)

// vmScript is the script of the VM's own configuration.
var vmScript script

const (
	badAddress = 0xfffffff0
	sentinel   = 0xdeadbeef
	infoLevel  = 2
)

// out is where the host writes results; it must not move while the host knows
// its address.
var out [32]uint64

// allocations are what the host asked for during the current host call; they
// keep the memory alive until the next.
var allocations [][]byte

func addressOf(b []byte) uint32 {
	if len(b) == 0 {
		return 0
	}
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(b))))
}

func record(line []byte) {
	hostLog(infoLevel, addressOf(line), uint32(len(line)))
}

// enter records a callback and makes its calls. It returns what the callback
// returns.
func enter(id uint32, callback string, otherwise uint32, args ...string) uint32 {
	c := contexts[id]
	if c == nil {
		c = &context{root: &root{id: id}, name: "unknown", calls: make(map[string]int)}
		contexts[id] = c
	}
	c.calls[callback]++
	line := append([]byte("probe > "), c.name...)
	line = append(append(line, ' '), callback...)
	for _, a := range args {
		line = append(append(line, ' '), a...)
	}
	record(line)
	s := c.root.script
	if callback == "vm_start" {
		s = vmScript
	}
	result := otherwise
	if l := s.lookup(c.name, callback, c.calls[callback]); l != nil {
		for i := range l.calls {
			c.perform(id, callback, &l.calls[i])
		}
		if l.returns >= 0 {
			result = uint32(l.returns)
		}
	}
	line = append([]byte("probe < "), c.name...)
	line = append(append(line, ' '), callback...)
	line = strconv.AppendUint(append(line, ' '), uint64(result), 10)
	record(line)
	return result
}

// perform makes one call and records it.
func (c *context) perform(id uint32, callback string, call *call) {
	line := append([]byte("probe . "), c.name...)
	line = append(append(line, ' '), callback...)
	line = append(append(line, ' '), call.text...)
	f, ok := functions[call.name]
	if !ok {
		record(append(line, " = no such function"...))
		return
	}
	var a []uint64
	var keep [][]byte
	words := call.args
	at := 0 // of out
	for _, p := range f.params {
		var word string
		outParam := p < 'a'
		if outParam {
			if len(words) > 0 && words[0][0] == '!' {
				word, words = words[0], words[1:]
			}
			for i := range 2 {
				out[at+i] = sentinel<<32 | sentinel
				address := uint64(uintptr(unsafe.Pointer(&out[at+i])))
				if word == "!" || word == "!1" && i == 0 || word == "!2" && i == 1 {
					address = badAddress
				}
				if i == 0 || p == 'O' || p == 'P' {
					a = append(a, address)
				}
			}
			at += 2
			continue
		}
		if len(words) == 0 {
			record(append(line, " = too few arguments"...))
			return
		}
		word, words = words[0], words[1:]
		if p == 's' {
			data, address, size, raw, ok := bytesOf(word)
			if !ok {
				record(append(line, " = bad argument in the script"...))
				return
			}
			if !raw {
				keep = append(keep, data)
				address, size = addressOf(data), uint32(len(data))
			}
			a = append(a, uint64(address), uint64(size))
			continue
		}
		n, ok := c.number(id, word)
		if !ok {
			record(append(line, " = bad argument in the script"...))
			return
		}
		a = append(a, n)
	}
	if len(words) > 0 {
		record(append(line, " = too many arguments"...))
		return
	}
	allocations = allocations[:0]
	status := f.call(a)
	line = strconv.AppendUint(append(line, " = "...), uint64(status), 10)
	at = 0
	for _, p := range f.params {
		if p >= 'a' {
			continue
		}
		line = append(line, ' ')
		line = c.appendResult(line, p, at, status)
		at += 2
	}
	for i, b := range allocations {
		if i == 0 {
			line = append(line, " alloc"...)
		}
		line = strconv.AppendInt(append(line, ' '), int64(len(b)), 10)
	}
	_ = keep
	record(line)
}

// number evaluates an argument that stands for a number.
func (c *context) number(id uint32, word string) (uint64, bool) {
	switch {
	case word == "self":
		return uint64(id), true
	case word == "root":
		return uint64(c.root.id), true
	case word[0] == '$':
		n, err := strconv.Atoi(word[1:])
		if err != nil || n < 1 || n > len(c.root.tokens) {
			return 0, err == nil // a token that never came: 0, which is none
		}
		return uint64(c.root.tokens[n-1].value), true
	case word[0] == 's':
		for id, other := range contexts {
			if other.root == c.root && other.name == word {
				return uint64(id), true
			}
		}
		return 1 << 30, true // gone: an id that no host uses
	case word[0] == '-':
		n, err := strconv.ParseInt(word, 10, 64)
		return uint64(n), err == nil
	}
	n, err := strconv.ParseUint(word, 0, 64)
	return n, err == nil
}

// token names a number that the host handed out.
func (c *context) token(kind rune, n uint32) string {
	for i, t := range c.root.tokens {
		if t.kind == kind && t.value == n {
			return "$" + strconv.Itoa(i+1)
		}
	}
	if n == 0 {
		return "0"
	}
	c.root.tokens = append(c.root.tokens, token{kind, n})
	return "$" + strconv.Itoa(len(c.root.tokens))
}

func isToken(param rune) bool { return param == 'T' || param == 'M' || param == 'U' || param == 'K' }

// appendResult appends what the host wrote into the room at index i of out; "-"
// is a host that wrote nothing.
func (c *context) appendResult(line []byte, param rune, i int, status uint32) []byte {
	if param == 'Q' || param == 'V' {
		switch {
		case out[i] == sentinel<<32|sentinel:
			return append(line, '-')
		case param == 'V':
			return append(line, "varies"...)
		}
		return strconv.AppendUint(line, out[i], 10)
	}
	first, second := uint32(out[i]), uint32(out[i+1])
	switch {
	case first == sentinel && (second == sentinel || param == 'W' || isToken(param)):
		return append(line, '-')
	case isToken(param):
		return append(line, c.token(param, first)...)
	case param == 'W':
		return strconv.AppendUint(line, uint64(first), 10)
	case first == sentinel:
		return append(line, "size-only"...)
	case second == sentinel:
		return append(line, "address-only"...)
	case first == 0 && second == 0:
		return append(line, "null"...)
	case first == 0:
		return strconv.AppendUint(append(line, "null+"...), uint64(second), 10)
	}
	data := at(first, second)
	if param == 'P' {
		if fields, ok := unmarshal(data); ok {
			line = append(line, '{')
			for i, f := range fields {
				if i > 0 && i%2 == 0 {
					line = append(line, ' ')
				}
				line = appendBytes(line, []byte(f))
				if i%2 == 0 {
					line = append(line, '=')
				}
			}
			return append(line, '}')
		}
	}
	return appendBytes(line, data)
}

// appendBytes quotes data; of more than 512 bytes it shows the first and a sum.
func appendBytes(line, data []byte) []byte {
	if len(data) <= 512 {
		return strconv.AppendQuoteToASCII(line, string(data))
	}
	sum := uint32(2166136261) // FNV-1a
	for _, b := range data {
		sum = (sum ^ uint32(b)) * 16777619
	}
	line = strconv.AppendQuoteToASCII(line, string(data[:24]))
	line = strconv.AppendInt(append(line, "..."...), int64(len(data)), 10)
	return strconv.AppendUint(append(line, '~'), uint64(sum), 16)
}

// configuration reads a buffer that holds a configuration.
func configuration(kind, size uint32) string {
	if size == 0 {
		return ""
	}
	allocations = allocations[:0]
	if hostGetBufferBytes(kind, 0, size, uint32(uintptr(unsafe.Pointer(&out[0]))), uint32(uintptr(unsafe.Pointer(&out[1])))) != 0 {
		return ""
	}
	return string(at(uint32(out[0]), uint32(out[1])))
}
