//go:build !wasip1

package quota_test

// Limits of so few in an hour that what a client is told does not change in the
// second that an Envoy takes for a recording.
const (
	one   = `"rate":{"requests":1,"per":"1h"}`
	two   = `"rate":{"requests":2,"per":"1h"}`
	three = `"rate":{"requests":3,"per":"1h"}`
	ten   = `"rate":{"requests":10,"per":"1h"}`
	// told makes every response tell of the limits.
	told = `,"answer":{"fields_on":"all"}`
)

// by is a configuration of a limit with a key.
func by(source, limit string, members ...string) string {
	s := `"limits":[{"name":"l","key":["` + source + `"],` + limit + `}]`
	for _, m := range members {
		s += "," + m
	}
	return s
}

// limited is a configuration of a limit without one.
func limited(limit string) string { return `"limits":[{"name":"l",` + limit + `}]` }

// settled is one of a limit that the response settles.
func settled(by string) string {
	return limited(`"cost":{"fixed":5,"settle":{`+by+`}},"rate":{"requests":20,"per":"1h"}`) + told
}

var grpc = []string{"Content-Type: application/grpc"}

// folders are the recordings by their folder in testdata. Those of replay and held run
// in a real Envoy too. The others cannot: RATIONALE.md says why.
var folders = map[string][]recording{"replay": replayed, "held": held, "clocked": clocked, "proxied": proxied, "twice": twice, "service": serviced}

