// Package probe holds the harness to Envoy: it runs the same scripted traffic
// through the same plugin in both and compares what the plugin saw, call by
// call, and what client, upstream and access log saw, fact by fact.
//
// The plugin (folder plugin) does what its configuration, a script, says: it
// makes any host call, with good arguments and bad ones, in any callback, and
// logs each callback, each call's status and results, and each memory it was
// asked for. A [Scenario] is a chain of such plugins and the traffic that runs
// through it; [Scenarios] are written by hand, [Random] makes more from a seed.
// [RunEnvoy] and [RunHarness] turn each into an [Outcome], lines of text.
//
// The differences that remain stand in differences.txt, each with its reason.
// One that is not listed fails the test, and so does a listed one that no longer
// occurs. What crashes Envoy cannot be compared and is named in the source.
//
// Not compared is what two runs of Envoy do not share: times, addresses,
// connection ids, the order of a map of metadata, the date that the connection
// manager adds, and how much of a request that broke off came to the upstream.
//
//	go run ./harness/probe/compare -only chain-        what differs, with a script's records
//	go run ./harness/probe/compare -random 200 -seed 7  more random scenarios than the test runs
package probe
