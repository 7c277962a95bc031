package revocation

import (
	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/endpoint"
)

// Config says which tokens were revoked.
type Config struct {
	// What was revoked, as it is known now. Default: nothing. Optional.
	List *List `json:"list"`
	// Lists to fetch. A token is revoked if one of the lists says so. Default: none.
	// Optional.
	Fetch []Fetch `json:"fetch" config:"minitems=1,maxitems=16"`
}

// Fetch is a list that is fetched, and kept fresh.
type Fetch struct {
	// Where the list is: a URL that begins with "http://" or "https://". Whether the
	// connection is encrypted is up to the cluster. The answer is a document of at
	// most 1 MiB and 65536 entries, of the same form as "list". Required.
	URI endpoint.URI `json:"uri" config:"required"`
	// Name of the proxy's cluster that the URL is fetched from. Required.
	Cluster string `json:"cluster" config:"required,minlen=1,maxlen=256"`
	// How long the answer may take. Default "5s". Optional.
	Timeout config.Duration `json:"timeout" config:"default=5s,minimum=100ms,maximum=1m"`
	// Longest time from one fetch to the next. An answer's Cache-Control makes it
	// shorter, down to min_refresh. Default "1m". Optional.
	Refresh config.Duration `json:"refresh" config:"default=1m,minimum=1s,maximum=1d"`
	// Shortest time from one fetch to the next, also after one that failed. Default
	// "5s", or refresh if that is shorter. Optional.
	MinRefresh config.Duration `json:"min_refresh" config:"default=5s,minimum=1s,maximum=1d"`
	// How old the list may be when fetching it anew fails. Default "1h". Optional.
	MaxStale config.Duration `json:"max_stale" config:"default=1h,maximum=30d"`
	// What becomes of tokens when there is no list or it is too old: "deny" refuses
	// all, "allow" goes by what the last list said, if there was one. Default "deny".
	// Optional.
	OnUnavailable string `json:"on_unavailable" config:"default=deny,enum=deny|allow"`
}

// ValidateConfig keeps min_refresh within refresh.
func (f *Fetch) ValidateConfig(v config.Value) error {
	if f.MinRefresh > f.Refresh {
		if v.Field("min_refresh").Present() {
			return v.Field("min_refresh").Errorf("want at most refresh")
		}
		f.MinRefresh = f.Refresh
	}
	return nil
}

// ValidateConfig refuses a list that is there twice.
func (c *Config) ValidateConfig(v config.Value) error {
	for i := range c.Fetch {
		for j := range i {
			if c.Fetch[i].URI == c.Fetch[j].URI && c.Fetch[i].Cluster == c.Fetch[j].Cluster {
				return v.Field("fetch").Index(i).Errorf("the same as entry %d", j)
			}
		}
	}
	return nil
}
