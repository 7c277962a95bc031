package operator

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"gatehouse/plugins/waf/transform"
)

// byteRange is validateByteRange: a value matches if it has one of the bytes in
// the set, which are those out of range.
type byteRange struct{ out transform.ByteSet }

// newByteRange reads a list of bytes and ranges of bytes such as "10, 13, 32-126".
// An empty list makes every value match, even the empty one.
func newByteRange(argument string) (Operator, error) {
	if argument == "" {
		return unconditional(true), nil
	}
	b := &byteRange{out: transform.ByteSet{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}}
	for entry := range strings.SplitSeq(argument, ",") {
		first, last, ok := strings.Cut(strings.TrimSpace(entry), "-")
		if !ok {
			last = first
		}
		from, err1 := strconv.Atoi(first)
		to, err2 := strconv.Atoi(last)
		if err1 != nil || err2 != nil || from < 0 || from > 255 || to < 0 || to > 255 {
			return nil, fmt.Errorf("%q, want a number from 0 to 255 or two with - between", entry)
		}
		for c := from; c <= to; c++ {
			b.out[c>>6] &^= 1 << (c & 63)
		}
	}
	return b, nil
}

func (b *byteRange) Match(value, _ string) bool {
	for i := 0; i < len(value); i++ {
		if b.out.Has(value[i]) {
			return true
		}
	}
	return false
}

func (b *byteRange) requires() (*transform.ByteSet, int) { return &b.out, 1 }

// urlEncoding is validateUrlEncoding: a value matches if it has a "%" without two
// hexadecimal digits after it.
type urlEncoding struct{}

func (urlEncoding) Match(value, _ string) bool {
	for {
		i := strings.IndexByte(value, '%')
		if i < 0 {
			return false
		}
		if len(value) < i+3 || !isHex(value[i+1]) || !isHex(value[i+2]) {
			return true
		}
		value = value[i+3:]
	}
}

func (urlEncoding) requires() (*transform.ByteSet, int) {
	return &transform.ByteSet{1 << '%'}, 1
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// utf8Encoding is validateUtf8Encoding: a value matches if it is not UTF-8.
type utf8Encoding struct{}

func (utf8Encoding) Match(value, _ string) bool { return !utf8.ValidString(value) }

func (utf8Encoding) requires() (*transform.ByteSet, int) {
	return &transform.ByteSet{2: ^uint64(0), 3: ^uint64(0)}, 1
}
