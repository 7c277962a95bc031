package format

import "encoding/binary"

// framed rewrites JSON messages in frames: a byte of flags, the length of the
// message in four bytes, the message (gRPC over HTTP/2, "Length-Prefixed-Message";
// Connect has the same envelope). A message is held until it is there, because its
// length leaves before it: Limits.Encoded bounds it.
type framed struct {
	err     error
	options Options
	json    *JSON
	text    func() Rewriter
	head    [5]byte
	have    int
	message []byte
	out     []byte
}

// Flags of frames.
const (
	frameCompressed = 1 << 0
	frameEnd        = 1 << 1 // the last one of Connect, with a JSON object
	frameTrailers   = 1 << 7 // of gRPC-Web, header fields as text
)

func newFramed(v Visitor, p *Path, o Options) *framed {
	o.Limits = o.Limits.withDefaults()
	return &framed{options: o, json: newJSON(false, v, p, o.Limits), text: func() Rewriter { return newText(v, p, o.Limits, false) }}
}

// Write implements Rewriter.
func (f *framed) Write(dst, piece []byte) ([]byte, error) {
	for f.err == nil && len(piece) > 0 {
		if f.have < len(f.head) {
			n := copy(f.head[f.have:], piece)
			f.have += n
			piece = piece[n:]
			if f.have < len(f.head) {
				break
			}
			if f.size() > uint32(f.options.Limits.Encoded) {
				f.err = ErrSize
			} else if f.size() == 0 {
				dst = f.frame(dst)
			}
			continue
		}
		n := min(len(piece), int(f.size())-len(f.message))
		f.message = append(f.message, piece[:n]...)
		piece = piece[n:]
		if len(f.message) == int(f.size()) {
			dst = f.frame(dst)
		}
	}
	return dst, f.err
}

// Close implements Rewriter.
func (f *framed) Close(dst []byte) ([]byte, error) {
	if f.err == nil && f.have > 0 {
		f.err = ErrTruncated
	}
	return dst, f.err
}

func (f *framed) size() uint32 { return binary.BigEndian.Uint32(f.head[1:]) }

// frame rewrites the frame that is there.
func (f *framed) frame(dst []byte) []byte {
	flags := f.head[0]
	if flags&^(frameCompressed|frameEnd|frameTrailers) != 0 {
		f.err = ErrSyntax
		return dst
	}
	f.json.Reset(f.json.visitor)
	r := Rewriter(f.json)
	if flags&frameTrailers != 0 {
		r = f.text()
	}
	if flags&frameCompressed != 0 && f.size() > 0 {
		if f.options.Message != CodingGzip && f.options.Message != CodingDeflate {
			f.err = ErrUnread
			return dst
		}
		r = NewDecoded(r, f.options.Message, f.options.Compressor, f.options.Expansion)
	}
	f.out = f.out[:0]
	if f.out, f.err = r.Write(f.out, f.message); f.err == nil {
		f.out, f.err = r.Close(f.out)
	}
	if f.err != nil {
		return dst
	}
	dst = append(dst, flags)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(f.out)))
	dst = append(dst, f.out...)
	f.have = 0
	f.message = f.message[:0]
	return dst
}
