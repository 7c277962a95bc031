//go:build !wasip1

package quota_test

import (
	"encoding/base64"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// clocked are recordings that tell the time, or in which it jumps: an Envoy's clock
// cannot be set.
var clocked = []recording{
	{file: "rate-comes-back", why: "What was taken from a bucket comes back bit by bit, and never more than it holds.",
		members: limited(`"rate":{"requests":2,"per":"10s"}`) + told, exchanges: list(
			times(3, exchange{name: "at once"}), exchange{name: "half of the time later", after: "5s"}, exchange{name: "at once again"},
			exchange{name: "a minute later", after: "1m"}, times(2, exchange{name: "and at once"}))},
	{file: "sliding", why: "A sliding window counts the one before as far as it still reaches into the last minute.",
		members: limited(`"sliding":{"requests":4,"per":"1m"}`) + told, exchanges: list(
			times(5, exchange{name: "at once"}), exchange{name: "the next window, to the half", after: "90s"}, times(2, exchange{name: "at once again"}),
			exchange{name: "two windows later", after: "2m"})},
	{file: "fixed", why: "Windows follow each other, and at the edge of two there may be twice as many.",
		members: limited(`"fixed":{"requests":2,"per":"1m"}`) + told, exchanges: list(
			exchange{name: "at the beginning"}, exchange{name: "before the edge", after: "59s"}, exchange{name: "over"},
			exchange{name: "behind the edge", after: "1s"}, times(2, exchange{name: "at once"}))},
	{file: "calendar-day", why: "A day begins at midnight of its time zone.", at: "2026-11-20T14:59:50Z",
		members: limited(`"calendar":{"requests":1,"per":"day","tz":"Asia/Tokyo"}`) + told, exchanges: list(
			times(2, exchange{name: "ten seconds to midnight in Tokyo"}), exchange{name: "one second to it", after: "9s"}, exchange{name: "midnight", after: "1s"}, exchange{name: "at once"})},
	{file: "calendar-month", why: "A month is as long as it is.", at: "2028-02-29T23:59:50Z",
		members: limited(`"calendar":{"requests":1,"per":"month"}`) + told, exchanges: list(
			times(2, exchange{name: "29 February"}), exchange{name: "1 March", after: "10s"}, exchange{name: "at once"})},
	{file: "calendar-year", why: "And so is a year.", at: "2026-12-31T22:59:50Z",
		members: limited(`"calendar":{"requests":1,"per":"year","tz":"Europe/Berlin"}`) + told, exchanges: list(
			times(2, exchange{name: "31 December in Berlin"}), exchange{name: "1 January", after: "10s"}, exchange{name: "at once"})},
	{file: "lockout-grows", why: "Each further lockout is longer, up to the longest, and all is forgotten after a quiet time.",
		members: limited(`"lockout":{"failures":1,"per":"1s","block":"2s","factor":3,"most":"10s","forget":"30s"}`), exchanges: list(
			exchange{name: "a failure", status: 401}, exchange{name: "two seconds"}, exchange{name: "another", status: 401, after: "2s"}, exchange{name: "six seconds"},
			exchange{name: "a third", status: 401, after: "6s"}, exchange{name: "ten seconds"}, exchange{name: "forgotten", status: 401, after: "41s"}, exchange{name: "two seconds again"})},
	{file: "count-denied-until-quiet", why: "A client whose refusals count is let in once it has been quiet for as long as it is told.",
		members: limited(`"count_denied":true,"rate":{"requests":1,"per":"10s"}`), exchanges: list(
			times(3, exchange{name: "at once"}), exchange{name: "too early", after: "10s"}, exchange{name: "when it was told to", after: "30s"})},
	{file: "near-percent-again", why: "A limit that was near and is not any more can be near again.",
		members: `"events":"denied",` + limited(`"near_percent":50,"rate":{"requests":4,"per":"40s"}`), exchanges: list(
			times(3, exchange{name: "at once"}), exchange{name: "later", after: "1m"}, exchange{name: "near again"})},
	{file: "delays-add-up", why: "Those that wait are let through one after the other, by the rate.",
		members: limited(`"delay":"1s","rate":{"requests":2,"per":"1s","burst":1}`), exchanges: list(
			times(3, exchange{name: "one after the other"}), exchange{name: "later", after: "10s"})},
	{file: "debt-is-bounded", why: "A cost that nobody foresaw keeps a key out for a while, not for good.",
		members: limited(`"cost":{"settle":{"header":"x-used"}},"rate":{"requests":10,"per":"10s"}`), exchanges: list(
			exchange{name: "a billion", headers: []string{"X-Used: 1000000000"}}, exchange{name: "in debt"}, exchange{name: "sixteen times the whole later", after: "161s"})},
}

const authn = "metadata.filter_metadata.envoy.filters.http.jwt_authn.payload."

// proxied are recordings of what only a proxy knows of its connections and routes.
var proxied = []recording{
	{file: "key-address", why: "The address of the connection; a header of the client's says nothing.",
		members: by("address", one), exchanges: list(
			exchange{name: "one", properties: []string{"source.address: 192.0.2.7:4711"}},
			exchange{name: "another port", properties: []string{"source.address: 192.0.2.7:4712"}, fields: []string{"X-Forwarded-For: 203.0.113.1"}},
			exchange{name: "another address", properties: []string{"source.address: 192.0.2.8:4711"}},
			exchange{name: "IPv6", properties: []string{"source.address: [2001:db8::1]:4711"}}, exchange{name: "its neighbour", properties: []string{"source.address: [2001:db8::2]:4711"}},
			times(2, exchange{name: "a socket", properties: []string{"source.address: /run/envoy.sock"}}))},
	{file: "trusted-proxies", why: "Where the connection is one of a trusted proxy, the first address that is none counts.",
		members: by("address", one, `"client_address":{"trusted_proxies":["10.0.0.0/8"]}`), exchanges: list(
			exchange{name: "through a proxy", properties: []string{"source.address: 10.0.0.1:4711"}, fields: []string{"X-Forwarded-For: 192.0.2.7"}},
			exchange{name: "it invents an address", properties: []string{"source.address: 10.0.0.1:4711"}, fields: []string{"X-Forwarded-For: 203.0.113.1, 192.0.2.7, 10.0.0.2"}},
			exchange{name: "not through a proxy", properties: []string{"source.address: 192.0.2.7:4711"}, fields: []string{"X-Forwarded-For: 203.0.113.1"}},
			exchange{name: "another", properties: []string{"source.address: 192.0.2.8:4711"}, fields: []string{"X-Forwarded-For: 192.0.2.7"}})},
	{file: "forwarded", why: "The header may be that of RFC 7239.",
		members: by("address", one, `"client_address":{"trusted_hops":1,"header":"forwarded"}`), exchanges: list(
			exchange{name: "one", fields: []string{`Forwarded: for=192.0.2.1, for=198.51.100.7;proto=https`}}, exchange{name: "the same", fields: []string{`Forwarded: for="198.51.100.7:80"`}},
			exchange{name: "another", fields: []string{`Forwarded: for="[2001:db8::1]"`}})},
	{file: "key-certificate", why: "A name in the client's certificate, where the proxy has verified one.",
		members: by("certificate:uri_san", one), exchanges: list(
			times(2, exchange{name: "shop", properties: []string{"connection.mtls:bool: true", "connection.uri_san_peer_certificate: spiffe://example.com/shop"}}),
			exchange{name: "app", properties: []string{"connection.mtls:bool: true", "connection.uri_san_peer_certificate: spiffe://example.com/app"}},
			times(2, exchange{name: "none that was verified", properties: []string{"connection.mtls:bool: false", "connection.uri_san_peer_certificate: spiffe://example.com/app"}}))},
	{file: "key-certificate-fingerprint", why: "Or the certificate itself.",
		members: by("certificate:fingerprint", `"missing":"deny",`+one), exchanges: list(
			times(2, exchange{name: "one", properties: []string{"connection.mtls:bool: true", "connection.sha256_peer_certificate_digest: " + strings.Repeat("0a", 32)}}),
			exchange{name: "none"})},
	{file: "key-route", why: "The name of the proxy's own route.",
		members: by("route", one), exchanges: list(
			times(2, exchange{name: "orders", properties: []string{"xds.route_name: orders"}}), exchange{name: "reports", properties: []string{"xds.route_name: reports"}})},
	{file: "key-virtual-host", why: "Or of its virtual host.",
		members: by("virtual_host", one), exchanges: list(
			times(2, exchange{name: "api", properties: []string{"xds.virtual_host_name: api"}}), exchange{name: "back", properties: []string{"xds.virtual_host_name: back"}})},
	{file: "jwt-authn", why: "The payload that Envoy's jwt_authn left is as good as what jwt-audience left.",
		members: by("claim:tenant", one, `"identity":{"payload_in_metadata":["payload"]}`), exchanges: list(
			times(2, exchange{name: "a", properties: []string{authn + "iss: https://idp.example.com", authn + "sub: user-17", authn + "tenant: a"}}),
			exchange{name: "b", properties: []string{authn + "iss: https://idp.example.com", authn + "sub: user-17", authn + "tenant: b"}})},
	{file: "identity-ambiguous", why: "Two verified identities are one too many: the client would choose its counter.",
		members: by("client_id", ten, `"identity":{"payload_in_metadata":["payload"]}`), exchanges: list(
			exchange{name: "both", identity: as("shop"), properties: []string{authn + "iss: https://idp.example.com", authn + "sub: user-17"}})},
	{file: "exempt-addresses", why: "Addresses of connections may be exempt.",
		members: limited(one) + `,"exempt":[{"addresses":["192.0.2.0/24"]}]`, exchanges: list(
			times(2, exchange{name: "inside", properties: []string{"source.address: 192.0.2.7:4711"}}), times(2, exchange{name: "outside", properties: []string{"source.address: 198.51.100.1:4711"}, fields: []string{"X-Forwarded-For: 192.0.2.7"}}))},
	{file: "body-without-holding", why: "Without hold_headers an upstream has seen the headers of a request that its body refuses.",
		members: by("body:id", one), exchanges: list(times(2, exchange{name: "a", method: "POST", body: `{"id":"a"}`}))},
}

// twice is a recording that runs through two filters of one configuration: each request
// is under way twice.
var twice = []recording{
	{file: "concurrency", why: "As many as there may be are under way; when they end there is room again.",
		members: `"limits":[{"name":"narrow","concurrency":{"requests":1}},{"name":"wide","concurrency":{"requests":2}}],"routes":[{"match":{"path":{"prefix":"/orders"}},"limits":["narrow"]},{"match":{},"limits":["wide"]}]` + told,
		exchanges: list(
			times(2, exchange{name: "one too many"}), exchange{name: "one too many, of gRPC", method: "POST", fields: grpc},
			times(3, exchange{name: "as many as may be", path: "/x"}), exchange{name: "one that failed", path: "/x", status: 503}, exchange{name: "after it", path: "/x"})},
}

// answered is the callout of a rate limit service that answers with a code of
// RateLimitResponse, what is left in a window of an hour, and after so many seconds
// ends.
func answered(times string, code, remaining, reset uint64) string {
	number := func(b []byte, field protowire.Number, n uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), n)
	}
	message := func(b []byte, field protowire.Number, m []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), m)
	}
	limit := number(number(nil, 1, 10), 2, 3) // 10 an hour
	status := number(message(number(nil, 1, code), 2, limit), 3, remaining)
	status = message(status, 4, number(nil, 1, reset))
	return service("times: "+times, "messages_base64: ["+base64.StdEncoding.EncodeToString(message(number(nil, 1, code), 2, status))+"]")
}

