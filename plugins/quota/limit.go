package quota

import (
	"strings"
	"time"
	_ "time/tzdata" // Wasm has no files to read time zones from

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/quota/key"
)

// Limit is a limit on requests, or on what they cost, that each key has for itself.
type Limit struct {
	_ struct{} `config:"exactlyone=rate|sliding|fixed|calendar|concurrency|lockout|bandwidth"`
	// Name of the limit, for clients, events, metrics and plans. Required.
	Name Name `json:"name" config:"required"`
	// What is counted apart from each other: requests that agree in all of these
	// share one counter. Default: all requests share one. Optional.
	Key []key.Source `json:"key" config:"minitems=1,maxitems=8"`
	// What becomes of a request that lacks a part of the key: "share" counts all of
	// these together, "skip" does not count them, "deny" refuses them with 400. A part
	// that can be read in two ways, such as a cookie that is there twice, is counted
	// together with others like it where it is not refused. Default "share". Optional.
	Missing string `json:"missing" config:"default=share,enum=share|skip|deny"`

	// A token bucket: so many in a time, sustained. Optional: one kind of limit is
	// required.
	Rate *Rate `json:"rate"`
	// So many in any time of a length, as far as two windows tell. Optional: one kind
	// of limit is required.
	Sliding *Window `json:"sliding"`
	// So many in each of the windows that follow each other. Optional: one kind of
	// limit is required.
	Fixed *Window `json:"fixed"`
	// So many in each day, month or year. Optional: one kind of limit is required.
	Calendar *Calendar `json:"calendar"`
	// So many at a time. Optional: one kind of limit is required.
	Concurrency *Concurrency `json:"concurrency"`
	// So many failures until a key is locked out for a while, and longer each time.
	// Without "count", responses with status 401 are failures. Optional: one kind of
	// limit is required.
	Lockout *Lockout `json:"lockout"`
	// So many bytes of bodies in a time, sustained. A request is let through as long
	// as some are left. Optional: one kind of limit is required.
	Bandwidth *Bandwidth `json:"bandwidth"`

	// What a request costs. Default: 1, or what its route says. Optional.
	Cost *Cost `json:"cost"`
	// Which requests count, by how they were answered. What does not count is given
	// back when the response begins; until then, and if there never is one, it does.
	// Default: all. Optional.
	Count *Count `json:"count"`
	// Whether requests that are refused count as well, so that a client has to stop
	// before it is let in again. Of a limit over all gateways that takes leases they do
	// not: the service is not asked about what is known to be refused. Default false.
	// Optional.
	CountDenied bool `json:"count_denied"`
	// How long a request over a rate is held back at most, until it is within, in
	// place of being refused. Default: not at all. Optional.
	Delay *config.Duration `json:"delay" config:"minimum=1ms,maximum=1m"`
	// How much of the limit may be used, in percent, until an event says that it is
	// near; once each time it is passed. Default: none. Optional.
	NearPercent int `json:"near_percent" config:"minimum=1,maximum=99"`
	// Mode of this limit, "enforce" or "shadow". Default: that of the route.
	// Optional.
	Mode *config.Mode `json:"mode"`
	// Whether the limit is one over all gateways, counted by the service of
	// "global". Default false. Optional.
	Global bool `json:"global"`
	// Descriptor that the service is sent (envoy.extensions.common.ratelimit.v3):
	// entries of a key and a value, or the name of a source. Default: the entry
	// "limit" with the name, and one for each part of the key. Optional.
	Descriptor []DescriptorEntry `json:"descriptor" config:"minitems=1,maxitems=16"`
}

// Rate is a token bucket.
type Rate struct {
	// How many in each time. Required.
	Requests int64 `json:"requests" config:"required,minimum=1,maximum=1000000000000"`
	// The time. Required.
	Per config.Duration `json:"per" config:"required,minimum=1ms,maximum=366d"`
	// How many at once: the whole bucket, which a new key finds full. Default: as
	// many as requests. Optional.
	Burst int64 `json:"burst" config:"minimum=1,maximum=1000000000000"`
}

// Window is a limit by windows.
type Window struct {
	// How many in each. Required.
	Requests int64 `json:"requests" config:"required,minimum=1,maximum=1000000000000"`
	// The length of a window. Those of "fixed" are counted from 1970 in UTC.
	// Required.
	Per config.Duration `json:"per" config:"required,minimum=1ms,maximum=366d"`
}

// Calendar is a limit by the calendar.
type Calendar struct {
	// How many in each. Required.
	Requests int64 `json:"requests" config:"required,minimum=1,maximum=1000000000000"`
	// "day", "month" or "year". Required.
	Per string `json:"per" config:"required,enum=day|month|year"`
	// Time zone that they begin in (tz database): "Europe/Berlin". Default "UTC".
	// Optional.
	TZ Zone `json:"tz" config:"default=UTC"`
}

