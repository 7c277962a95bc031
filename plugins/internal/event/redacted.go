package event

import (
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"strconv"
	"strings"
)

// redacted returns the event as it is written. All that a request, a token or an
// identity provider chose passes here, but for the ids of the trace, which are
// hexadecimal digits of fixed length, and the incident id, which is the adapter's. What
// a name is hashed with is the issuer as it is.
func (w *Writer) redacted(e *Event) Event {
	safe := *e
	if e.Class == DataSecurityFinding && len(e.Sightings) == 0 {
		safe.Class = APIActivity // nothing was found
	}
	safe.Method = w.redactor.hide(e.Method, inValue, maxMethod)
	safe.Host = w.redactor.hide(e.Host, inAddress, maxHost)
	safe.Path = w.redactor.hide(e.Path, inPath, maxPath)
	safe.RequestID = w.redactor.hide(e.RequestID, inValue, maxID)
	safe.Identity.Issuer = w.redactor.hide(e.Identity.Issuer, inAddress, maxIdentity)
	safe.Identity.Subject = w.name("subject", e.Identity.Issuer, e.Identity.Subject)
	safe.Identity.ClientID = w.name("client", e.Identity.Issuer, e.Identity.ClientID)
	safe.Source = w.client(e.Source)
	return safe
}

// name returns an identifier as the configuration wants it written. A pseudonym
// is bound to its issuer and its kind: the same text as a client id or from
// another issuer gives another one.
func (w *Writer) name(kind, issuer, id string) string {
	switch {
	case id == "" || w.identity == "omit":
		return ""
	case w.identity == "unredacted":
		return id
	case w.identity != "pseudonym":
		return w.redactor.hide(id, inValue, maxIdentity)
	case w.mac == nil:
		return ""
	}
	w.mac.Reset()
	w.mac.Write([]byte(kind + "\x00" + strconv.Itoa(len(issuer)) + "\x00" + issuer + id))
	var sum [sha256.Size]byte
	return "p:" + base64.RawURLEncoding.EncodeToString(w.mac.Sum(sum[:0])[:16])
}

// client returns the address of a client, "ip:port", as the configuration wants it
// written. What is no address of a network is none of a client.
func (w *Writer) client(source string) string {
	switch w.source {
	case "omit":
		return ""
	case "network":
		text, _ := address(source)
		ip, err := netip.ParseAddr(text)
		if err != nil {
			return ""
		}
		ip = ip.Unmap().WithZone("")
		bits := 24
		if ip.Is6() {
			bits = 48
		}
		network, _ := ip.Prefix(bits) // an address has as many bits
		return network.Addr().String()
	}
	return source
}

// address takes "ip:port" apart, with or without brackets and port.
func address(source string) (ip string, port int) {
	i := strings.LastIndexByte(source, ':')
	bracketed := strings.HasPrefix(source, "[")
	if i < 0 || !bracketed && strings.IndexByte(source, ':') != i || bracketed && source[i-1] != ']' {
		return strings.Trim(source, "[]"), 0
	}
	port, err := strconv.Atoi(source[i+1:])
	if err != nil || port < 0 || port > 65535 {
		port = 0
	}
	return strings.Trim(source[:i], "[]"), port
}
