package format

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// StreamedTexts are the places of texts that language models send piece by piece: the
// streams of OpenAI's completions, chat completions and responses, of Anthropic,
// Gemini, Cohere and Ollama, and of all that speak as they do.
var StreamedTexts = []Pattern{
	{Text: "choices[*].delta.content"},
	{Text: "choices[*].delta.reasoning"},
	{Text: "choices[*].delta.reasoning_content"},
	{Text: "choices[*].delta.refusal"},
	{Text: "choices[*].delta.function_call.arguments"},
	{Text: "choices[*].delta.tool_calls[*].function.arguments"},
	{Text: "choices[*].text"},
	{Text: "delta"},
	{Text: "delta.text"},
	{Text: "delta.partial_json"},
	{Text: "delta.thinking"},
	{Text: "delta.message.content.text"},
	{Text: "completion"},
	{Text: "candidates[*].content.parts[*].text"},
	{Text: "message.content"},
	{Text: "message.thinking"},
	{Text: "response"},
}

const (
	// seenSize is how much of a running text that has left is shown again: what a
	// visitor may have to look back at.
	seenSize = 256
	// maxRunning is how many running texts a stream may have at a time.
	maxRunning = 256
)

// joiner makes running texts of the strings that the documents of a stream bring at
// places of Options.Deltas, and holds back the events, each from the first that has
// something undecided in it, so that they leave in order and as they came.
//
// Which pieces are of one text is told by the path, in which the number that a member
// "index" gives an element goes before its place in the array, and by what members
// such as "index" and "item_id" the document itself has. A text ends with the stream,
// the end mark "[DONE]", or a member that says so of the element, as finish_reason
// does, or of the document, as "type": "content_block_stop" does.
//
// It is the visitor of each document, in front of the one that it asks.
type joiner struct {
	visitor Visitor
	places  *Paths
	at      *Path // to compare a path with the places
	limits  Limits
	err     error

	// boxes are the containers of the document, the open ones linked by parent.
	boxes []box
	top   int32
	found []delta
	names []byte // of found
	text  []byte // of found
	sink  *Edit
	// waits says that the place of the last delta is in the last cut of the sink.
	waits bool
	// nested says that a document in a string is read, at a step of the path at the
	// depth nestedDepth, with the index nestedIndex.
	nested                   bool
	nestedDepth, nestedIndex int

	set   *Paths // of the path that the visitor sees
	texts []*running
	held  []*streamEvent
	spare *streamEvent // of the last event, if it was not held
	size  int          // of what is held
	edit  Edit
	key   []byte
}

// box is a container of a document.
type box struct {
	parent int32
	depth  int32
	index  int32  // in its array, -1 in an object
	name   []byte // in its object
	mark   []byte // what its members say of which text it has pieces
	ends   bool   // they say that the text has ended
}

// delta is a piece of a text in a document.
type delta struct {
	box              int32
	index            int32
	nameFrom, nameTo int
	textFrom, textTo int
	from, to         int // where it stands in the document
	root, plain      bool
}

// running is a text that comes in pieces.
type running struct {
	key, root string
	path      *Path
	kind      Kind
	text      []byte // what has left of it lately, seen bytes, and what is not decided
	seen      int
	part      int
	fate      fate
	pieces    []piece
}

// piece is a piece that is not decided: text[start:start+size], which stands in the
// event's data from from to to.
type piece struct {
	event       *streamEvent
	from, to    int
	start, size int
}

// streamEvent is an event, or a line, that has been read.
type streamEvent struct {
	raw   []byte
	lines []dataLine
	data  []byte
	cuts  []cut
	out   []byte
	// pending counts its pieces that are not decided.
	pending int
}

func newJoiner(v Visitor, p *Path, places *Paths, l Limits) *joiner {
	return &joiner{visitor: v, places: places, at: NewPath(places), limits: l, set: p.set}
}