// replayed are compared with an Envoy whose clock goes on by itself.
var replayed = []recording{
	{file: "rate", why: "A token bucket holds as many as it gives in its time, and what is taken comes back bit by bit.",
		members: limited(three) + told, exchanges: list(times(4, exchange{name: "at once"}))},
	{file: "rate-with-burst", why: "The burst is the whole bucket, which a new key finds full, whatever the rate.",
		members: limited(`"rate":{"requests":2,"per":"1h","burst":4}`) + told, exchanges: list(times(5, exchange{name: "at once"}))},
	{file: "lockout", why: "So many failures, and the key is locked out for a while. A success is no failure and gives back what was\nheld for it.",
		members: by("header:x-account", `"lockout":{"failures":3,"block":"1h"}`), exchanges: list(
			exchange{name: "a success", fields: []string{"X-Account: alice"}},
			times(3, exchange{name: "a failure", fields: []string{"X-Account: alice"}, status: 401}),
			exchange{name: "locked out, though it would succeed", fields: []string{"X-Account: alice"}},
			exchange{name: "another account", fields: []string{"X-Account: bob"}})},
	{file: "bandwidth", why: "A request is let through as long as bytes are left; how many it takes, nobody knows before it is answered.",
		members: limited(`"bandwidth":{"bytes":15,"per":"1h"}`) + told, exchanges: list(times(3, exchange{name: "nine bytes"}))},
	{file: "bandwidth-of-requests", why: "Bytes of request bodies count where the limit is on those.",
		members: limited(`"bandwidth":{"bytes":15,"per":"1h","of":"request"}`) + told, exchanges: list(times(3, exchange{name: "ten bytes", method: "POST", body: `{"id":177}`}))},
	{file: "bandwidth-of-both", why: "Or of both.",
		members: limited(`"bandwidth":{"bytes":15,"per":"1h","of":"both"}`) + told, exchanges: list(times(2, exchange{name: "twenty bytes", method: "POST", body: `{"id":177}`}))},

	{file: "key-header", why: "A header keeps counters apart. One that is there twice with two values is neither of them.",
		members: by("header:x-key", one), exchanges: list(
			times(2, exchange{name: "a", fields: []string{"X-Key: a"}}),
			exchange{name: "b", fields: []string{"X-Key: b"}},
			exchange{name: "a twice", fields: []string{"X-Key: a", "X-Key: a"}},
			times(2, exchange{name: "a and c", fields: []string{"X-Key: a", "X-Key: c"}}),
			times(2, exchange{name: "none"}))},
	{file: "key-cookie", why: "So does a cookie, without quotation marks and decoded.",
		members: by("cookie:session", one), exchanges: list(
			exchange{name: "a", fields: []string{"Cookie: theme=dark; session=a"}},
			exchange{name: "a in quotation marks", fields: []string{`Cookie: session="a"`}},
			exchange{name: "a encoded", fields: []string{"Cookie: session=%61; theme=dark"}},
			exchange{name: "b", fields: []string{"Cookie: session=b"}},
			times(2, exchange{name: "c and d", fields: []string{"Cookie: session=c; session=d"}}))},
	{file: "key-query", why: "And a parameter of the query, however it is encoded.",
		members: by("query:api_key", one), exchanges: list(
			exchange{name: "a", path: "/orders?api_key=a"},
			exchange{name: "a encoded", path: "/orders?x=1&api%5Fkey=%61"},
			exchange{name: "b", path: "/orders?api_key=b"},
			times(2, exchange{name: "c and d", path: "/orders?api_key=c&api_key=d"}))},
	{file: "key-path", why: "The path counts as the upstream reads it: another spelling is no other counter.",
		members: by("path", one), exchanges: list(
			exchange{name: "17", path: "/orders/17"},
			exchange{name: "17 in another spelling", path: "/x/../%6frders/17?y"},
			exchange{name: "18", path: "/orders/18"})},
	{file: "key-path-template", why: "All that one template matches is one counter.",
		members: by("path_template", one, `"routes":[{"match":{"path":{"template":"/orders/{id}"}}}]`), exchanges: list(
			exchange{name: "17", path: "/orders/17"},
			exchange{name: "18", path: "/orders/18"},
			times(2, exchange{name: "no template", path: "/health"}))},
	{file: "key-method", why: "A counter for each method.",
		members: by("method", one), exchanges: list(times(2, exchange{name: "GET"}), exchange{name: "DELETE", method: "DELETE"})},
	{file: "key-host", why: "The host counts without its port and in one case.",
		members: by("host", one), exchanges: list(
			exchange{name: "a", host: "a.example.com"},
			exchange{name: "a in capitals", host: "A.Example.Com:10000"},
			exchange{name: "b", host: "b.example.com"})},
	{file: "key-claim", why: "A claim of the verified identity; a header that looks like one is none.",
		members: by("claim:tenant", one), exchanges: list(
			exchange{name: "a", identity: as("shop", claims(`"tenant":"a"`))},
			exchange{name: "a of another client", identity: as("app", claims(`"tenant":"a"`)), fields: []string{"Tenant: z"}},
			exchange{name: "b", identity: as("shop", claims(`"tenant":"b"`))},
			times(2, exchange{name: "no claim", identity: as("shop")}),
			exchange{name: "no identity"})},
	{file: "key-scope", why: "The set of scopes: their order does not matter.",
		members: by("scope", one), exchanges: list(
			exchange{name: "read and write", identity: as("shop", `"scope":"read write"`)},
			exchange{name: "write and read", identity: as("shop", `"scope":"write read"`)},
			exchange{name: "read", identity: as("shop", `"scope":"read"`)})},
	{file: "key-issuer", why: "Who issued the identity.",
		members: by("issuer", one), exchanges: list(
			exchange{name: "one", identity: as("shop")}, exchange{name: "the same", identity: as("app")},
			exchange{name: "another", identity: `{"iss":"https://login.example.org","sub":"user-1"}`})},
	{file: "key-subject", why: "Whose it is.",
		members: by("subject", one), exchanges: list(times(2, exchange{name: "a", identity: as("a")}), exchange{name: "b", identity: as("b")})},
	{file: "key-client-id", why: "Which client uses it. A token that nobody verified is nobody's.",
		members: by("client_id", one, `"answer":{"fields_on":"all"}`), exchanges: list(
			times(2, exchange{name: "shop", identity: as("shop")}), exchange{name: "app", identity: as("app")},
			times(2, exchange{name: "a token that nobody verified", fields: []string{"Authorization: Bearer eyJhbGciOiJub25lIn0.eyJjbGllbnRfaWQiOiJhcHAifQ."}}))},
	{file: "key-of-two-parts", why: "Only requests that agree in all parts of a key share a counter, and parts cannot run into each other.",
		members: `"limits":[{"name":"l","key":["header:x-a","header:x-b"],` + one + `}]`, exchanges: list(
			times(2, exchange{name: "ab and c", fields: []string{"X-A: ab", "X-B: c"}}),
			exchange{name: "a and bc", fields: []string{"X-A: a", "X-B: bc"}})},

	{file: "missing-share", why: "By default all that lack a part of the key share one counter: leaving it out is no way around a limit.",
		members: by("header:x-key", one), exchanges: list(times(2, exchange{name: "none"}), exchange{name: "an empty one", fields: []string{"X-Key:"}})},
	{file: "missing-skip", why: "A limit may leave them to others.",
		members: by("header:x-key", `"missing":"skip",`+one), exchanges: list(
			times(3, exchange{name: "none"}), times(2, exchange{name: "a", fields: []string{"X-Key: a"}}))},
	{file: "missing-deny", why: "Or refuse them, and what can be read in two ways with them.",
		members: by("header:x-key", `"missing":"deny",`+one), exchanges: list(
			exchange{name: "none"}, exchange{name: "two", fields: []string{"X-Key: a", "X-Key: b"}},
			exchange{name: "one", fields: []string{"X-Key: a"}},
			exchange{name: "none, of gRPC", method: "POST", fields: grpc})},

	{file: "plan-by-claim", why: "A claim names the plan. A name that is no plan's counts as none.",
		members: by("client_id", two, `"plans":{"claim":"plan","free":{"l":{"requests":1}},"pro":{"l":{"requests":4,"burst":4}}}`) + told, exchanges: list(
			times(2, exchange{name: "free", identity: as("a", claims(`"plan":"free"`))}),
			times(3, exchange{name: "pro", identity: as("b", claims(`"plan":"pro"`))}),
			times(3, exchange{name: "a plan that is none", identity: as("c", claims(`"plan":"gold"`))}))},
	{file: "plan-by-condition", why: "A condition on the identity comes before the claim that names a plan.",
		members: by("client_id", two, `"plans":{"claim":"plan","assign":[{"claim":"tenant","one_of":["acme"],"plan":"pro"}],"free":{"l":{"requests":1}},"pro":{"l":{"requests":4}}}`), exchanges: list(
			times(2, exchange{name: "free", identity: as("a", claims(`"plan":"free","tenant":"x"`))}),
			times(3, exchange{name: "of the tenant", identity: as("b", claims(`"plan":"free","tenant":"acme"`))}))},
	{file: "plan-default", why: "Those that have no plan may have one of their own, and need no identity for it.",
		members: limited(two) + `,"plans":{"default":"guest","guest":{"l":{"requests":1}}}`, exchanges: list(times(2, exchange{name: "a guest"}))},
	{file: "plan-unlimited", why: "In a plan a limit may not apply at all; the others do.",
		members: `"limits":[{"name":"l",` + one + `},{"name":"m",` + three + `}],"plans":{"claim":"plan","staff":{"l":{"unlimited":true}}}` + told, exchanges: list(
			times(4, exchange{name: "of the staff", identity: as("a", claims(`"plan":"staff"`))}))},

	{file: "several-limits", why: "A request has to be within all limits. The one that is exceeded for longest is named first in the event,\nthe answer names all, and what one refuses, another is not charged for.",
		members: `"limits":[{"name":"wide",` + three + `},{"name":"narrow","key":["header:x-key"],` + one + `}]` + told, exchanges: list(
			times(2, exchange{name: "a", fields: []string{"X-Key: a"}}),
			exchange{name: "b", fields: []string{"X-Key: b"}}, exchange{name: "c", fields: []string{"X-Key: c"}},
			exchange{name: "a, over both", fields: []string{"X-Key: a"}}, exchange{name: "d, over one", fields: []string{"X-Key: d"}})},
	{file: "limits-of-a-route", why: "A route may be counted by some limits only.",
		members: `"limits":[{"name":"l",` + one + `},{"name":"m",` + two + `}],"routes":[{"name":"search","match":{"path":{"exact":"/search"}},"limits":["m"]}]` + told, exchanges: list(
			times(2, exchange{name: "search", path: "/search"}), exchange{name: "search again", path: "/search"}, exchange{name: "elsewhere"})},

	{file: "cost-of-a-route", why: "A request may count as several, or as none.",
		members: limited(ten) + `,"routes":[{"name":"export","match":{"path":{"exact":"/export"}},"cost":4},{"name":"health","match":{"path":{"exact":"/health"}},"cost":0}]` + told, exchanges: list(
			times(3, exchange{name: "export", path: "/export"}), exchange{name: "health", path: "/health"}, exchange{name: "another"})},
	{file: "cost-by-header", why: "A header may say what a request costs. What is no number, or is said twice, costs the most.",
		members: limited(`"cost":{"header":"x-cost","most":6},`+ten) + told, exchanges: list(
			exchange{name: "three", fields: []string{"X-Cost: 3"}}, exchange{name: "none"},
			exchange{name: "no number", fields: []string{"X-Cost: -5"}}, exchange{name: "twice", fields: []string{"X-Cost: 1", "X-Cost: 1"}}, exchange{name: "zero", fields: []string{"X-Cost: 0"}})},
	{file: "cost-larger-than-the-limit", why: "What costs more than the limit ever holds is refused without a time to come back.",
		members: limited(`"cost":{"header":"x-cost"},` + ten), exchanges: list(exchange{name: "eleven", fields: []string{"X-Cost: 11"}}, exchange{name: "ten", fields: []string{"X-Cost: 10"}})},
	{file: "cost-by-bytes", why: "Bytes of the body cost as well: announced ones before the request goes on.",
		members: limited(`"cost":{"bytes_per_unit":4},`+ten) + told, exchanges: list(
			times(2, exchange{name: "ten bytes", method: "POST", body: `{"id":177}`}), exchange{name: "the third is too much", method: "POST", body: `{"id":177}`}, exchange{name: "no body"})},
	{file: "settle-by-header", why: "The response says what the request has cost: more is taken, less is given back, and what cannot be read\nchanges nothing.",
		members: settled(`"header":"x-used"`), exchanges: list(
			exchange{name: "less", headers: []string{"X-Used: 1"}}, exchange{name: "more", headers: []string{"X-Used: 9"}},
			exchange{name: "no number", headers: []string{"X-Used: many"}}, exchange{name: "nothing"}, exchange{name: "into debt, and refused"})},
	{file: "settle-by-body", why: "So does a number in its JSON. The client's accept-encoding is taken away, so that it can be read.",
		members: settled(`"body":"usage.total_tokens"`), exchanges: list(
			exchange{name: "twelve", fields: []string{"Accept-Encoding: gzip, br"}, answer: `{"choices":[{"text":"hello"}],"usage":{"prompt_tokens":4,"total_tokens":12}}`},
			exchange{name: "none", answer: `{"choices":[]}`}, exchange{name: "more than is left"}, exchange{name: "and again"})},
	{file: "settle-by-events", why: "Of server-sent events the last that has the number counts, as language models send it.",
		members: settled(`"body":"usage.total_tokens"`), exchanges: list(
			exchange{name: "twelve", headers: []string{"Content-Type: text/event-stream"}, answer: "data: {\"delta\":\"hel\",\"usage\":{\"total_tokens\":3}}\n\ndata: {\"delta\":\"lo\",\"usage\":{\"total_tokens\":12}}\n\ndata: [DONE]\n"},
			exchange{name: "what is left"})},
	{file: "settle-by-bytes", why: "Or the size of the body does.",
		members: settled(`"bytes_per_unit":3`), exchanges: list(exchange{name: "nine bytes"}, exchange{name: "what is left"})},

	{file: "count-failures-only", why: "Only requests with certain answers count. The others are given back.",
		members: limited(`"count":{"statuses":["404","5xx"]},`+two) + told, exchanges: list(
			times(3, exchange{name: "a success"}), exchange{name: "not found", status: 404}, exchange{name: "broken", status: 503}, exchange{name: "refused"})},
	{file: "count-successes-only", why: "Or only those that succeeded.",
		members: limited(`"count":{"statuses":["2xx"]},` + two), exchanges: list(
			times(3, exchange{name: "a failure", status: 500}), times(3, exchange{name: "a success"}))},
	{file: "count-denied", why: "Where refusals count too, a client that does not stop is not let in again.",
		members: limited(`"count_denied":true,` + two), exchanges: list(times(5, exchange{name: "at once"}))},
	{file: "near-percent", why: "An event says that a limit is near, once each time it is passed.",
		members: `"events":"denied",` + limited(`"near_percent":50,`+`"rate":{"requests":4,"per":"1h"}`), exchanges: list(times(5, exchange{name: "at once"}))},

	{file: "shadow", why: "In shadow mode nothing is refused and nothing told; what would have been is in the event.",
		members: `"mode":"shadow",` + limited(one) + told, exchanges: list(times(3, exchange{name: "at once"}))},
	{file: "shadow-of-a-limit", why: "A new limit can be tried out beside others.",
		members: `"limits":[{"name":"new","mode":"shadow",` + one + `},{"name":"old",` + three + `}]` + told, exchanges: list(times(4, exchange{name: "at once"}))},
	{file: "shadow-of-a-route", why: "And on one route.",
		members: limited(one) + `,"routes":[{"name":"trial","match":{"path":{"prefix":"/trial"}},"mode":"shadow"}]`, exchanges: list(
			times(2, exchange{name: "trial", path: "/trial/a"}), exchange{name: "elsewhere"})},
	{file: "enforced-route", why: "In shadow mode a route may be enforced already.",
		members: `"mode":"shadow",` + limited(one) + `,"routes":[{"name":"orders","match":{"path":{"prefix":"/orders"}},"mode":"enforce"}]`, exchanges: list(
			times(2, exchange{name: "orders"}), exchange{name: "elsewhere", path: "/x"})},
	{file: "shadow-of-missing-keys", why: "What a limit in shadow mode would refuse for its missing key goes on, too.",
		members: by("header:x-key", `"missing":"deny","mode":"shadow",`+one), exchanges: list(exchange{name: "none"}, times(2, exchange{name: "a", fields: []string{"X-Key: a"}}))},

	{file: "exempt-route", why: "What a route exempts, nothing counts.",
		members: limited(one) + `,"routes":[{"name":"health","match":{"path":{"exact":"/health"}},"exempt":true}]` + told, exchanges: list(
			times(2, exchange{name: "health", path: "/health"}), times(2, exchange{name: "counted"}))},
	{file: "exempt-client", why: "Nor clients that are exempt: verified ones.",
		members: limited(one) + `,"exempt":[{"clients":["monitor"]}]`, exchanges: list(
			times(2, exchange{name: "the monitor", identity: as("monitor")}), times(2, exchange{name: "another", identity: as("shop")}),
			exchange{name: "one that says so", fields: []string{"Client-Id: monitor"}})},
	{file: "exempt-claim", why: "All conditions of an exemption must hold.",
		members: limited(one) + `,"exempt":[{"clients":["shop"],"claims":[{"claim":"roles","one_of":["operator","admin"]}]}]`, exchanges: list(
			exchange{name: "both", identity: as("shop", claims(`"roles":["x","admin"]`))}, exchange{name: "no role", identity: as("shop")},
			exchange{name: "another client", identity: as("app", claims(`"roles":["admin"]`))})},
	{file: "exempt-address", why: "Addresses may be exempt: as the proxies in front tell them, not as the client does.",
		members: limited(one) + `,"client_address":{"trusted_hops":1},"exempt":[{"addresses":["192.0.2.0/24","2001:db8::/32"]}]`, exchanges: list(
			exchange{name: "inside", fields: []string{"X-Forwarded-For: 192.0.2.7"}}, exchange{name: "inside, IPv6", fields: []string{"X-Forwarded-For: 2001:db8::7"}},
			times(2, exchange{name: "spoofed", fields: []string{"X-Forwarded-For: 192.0.2.7, 198.51.100.1"}}))},

	{file: "fields-draft-on-refused", why: "By default a refusal has the fields of the draft, and other responses none.",
		members: limited(one), exchanges: list(times(2, exchange{name: "at once"}))},
	{file: "fields-draft-on-all", why: "Or every response has them.",
		members: limited(two) + `,"answer":{"fields":"draft","fields_on":"all"}`, exchanges: list(times(3, exchange{name: "at once"}))},
	{file: "fields-legacy-on-refused", why: "Older clients know other fields.",
		members: limited(one) + `,"answer":{"fields":"legacy"}`, exchanges: list(times(2, exchange{name: "at once"}))},
	{file: "fields-legacy-on-all", why: "They tell of the limit that is nearest.",
		members: `"limits":[{"name":"l",` + ten + `},{"name":"m",` + two + `}],"answer":{"fields":"legacy","fields_on":"all"}`, exchanges: list(times(3, exchange{name: "at once"}))},
	{file: "fields-both-on-refused", why: "A refusal may have both.", members: limited(one) + `,"answer":{"fields":"both"}`, exchanges: list(times(2, exchange{name: "at once"}))},
	{file: "fields-both-on-all", why: "And every response.", members: limited(two) + `,"answer":{"fields":"both","fields_on":"all"}`, exchanges: list(times(3, exchange{name: "at once"}))},
	{file: "fields-none", why: "A refusal without fields still says when to come back.",
		members: limited(one) + `,"answer":{"fields":"none","fields_on":"all"}`, exchanges: list(times(2, exchange{name: "at once"}))},
	{file: "answer-of-its-own", why: "The status and a text for people can be chosen.",
		members: limited(one) + `,"answer":{"status":503,"detail":"Ask sales@example.com for a larger plan."}`, exchanges: list(
			times(2, exchange{name: "at once"}), exchange{name: "of gRPC", method: "POST", fields: grpc})},
	{file: "grpc", why: "A gRPC client gets RESOURCE_EXHAUSTED the way its library reads it, gRPC-Web and subtypes included.",
		members: limited(one), exchanges: list(
			exchange{name: "within", method: "POST", path: "/shop.Orders/Get", fields: grpc},
			exchange{name: "gRPC", method: "POST", path: "/shop.Orders/Get", fields: grpc},
			exchange{name: "a subtype", method: "POST", path: "/shop.Orders/Get", fields: []string{"Content-Type: application/grpc+proto"}},
			exchange{name: "gRPC-Web", method: "POST", path: "/shop.Orders/Get", fields: []string{"Content-Type: application/grpc-web+proto"}},
			exchange{name: "gRPC-Web as text", method: "POST", path: "/shop.Orders/Get", fields: []string{"Content-Type: application/grpc-web-text"}})},
	{file: "head-has-no-body", why: "The answer to HEAD is that to GET without its body (RFC 9110, Section 9.3.2).",
		members: limited(one), exchanges: list(times(2, exchange{name: "HEAD", method: "HEAD"}))},

	{file: "identity-malformed", why: "What two readers could take for different identities is none, and nobody's counter.",
		members: by("client_id", ten), exchanges: list(
			exchange{name: "no JSON", identity: "shop"}, exchange{name: "a client twice", identity: `{"iss":"https://idp.example.com","sub":"a","client_id":"a","client_id":"b"}`},
			exchange{name: "one", identity: as("shop")})},
	{file: "identity-not-asked-for", why: "Where nothing depends on an identity, nobody looks at it.",
		members: limited(ten), exchanges: list(exchange{name: "no JSON", identity: "shop"})},
	{file: "path-ambiguous", why: "Where there are routes, a path that could be of two is refused before anything is counted.",
		members: limited(two) + `,"routes":[{"match":{"path":{"prefix":"/health"}},"exempt":true}]` + told, exchanges: list(
			exchange{name: "an encoded slash", path: "/health%2f..%2forders"}, exchange{name: "a parameter beside dots", path: "/health/..;/orders"},
			times(3, exchange{name: "another spelling of one path", path: "/health/../%6frders"}))},
	{file: "path-ambiguous-in-shadow-mode", why: "Unless all is in shadow mode.",
		members: `"mode":"shadow",` + limited(one) + `,"routes":[{"match":{"path":{"prefix":"/health"}},"exempt":true}]`, exchanges: list(times(2, exchange{name: "an encoded slash", path: "/health%2f..%2forders"}))},
	{file: "host-ambiguous", why: "Where a route depends on the host, one that can be read in two ways is refused.",
		members: limited(two) + `,"routes":[{"match":{"hosts":["back.example.com"]},"exempt":true}]`, exchanges: list(
			exchange{name: "user before the host", host: "api.example.com@back.example.com"}, exchange{name: "the host", host: "back.example.com"})},
	{file: "header-ambiguous", why: "Where a route depends on a header, a client cannot choose the route by sending it twice.",
		members: limited(two) + `,"routes":[{"match":{"headers":[{"name":"x-tier","exact":"gold"}]},"cost":0}]`, exchanges: list(
			exchange{name: "once", fields: []string{"X-Tier: gold"}}, exchange{name: "twice", fields: []string{"X-Tier: gold", "X-Tier: iron"}})},

	{file: "trusted-hops", why: "What a client writes into x-forwarded-for is left of what the proxies write: it chooses no counter.",
		members: by("address", one, `"client_address":{"trusted_hops":2}`), exchanges: list(
			exchange{name: "a client", fields: []string{"X-Forwarded-For: 198.51.100.7, 10.0.0.1"}},
			times(3, exchange{name: "it invents an address", fields: []string{"X-Forwarded-For: 203.0.113.9, 198.51.100.7, 10.0.0.1"}}),
			exchange{name: "in a field of its own", fields: []string{"X-Forwarded-For: 203.0.113.10", "X-Forwarded-For: 198.51.100.7, 10.0.0.1"}},
			exchange{name: "another client", fields: []string{"X-Forwarded-For: 198.51.100.8, 10.0.0.1"}})},
	{file: "ipv6-prefix", why: "Who has one IPv6 address has all of a /64: they are one counter.",
		members: by("address", two, `"client_address":{"trusted_hops":1}`), exchanges: list(
			exchange{name: "an address", fields: []string{"X-Forwarded-For: 2001:db8:1:2::1"}}, exchange{name: "of the same network", fields: []string{"X-Forwarded-For: 2001:db8:1:2:ffff::9"}},
			exchange{name: "and again", fields: []string{"X-Forwarded-For: [2001:db8:1:2:a::1]:443"}}, exchange{name: "another network", fields: []string{"X-Forwarded-For: 2001:db8:1:3::1"}})},
	{file: "delay", why: "A request over the rate can be held back until it is within, in place of being refused.",
		members: limited(`"delay":"2s","rate":{"requests":10,"per":"1s","burst":1}`), exchanges: list(times(4, exchange{name: "one after the other"}))},
	{file: "delay-too-long", why: "For so long at most.",
		members: limited(`"delay":"2s",` + one), exchanges: list(times(2, exchange{name: "at once"}))},
}

