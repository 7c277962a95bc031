package quota

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"math"
	"strconv"
	"time"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/quota/global"
	"gatehouse/plugins/quota/key"
	"gatehouse/plugins/quota/limit"
)

// rule is a Limit ready for requests, with the numbers of one plan.
type rule struct {
	name   string
	reason policy.Reason
	// index is the place of the limit in the configuration.
	index   int
	key     []key.Source
	missing string
	limit   limit.Limit
	// rate is the limit where requests over it are held back, for up to delay.
	rate  limit.Rate
	delay time.Duration
	// prefix begins the keys of its counters: it names the limit and its numbers, so
	// that counters of a limit that has changed are others.
	prefix      []byte
	cost        Cost
	routeCost   bool
	count       *Count
	countDenied bool
	// near is what is left of the limit when it is near, -1 if nobody asks.
	near   int64
	shadow bool
	// request and response say whose bodies' bytes are counted, and inFlight that what
	// was taken is given back when the request ends.
	request, response, inFlight bool
	// global says that the service counts, by descriptor and override.
	global     bool
	descriptor []DescriptorEntry
	override   global.Override
	// period puts the day, month or year into the descriptor of a calendar limit.
	period func(now time.Time) string
	// body says that a part of the key, or of the descriptor, is in the body.
	body bool
	// definition is the kind and the numbers of the limit.
	definition string
	// policy is its entry of RateLimit-Policy, quota the number in it.
	policy string
	quota  int64
}

// newRule compiles the limit at an index. An error names the place in it.
func newRule(c *Config, index int, l *Limit) (*rule, error) {
	r := &rule{
		name: string(l.Name), index: index, reason: ReasonLimitExceeded, key: l.Key, missing: l.Missing,
		count: l.Count, countDenied: l.CountDenied, near: -1, routeCost: true,
		shadow: l.Mode != nil && l.Mode.Policy() == policy.Shadow,
		global: l.Global, descriptor: l.Descriptor,
		cost: Cost{Fixed: 1, Most: math.MaxInt64},
	}
	if l.Cost != nil {
		r.cost = *l.Cost
	}
	for _, s := range l.sources() {
		r.body = r.body || s.NeedsBody()
	}
	if field := r.compile(l); field != "" {
		return nil, config.Errorf(fmt.Sprintf("limits[%d].%s", index, field), "want a number that is not so large beside the others")
	}
	if l.NearPercent > 0 {
		r.near = r.limit.Whole() - r.limit.Whole()/100*int64(l.NearPercent) - r.limit.Whole()%100*int64(l.NearPercent)/100
	}
	if l.Global && (c.Global.Override == nil || *c.Global.Override) {
		if fault := r.overrides(l); fault != "" {
			return nil, config.Errorf(fmt.Sprintf("limits[%d].global", index), "%s", fault)
		}
	}
	r.prefix = binary.AppendUvarint(nil, uint64(len(c.Namespace)))
	r.prefix = append(r.prefix, c.Namespace...)
	r.prefix = binary.AppendUvarint(r.prefix, uint64(len(r.name)))
	r.prefix = append(r.prefix, r.name...)
	h := fnv.New64a()
	h.Write([]byte(r.definition))
	for i := range l.Key {
		fmt.Fprintf(h, "%q", l.Key[i].String())
	}
	r.prefix = h.Sum(r.prefix)
	return r, nil
}

// compile makes the limit, and returns the name of the field whose number is out of
// bounds, "" if none is.
func (r *rule) compile(l *Limit) (field string) {
	ok := true
	window := time.Duration(0)
	unit := ""
	switch {
	case l.Rate != nil:
		field, window = "rate", l.Rate.Per.Std()
		r.definition = fmt.Sprintf("%+v", *l.Rate)
		r.quota = l.Rate.Requests
		r.rate, ok = limit.NewRate(l.Rate.Requests, window, or(l.Rate.Burst, l.Rate.Requests))
		r.limit = r.rate
		if l.Delay != nil {
			r.delay = l.Delay.Std()
		}
	case l.Bandwidth != nil:
		b := l.Bandwidth
		field, window, unit = "bandwidth", b.Per.Std(), "content-bytes"
		r.quota = b.Bytes
		r.definition = fmt.Sprintf("%+v", *b)
		r.limit, ok = limit.NewRate(b.Bytes, window, or(b.Burst, b.Bytes))
		r.request, r.response, r.routeCost = b.Of != "response", b.Of != "request", false
	case l.Sliding != nil:
		field, window = "sliding", l.Sliding.Per.Std()
		r.definition = fmt.Sprintf("%+v", *l.Sliding)
		r.quota = l.Sliding.Requests
		r.limit, ok = limit.NewSliding(r.quota, window)
	case l.Fixed != nil:
		field, window = "fixed", l.Fixed.Per.Std()
		r.definition = fmt.Sprintf("%+v", *l.Fixed)
		r.quota = l.Fixed.Requests
		r.limit, ok = limit.NewFixed(r.quota, window)
	case l.Calendar != nil:
		field = "calendar"
		r.quota = l.Calendar.Requests
		r.definition = fmt.Sprintf("%d %s %s", l.Calendar.Requests, l.Calendar.Per, l.Calendar.TZ.location)
		window, ok = r.calendar(l.Calendar)
	case l.Concurrency != nil:
		field, unit = "concurrency", "concurrent-requests"
		r.definition = fmt.Sprintf("%+v", *l.Concurrency)
		r.quota = l.Concurrency.Requests
		r.limit, ok = limit.NewInFlight(r.quota, l.Concurrency.Forget.Std())
		r.reason, r.inFlight, r.routeCost = ReasonTooManyInFlight, true, false
	case l.Lockout != nil:
		k := l.Lockout
		r.definition = fmt.Sprintf("%+v", *k)
		field, window = "lockout", k.Per.Std()
		r.quota = k.Failures
		r.limit, ok = limit.NewLockout(k.Failures, window, k.Block.Std(), k.Factor, k.Most.Std(), k.Forget.Std())
		r.reason, r.routeCost = ReasonLockedOut, false
		if r.count == nil {
			r.count = &Count{Statuses: []Status{"401"}}
		}
	}
	if !ok {
		return field
	}
	r.definition = field + r.definition
	// draft-ietf-httpapi-ratelimit-headers-10, Section 3.
	r.policy = `"` + r.name + `";q=` + strconv.FormatInt(r.quota, 10)
	if unit != "" {
		r.policy += `;qu="` + unit + `"`
	}
	if window > 0 {
		r.policy += ";w=" + strconv.FormatInt(seconds(window), 10)
	}
	return ""
}

