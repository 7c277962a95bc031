package detect

// Kind names a detector, as configurations, metrics and events do: "card",
// "iban", "us_ssn".
type Kind string

// Span is a find in a text: the bytes from Start to End, not including End.
type Span struct {
	Start, End int
	Kind       Kind
	// Confidence is 1 to 100: how sure it is that the bytes are what Kind says.
	// 90 and more: a checksum of at least three digits or a form that nothing
	// else has; 60 to 89: a weaker checksum, or a form together with its context;
	// less: a form that other things have too.
	Confidence uint8
}

// Context is what is known of the place where a text stands.
type Context struct {
	// Field is the name of the field that has the text as its value, in lower
	// case; empty if it has none or it is unknown.
	Field string
	// Pass tells that a find of a kind, with this confidence, is not wanted: it is left
	// out, and takes nothing from others that overlap it, nor does a field's name take the
	// whole text for it. The answer is the same for all of a text. Nil wants all.
	Pass func(kind Kind, confidence uint8) bool
	// Seen is how many bytes at the beginning of the text an earlier call has
	// settled. They are shown again because a detector may look back at them:
	// see [Set.Look].
	Seen int
}

// Info describes a detector to people who choose among them.
type Info struct {
	Kind Kind
	// Title is a noun phrase: "payment card number".
	Title string
	// Group is "financial", "national id", "contact", "network", "secret" or
	// "person".
	Group string
	// Example is a made-up value that the detector finds, as a text of its own or,
	// if the detector needs a context, with the words or in the field of ExampleField.
	Example string
	// ExampleField is the Context.Field that Example needs, empty if none.
	ExampleField string
	// Source is the standard or the authority's rule that the detector follows.
	Source string
}

// detector is a kind of data and how it is found.
//
// The scanner calls find at each place that one of the triggers names or, if runs
// is set, at the first digit of each run of digits of such a length. A detector
// that has whole is asked for the name of the field instead and takes the value as
// it is.
//
// The result of find depends on nothing but the bytes from look before the anchor
// (at most maxLook) up to longest behind it, which it reads with view.at: that is
// what makes finds independent of where a text is cut.
type detector struct {
	Info

	// triggers are where candidates stand.
	triggers []trigger
	// runs has bit n set if the detector wants to see runs of n digits; bit
	// [longRun] stands for all runs that are longer than 30.
	runs uint32
	// signed has bit n set if the detector wants to see runs of n digits where a sign
	// follows that numbers may have between their digits: see isSign.
	signed uint32
	// inWord says that the run may follow a letter, onlyInWord that it has to.
	inWord, onlyInWord bool
	// least is how many digits a number has at least from this run on, those behind
	// signs included.
	least int
	// shortest is how many bytes a find has at least, 0 if that is how many digits it
	// has.
	shortest int
	// pair says that the run follows two letters that begin a word, notDates that there
	// is no find where the run begins a date like 2026-11-20 with neither a plus sign nor
	// a parenthesis before it.
	pair, notDates bool
	// integer is how many digits a number has at least before its point, if at all, as
	// programs write numbers (RFC 8259, Section 6) without an exponent, to be a find in
	// a field that has none of the words in its name; 0 if that is not known.
	integer int
	// back are the bytes that a span can have before the anchor, at most before of
	// them. A text that ends in such bytes is undecided there.
	back   string
	before int
	// longest is how far behind the anchor find looks at most, the byte behind the
	// span included.
	longest int
	// find looks at the candidate whose anchor is text[at]. It returns an empty span
	// (end ≤ start) if there is no find. Start is at most before bytes before the
	// anchor and at most maxAhead behind it.
	find func(v *view, at int) (start, end int, confidence uint8)
	// forms are the ways to write a number that has a check, in place of find and of
	// what says where to look.
	forms []form
	words []string
	// vocabulary are the words and, with national identifiers, those for any of them:
	// set by compiling.
	vocabulary *vocabulary
	check      func(chars []byte) validity
	// whole tells by the name of a field whether its value is a find, with what
	// confidence; 0 if it is not.
	whole func(field string) uint8
	// named says that the values of fields that fieldNames has with this kind are
	// finds.
	named bool
}

// trigger is a place between three bytes: what stands before the anchor, at it and
// after it. Each is a set of bytes: "0-9_" are digits and the underscore, "^0-9"
// are all others, "" are all. A hyphen stands first or last, a circumflex not first.
// Before the first and behind the last byte of a text stands a newline.
type trigger struct{ prev, at, next string }

// digitRun is the trigger of detectors that have runs.
var digitRun = trigger{prev: "^0-9", at: "0-9"}

// longRun is the bit of detector.runs for runs of more than 30 digits.
const longRun = 31

// maxLook is how many bytes before an anchor a detector may read, its words of
// context included.
const maxLook = 128

// maxAhead is how many bytes behind its anchor a span may begin, as a value does
// behind the sign that names it. A detector with such spans reads no more than
// maxLook-maxAhead bytes before the anchor.
const maxAhead = 16
