package format

// Spared says which values the visitors of documents keep as they are, whatever else
// they do, so that they need not be asked about each: most values of most documents
// are too short for anything that is looked for, or have too few digits.
//
// It is about what no pattern of the paths matches, nor a container around it. There,
// true, false and null are kept. A string or a number is kept if the name of the innermost member that it is
// in is plain, it has none of Bytes and is shorter than Lengths has it for the
// digits in it. A name is kept if Field says so.
//
// Values that are spared are passed on without a call. Others are shown as ever, and
// so may be some that could be spared.
type Spared struct {
	// Lengths says from how many bytes on a text is shown that has so many digits
	// (ASCII), the last entry for so many and more: [math.MaxInt] for never.
	Lengths [24]int
	// Bytes are those that have a text shown, at most two.
	Bytes string
	// Field tells of the name of a member, and of what Path.Field says there, whether
	// the name is kept and whether it is plain. It is asked once about each name, or a
	// little more often.
	Field func(name []byte, field string) (kept, plain bool)
	// Nothing looks closer at a text that is not spared for what is in it, with what
	// Path.Field says there if it is plain, and says whether it is kept. Numbers have no
	// exponent. Nil has all of them shown.
	Nothing func(text []byte, field string, number bool) bool
}

// sparedMarks is how many bytes can have a text shown.
const sparedMarks = 2

// Spare has values passed on that all visitors of documents with these paths keep. With
// more bytes than there may be, or some that numbers have, each text is looked at by
// Nothing.
func (s *Paths) Spare(spared Spared) {
	for i := range s.marks {
		s.marks[i] = ones * '"' // no text as written has it
	}
	for i := range len(spared.Bytes) {
		if c := spared.Bytes[i]; numeric(c) || len(spared.Bytes) > sparedMarks {
			spared.Lengths = [24]int{}
		} else {
			s.marks[i] = ones * uint64(c)
		}
	}
	s.spared = &spared
}

// What Spared.Field says of a name.
const (
	spareName = 1 << iota
	sparePlain
)

// spare returns what is said of a name whose place is given, nothing if it has none.
func (s *Paths) spare(e *slot, name []byte) uint8 {
	if s.spared == nil || e == nil {
		return 0
	}
	if e.has&hasSpared == 0 {
		kept, plain := s.spared.Field(name, s.lower(name))
		e.spare = 0
		if kept {
			e.spare |= spareName
		}
		if plain {
			e.spare |= sparePlain
		}
		e.has |= hasSpared
	}
	return e.spare
}