// concerns tells whether a document may have pieces, or end a text of which there are
// some: most streams never do, and their documents need not be looked at here.
func (d *joiner) concerns(data []byte) bool {
	if len(d.texts) > 0 || len(d.held) > 0 {
		return true
	}
	roots := d.places.roots()
	if roots == nil {
		return true
	}
	for {
		i := bytes.IndexByte(data, '"') + 1
		if i == 0 {
			return false
		}
		if data = data[i:]; len(data) > 0 && data[0] == '\\' {
			return true // a name may be spelled so
		}
		for _, root := range roots {
			if len(data) > len(root) && data[0] == root[0] && data[len(root)] == '"' && string(data[:len(root)]) == root {
				return true
			}
		}
	}
}

// visit shows the document in data to the visitor, which leaves its changes in e, and
// takes the pieces in it. What it returns is to be passed on by release and leave.
func (d *joiner) visit(j *JSON, data []byte, e *Edit) (*streamEvent, error) {
	if !d.concerns(data) {
		e.reset(0)
		return nil, j.whole(data, d.visitor, e)
	}
	d.begin(e)
	e.reset(0)
	err := j.whole(data, d, e)
	if d.err == nil {
		d.err = err
	}
	if d.err != nil {
		return nil, d.err
	}
	d.resolve()
	return d.join(data, e), d.err
}

// takes tells whether data that is no JSON document is a piece of a text.
func (d *joiner) takes() bool {
	d.at.truncate(0)
	return d.at.Matched(0) >= 0
}

// plain takes data as a piece of a text.
func (d *joiner) plain(data []byte, e *Edit) (*streamEvent, error) {
	d.begin(e)
	e.reset(0)
	d.boxes = append(d.boxes, box{parent: -1, index: -1})
	d.text = append(d.text, data...)
	d.found = append(d.found, delta{index: -1, textTo: len(data), to: len(data), root: true, plain: true})
	return d.join(data, e), d.err
}

func (d *joiner) begin(e *Edit) {
	d.boxes, d.found, d.names, d.text = d.boxes[:0], d.found[:0], d.names[:0], d.text[:0]
	d.top = -1
	d.sink = e
	d.waits, d.nested = false, false
}

// Container implements Visitor.
func (d *joiner) Container(p *Path, k Kind, e *Edit) Verdict {
	d.resolve()
	inner := d.within(p)
	verdict := d.visitor.Container(p, k, e)
	switch {
	case inner || verdict != Keep:
	case k == Encoded:
		d.nested, d.nestedDepth, d.nestedIndex = true, p.Depth(), lastIndex(p)
	default:
		d.close(p.Depth())
		if len(d.boxes) < cap(d.boxes) {
			d.boxes = d.boxes[:len(d.boxes)+1]
		} else {
			d.boxes = append(d.boxes, box{})
		}
		b := &d.boxes[len(d.boxes)-1]
		*b = box{parent: d.top, depth: int32(p.Depth()), index: -1, name: b.name[:0], mark: b.mark[:0]}
		if n := p.Depth(); n > 0 {
			name, index := p.Element(n - 1)
			b.name, b.index = append(b.name, name...), int32(index)
		}
		d.top = int32(len(d.boxes) - 1)
	}
	return verdict
}

// Name implements Visitor.
func (d *joiner) Name(p *Path, text []byte, e *Edit) Verdict {
	d.resolve()
	if d.nested && p.Depth() <= d.nestedDepth {
		d.nested = false
	}
	return d.visitor.Name(p, text, e)
}

// Value implements Visitor.
func (d *joiner) Value(p *Path, k Kind, text []byte, e *Edit) Verdict {
	d.resolve()
	if d.within(p) {
		return d.visitor.Value(p, k, text, e)
	}
	d.close(p.Depth())
	if e.Part == 0 {
		d.note(p, k, text)
	}
	if k != String || !d.matches(p) {
		return d.visitor.Value(p, k, text, e)
	}
	if e.More || e.Part > 0 {
		d.err = ErrSize
		return Block
	}
	f := delta{box: d.top, index: -1, nameFrom: len(d.names), textFrom: len(d.text)}
	if n := p.Depth(); n > 0 {
		name, index := p.Element(n - 1)
		d.names, f.index = append(d.names, name...), int32(index)
	}
	d.text = append(d.text, text...)
	f.nameTo, f.textTo = len(d.names), len(d.text)
	if d.top < 0 {
		d.boxes = append(d.boxes, box{parent: -1, index: -1})
		f.box, f.root = 0, true
	}
	d.found = append(d.found, f)
	// The cut says where the text stands as written.
	e.Cut(0, len(text), len(e.Out))
	d.waits = true
	return Splice
}

