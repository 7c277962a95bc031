package format

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash"
	"hash/adler32"
	"hash/crc32"
)

const (
	// ErrCompressed says that a body is not what its content coding says: its
	// bytes, a checksum or its length are wrong, it stops short, or something
	// follows it.
	ErrCompressed Error = "compressed body damaged or cut short"
	// ErrExpansion says that a compressed body becomes larger than it may.
	ErrExpansion Error = "compressed body expands beyond its bound"
)

// Expansion bounds what a compressed body may become.
type Expansion struct {
	// Total is the most bytes, 0 for no bound.
	Total int64
	// Ratio is the most bytes for each compressed byte, 0 for no bound. The first
	// mebibyte is free of it: DEFLATE makes up to 1032 bytes of one.
	Ratio int64
}

// DefaultExpansion lets through what documents and logs become, which is rarely
// more than fifty times what they were, and nothing larger than 8 GiB. Memory
// does not depend on it: it bounds work.
var DefaultExpansion = Expansion{Total: 8 << 30, Ratio: 256}

const freeExpansion = 1 << 20

func (e Expansion) exceeded(in, out int64) bool {
	return e.Total > 0 && out > e.Total || e.Ratio > 0 && out > freeExpansion && out/e.Ratio > in
}

// Compressor compresses for all bodies of a plugin instance, which take turns:
// it keeps nothing between them, at the price of matches that reach from one
// piece into the piece before. A compressor of compress/flate is one megabyte,
// which is too much for each body. It is not for use by several goroutines.
type Compressor struct {
	w       *flate.Writer
	out     appender
	scratch []byte
}

// NewCompressor returns a Compressor; its memory is taken when it is first used.
func NewCompressor() *Compressor { return &Compressor{} }

type appender []byte

func (a *appender) Write(p []byte) (int, error) {
	*a = append(*a, p...)
	return len(p), nil
}

// appendBlocks appends blocks that hold p and end on a byte boundary, so that a
// client can decode all of p (RFC 1951; a "sync flush").
func (c *Compressor) appendBlocks(dst, p []byte) []byte {
	c.out = dst
	if c.w == nil {
		// the error is for a level that does not exist
		c.w, _ = flate.NewWriter(&c.out, flate.BestSpeed)
	} else {
		c.w.Reset(&c.out)
	}
	// an appender has no errors
	_, _ = c.w.Write(p)
	_ = c.w.Flush()
	dst, c.out = c.out, nil
	return dst
}

// NewDecoded returns a Rewriter of a compressed body around the Rewriter of the
// document in it. Pieces are decoded, rewritten and compressed again as they
// come; what can be passed on of a piece is, to its last byte. The compressed
// bytes are others than those that came, and depend on how the pieces are cut:
// what they decode to does not. Several members of gzip become one.
//
// A body of no bytes stays one. Coding is CodingGzip or CodingDeflate.
func NewDecoded(inner Rewriter, coding Coding, by *Compressor, bound Expansion) Rewriter {
	return &decoded{inner: inner, gzip: coding == CodingGzip, by: by, bound: bound}
}

type decoded struct {
	inner Rewriter
	by    *Compressor
	bound Expansion
	in    inflater
	err   error

	stage   decodedStage
	gzip    bool
	zlib    bool // deflate with the header of zlib
	flags   byte
	field   [10]byte // header or trailer being read
	have    int
	left    int // bytes of the extra field
	headSum uint32

	read, made       int64       // compressed and decoded bytes
	sumIn, sumOut    hash.Hash32 // of the member, of what was made of all; nil for none
	sizeIn, sizeOut  uint32
	started, written bool
}

type decodedStage uint8

const (
	decodedHeader decodedStage = iota
	decodedExtraLength
	decodedExtra
	decodedName
	decodedComment
	decodedHeaderSum
	decodedData
	decodedTrailer
	decodedEnd
)

// Flags of a gzip header (RFC 1952, Section 2.3.1).
const (
	flagHeaderSum = 1 << 1
	flagExtra     = 1 << 2
	flagName      = 1 << 3
	flagComment   = 1 << 4
	flagReserved  = 0xe0
)