// held are those that need the body before anything goes on, and
// allow_on_headers_stop_iteration for it.
var held = []recording{
	{file: "key-body", why: "A member of a JSON body. What cannot be read in one way is neither.",
		members: by("body:account.id", one, `"hold_headers":true`), exchanges: list(
			times(2, exchange{name: "a", method: "POST", body: `{"account":{"id":"a"}}`}),
			exchange{name: "a, encoded", method: "POST", body: `{"account":{"id":"\u0061"}}`},
			exchange{name: "b", method: "POST", body: `{"account":{"id":"b"}}`},
			times(2, exchange{name: "twice", method: "POST", body: `{"account":{"id":"c"},"account":{"id":"d"}}`}),
			times(2, exchange{name: "no body"}))},
	{file: "body-over-its-limit", why: "A body of which only the beginning is read has no members.",
		members: by("body:id", `"missing":"deny",`+one, `"hold_headers":true`, `"body_limit":20`), exchanges: list(
			exchange{name: "short", method: "POST", body: `{"id":"a"}`},
			exchange{name: "long", method: "POST", body: `{"id":"a","padding":"xxxxxxxxxxxxxxxx"}`})},
	{file: "guessing-passwords", why: "Failures are counted by account and address, so that nobody can lock another out from elsewhere.",
		members: `"client_address":{"trusted_hops":1},"hold_headers":true,"limits":[{"name":"logins","key":["body:username","address"],"lockout":{"failures":2,"block":"1h"}}],
 "routes":[{"match":{"methods":["POST"],"path":{"exact":"/login"}}},{"match":{},"exempt":true}]`, exchanges: list(
			times(2, exchange{name: "a guess", method: "POST", path: "/login", body: `{"username":"alice","password":"1"}`, fields: []string{"X-Forwarded-For: 192.0.2.66"}, status: 401}),
			exchange{name: "locked out", method: "POST", path: "/login", body: `{"username":"alice","password":"right"}`, fields: []string{"X-Forwarded-For: 192.0.2.66"}},
			exchange{name: "alice at home", method: "POST", path: "/login", body: `{"username":"alice","password":"right"}`, fields: []string{"X-Forwarded-For: 198.51.100.1"}},
			exchange{name: "another account", method: "POST", path: "/login", body: `{"username":"bob","password":"1"}`, fields: []string{"X-Forwarded-For: 192.0.2.66"}, status: 401},
			exchange{name: "no login", fields: []string{"X-Forwarded-For: 192.0.2.66"}})},
}
