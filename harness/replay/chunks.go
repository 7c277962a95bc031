package replay

import (
	"bytes"
	"fmt"
	"strconv"
)

// Chunks is a plan for cutting bodies into data frames. The zero value keeps
// the frames of the recording.
type Chunks struct {
	plan plan
	size int
}

type plan uint8

const (
	recorded plan = iota
	whole
	sized
	halves
)

var (
	// Recorded keeps the frames of the recording; a HAR has whole bodies.
	Recorded = Chunks{}
	// Whole makes one frame of each body.
	Whole = Chunks{plan: whole}
	// Bytes makes a frame of each byte.
	Bytes = Chunks{plan: sized, size: 1}
	// Halves cuts each body in its middle.
	Halves = Chunks{plan: halves}
)

// Sized makes frames of n bytes, the last of what is left.
func Sized(n int) Chunks { return Chunks{plan: sized, size: n} }

// ParseChunks reads "recorded", "whole", "bytes", "halves" or a number of bytes.
func ParseChunks(s string) (Chunks, error) {
	for _, c := range []Chunks{Recorded, Whole, Bytes, Halves} {
		if s == c.String() {
			return c, nil
		}
	}
	if n, err := strconv.Atoi(s); err == nil && n > 0 {
		return Sized(n), nil
	}
	return Chunks{}, fmt.Errorf("chunks: %q, want whole, bytes, halves, recorded or a number of bytes", s)
}

// String returns what ParseChunks reads.
func (c Chunks) String() string {
	switch c.plan {
	case whole:
		return "whole"
	case halves:
		return "halves"
	case sized:
		if c.size == 1 {
			return "bytes"
		}
		return strconv.Itoa(c.size)
	}
	return "recorded"
}

func (c Chunks) cut(body [][]byte) [][]byte {
	if c.plan == recorded || len(body) == 0 {
		return body
	}
	rest := bytes.Join(body, nil)
	if len(rest) == 0 {
		return body
	}
	size := len(rest)
	switch c.plan {
	case sized:
		size = c.size
	case halves:
		size = (len(rest) + 1) / 2
	}
	chunks := make([][]byte, 0, (len(rest)+size-1)/size)
	for len(rest) > 0 {
		n := min(size, len(rest))
		chunks = append(chunks, rest[:n:n])
		rest = rest[n:]
	}
	return chunks
}