// Write implements Rewriter.
func (d *decoded) Write(dst, piece []byte) ([]byte, error) {
	for d.err == nil && len(piece) > 0 {
		d.started = true
		switch d.stage {
		case decodedData:
			dst, piece = d.data(dst, piece)
		case decodedTrailer:
			piece = d.trailer(piece)
		case decodedEnd:
			if d.gzip {
				d.stage = decodedHeader // of another member
			} else {
				d.err = ErrCompressed
			}
		default:
			n := d.header(piece)
			d.read += int64(n)
			piece = piece[n:]
			if d.stage == decodedData && d.err == nil {
				d.begin()
				if !d.gzip && !d.zlib {
					// what was taken for a header is data
					dst, _ = d.data(dst, d.field[:2])
				}
			}
		}
	}
	return dst, d.err
}

// Close implements Rewriter.
func (d *decoded) Close(dst []byte) ([]byte, error) {
	if d.err != nil {
		return dst, d.err
	}
	if d.started && d.stage != decodedEnd {
		d.err = ErrCompressed
		return dst, d.err
	}
	scratch := d.by.take()
	if scratch, d.err = d.inner.Close(scratch); d.err == nil {
		dst = d.append(dst, scratch)
	}
	d.by.scratch = scratch
	if d.err != nil || !d.started && !d.written {
		return dst, d.err
	}
	dst = d.head(dst)
	dst = append(dst, 3, 0) // an empty last block
	switch {
	case d.gzip:
		dst = binary.LittleEndian.AppendUint32(dst, d.sumOut.Sum32())
		dst = binary.LittleEndian.AppendUint32(dst, d.sizeOut)
	case d.zlib:
		dst = binary.BigEndian.AppendUint32(dst, d.sumOut.Sum32())
	}
	return dst, nil
}

// begin prepares for the compressed data of a member.
func (d *decoded) begin() {
	d.in.reset()
	d.sizeIn = 0
	if d.sumIn == nil {
		d.sumIn, d.sumOut = d.sum(), d.sum()
	} else {
		d.sumIn.Reset()
	}
}

// sum returns the checksum that goes with the coding.
func (d *decoded) sum() hash.Hash32 {
	switch {
	case d.gzip:
		return crc32.NewIEEE()
	case d.zlib:
		return adler32.New()
	}
	return nil
}

// head appends a header, once.
func (d *decoded) head(dst []byte) []byte {
	if d.written {
		return dst
	}
	d.written = true
	switch {
	case d.gzip:
		// no name, no time, the fastest compression, an unknown system
		return append(dst, 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255)
	case d.zlib:
		return append(dst, 0x78, 1)
	}
	return dst
}

// append compresses what was made of the document.
func (d *decoded) append(dst, p []byte) []byte {
	if len(p) == 0 {
		return dst
	}
	dst = d.head(dst)
	if d.sumOut != nil {
		_, _ = d.sumOut.Write(p) // a hash has no errors
	}
	d.sizeOut += uint32(len(p))
	return d.by.appendBlocks(dst, p)
}

// take fills field up to want bytes and reports whether they are there.
func (d *decoded) take(piece []byte, want int) (n int, ok bool) {
	n = copy(d.field[d.have:want], piece)
	if d.have += n; d.have < want {
		return n, false
	}
	d.have = 0
	return n, true
}

// header reads what comes before compressed data and reports how many bytes of
// piece it took.
func (d *decoded) header(piece []byte) (n int) {
	if !d.gzip {
		return d.zlibHeader(piece)
	}
	stage, ok := d.stage, false
	switch stage {
	case decodedHeader:
		if d.have == 0 {
			d.headSum = 0
		}
		if n, ok = d.take(piece, 10); ok {
			d.flags = d.field[3]
			if d.field[0] != 0x1f || d.field[1] != 0x8b || d.field[2] != 8 || d.flags&flagReserved != 0 {
				d.err = ErrCompressed
			}
			d.next(decodedExtraLength)
		}
	case decodedExtraLength:
		if n, ok = d.take(piece, 2); ok {
			d.left = int(binary.LittleEndian.Uint16(d.field[:2]))
			if d.stage = decodedExtra; d.left == 0 {
				d.next(decodedName)
			}
		}
	case decodedExtra:
		n = min(d.left, len(piece))
		if d.left -= n; d.left == 0 {
			d.next(decodedName)
		}
	case decodedName, decodedComment:
		if n = bytes.IndexByte(piece, 0) + 1; n == 0 {
			n = len(piece)
		} else {
			d.next(stage + 1)
		}
	case decodedHeaderSum:
		if n, ok = d.take(piece, 2); ok {
			if binary.LittleEndian.Uint16(d.field[:2]) != uint16(d.headSum) {
				d.err = ErrCompressed
			}
			d.stage = decodedData
		}
	}
	if stage != decodedHeaderSum {
		d.headSum = crc32.Update(d.headSum, crc32.IEEETable, piece[:n])
	}
	return n
}