// calendar makes a limit by the calendar, and returns about how long a window is.
func (r *rule) calendar(c *Calendar) (window time.Duration, ok bool) {
	zone := c.TZ.location
	const day = 24 * time.Hour
	unit, layout := limit.Day, "2006-01-02"
	switch window = day; c.Per {
	case "month":
		unit, layout, window = limit.Month, "2006-01", 30*day
	case "year":
		unit, layout, window = limit.Year, "2006", 365*day
	}
	r.period = func(now time.Time) string { return now.In(zone).Format(layout) }
	r.limit, ok = limit.NewCalendar(r.quota, unit, zone)
	return window, ok
}

// overrides says to the service what the limit is, and returns why it cannot, "" if it
// can.
func (r *rule) overrides(l *Limit) (fault string) {
	units := map[time.Duration]global.Unit{
		time.Second: global.Second, time.Minute: global.Minute, time.Hour: global.Hour, 24 * time.Hour: global.Day,
	}
	per, ok := time.Duration(0), true
	switch {
	case l.Rate != nil:
		per = l.Rate.Per.Std()
	case l.Fixed != nil:
		per = l.Fixed.Per.Std()
	case l.Bandwidth != nil:
		per = l.Bandwidth.Per.Std()
	}
	r.override = global.Override{Requests: uint32(r.quota), Unit: units[per]}
	if l.Calendar != nil {
		// The period is part of the descriptor: the count of one is never used again.
		r.override.Unit = global.Year
	} else {
		_, ok = units[per]
	}
	switch {
	case !ok:
		return `the service counts by the second, minute, hour or day: want "per" to be 1s, 1m, 1h or 1d, or "override": false in global and a limit of the service's own`
	case r.quota > math.MaxUint32:
		return "the service counts up to 4294967295"
	}
	return ""
}

// entries are the descriptor of a request: the entries of the key as they are in the
// configuration, with the values of the key's parts.
func (r *rule) entries(dst []global.Entry, now time.Time, in *key.Input, plain bool) []global.Entry {
	value := func(s *key.Source) string {
		b, presence := s.Append(nil, in)
		switch {
		case presence != key.Present:
			return "-"
		case plain:
			return s.Plain(b)
		}
		return hashed(r.name, b)
	}
	if r.descriptor != nil {
		for i := range r.descriptor {
			e := &r.descriptor[i]
			entry := global.Entry{Key: e.Key, Value: e.Value}
			if e.Source != nil {
				entry.Value = value(e.Source)
			}
			dst = append(dst, entry)
		}
	} else {
		dst = append(dst, global.Entry{Key: "limit", Value: r.name})
		for i := range r.key {
			dst = append(dst, global.Entry{Key: r.key[i].String(), Value: value(&r.key[i])})
		}
	}
	if r.period != nil && r.override != (global.Override{}) {
		dst = append(dst, global.Entry{Key: "period", Value: r.period(now)})
	}
	return dst
}

// hashed is a value that the service is told in place of one that may be personal or
// secret.
func hashed(limit string, value []byte) string {
	sum := digest(limit, value)
	return hex.EncodeToString(sum[:16])
}

func or(n, otherwise int64) int64 {
	if n == 0 {
		return otherwise
	}
	return n
}

// seconds is a time in whole seconds, rounded up.
func seconds(d time.Duration) int64 {
	return int64(d/time.Second) + min(int64(d%time.Second), 1)
}
