package quota_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/quota"
)

// withLimit returns a configuration of one limit with members, and others beside it.
func withLimit(limit string, members ...string) string {
	return `{` + strings.Join(append(members, `"limits":[{"name":"l",`+limit+`}]`), ",") + `}`
}

const rate = `"rate":{"requests":1,"per":"1s"}`

func TestConfigRefuses(t *testing.T) {
	tests := []struct {
		name     string
		document string
		// path and want are of one of the errors, which begins with want.
		path, want string
	}{
		{"nothing", ``, "", "empty, want a JSON object"},
		{"no limits", `{}`, "limits", "required"},
		{"an empty list of limits", `{"limits":[]}`, "limits", "want at least 1 entry"},
		{"a misspelt field", withLimit(`"keys":["address"],` + rate), "limits[0]", `unknown field "keys", did you mean "key"?`},
		{"a misspelt kind", withLimit(`"rates":{}`), "limits[0]", `unknown field "rates", did you mean "rate"?`},
		{"a limit of no kind", withLimit(`"key":["address"]`), "limits[0]", "want"},
		{"a limit of two kinds", withLimit(rate + `,"fixed":{"requests":1,"per":"1s"}`), "limits[0]", "want"},
		{"no name", `{"limits":[{` + rate + `}]}`, "limits[0].name", "required"},
		{"a name that is none", `{"limits":[{"name":"a b",` + rate + `}]}`, "limits[0].name", "want a name"},
		{"a name twice", `{"limits":[{"name":"l",` + rate + `},{"name":"l",` + rate + `}]}`, "limits[1].name", "limits[0] has it too, want another name"},
		{"no requests", withLimit(`"rate":{"per":"1s"}`), "limits[0].rate.requests", "required"},
		{"no request", withLimit(`"rate":{"requests":0,"per":"1s"}`), "limits[0].rate.requests", "want"},
		{"no time", withLimit(`"rate":{"requests":1}`), "limits[0].rate.per", "required"},
		{"a time that is a number", withLimit(`"rate":{"requests":1,"per":1}`), "limits[0].rate.per", "want"},
		{"a time that is too long", withLimit(`"rate":{"requests":1,"per":"367d"}`), "limits[0].rate.per", "want"},
		{"numbers that are too large together", withLimit(`"rate":{"requests":1,"per":"366d","burst":1000000000000}`), "limits[0].rate", "want a number that is not so large beside the others"},
		{"a window with a burst", withLimit(`"fixed":{"requests":1,"per":"1s","burst":2}`), "limits[0].fixed", `unknown field "burst"`},
		{"a calendar's hour", withLimit(`"calendar":{"requests":1,"per":"hour"}`), "limits[0].calendar.per", `want "day", "month" or "year"`},
		{"a time zone that is none", withLimit(`"calendar":{"requests":1,"per":"day","tz":"Europe/Atlantis"}`), "limits[0].calendar.tz", `want a time zone such as "UTC" or "Europe/Berlin"`},
		{"the machine's time zone", withLimit(`"calendar":{"requests":1,"per":"day","tz":"Local"}`), "limits[0].calendar.tz", "want a time zone"},
		{"a lockout that is longer than the longest", withLimit(`"lockout":{"failures":1,"block":"2h","most":"1h"}`), "limits[0].lockout.block", "longer than the longest lockout, 1h"},
		{"bytes of headers", withLimit(`"bandwidth":{"bytes":1,"per":"1s","of":"headers"}`), "limits[0].bandwidth.of", `want "request", "response" or "both"`},

		{"an unknown source", withLimit(`"key":["adress"],` + rate), "limits[0].key[0]", "want a source"},
		{"another word for a source", withLimit(`"key":["ip"],` + rate), "limits[0].key[0]", "want a source"},
		{"a source without its name", withLimit(`"key":["header"],` + rate), "limits[0].key[0]", `want "header:<name>"`},
		{"a source with a name too many", withLimit(`"key":["address:x"],` + rate), "limits[0].key[0]", `want "address" without a colon`},
		{"a pseudo-header", withLimit(`"key":["header::authority"],` + rate), "limits[0].key[0]", "want"},
		{"no source", withLimit(`"key":[],` + rate), "limits[0].key", "want at least 1 entry"},
		{"an unknown word for what is missing", withLimit(`"missing":"allow",` + rate), "limits[0].missing", `want "share", "skip" or "deny"`},

		{"a delay without a rate", withLimit(`"delay":"1s","fixed":{"requests":1,"per":"1s"}`), "limits[0].delay", "only requests over a rate can be held back"},
		{"a cost of what is under way", withLimit(`"cost":{"fixed":2},"concurrency":{"requests":1}`), "limits[0].cost", "requests at a time, failures and bytes are counted one by one, want no cost"},
		{"answers of bytes", withLimit(`"count":{"statuses":["2xx"]},"bandwidth":{"bytes":1,"per":"1s"}`), "limits[0].count", "what is under way and bytes count however they are answered"},
		{"a count that is settled", withLimit(`"count":{"statuses":["2xx"]},"cost":{"settle":{"header":"x"}},` + rate), "limits[0].count", "a response tells either whether or how much a request counts"},
		{"refusals under way", withLimit(`"count_denied":true,"concurrency":{"requests":1}`), "limits[0].count_denied", "what is refused is not under way"},
		{"a status that is none", withLimit(`"count":{"statuses":["4x"]},` + rate), "limits[0].count.statuses[0]", "want a status code"},
		{"settling twice", withLimit(`"cost":{"settle":{"header":"x","body":"y"}},` + rate), "limits[0].cost.settle", "want"},
		{"settling by nothing", withLimit(`"cost":{"settle":{}},` + rate), "limits[0].cost.settle", "want"},
		{"a query of gjson", withLimit(`"cost":{"settle":{"body":"a.#(b==1)"}},` + rate), "limits[0].cost.settle.body", `want a path such as "usage.total_tokens"`},
		{"near all", withLimit(`"near_percent":100,` + rate), "limits[0].near_percent", "want"},
		{"an unknown mode", withLimit(`"mode":"log",` + rate), "limits[0].mode", `want "enforce" or "shadow"`},

		{"a global limit without a service", withLimit(`"global":true,` + rate), "limits[0].global", `want "global" beside limits`},
		{"a global limit on what is under way", withLimit(`"global":true,"concurrency":{"requests":1}`, `"global":{"cluster":"c"}`), "limits[0].global", "the service counts requests, not what is under way"},
		{"a global lockout", withLimit(`"global":true,"lockout":{"failures":1}`, `"global":{"cluster":"c"}`), "limits[0].global", "the service has no lockouts"},
		{"a global sliding window", withLimit(`"global":true,"sliding":{"requests":1,"per":"1m"}`, `"global":{"cluster":"c"}`), "limits[0].global", "the service counts in windows that follow each other"},
		{"a global delay", withLimit(`"global":true,"delay":"1s",`+rate, `"global":{"cluster":"c"}`), "limits[0].delay", "the service does not tell when a request is within"},
		{"a time that the service has no unit for", withLimit(`"global":true,"rate":{"requests":1,"per":"10s"}`, `"global":{"cluster":"c"}`), "limits[0].global", "the service counts by the second, minute, hour or day"},
		{"a number that is too large for the service", withLimit(`"global":true,"fixed":{"requests":5000000000,"per":"1d"}`, `"global":{"cluster":"c"}`), "limits[0].global", "the service counts up to 4294967295"},
		{"a descriptor of a local limit", withLimit(`"descriptor":[{"key":"a","value":"b"}],` + rate), "limits[0].descriptor", `is for the service, want "global": true beside it`},
		{"an entry with two values", withLimit(`"global":true,"descriptor":[{"key":"a","value":"b","source":"path"}],`+rate, `"global":{"cluster":"c"}`), "limits[0].descriptor[0]", "want"},
		{"no cluster", withLimit(rate, `"global":{}`), "global.cluster", "required"},
		{"a service that fails in an unknown way", withLimit(rate, `"global":{"cluster":"c","on_error":"open"}`), "global.on_error", `want "local", "allow" or "deny"`},
		{"no patience", withLimit(rate, `"global":{"cluster":"c","timeout":"0s"}`), "global.timeout", "want"},
		{"a lease for ever", withLimit(rate, `"global":{"cluster":"c","lease":{"target":"1h"}}`), "global.lease.target", "want"},

		{"plans of nobody", withLimit(rate, `"plans":{"free":{}}`), "plans", "want claim, assign or default: without them nobody has a plan"},
		{"a default that is no plan", withLimit(rate, `"plans":{"default":"free"}`), "plans.default", "no plan of this name"},
		{"an assignment to no plan", withLimit(rate, `"plans":{"assign":[{"claim":"t","one_of":["a"],"plan":"pro"}]}`), "plans.assign[0].plan", "no plan of this name"},
		{"no assignments", withLimit(rate, `"plans":{"claim":"p","assign":[]}`), "plans.assign", "want 1 to 1024 entries"},
		{"a plan of a limit that is none", withLimit(rate, `"plans":{"claim":"p","free":{"m":{"requests":1}}}`), "plans.free.m", "no limit of this name"},
		{"a number that the limit has not", withLimit(rate, `"plans":{"claim":"p","free":{"l":{"bytes":1}}}`), "plans.free.l.bytes", "the limit has no such number"},
		{"the time of a calendar", withLimit(`"calendar":{"requests":1,"per":"day"}`, `"plans":{"claim":"p","free":{"l":{"per":"1h"}}}`), "plans.free.l.per", "the limit has no such number"},
		{"unlimited, with numbers", withLimit(rate, `"plans":{"claim":"p","free":{"l":{"unlimited":true,"requests":1}}}`), "plans.free.l.unlimited", "a limit that does not apply has no numbers"},
		{"a misspelt number", withLimit(rate, `"plans":{"claim":"p","free":{"l":{"request":1}}}`), "plans.free.l", `unknown field "request", did you mean "requests"?`},
		{"a plan that is a number", withLimit(rate, `"plans":{"claim":"p","free":5}`), "plans.free", "want names of limits and their numbers, got number"},
		{"plans that are a list", withLimit(rate, `"plans":[]`), "plans", "want an object, got array"},
		{"a plan whose name is none", withLimit(rate, `"plans":{"claim":"p","a b":{}}`), `plans["a b"]`, "want a name"},

		{"an exemption of all", withLimit(rate, `"exempt":[{}]`), "exempt[0]", "want addresses, clients or claims"},
		{"an address that is none", withLimit(rate, `"exempt":[{"addresses":["192.0.2"]}]`), "exempt[0].addresses[0]", "want a range of addresses"},
		{"bits behind a prefix", withLimit(rate, `"exempt":[{"addresses":["192.0.2.1/24"]}]`), "exempt[0].addresses[0]", "want zero bits behind the prefix, such as 192.0.2.0/24"},
		{"a condition without values", withLimit(rate, `"exempt":[{"claims":[{"claim":"a"}]}]`), "exempt[0].claims[0].one_of", "required"},
		{"an exempt route that costs", withLimit(rate, `"routes":[{"match":{},"exempt":true,"cost":2}]`), "routes[0].exempt", "an exempt route is not counted"},
		{"a route of a limit that is none", withLimit(rate, `"routes":[{"match":{},"limits":["m"]}]`), "routes[0].limits[0]", "no limit of this name"},
		{"a route without conditions", withLimit(rate, `"routes":[{"cost":2}]`), "routes[0].match", "required"},
		{"a negative cost", withLimit(rate, `"routes":[{"match":{},"cost":-1}]`), "routes[0].cost", "want"},

		{"hops and proxies", withLimit(rate, `"client_address":{"trusted_hops":1,"trusted_proxies":["10.0.0.0/8"]}`), "client_address.trusted_proxies", "want trusted_hops or trusted_proxies, not both"},
		{"a header that nobody looks at", withLimit(rate, `"client_address":{"header":"forwarded"}`), "client_address.header", "no header is looked at without trusted_hops or trusted_proxies"},
		{"nobody who could say who it is", withLimit(rate, `"identity":{"jwt_audience":false}`), "identity", "want jwt_audience to be true or payload_in_metadata"},
		{"a status of success", withLimit(rate, `"answer":{"status":200}`), "answer.status", "want"},
		{"fields that are none", withLimit(rate, `"answer":{"fields":"all"}`), "answer.fields", `want "draft", "legacy", "both" or "none"`},
		{"a detail over two lines", withLimit(rate, `"answer":{"detail":"a\nb"}`), "answer.detail", "want up to 256 characters of printable ASCII"},
		{"no room", withLimit(rate, `"keys":10`), "keys", "want"},
		{"a namespace that is none", withLimit(rate, `"namespace":""`), "namespace", "want a name"},
		{"pseudonyms without a key", withLimit(rate, `"events":{"identity":"pseudonym"}`), "events.pseudonym_key", "required"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inspector, err := quota.New([]byte(test.document))
			if inspector != nil || err == nil {
				t.Fatal("accepted")
			}
			var faults []*config.Error
			switch e := err.(type) {
			case *config.Error:
				faults = append(faults, e)
			case config.Errors:
				faults = e
			}
			if !slices.ContainsFunc(faults, func(fault *config.Error) bool {
				return fault.Path == test.path && strings.HasPrefix(fault.Message, test.want)
			}) {
				t.Errorf("error = %v, want %s: %s", err, test.path, test.want)
			}
		})
	}
}