// next goes on to stage, or to the one behind it that the header has.
func (d *decoded) next(stage decodedStage) {
	for ; stage < decodedData; stage++ {
		switch {
		case stage == decodedExtraLength && d.flags&flagExtra != 0,
			stage == decodedName && d.flags&flagName != 0,
			stage == decodedComment && d.flags&flagComment != 0,
			stage == decodedHeaderSum && d.flags&flagHeaderSum != 0:
			d.stage = stage
			return
		}
	}
	d.stage = decodedData
}

// zlibHeader reads the header of RFC 1950, Section 2.2. What has none is DEFLATE
// as it is: some servers send that.
func (d *decoded) zlibHeader(piece []byte) int {
	n, ok := d.take(piece, 2)
	if ok {
		v := uint(d.field[0])<<8 | uint(d.field[1])
		d.zlib = d.field[0]&15 == 8 && d.field[0]>>4 <= 7 && v%31 == 0
		if d.zlib && d.field[1]&0x20 != 0 {
			d.err = ErrCompressed // made with a dictionary that we do not have
		}
		d.stage = decodedData
	}
	return n
}

// take returns the buffer that bodies share, empty. Until it is put back, a body
// within this one makes a buffer of its own.
func (c *Compressor) take() []byte {
	b := c.scratch[:0]
	c.scratch = nil
	return b
}

// data decodes and rewrites, and returns what is behind the compressed data.
func (d *decoded) data(dst, piece []byte) ([]byte, []byte) {
	scratch := d.by.take()
	for d.err == nil && d.stage == decodedData {
		n, err := d.in.decode(piece)
		if err != nil {
			d.err = err
			break
		}
		piece = piece[n:]
		d.read += int64(n)
		if out := d.in.out(); len(out) > 0 {
			d.made += int64(len(out))
			if d.bound.exceeded(d.read, d.made) {
				d.err = ErrExpansion
				break
			}
			if d.sumIn != nil {
				_, _ = d.sumIn.Write(out)
			}
			d.sizeIn += uint32(len(out))
			if scratch, d.err = d.inner.Write(scratch[:0], out); d.err == nil {
				dst = d.append(dst, scratch)
			}
		} else if len(piece) == 0 && d.in.stage != inflateDone {
			break
		}
		if d.in.stage == inflateDone {
			d.in.align()
			d.stage = decodedTrailer
			d.trailer(nil)
		}
	}
	d.by.scratch = scratch
	return dst, piece
}

// trailer reads checksum and length, of which the inflater may hold the first
// bytes, and returns what is behind them.
func (d *decoded) trailer(piece []byte) []byte {
	size := 0
	switch {
	case d.gzip:
		size = 8
	case d.zlib:
		size = 4
	}
	for d.in.n > 0 && d.have < size {
		d.field[d.have] = byte(d.in.take(8))
		d.have++
	}
	n := copy(d.field[d.have:size], piece)
	d.have += n
	d.read += int64(n)
	if d.have < size {
		return piece[n:]
	}
	switch {
	case d.gzip && (binary.LittleEndian.Uint32(d.field[:4]) != d.sumIn.Sum32() || binary.LittleEndian.Uint32(d.field[4:8]) != d.sizeIn),
		d.zlib && binary.BigEndian.Uint32(d.field[:4]) != d.sumIn.Sum32(),
		d.in.n > 0: // a trailer of gzip is longer than what the inflater holds
		d.err = ErrCompressed
	}
	d.have = 0
	d.stage = decodedEnd
	return piece[n:]
}
