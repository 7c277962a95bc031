package main

import (
	"strconv"
	"strings"
)

// A script is lines of text. "on SELECTOR" opens the list of calls made in one
// callback; SELECTOR is the callback's name ("request_headers"), followed by
// "#2" for its second call in a context, preceded by "s3." for the third stream
// of the plugin: the most specific list wins. Each line after it is a call,
// "name argument …", and "return N" says what the callback returns.
type script map[string]*list

type list struct {
	calls   []call
	returns int64 // -1: the callback's default
}

// A call is one host call as the script writes it.
type call struct {
	text string // as recorded
	name string
	args []string
}

// parse reads a script. The text after a fault is the line at fault.
func parse(text string) (script, string) {
	s := make(script)
	var l *list
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		words, ok := split(line)
		if !ok {
			return nil, line
		}
		switch {
		case words[0] == "on" && len(words) == 2:
			if l = s[words[1]]; l == nil {
				l = &list{returns: -1}
				s[words[1]] = l
			}
		case l == nil:
			return nil, line
		case words[0] == "return" && len(words) == 2:
			n, err := strconv.ParseInt(words[1], 10, 64)
			if err != nil {
				return nil, line
			}
			l.returns = n
		default:
			l.calls = append(l.calls, call{text: line, name: words[0], args: words[1:]})
		}
	}
	return s, ""
}

// split cuts a line at its spaces, except inside quotes.
func split(line string) ([]string, bool) {
	var words []string
	quoted := false
	start := -1
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
			if start < 0 {
				start = i
			}
		case c == ' ' && !quoted:
			if start >= 0 {
				words = append(words, line[start:i])
				start = -1
			}
		case start < 0:
			start = i
		}
	}
	if start >= 0 {
		words = append(words, line[start:])
	}
	return words, !quoted && len(words) > 0
}

// lookup finds the list for the n-th call of a callback in a context.
func (s script) lookup(context, callback string, n int) *list {
	nth := "#" + strconv.Itoa(n)
	for _, key := range [...]string{context + "." + callback + nth, context + "." + callback, callback + nth, callback} {
		if l := s[key]; l != nil {
			return l
		}
	}
	return nil
}

// bytesOf evaluates an argument that stands for bytes:
//
//	"text"              the text, quoted as in Go
//	null                no bytes
//	repeat:N:"text"     the text N times
//	pairs:"k","v",…     a serialised header map
//	grpc:"cluster"      a GrpcService message that names a cluster
//	raw:ADDRESS:SIZE    no bytes of the plugin's: that address and that size
//
// raw is true for the last form, whose numbers come back in address and size.
func bytesOf(arg string) (data []byte, address, size uint32, raw, ok bool) {
	kind, rest, _ := strings.Cut(arg, ":")
	switch {
	case arg[0] == '"':
		text, err := strconv.Unquote(arg)
		return []byte(text), 0, 0, false, err == nil
	case arg == "null":
		return nil, 0, 0, true, true
	case kind == "raw":
		at, n, _ := strings.Cut(rest, ":")
		a, err1 := strconv.ParseUint(at, 0, 32)
		b, err2 := strconv.ParseUint(n, 0, 32)
		return nil, uint32(a), uint32(b), true, err1 == nil && err2 == nil
	case kind == "repeat":
		n, quoted, _ := strings.Cut(rest, ":")
		count, err1 := strconv.Atoi(n)
		text, err2 := strconv.Unquote(quoted)
		if err1 != nil || err2 != nil {
			return nil, 0, 0, false, false
		}
		return []byte(strings.Repeat(text, count)), 0, 0, false, true
	case kind == "pairs":
		var fields []string
		for rest != "" {
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, 0, 0, false, false
			}
			field, _ := strconv.Unquote(quoted)
			fields = append(fields, field)
			rest = strings.TrimPrefix(rest[len(quoted):], ",")
		}
		if len(fields)%2 != 0 {
			return nil, 0, 0, false, false
		}
		return marshal(fields), 0, 0, false, true
	case kind == "grpc":
		name, err := strconv.Unquote(rest)
		if err != nil || len(name) > 100 {
			return nil, 0, 0, false, false
		}
		return append([]byte{0x0a, byte(len(name) + 2), 0x0a, byte(len(name))}, name...), 0, 0, false, true
	}
	return nil, 0, 0, false, false
}

// marshal serialises names and values, alternating, as the ABI wants a header
// map: the count, the sizes of each name and value, then each of them with a
// zero byte behind.
func marshal(fields []string) []byte {
	var b []byte
	put := func(n int) { b = append(b, byte(n), byte(n>>8), byte(n>>16), byte(n>>24)) }
	put(len(fields) / 2)
	for _, f := range fields {
		put(len(f))
	}
	for _, f := range fields {
		b = append(append(b, f...), 0)
	}
	return b
}

// unmarshal is marshal's inverse; ok is false for bytes that are no header map.
func unmarshal(b []byte) (fields []string, ok bool) {
	get := func(at int) int {
		if at+4 > len(b) {
			return -1
		}
		return int(b[at]) | int(b[at+1])<<8 | int(b[at+2])<<16 | int(b[at+3])<<24
	}
	n := get(0)
	if n < 0 || n > len(b)/8 {
		return nil, false
	}
	at := 4 + 8*n
	for i := range 2 * n {
		size := get(4 + 4*i)
		if size < 0 || at+size+1 > len(b) || b[at+size] != 0 {
			return nil, false
		}
		fields = append(fields, string(b[at:at+size]))
		at += size + 1
	}
	return fields, at == len(b)
}
