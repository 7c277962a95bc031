package format

// Options are what rewriters of bodies need besides a visitor. The zero value is
// good, but for what it refuses.
type Options struct {
	Paths  *Paths
	Limits Limits
	// Compressor is what the bodies of a plugin instance share. Without one, each
	// compressed body has its own.
	Compressor *Compressor
	// Expansion bounds what compressed bodies become, DefaultExpansion by default.
	Expansion Expansion
	// Doctype lets document types of XML pass, unread.
	Doctype bool
	// Part changes how parts of multipart bodies are read.
	Part PartFunc
	// Deltas are the places in the events of a stream, or in its JSON lines, at which
	// texts come piece by piece; $ is that of data which is no JSON document. Pieces
	// that belong together are shown as one text, and what is not decided waits. Nil
	// for none; see StreamedTexts.
	Deltas *Paths
	// Message is how messages in frames are compressed that say that they are: the
	// value of grpc-encoding. An unknown coding makes such messages an error.
	Message Coding
}

// New returns the Rewriter of a body that is read as the choice says, [ErrUnread] if
// it is unknown.
func New(c Choice, v Visitor, o Options) (Rewriter, error) {
	if o.Compressor == nil {
		o.Compressor = NewCompressor()
	}
	if o.Expansion == (Expansion{}) {
		o.Expansion = DefaultExpansion
	}
	return newBody(c, v, NewPath(o.Paths), o, false)
}

// newBody returns the rewriter of a body or, if it is within one, of a part, whose
// root p is.
func newBody(c Choice, v Visitor, p *Path, o Options, within bool) (Rewriter, error) {
	var r Rewriter
	switch c.Media {
	case MediaJSON, MediaJSONLines:
		r = newJSON(c.Media == MediaJSONLines, v, p, o.Limits)
		if c.Media == MediaJSONLines && o.Deltas != nil && !within {
			r = newDeltaLines(v, p, o)
		}
	case MediaEvents:
		if within {
			return nil, ErrUnread
		}
		s := NewSSE(v, o.Paths, o.Limits)
		if o.Deltas != nil {
			s.deltas = newJoiner(v, s.path, o.Deltas, s.limits)
		}
		r = s
	case MediaForm:
		r = newForm(v, p, o.Limits)
	case MediaText:
		if r = newText(v, p, o.Limits, !within); !within {
			r = &maybeJSON{text: r, json: newJSON(true, v, p, o.Limits)}
		}
	case MediaCSV:
		r = newCSV(c, v, p, o.Limits)
	case MediaXML:
		r = newXML(o.Doctype, v, p, o.Limits)
	case MediaHTML:
		r = &maybeJSON{text: newHTML(v, p, o.Limits), json: newJSON(true, v, p, o.Limits)}
	case MediaMultipart:
		r = newMultipart(c, v, p, o, within)
	case MediaFramed:
		if within {
			return nil, ErrUnread
		}
		r = newFramed(v, p, o)
	default:
		return nil, ErrUnread
	}
	switch c.Media {
	case MediaJSON, MediaJSONLines, MediaEvents, MediaText, MediaCSV, MediaXML, MediaHTML:
		r = Sniffed(r)
	}
	switch c.Coding {
	case CodingIdentity:
		return r, nil
	case CodingGzip, CodingDeflate:
		return NewDecoded(r, c.Coding, o.Compressor, o.Expansion), nil
	}
	return nil, ErrUnread
}

// newJSON returns a rewriter of JSON whose root p is.
func newJSON(many bool, v Visitor, p *Path, l Limits) *JSON {
	l = l.withDefaults()
	j := &JSON{path: p, limits: l, nested: l.Nested, base: p.Depth(), many: many}
	j.see(v)
	return j
}