// resolve takes the place of the last piece from the sink.
func (d *joiner) resolve() {
	if d.waits {
		d.waits = false
		last := len(d.sink.cuts) - 1
		f := &d.found[len(d.found)-1]
		f.from, f.to = d.sink.cuts[last].start, d.sink.cuts[last].end
		d.sink.cuts = d.sink.cuts[:last]
	}
}

// within tells whether p is in a document in a string.
func (d *joiner) within(p *Path) bool {
	if d.nested && (p.Depth() < d.nestedDepth || p.Depth() == d.nestedDepth && lastIndex(p) != d.nestedIndex) {
		d.nested = false
	}
	return d.nested
}

func lastIndex(p *Path) int {
	if p.Depth() == 0 {
		return -1
	}
	_, index := p.Element(p.Depth() - 1)
	return index
}

// close goes out of the containers that what is at a depth is not in.
func (d *joiner) close(depth int) {
	for d.top >= 0 && int(d.boxes[d.top].depth) >= depth {
		d.top = d.boxes[d.top].parent
	}
}

// matches tells whether p is a place of pieces.
func (d *joiner) matches(p *Path) bool {
	d.at.truncate(0)
	for i := range p.Depth() {
		d.at.push()
		if name, index := p.Element(i); index >= 0 {
			d.at.setIndex(0)
			d.at.setIndex(index)
		} else {
			d.at.setName(name)
		}
	}
	return d.at.Matched(0) >= 0
}

// note notes what a member says of its container.
func (d *joiner) note(p *Path, k Kind, text []byte) {
	if d.top < 0 {
		return
	}
	name, index := p.Element(p.Depth() - 1)
	if index >= 0 {
		return
	}
	b := &d.boxes[d.top]
	switch string(name) {
	case "index", "output_index", "content_index", "summary_index", "item_id":
		if len(text) <= 256 {
			b.mark = append(append(append(append(b.mark, name...), '='), text...), 0)
		}
	case "finish_reason", "finishReason", "stop_reason", "done_reason":
		b.ends = b.ends || k == String && len(text) > 0
	case "done":
		b.ends = b.ends || k == True
	case "type":
		b.ends = b.ends || b.depth == 0 && k == String && endsText(string(text))
	}
}

// endsText tells whether the type of an event says that the text is complete.
func endsText(kind string) bool {
	return kind == "content_block_stop" || kind == "message_stop" || strings.HasPrefix(kind, "response.") && strings.HasSuffix(kind, ".done")
}

// appendKey appends what tells a container from all others.
func (d *joiner) appendKey(dst []byte, at int32) []byte {
	b := &d.boxes[at]
	if b.parent >= 0 {
		dst = d.appendKey(dst, b.parent)
		switch {
		case b.index < 0:
			dst = append(append(dst, '.'), b.name...)
		case len(b.mark) > 0:
			dst = append(dst, '[')
		default:
			dst = strconv.AppendInt(append(dst, '['), int64(b.index), 10)
		}
	}
	return append(append(append(dst, 1), b.mark...), 1)
}

// join adds the pieces that were found to their texts and asks about these.
func (d *joiner) join(data []byte, e *Edit) *streamEvent {
	var event *streamEvent
	if len(d.found) > 0 {
		if d.spare == nil {
			d.spare = &streamEvent{}
		}
		event = d.spare
		*event = streamEvent{data: data, cuts: e.cuts, out: e.Out}
	}
	for i := range d.found {
		f := &d.found[i]
		r := d.running(f)
		if d.err != nil {
			return event
		}
		text := d.text[f.textFrom:f.textTo]
		event.pending++
		r.pieces = append(r.pieces, piece{event: event, from: f.from, to: f.to, start: len(r.text), size: len(text)})
		r.text = append(r.text, text...)
		if d.ask(r, false); d.err != nil {
			return event
		}
	}
	for i := range d.boxes {
		if !d.boxes[i].ends {
			continue
		}
		d.key = d.appendKey(d.key[:0], int32(i))
		d.end(func(r *running) bool {
			if i == 0 {
				return hasMarks(r.root, d.boxes[0].mark)
			}
			return strings.HasPrefix(r.key, string(d.key))
		})
	}
	if event != nil {
		slices.SortStableFunc(event.cuts, func(a, b cut) int { return a.start - b.start })
		e.cuts, e.Out = event.cuts, event.out
	}
	return event
}

