// Command scribe is the plugin of this package's tests that rewrites: an inspector
// that makes of bodies what the request's headers x-upload and x-download say. All it
// lets pass is in upper case, so that what passes as it came can be told.
//
//	upper   every byte
//	drop    none
//	double  every byte twice
//	grow    every byte 100 times
//	hold    every byte, but the last 100 at the end
//	deny    every byte, until one is "!", which is denied
//	panic   the same, but it panics
//
// With x-shadow it only looks, and with x-hold-headers headers wait. To trailers it
// adds x-read. Its configuration is a prefix of all these names, so that a chain may
// have several. Its counters tell what came.
package main

import (
	"bytes"
	"slices"

	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter/inspect"
	"gatehouse/plugins/internal/policy"
)

func init() {
	inspect.Register("scribe", event.DetectionFinding, func(prefix []byte) (*scribe, error) {
		return &scribe{prefix: string(prefix)}, nil
	})
}

func main() {}

type scribe struct {
	events event.Config
	prefix string
}

func (s *scribe) Reasons(o policy.Outcome) []policy.Reason {
	if o == policy.Allow {
		return []policy.Reason{"copied"}
	}
	return []policy.Reason{"mark"}
}

func (s *scribe) Events() *event.Config { return &s.events }

// What is counted.
const (
	uploadPieces = iota
	uploadEnds
	downloadPieces
	downloadEnds
	done
)

func (s *scribe) Counters() []string {
	return []string{"upload.pieces", "upload.ends", "download.pieces", "download.ends", "done"}
}

func (s *scribe) Inspect() policy.Inspection { return &inspection{prefix: s.prefix} }

// inspection is one stream.
type inspection struct {
	prefix           string
	mode             policy.Mode
	hold             bool
	upload, download page
	decision         policy.Decision
}

// page is a body.
type page struct {
	do   string
	held []byte
}

func (i *inspection) RequestHeaders(r *policy.Request, _ bool) policy.Decision {
	*i = inspection{prefix: i.prefix, upload: page{held: i.upload.held[:0]}, download: page{held: i.download.held[:0]}}
	i.upload.do, _ = r.Headers.First(i.prefix + "x-upload")
	i.download.do, _ = r.Headers.First(i.prefix + "x-download")
	_, i.hold = r.Headers.First(i.prefix + "x-hold-headers")
	if _, shadow := r.Headers.First(i.prefix + "x-shadow"); shadow {
		i.mode = policy.Shadow
	}
	return i.want(&i.upload, r.Headers)
}

func (i *inspection) want(p *page, headers policy.Headers) policy.Decision {
	d := policy.Decision{Outcome: policy.Allow, Mode: i.mode, Reason: "copied", HoldHeaders: i.hold}
	if p.do != "" {
		d.Body = policy.BodyStream
		_, trailers := headers.First("trailer")
		d.Gather = p.do == "hold" && trailers && headers.ContentLength() < 0
	}
	return d
}

func (i *inspection) ResponseHeaders(r *policy.ResponseHead, _ bool) policy.Decision {
	return i.want(&i.download, r.Headers)
}

func (i *inspection) RequestTrailers(policy.Headers) policy.Decision { return i.read() }

func (i *inspection) ResponseTrailers(policy.Headers) policy.Decision { return i.read() }

func (i *inspection) read() policy.Decision {
	return policy.Decision{Outcome: policy.Allow, Mode: i.mode, SetHeaders: []policy.Header{{Name: i.prefix + "x-read", Value: "1"}}}
}

func (i *inspection) RewriteRequest(dst, piece []byte, end bool) ([]byte, *policy.Decision) {
	return i.rewrite(&i.upload, uploadPieces, dst, piece, end)
}

func (i *inspection) RewriteResponse(dst, piece []byte, end bool) ([]byte, *policy.Decision) {
	return i.rewrite(&i.download, downloadPieces, dst, piece, end)
}

func (i *inspection) rewrite(p *page, counter int, dst, piece []byte, end bool) ([]byte, *policy.Decision) {
	d := &i.decision
	*d = policy.Decision{Outcome: policy.Allow, Count: append(d.Count[:0], counter)}
	if end {
		d.Count = append(d.Count, counter+1)
	}
	switch p.do {
	case "drop":
	case "double":
		dst = repeat(dst, piece, 2)
	case "grow":
		dst = repeat(dst, piece, 100)
	case "hold":
		p.held = append(p.held, piece...)
		n := max(len(p.held)-100, 0)
		if end {
			n = len(p.held)
		}
		dst = repeat(dst, p.held[:n], 1)
		p.held = append(p.held[:0], p.held[n:]...)
	default:
		dst = repeat(dst, piece, 1)
	}
	if bytes.IndexByte(piece, '!') < 0 {
		return dst, d
	}
	switch p.do {
	case "deny":
		d.Outcome, d.Mode, d.Reason = policy.Deny, i.mode, "mark"
		d.Response = policy.Response{Status: 403, Body: []byte("denied")}
	case "panic":
		panic("with a secret")
	}
	return dst, d
}

func repeat(dst, text []byte, times int) []byte {
	n := len(dst)
	dst = slices.Grow(dst, len(text)*times)[:n+len(text)*times]
	for _, c := range text {
		if c-'a' < 26 {
			c -= 'a' - 'A'
		}
		for range times {
			dst[n] = c
			n++
		}
	}
	return dst
}

func (i *inspection) RequestBody([]byte, bool) policy.Decision  { panic("not wanted") }
func (i *inspection) ResponseBody([]byte, bool) policy.Decision { panic("not wanted") }

func (i *inspection) Done() policy.Decision {
	return policy.Decision{Outcome: policy.Allow, Mode: i.mode, Reason: "copied", Count: []int{done}}
}
