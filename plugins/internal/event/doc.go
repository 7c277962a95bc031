// Package event decides what a plugin writes about a decision: the security
// event, one line of JSON in the Open Cybersecurity Schema Framework (OCSF)
// 1.6.0, and the names of the metrics. Both are a contract with whoever reads
// them: SIEM rules, dashboards and alerts. It does not decide where they go.
//
// # What a request may write
//
// A client chooses the path, the host, the method and the request id of its
// requests, so each is bounded and written in printable ASCII: everything else
// is escaped as \uXXXX, and bytes that are not UTF-8 are written as \ufffd. An
// event is always one line and no terminal acts on it. Tokens, bodies, queries,
// path parameters, user information and other header values have no place in an
// event.
//
// # What is hidden
//
// Path, host, method, request id, issuer, subject and client id are somebody else's
// texts, and may hold a payment card, an e-mail address or a key. Each passes a
// Redactor, which finds such data with the detectors of the plugin redact, also where
// it is percent-encoded, and puts the name of its kind in its place: the path
// "/customers/alice%40example.com" is written "/customers/[email]". Only what is sure by
// 60 of 100 is hidden, so that ids stay what they are. Lines of the log pass it too.
// "identity": "unredacted" lets subjects and client ids be, for those whose subjects are
// e-mail addresses and who need them; "pseudonym" is the better answer where it will do.
// "source" shortens the client's address to its network, or leaves it out. The ids of a
// trace stay.
//
// A name that has no form of its own, such as that of a person as a subject or in a path,
// is not found by anybody: "identity" and the paths of an API have to keep it out.
//
// # Classes
//
// Decisions about a token are Authentication (3002), decisions about what a
// caller may do or how often are API Activity (6003), attacks that were found
// are Detection Finding (2004), data that was found in messages is Data Security
// Finding (2006). OCSF's Authorize Session (3003) reports
// privileges granted to a session at login, which no plugin does: denied access
// is API Activity with the security_control profile.
//
// # Where things are
//
//	metadata.uid               incident id, the one the client was told
//	metadata.correlation_uid   trace id of the request's traceparent
//	status_code                the decision's reason, as in the metric
//	action_id                  1 allowed, 2 denied, 3 observed: in shadow mode, 4 modified: what was found was hidden
//	policy.name                what decided in the configuration, such as a limit
//	actor.user.uid             subject, or its pseudonym
//	actor.app_uid              client id, or its pseudonym
//	actor.session.issuer       issuer of the token
//	finding_info.analytic      the first rule that matched, related_analytics the others
//	risk_score                 the sum of what the rules score
//	data_security              what kinds of data were found, and how many values of each
//	unmapped.sightings         where, what became of it and what demands that, each kind at each place once
//	unmapped.http_request      of a Data Security Finding, which has no place for one
//	unmapped                   plugin, mode, outcome and route, by our names; of each rule target, tags, severity
//	unmapped.omitted_rules     ids of the rules beyond the first 16, which have nothing else in the event
//	unmapped.others            what other plugins of a pipeline decided on the stream, in the words of unmapped
package event