// service is a callout.
func service(members ...string) string {
	return "- {cluster: ratelimit, service: envoy.service.ratelimit.v3.RateLimitService, method: ShouldRateLimit, " + strings.Join(members, ", ") + "}\n"
}

// Codes of RateLimitResponse.
const (
	codeOK        = 1
	codeOverLimit = 2
)

// global is a limit that a service counts.
func global(members string) string {
	return `"limits":[{"name":"l","key":["header:x-key"],"global":true,"fixed":{"requests":10,"per":"1h"}}],"global":{"cluster":"ratelimit"` + members + `}` + told
}

// serviced are recordings of limits that a service counts. What a real service makes of
// the calls is held in package ratelimittest's tests.
var serviced = []recording{
	{file: "per-request", why: "The service is asked about every request, and its word counts.",
		members: global(`,"per_request":true`), callouts: "grpc:\n" + answered("1", codeOK, 9, 1800) + answered("1", codeOK, 8, 1800) + answered("0", codeOverLimit, 0, 1800),
		exchanges: list(times(4, exchange{name: "asked", fields: []string{"X-Key: a"}}))},
	{file: "lease", why: "An allowance is taken in a batch, and requests are let through from it without a call.",
		members: strings.Replace(global(``), `"requests":10,`, `"requests":1000000,`, 1), callouts: "grpc:\n" + answered("0", codeOK, 900000, 1800),
		exchanges: list(times(12, exchange{name: "by the lease", fields: []string{"X-Key: a"}, after: "1ms"}))},
	{file: "over-limit", why: "What the service refuses is refused until its window ends, without asking again.",
		members: global(``), callouts: "grpc:\n" + answered("1", codeOverLimit, 0, 30) + answered("0", codeOK, 9, 3600),
		exchanges: list(times(3, exchange{name: "refused", fields: []string{"X-Key: a"}, after: "1s"}), exchange{name: "another window", fields: []string{"X-Key: a"}, after: "30s"})},
	{file: "down-local", why: "A service that is down leaves the limit to each gateway.",
		members: global(``), callouts: "grpc:\n" + service("status: 14"),
		exchanges: list(times(12, exchange{name: "counted here", fields: []string{"X-Key: a"}}))},
	{file: "down-allow", why: "Or requests are let through.",
		members: global(`,"on_error":"allow"`), callouts: "grpc:\n" + service("status: 14"),
		exchanges: list(times(3, exchange{name: "let through", fields: []string{"X-Key: a"}}))},
	{file: "down-deny", why: "Or refused with 503.",
		members: global(`,"on_error":"deny"`), callouts: "grpc:\n" + service("status: 14"),
		exchanges: list(times(3, exchange{name: "refused", fields: []string{"X-Key: a"}}))},
	{file: "silent", why: "A service that never answers holds no request for longer than it may, and soon none at all.",
		members: global(`,"timeout":"50ms"`), callouts: "grpc:\n" + service("silent: true"),
		exchanges: list(times(5, exchange{name: "counted here", fields: []string{"X-Key: a"}, after: "1s"}))},
	{file: "slow", why: "An answer that comes in time is waited for.",
		members: global(`,"per_request":true`), callouts: "grpc:\n" + strings.Replace(answered("0", codeOK, 5, 1800), "times: 0", "delay: 60ms", 1),
		exchanges: list(times(2, exchange{name: "waited for", fields: []string{"X-Key: a"}}))},
	{file: "no-cluster", why: "A cluster that the proxy does not have is a service that is down.",
		members:   `"limits":[{"name":"l","global":true,"fixed":{"requests":10,"per":"1h"}}],"global":{"cluster":"nowhere"}`,
		exchanges: list(times(2, exchange{name: "counted here"}))},
	{file: "back-again", why: "A service that comes back is asked again.",
		members: global(`,"per_request":true`), callouts: "grpc:\n" + strings.Replace(service("status: 14"), "status", "times: 1, status", 1) + answered("0", codeOK, 7, 1800),
		exchanges: list(exchange{name: "down", fields: []string{"X-Key: a"}}, times(3, exchange{name: "later", fields: []string{"X-Key: a"}, after: "5s"}))},
}