// hasMarks tells whether all that mark says is said in root, too.
func hasMarks(root string, mark []byte) bool {
	for len(mark) > 0 {
		n := bytes.IndexByte(mark, 0) + 1
		if !strings.Contains(root, string(mark[:n])) {
			return false
		}
		mark = mark[n:]
	}
	return true
}

// running returns the text that a piece is of.
func (d *joiner) running(f *delta) *running {
	d.key = d.appendKey(d.key[:0], f.box)
	name := d.names[f.nameFrom:f.nameTo]
	if f.index >= 0 {
		d.key = strconv.AppendInt(append(d.key, '['), int64(f.index), 10)
	} else {
		d.key = append(append(d.key, '.'), name...)
	}
	if f.plain {
		d.key = append(d.key, 2)
	}
	for i, r := range d.texts {
		if r.key == string(d.key) {
			copy(d.texts[i:], d.texts[i+1:])
			d.texts[len(d.texts)-1] = r
			return r
		}
	}
	if len(d.texts) == maxRunning {
		i := slices.IndexFunc(d.texts, func(r *running) bool { return len(r.pieces) == 0 })
		if i < 0 {
			d.err = ErrSize
			return nil
		}
		d.texts = slices.Delete(d.texts, i, i+1)
	}
	r := &running{key: string(d.key), root: string(d.boxes[0].mark), path: NewPath(d.set), kind: String}
	if f.plain {
		r.kind = Text
	}
	d.walk(r.path, f.box)
	if !f.root {
		takeStep(r.path, name, int(f.index))
	}
	d.texts = append(d.texts, r)
	return r
}

// walk takes a path to a container.
func (d *joiner) walk(p *Path, at int32) {
	if b := &d.boxes[at]; b.parent >= 0 {
		d.walk(p, b.parent)
		takeStep(p, b.name, int(b.index))
	}
}

// takeStep adds a step to a path: an index, or a name if it is negative. A path works
// out where an index leads when the first of an array is set.
func takeStep(p *Path, name []byte, index int) {
	p.push()
	if index >= 0 {
		p.setIndex(0)
		p.setIndex(index)
		return
	}
	p.setName(name)
}

// ask asks about what is not decided of a text, and does what was decided.
func (d *joiner) ask(r *running, final bool) {
	if len(r.pieces) == 0 {
		return
	}
	e := &d.edit
	size := len(r.text)
	e.reset(size)
	verdict := Skip
	switch r.fate {
	case asked:
		e.More, e.Part, e.Running, e.Seen = !final, r.part, true, r.seen
		r.part++
		verdict = d.visitor.Value(r.path, r.kind, r.text, e)
	case omitted:
		verdict = Drop
	}
	settled := size
	switch verdict {
	case Keep, Splice:
		if !final {
			settled = min(max(e.Settled, r.seen), size)
		}
		if verdict == Keep {
			e.cuts = e.cuts[:0]
		}
	case Skip:
		r.fate = passed
	case Block:
		d.err = ErrBlocked
		return
	default:
		if verdict != Replace {
			e.Out = e.Out[:0]
		}
		e.cuts = append(e.cuts[:0], cut{r.seen, size, 0, len(e.Out)})
		r.fate = omitted
	}
	for _, c := range e.cuts {
		if c.start >= settled && settled < size {
			break
		}
		if c.start < r.seen && c.end <= r.seen {
			continue // it has left
		}
		c.start, c.end = min(max(c.start, r.seen), size), min(c.end, size)
		settled = max(settled, c.end)
		r.cut(c, e.Out)
	}
	n := 0
	for n < len(r.pieces) && r.pieces[n].start+r.pieces[n].size <= settled {
		r.pieces[n].event.pending--
		n++
	}
	r.pieces = slices.Delete(r.pieces, 0, n)
	gone := max(settled-seenSize, 0)
	r.text = r.text[:copy(r.text, r.text[gone:])]
	r.seen = settled - gone
	for i := range r.pieces {
		r.pieces[i].start -= gone
	}
	if len(r.text)-r.seen > d.limits.Value {
		d.err = ErrSettled
	}
}

