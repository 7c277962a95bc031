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

// Sighting is data of some kind at some place of a message, and what became of it. It
// says where the data stood and never what it was: sightings are written to logs.
type Sighting struct {
	// Kind of the data: the name of a detector, such as "card", or "field" where a
	// path of the configuration named the value and nobody looked at it.
	Kind string
	// Place is "headers", "body" or "trailers" behind "request." or "response.", such as
	// "response.body".
	Place string
	// Path is where in the place it stood: the name of a header field, or names from
	// the root of a body, such as "customer.cards[*].pan". Names that may be data
	// themselves are "*". Empty in a text without structure.
	Path string
	// Action is what became of it, in the word of the configuration: "mask".
	Action string
	// Clauses are what demand it, such as "PCI DSS v4.0.1, 3.4.1", nil for none.
	Clauses []string
	// Count is how many values it stands for, at least 1.
	Count int
}

// Counters is implemented by an Inspector that counts more than decisions. Its
// counters are defined when the plugin is configured, and no request can add one.
type Counters interface {
	// Counters returns the names, each of letters, digits, "_" and ".". Counter i
	// becomes the metric "gatehouse.<plugin>.<name>", and an i in Decision.Count
	// adds one to it.
	Counters() []string
}