// Zone is a time zone of the tz database.
//
//schema:is {"type":"string","minLength":1,"maxLength":64,"pattern":"^[A-Za-z0-9_+/-]+$"}
type Zone struct{ location *time.Location }

// UnmarshalConfig reads the name.
func (z *Zone) UnmarshalConfig(v config.Value) error {
	name := v.Text()
	if v.Kind() == config.String && name != "" && name != "Local" {
		if location, err := time.LoadLocation(name); err == nil {
			z.location = location
			return nil
		}
	}
	return v.Errorf(`want a time zone such as "UTC" or "Europe/Berlin"`)
}

// Concurrency is a limit on what is under way.
type Concurrency struct {
	// How many at a time. Required.
	Requests int64 `json:"requests" config:"required,minimum=1,maximum=1000000"`
	// When a request that never ended counts no more, and after how long without any
	// change the key is forgotten. Default "1h". Optional.
	Forget config.Duration `json:"forget" config:"default=1h,minimum=1s,maximum=366d"`
}

// Lockout is a limit on failures.
type Lockout struct {
	// How many failures there may be, in the time "per", until the key is locked
	// out. Required.
	Failures int64 `json:"failures" config:"required,minimum=1,maximum=1000000"`
	// The time that failures are counted over, from the first. Default "10m".
	// Optional.
	Per config.Duration `json:"per" config:"default=10m,minimum=1s,maximum=366d"`
	// How long the first lockout is. Default "1m". Optional.
	Block config.Duration `json:"block" config:"default=1m,minimum=1s,maximum=366d"`
	// How many times as long each further one is. Default 2. Optional.
	Factor int64 `json:"factor" config:"default=2,minimum=1,maximum=100"`
	// How long one is at most. Default "24h". Optional.
	Most config.Duration `json:"most" config:"default=24h,minimum=1s,maximum=366d"`
	// How long there must have been no failure until lockouts are forgotten. Default
	// "24h". Optional.
	Forget config.Duration `json:"forget" config:"default=24h,minimum=1s,maximum=366d"`
}

// ValidateConfig refuses times that contradict each other.
func (l *Lockout) ValidateConfig(v config.Value) error {
	if l.Block > l.Most {
		return v.Field("block").Errorf("longer than the longest lockout, %s", l.Most)
	}
	return nil
}

// Bandwidth is a limit on bytes of bodies.
type Bandwidth struct {
	// How many bytes in each time. Required.
	Bytes int64 `json:"bytes" config:"required,minimum=1,maximum=1000000000000"`
	// The time. Required.
	Per config.Duration `json:"per" config:"required,minimum=1ms,maximum=366d"`
	// How many at once: the whole bucket. Default: as many as bytes. Optional.
	Burst int64 `json:"burst" config:"minimum=1,maximum=1000000000000"`
	// Bodies that are counted: of "request", "response" or "both". Default
	// "response". Optional.
	Of string `json:"of" config:"default=response,enum=request|response|both"`
}

// Cost says what a request costs.
type Cost struct {
	// What each request costs besides the rest; the cost of a route multiplies it.
	// Default 1. Optional.
	Fixed int64 `json:"fixed" config:"default=1,minimum=0,maximum=1000000000"`
	// Header of the request that says what it costs in place of fixed: a whole
	// number, of at most "most". Clients can write it, unless it is set by a filter
	// before this one. Default: none. Optional.
	Header match.HeaderName `json:"header"`
	// How many bytes of the request's body cost one more. Default: none.
	// Optional.
	BytesPerUnit int64 `json:"bytes_per_unit" config:"minimum=1,maximum=1000000000"`
	// The most that a request may be said to cost. Default 1000000. Optional.
	Most int64 `json:"most" config:"default=1000000,minimum=1,maximum=1000000000"`
	// How the response says what the request has cost. What was taken before is then
	// replaced by it: less is given back, more is taken, if need be from what is not
	// there yet. Default: what was taken stays. Optional.
	Settle *Settle `json:"settle"`
}

// Settle says where a response tells what its request has cost.
type Settle struct {
	_ struct{} `config:"exactlyone=header|body|bytes_per_unit"`
	// Header of the response: a whole number. Optional: one of header, body and
	// bytes_per_unit is required.
	Header match.HeaderName `json:"header"`
	// Path of a number in the JSON of the response's body, in the syntax of gjson:
	// "usage.total_tokens". Of server-sent events the last event that has it counts.
	// The client's accept-encoding is taken from the request, so that the body can
	// be read. Optional: one of header, body and bytes_per_unit is required.
	Body JSONPath `json:"body"`
	// How many bytes of the response's body cost one. Optional: one of header, body
	// and bytes_per_unit is required.
	BytesPerUnit int64 `json:"bytes_per_unit" config:"minimum=1,maximum=1000000000"`
}