// cut makes a cut in the pieces that it is in: in the first stands what replaces it.
func (r *running) cut(c cut, out []byte) {
	if c.end < c.start {
		return
	}
	text := out[c.from:c.to]
	for i := range r.pieces {
		p := &r.pieces[i]
		lo, hi := max(c.start, p.start), min(c.end, p.start+p.size)
		if hi < lo || hi == lo && (c.start < c.end || text == nil) {
			continue
		}
		p.event.cut(p, lo-p.start, hi-p.start, text, r.kind == Text)
		text = nil
	}
}

// cut makes a cut in bytes lo to hi of a piece's text.
func (s *streamEvent) cut(p *piece, lo, hi int, text []byte, plain bool) {
	raw := s.data[p.from:p.to]
	from := len(s.out)
	if plain {
		s.out = append(s.out, text...)
	} else {
		s.out = appendEscaped(s.out, text)
		at := cursor{raw: raw}
		lo = at.seek(lo, false)
		hi = at.seek(hi, true)
	}
	s.cuts = append(s.cuts, cut{p.from + lo, p.from + hi, from, len(s.out)})
}

// end ends the texts that are chosen.
func (d *joiner) end(chosen func(*running) bool) {
	d.texts = slices.DeleteFunc(d.texts, func(r *running) bool {
		if d.err != nil || !chosen(r) {
			return false
		}
		d.ask(r, true)
		return true
	})
}

// finish ends all texts and appends what was held back.
func (d *joiner) finish(dst []byte) ([]byte, error) {
	d.end(func(*running) bool { return true })
	return d.release(dst)
}

// release appends the events that are decided, up to the first that is not.
func (d *joiner) release(dst []byte) ([]byte, error) {
	n := 0
	for d.err == nil && n < len(d.held) && d.held[n].pending == 0 {
		s := d.held[n]
		slices.SortStableFunc(s.cuts, func(a, b cut) int { return a.start - b.start })
		var at int
		dst, at = appendEvent(dst, s.raw, 0, s.lines, len(s.data), s.cuts, s.out)
		dst = append(dst, s.raw[at:]...)
		d.size -= s.bytes()
		n++
	}
	d.held = slices.Delete(d.held, 0, n)
	return dst, d.err
}

func (s *streamEvent) bytes() int { return len(s.raw) + len(s.data) }

// holds tells whether an event has to wait.
func (d *joiner) holds(s *streamEvent) bool { return len(d.held) > 0 || s != nil && s.pending > 0 }

// hold holds an event back, nil for one that has no pieces: raw stands in for it, its
// lines have their places from from on.
func (d *joiner) hold(s *streamEvent, raw []byte, from int, lines []dataLine, data []byte, e *Edit) {
	if s == nil {
		s = &streamEvent{}
	}
	d.spare = nil
	s.raw = append([]byte(nil), raw...)
	s.data = append([]byte(nil), data...)
	s.cuts = append([]cut(nil), e.cuts...)
	s.out = append([]byte(nil), e.Out...)
	s.lines = append([]dataLine(nil), lines...)
	for i := range s.lines {
		s.lines[i].raw -= from
	}
	d.held = append(d.held, s)
	if d.size += s.bytes(); d.size > 4*d.limits.Encoded {
		d.err = ErrSize
	}
}

// leave passes bytes on, behind what is held back.
func (d *joiner) leave(dst, b []byte) []byte {
	if len(d.held) == 0 {
		return append(dst, b...)
	}
	last := d.held[len(d.held)-1]
	last.raw = append(last.raw, b...)
	if d.size += len(b); d.size > 4*d.limits.Encoded {
		d.err = ErrSize
	}
	return dst
}
