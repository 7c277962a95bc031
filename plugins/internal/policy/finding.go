package policy

// Finding is one rule that matched. All of it is the text of the rule, nothing
// of it is data of a request: findings are written to logs.
type Finding struct {
	// ID is the rule's number, such as 942100.
	ID int
	// Severity is the rule's, in the words of syslog (RFC 5424, Section 6.2.1) in
	// any case: "CRITICAL", "ERROR", "WARNING", "NOTICE", … Empty if it has none.
	Severity string
	// Message says what the rule looks for.
	Message string
	// Tags classify the rule.
	Tags []string
	// Target is where the rule matched: the name of a collection, such as "ARGS",
	// never of a member of it, which a client chooses.
	Target string
}

// Counters is implemented by an Inspector that counts more than decisions. Its
// counters are defined when the plugin is configured, and no request can add one.
type Counters interface {
	// Counters returns the names, each of letters, digits, "_" and ".". Counter i
	// becomes the metric "gatehouse.<plugin>.<name>", and an i in Decision.Count
	// adds one to it.
	Counters() []string
}