// JSONPath leads to a value of a JSON document: names of members and places in arrays
// with dots between them, a subset of gjson's syntax.
//
//schema:is {"type":"string","minLength":1,"maxLength":256,"pattern":"^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$"}
type JSONPath string

// UnmarshalConfig reads the path.
func (p *JSONPath) UnmarshalConfig(v config.Value) error {
	text := v.Text()
	ok := v.Kind() == config.String && len(text) <= 256
	for name := range strings.SplitSeq(text, ".") {
		ok = ok && name != "" && strings.IndexFunc(name, func(r rune) bool {
			return (r|0x20 < 'a' || r|0x20 > 'z') && (r < '0' || r > '9') && r != '_' && r != '-'
		}) < 0
	}
	if !ok {
		return v.Errorf(`want a path such as "usage.total_tokens"`)
	}
	*p = JSONPath(text)
	return nil
}

// Count selects requests by how they were answered.
type Count struct {
	// Status codes of those that count: "401", "4xx". Required.
	Statuses []Status `json:"statuses" config:"required,minitems=1,maxitems=64"`
}

// Status is a status code, or a class of them.
//
//schema:is {"type":"string","pattern":"^[1-5]([0-9][0-9]|xx)$"}
type Status string

// UnmarshalConfig reads the code.
func (s *Status) UnmarshalConfig(v config.Value) error {
	text := v.Text()
	digit := func(c byte) bool { return '0' <= c && c <= '9' }
	if v.Kind() != config.String || len(text) != 3 || text[0] < '1' || text[0] > '5' || text[1:] != "xx" && !(digit(text[1]) && digit(text[2])) {
		return v.Errorf(`want a status code such as "401", or a class such as "4xx"`)
	}
	*s = Status(text)
	return nil
}

// has tells whether a status code is one of them.
func (c *Count) has(status int) bool {
	for _, s := range c.Statuses {
		digits := [3]byte{byte('0' + status/100), byte('0' + status/10%10), byte('0' + status%10)}
		if s[0] == digits[0] && (s[1] == 'x' || string(s) == string(digits[:])) {
			return true
		}
	}
	return false
}

// DescriptorEntry is an entry of a descriptor.
type DescriptorEntry struct {
	_ struct{} `config:"exactlyone=value|source"`
	// Key of the entry. Required.
	Key string `json:"key" config:"required,minlen=1,maxlen=256"`
	// Value of the entry. Optional: one of value and source is required.
	Value string `json:"value" config:"minlen=1,maxlen=256"`
	// What the value is taken from, as in the key of a limit. Optional: one of value
	// and source is required.
	Source *key.Source `json:"source"`
}

// sources are what a limit reads of requests: the parts of its key and of its
// descriptor.
func (l *Limit) sources() []*key.Source {
	var sources []*key.Source
	for i := range l.Key {
		sources = append(sources, &l.Key[i])
	}
	for i := range l.Descriptor {
		if s := l.Descriptor[i].Source; s != nil {
			sources = append(sources, s)
		}
	}
	return sources
}

// ValidateConfig refuses what does not go together.
func (l *Limit) ValidateConfig(v config.Value) error {
	switch {
	case l.Delay != nil && l.Rate == nil:
		return v.Field("delay").Errorf("only requests over a rate can be held back until they are within, want rate")
	case l.Delay != nil && l.Global:
		return v.Field("delay").Errorf("the service does not tell when a request is within, want no delay or a limit that is not global")
	case l.Global && l.Concurrency != nil:
		return v.Field("global").Errorf("the service counts requests, not what is under way, want another kind of limit")
	case l.Global && l.Lockout != nil:
		return v.Field("global").Errorf("the service has no lockouts, want another kind of limit")
	case l.Global && l.Sliding != nil:
		return v.Field("global").Errorf("the service counts in windows that follow each other, want rate, fixed or calendar")
	case l.Descriptor != nil && !l.Global:
		return v.Field("descriptor").Errorf(`is for the service, want "global": true beside it`)
	case l.Cost != nil && (l.Concurrency != nil || l.Lockout != nil || l.Bandwidth != nil):
		return v.Field("cost").Errorf("requests at a time, failures and bytes are counted one by one, want no cost")
	case l.Count != nil && (l.Concurrency != nil || l.Bandwidth != nil):
		return v.Field("count").Errorf("what is under way and bytes count however they are answered, want no count")
	case l.Count != nil && l.Cost != nil && l.Cost.Settle != nil:
		return v.Field("count").Errorf("a response tells either whether or how much a request counts, want count or settle")
	case l.CountDenied && l.Concurrency != nil:
		return v.Field("count_denied").Errorf("what is refused is not under way, want it to be false")
	}
	return nil
}
