package jwks

import (
	"encoding/binary"
	"strings"
	"time"

	"gatehouse/plugins/internal/endpoint"
	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/policy"
)

// maxMetadataSize bounds the metadata of an issuer, in bytes.
const maxMetadataSize = 64 << 10

// metadata is the record of what an issuer's metadata said.
type metadata struct {
	// until is when to ask for it again.
	until int64
	uri   string
}

func (f *Fetcher) readMetadata(s *source) (m metadata, ok bool) {
	b, _, _ := f.store.Get(s.metadata)
	if len(b) < 9 || b[0] != format {
		return metadata{}, false
	}
	m = metadata{int64(binary.LittleEndian.Uint64(b[1:])), string(b[9:])}
	_, fault := endpoint.Parse(m.uri)
	return m, fault == ""
}

func (f *Fetcher) writeMetadata(s *source, m metadata) {
	b := binary.LittleEndian.AppendUint64([]byte{format}, uint64(m.until))
	// It is of use only until the owner's next call: nothing is lost with it.
	f.store.Set(s.metadata, append(b, m.uri...), 0)
}

// answerMetadata takes an answer that should be the issuer's metadata, and
// returns the call for the key set.
func (f *Fetcher) answerMetadata(i int, now time.Time, a *policy.Answer) []policy.Call {
	s, t := &f.sources[i], now.UnixNano()
	p := problem(i, a, maxMetadataSize, true)
	address := ""
	if p.Kind == 0 {
		address, p.Kind, p.Detail = s.keySetURI(string(a.Body))
	}
	switch p.Kind {
	case 0:
		lifetime := s.lifetime(now, a.Headers, s.MaxRefresh)
		f.writeMetadata(s, metadata{t + int64(f.refreshAfter(lifetime)), address})
	case IssuerMismatch, BadKeySetURI:
		f.fail(s, now, a, p)
		return nil
	default:
		// That the metadata cannot be had now does not mean that its last word no
		// longer holds.
		m, ok := f.readMetadata(s)
		if !ok || !ahead(t, m.until+int64(s.MaxStale), s.MaxRefresh+s.MaxStale) {
			f.fail(s, now, a, p)
			return nil
		}
		address = m.uri
		f.report(p)
	}
	if !f.update(s, s.shared.owner, func(c *control) { c.lease = t + int64(s.leaseTime()) }) {
		return nil
	}
	return []policy.Call{f.askKeys(s, t, address)}
}

// keySetURI returns the address that the text of an issuer's metadata gives, or
// what is wrong with it.
func (s *source) keySetURI(text string) (address string, kind Kind, detail string) {
	document, err := jose.ParseObject(text)
	if err != nil {
		return "", BadDocument, "want a JSON object without duplicate members"
	}
	// OpenID Connect Discovery 1.0, Section 4.3; RFC 8414, Section 3.3.
	if issuer, _ := document.Get("issuer").Text(); issuer != s.Issuer {
		return "", IssuerMismatch, "issuer: want the issuer of the configuration, character for character"
	}
	address, ok := document.Get("jwks_uri").Text()
	if !ok {
		return "", BadKeySetURI, "jwks_uri: want a string"
	}
	u, fault := endpoint.Parse(address)
	if fault != "" {
		return "", BadKeySetURI, "jwks_uri: " + fault
	}
	if from, _ := endpoint.Parse(s.DiscoveryURI); from.Secure() && !u.Secure() {
		return "", BadKeySetURI, "jwks_uri: want https://, as that of the metadata"
	}
	return strings.Clone(address), 0, ""
}
