package policy

// Composite is an Inspection that is made of those of several plugins, which see the
// stream one after the other as if each were attached on its own. Its decisions say in
// Parts what each of them decided.
type Composite interface {
	Inspection
	// Abandon ends the inspection in place of Done, after a call that panicked: the
	// plugin that did is left out, the others are done with the stream.
	Abandon() Decision
}

// Part is a decision of one plugin of a Composite.
type Part struct {
	// Plugin says which, by its place among the plugins of the composite.
	Plugin int
	// Done says that it is what the plugin's Done returned.
	Done bool
	Decision
}

// HeaderHolder is an Inspector that may ask for HoldHeaders for requests.
type HeaderHolder interface {
	// HoldsHeaders tells whether its configuration has it do so.
	HoldsHeaders() bool
}
