package config

import (
	"math"
	"strconv"
	"time"
)

// Duration is a span of time, written as whole numbers with units, the largest
// unit first and each at most once: "60s", "1h30m", "7d", "250ms". A day is 24
// hours.
//
//schema:is {"type":"string","minLength":2,"pattern":"^([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?([0-9]{1,9}ms)?$"}
type Duration time.Duration

// units in the order in which they may appear.
var units = []struct {
	name string
	size time.Duration
}{
	{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond},
}

// Std returns d as the standard library's type.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String returns d in the form it is configured in, rounded down to
// milliseconds.
func (d Duration) String() string {
	rest := time.Duration(d)
	if rest < time.Millisecond {
		return "0s"
	}
	var b []byte
	for _, u := range units {
		if n := rest / u.size; n > 0 {
			b = append(strconv.AppendInt(b, int64(n), 10), u.name...)
			rest -= n * u.size
		}
	}
	return string(b)
}

// UnmarshalConfig reads the string form.
func (d *Duration) UnmarshalConfig(v Value) error {
	const want = `want a duration such as "60s", "1h30m" or "7d"`
	if v.Kind() != String {
		return v.Errorf("%s, got %s", want, v.Kind())
	}
	span, ok := parseDuration(v.Text())
	if !ok {
		return v.Errorf("%s", want)
	}
	*d = Duration(span)
	return nil
}

func parseDuration(s string) (time.Duration, bool) {
	if s == "" {
		return 0, false
	}
	var total time.Duration
	next := 0
	for s != "" {
		digits := 0
		var n int64
		for digits < len(s) && s[digits] >= '0' && s[digits] <= '9' {
			n = n*10 + int64(s[digits]-'0')
			digits++
			if digits > 9 {
				return 0, false
			}
		}
		if digits == 0 {
			return 0, false
		}
		s = s[digits:]
		letters := 0
		for letters < len(s) && (s[letters] < '0' || s[letters] > '9') {
			letters++
		}
		found := false
		for ; next < len(units) && !found; next++ {
			if units[next].name == s[:letters] {
				size := units[next].size
				if n > int64((math.MaxInt64-total)/size) {
					return 0, false
				}
				total += time.Duration(n) * size
				found = true
			}
		}
		if !found {
			return 0, false
		}
		s = s[letters:]
	}
	return total, true
}
