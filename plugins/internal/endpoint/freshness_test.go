package endpoint

import (
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/policy"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// fields reads "name: value|name: value".
func fields(text string) (headers policy.Headers) {
	for field := range strings.SplitSeq(text, "|") {
		name, value, _ := strings.Cut(field, ": ")
		headers = append(headers, policy.Header{Name: name, Value: value})
	}
	return headers
}

func TestFreshness(t *testing.T) {
	tests := []struct {
		name, fields string
		// want is a duration, empty if nothing is said.
		want string
	}{
		{"nothing", "", ""},
		{"other fields", "age: 3|pragma: no-cache|date: Wed, 25 Nov 2026 12:00:00 GMT", ""},
		{"max-age", "cache-control: max-age=60", "1m"},
		{"in any case and among others", "cache-control: Public,\tMAX-AGE=60 , must-revalidate", "1m"},
		{"quoted", `cache-control: max-age="60"`, "1m"},
		{"age", "cache-control: max-age=60|age: 20", "40s"},
		{"age beyond", "cache-control: max-age=60|age: 90", "-30s"},
		{"age that is no number", "cache-control: max-age=60|age: -5", "1m"},
		{"for shared caches", "cache-control: s-maxage=7, max-age=60, private", "1m"},
		{"for shared caches only", "cache-control: s-maxage=7", ""},
		{"same twice", "cache-control: max-age=60|cache-control: max-age=60", "1m"},
		{"two that differ", "cache-control: max-age=60, max-age=70", "0s"},
		{"no number", "cache-control: max-age=soon", "0s"},
		{"no argument", "cache-control: max-age", "0s"},
		{"negative", "cache-control: max-age=-1", "0s"},
		{"more digits than fit", "cache-control: max-age=99999999999999999999999999", "596523h14m8s"},
		{"no-store", "cache-control: max-age=60, no-store", "0s"},
		{"no-cache in another field", "cache-control: max-age=60|cache-control: no-cache", "0s"},
		{"max-age before expires", "cache-control: max-age=60|expires: 0", "1m"},
		{"expires by the date", "date: Wed, 25 Nov 2026 09:00:00 GMT|expires: Wed, 25 Nov 2026 09:01:00 GMT", "1m"},
		{"expires without a date", "expires: Wed, 25 Nov 2026 12:01:00 GMT", "1m"},
		{"expires with a date that cannot be read", "date: today|expires: Wed, 25 Nov 2026 12:01:00 GMT", "1m"},
		{"expires and age", "expires: Wed, 25 Nov 2026 12:01:00 GMT|age: 20", "40s"},
		{"expires by RFC 850", "expires: Wednesday, 25-Nov-26 12:01:00 GMT", "1m"},
		{"expires by asctime", "expires: Wed Nov 25 12:01:00 2026", "1m"},
		{"expired", "expires: Wed, 25 Nov 2026 11:00:00 GMT", "0s"},
		{"expired long ago", "expires: Mon, 01 Jan 0001 00:00:00 GMT|age: 20", "0s"},
		{"expires in another zone", "expires: Wed, 25 Nov 2026 12:01:00 CET", "0s"},
		{"expires twice", "expires: Wed, 25 Nov 2026 12:01:00 GMT|expires: Wed, 25 Nov 2026 12:01:00 GMT", "0s"},
		{"expires 0", "expires: 0", "0s"},
	}
	for _, test := range tests {
		got, said := Freshness(noon, fields(test.fields))
		if test.want == "" {
			if said {
				t.Errorf("%s: %v, want nothing said", test.name, got)
			}
			continue
		}
		if want, err := time.ParseDuration(test.want); err != nil || !said || got != want {
			t.Errorf("%s: %v, %v, want %v", test.name, got, said, test.want)
		}
	}
}

func TestETag(t *testing.T) {
	tests := []struct{ name, fields, want string }{
		{"strong", `etag: "abc"`, `"abc"`},
		{"weak", `etag: W/"abc"`, `W/"abc"`},
		{"empty", `etag: ""`, `""`},
		{"as long as may be", `etag: "` + strings.Repeat("x", maxETagSize-2) + `"`, `"` + strings.Repeat("x", maxETagSize-2) + `"`},
		{"none", "", ""},
		{"two", `etag: "a"|etag: "b"`, ""},
		{"no quotation marks", "etag: abc", ""},
		{"one quotation mark", `etag: "`, ""},
		{"weak in another case", `etag: w/"abc"`, ""},
		{"space", `etag: "a b"`, ""},
		{"line break", "etag: \"a\r\nb\"", ""},
		{"quotation mark inside", `etag: "a"b"`, ""},
		{"beyond ASCII", `etag: "ä"`, ""},
		{"too long", `etag: "` + strings.Repeat("x", maxETagSize-1) + `"`, ""},
	}
	for _, test := range tests {
		if got := EntityTag(fields(test.fields)); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
