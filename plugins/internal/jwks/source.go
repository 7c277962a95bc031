package jwks

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"gatehouse/plugins/internal/endpoint"
)

// Source is where the keys of one issuer come from, and how often.
type Source struct {
	// Issuer is the issuer's name. The metadata at DiscoveryURI must give it
	// exactly; it is not used otherwise. Required with DiscoveryURI.
	Issuer string
	// URI is the address of the JWK Set, http or https. Empty if DiscoveryURI is to
	// be asked for it; one of the two is required.
	URI string
	// DiscoveryURI is the address of the issuer's metadata, whose "jwks_uri" is the
	// address of the JWK Set; see [OpenIDConfiguration] and [ServerMetadata].
	DiscoveryURI string
	// Cluster is the proxy's name of what is called, for the metadata and the key
	// set alike: the host in a URI is only told to it. Required.
	Cluster string
	// Timeout is how long one answer may take. Default 5s.
	Timeout time.Duration
	// Refresh is how long a key set is fresh that does not say so. Metadata that
	// does not is fresh for MaxRefresh. Default 5m.
	Refresh time.Duration
	// MinRefresh and MaxRefresh bound how long an answer is fresh, whatever it
	// says. Defaults 30s and 1h, or Refresh if that is beyond.
	MinRefresh, MaxRefresh time.Duration
	// MaxStale is how long keys are used after they were fresh while their issuer
	// does not confirm them. 0 is not at all.
	MaxStale time.Duration
	// UnknownKeyInterval is the shortest time between two fetches that tokens with
	// an unknown key cause. Default 30s.
	UnknownKeyInterval time.Duration
}

// maxDuration bounds what a Source says, far from where sums of times overflow.
const maxDuration = 366 * 24 * time.Hour

// complete puts defaults in and finds faults, "field: want".
func (s Source) complete() (Source, error) {
	if s.Timeout == 0 {
		s.Timeout = 5 * time.Second
	}
	if s.Refresh == 0 {
		s.Refresh = 5 * time.Minute
	}
	if s.MinRefresh == 0 {
		s.MinRefresh = min(30*time.Second, s.Refresh)
	}
	if s.MaxRefresh == 0 {
		s.MaxRefresh = max(time.Hour, s.Refresh)
	}
	if s.UnknownKeyInterval == 0 {
		s.UnknownKeyInterval = 30 * time.Second
	}
	for _, d := range []struct {
		field  string
		value  time.Duration
		lowest time.Duration
	}{
		{"timeout", s.Timeout, time.Millisecond},
		{"refresh", s.Refresh, s.MinRefresh},
		{"min_refresh", s.MinRefresh, time.Second},
		{"max_refresh", s.MaxRefresh, s.Refresh},
		{"max_stale", s.MaxStale, 0},
		{"unknown_key_interval", s.UnknownKeyInterval, time.Second},
	} {
		if d.value < d.lowest || d.value > maxDuration {
			return s, errors.New(d.field + ": " + d.value.String() + ", want " + d.lowest.String() + " to " + maxDuration.String())
		}
	}
	if s.Cluster == "" {
		return s, errors.New("cluster: want the name of a cluster")
	}
	field, text := "uri", s.URI
	switch {
	case s.URI != "" && s.DiscoveryURI != "":
		return s, errors.New("uri: want it or discovery_uri, not both")
	case s.URI == "" && s.DiscoveryURI == "":
		return s, errors.New("uri: want it or discovery_uri")
	case s.URI == "" && s.Issuer == "":
		return s, errors.New("issuer: want the issuer that the metadata names")
	case s.URI == "":
		field, text = "discovery_uri", s.DiscoveryURI
	}
	if _, fault := endpoint.Parse(text); fault != "" {
		return s, errors.New(field + ": " + fault)
	}
	return s, nil
}

// prefix is what the names of a source's records in a store begin with. It holds
// a hash of all that a source says, so that a configuration that was changed in
// whatever way never reads what another one left behind, and neither does
// another plugin.
func (s Source) prefix() string {
	var all strings.Builder
	for _, text := range []string{s.Issuer, s.URI, s.DiscoveryURI, s.Cluster} {
		all.WriteString(strconv.Quote(text))
	}
	for _, d := range []time.Duration{s.Timeout, s.Refresh, s.MinRefresh, s.MaxRefresh, s.MaxStale, s.UnknownKeyInterval} {
		all.WriteString(" " + d.String())
	}
	sum := sha256.Sum256([]byte(all.String()))
	return "gatehouse/jwks/" + hex.EncodeToString(sum[:16])
}
