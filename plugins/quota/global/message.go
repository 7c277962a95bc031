package global

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// The numbers of fields in envoy/service/ratelimit/v3/rls.proto and
// envoy/extensions/common/ratelimit/v3/ratelimit.proto.
const (
	requestDomain      = 1
	requestDescriptors = 2
	requestHits        = 3

	descriptorEntries = 1
	descriptorLimit   = 2
	descriptorHits    = 3

	responseCode     = 1
	responseStatuses = 2

	statusCode      = 1
	statusLimit     = 2
	statusRemaining = 3
	statusReset     = 4
)

// The values of RateLimitResponse.Code.
const (
	codeOK        = 1
	codeOverLimit = 2
)

// maxHits is the largest hits_addend of a request.
const maxHits = 1<<32 - 1

// appendDescriptor appends a RateLimitRequest but for its hits, of which it says only
// whether there are any.
func appendDescriptor(b []byte, domain string, r *Request, hits bool) []byte {
	b = appendText(b, requestDomain, domain)
	var d []byte
	for i := range r.Entries {
		var entry []byte
		entry = appendText(entry, 1, r.Entries[i].Key)
		entry = appendText(entry, 2, r.Entries[i].Value)
		d = protowire.AppendTag(d, descriptorEntries, protowire.BytesType)
		d = protowire.AppendBytes(d, entry)
	}
	// A unit that the service does not know would bring it down.
	if unit := r.Override.Unit; unit > Unknown && unit <= Week {
		var limit []byte
		limit = appendNumber(limit, 1, uint64(r.Override.Requests))
		limit = appendNumber(limit, 2, uint64(unit))
		d = protowire.AppendTag(d, descriptorLimit, protowire.BytesType)
		d = protowire.AppendBytes(d, limit)
	}
	if !hits {
		// google.protobuf.UInt64Value of 0: asks without counting.
		d = protowire.AppendTag(d, descriptorHits, protowire.BytesType)
		d = protowire.AppendBytes(d, nil)
	}
	b = protowire.AppendTag(b, requestDescriptors, protowire.BytesType)
	return protowire.AppendBytes(b, d)
}

// appendHits appends the hits of a RateLimitRequest.
func appendHits(b []byte, hits int64) []byte {
	return appendNumber(b, requestHits, uint64(min(max(hits, 0), maxHits)))
}

func appendNumber(b []byte, field protowire.Number, n uint64) []byte {
	if n == 0 {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), n)
}

func appendText(b []byte, field protowire.Number, text string) []byte {
	if text == "" {
		return b
	}
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), valid(text))
}

// valid returns a text with each byte that is no UTF-8 spelled as U+FFFD and two
// hexadecimal digits: a service refuses messages that hold one, and it is clients who
// choose the bytes.
func valid(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	const digits = "0123456789abcdef"
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 {
			b.WriteString("\uFFFD")
			b.WriteByte(digits[text[i]>>4])
			b.WriteByte(digits[text[i]&15])
		} else {
			b.WriteString(text[i : i+size])
		}
		i += size
	}
	return b.String()
}

// response is what matters of a RateLimitResponse to one descriptor.
type response struct {
	// code is the overall code.
	code int32
	// status says that there is one for the descriptor.
	status bool
	// statusCode is that of the descriptor, another than code in shadow mode.
	statusCode int32
	// limited says that a limit was found for the descriptor, of requests in a unit.
	limited  bool
	requests uint32
	unit     Unit
	// remaining is what is left of the window.
	remaining uint32
	// reset is how long it lasts, 0 if the service did not say.
	reset time.Duration
}

var errMessage = errors.New("global: no RateLimitResponse")

// maxReset is longer than any window.
const maxReset = 400 * 24 * time.Hour

// decodeResponse reads a RateLimitResponse with the status of its first descriptor.
// Fields that it does not know are skipped, also known ones of another wire type, as
// Protocol Buffers have it.
func decodeResponse(b []byte) (r response, err error) {
	var status []byte
	ok := fields(b, func(field protowire.Number, n uint64, text []byte) bool {
		switch {
		case field == responseCode && text == nil:
			r.code = int32(n)
		case field == responseStatuses && text != nil && !r.status:
			r.status, status = true, text
		}
		return true
	})
	if !ok || r.status && !r.readStatus(status) || r.code != codeOK && r.code != codeOverLimit {
		return response{}, errMessage
	}
	return r, nil
}

func (r *response) readStatus(b []byte) bool {
	var seconds, nanos int64
	ok := fields(b, func(field protowire.Number, n uint64, text []byte) bool {
		switch {
		case field == statusCode && text == nil:
			r.statusCode = int32(n)
		case field == statusLimit && text != nil:
			r.limited = true
			return fields(text, func(field protowire.Number, n uint64, text []byte) bool {
				switch {
				case field == 1 && text == nil:
					r.requests = uint32(n)
				case field == 2 && text == nil:
					r.unit = Unknown
					if n <= uint64(Week) {
						r.unit = Unit(n)
					}
				}
				return true
			})
		case field == statusRemaining && text == nil:
			r.remaining = uint32(n)
		case field == statusReset && text != nil:
			return fields(text, func(field protowire.Number, n uint64, text []byte) bool {
				switch {
				case field == 1 && text == nil:
					seconds = int64(n)
				case field == 2 && text == nil:
					nanos = int64(int32(n))
				}
				return true
			})
		}
		return true
	})
	if seconds >= 0 && seconds < int64(maxReset/time.Second) && nanos >= 0 && nanos < int64(time.Second) {
		r.reset = time.Duration(seconds)*time.Second + time.Duration(nanos)
	}
	return ok
}

// fields calls f for each field of a message that is a varint, with its number, or of
// bytes, which are not nil then. It returns false if f does or the message is broken.
func fields(b []byte, f func(field protowire.Number, n uint64, text []byte) bool) bool {
	for len(b) > 0 {
		field, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			return false
		}
		b = b[size:]
		switch kind {
		case protowire.VarintType:
			var n uint64
			if n, size = protowire.ConsumeVarint(b); size < 0 || !f(field, n, nil) {
				return false
			}
		case protowire.BytesType:
			var text []byte
			if text, size = protowire.ConsumeBytes(b); size < 0 || !f(field, 0, text[:len(text):len(text)]) {
				return false
			}
		default:
			if size = protowire.ConsumeFieldValue(field, kind, b); size < 0 {
				return false
			}
		}
		b = b[size:]
	}
	return true
}
