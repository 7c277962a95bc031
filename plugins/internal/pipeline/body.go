package pipeline

import "gatehouse/plugins/internal/policy"

// step is what becomes of the body of a message at one stage.
type step struct {
	kind stepKind
	// limit is how much of the body the stage is given at most, 0 for all.
	limit int
	// gathers: a body that is rewritten is held until it is complete all the same.
	gathers bool
	// held is what has come of a body that is held or copied, out what the last piece
	// became.
	held, out []byte
}

type stepKind uint8

const (
	// passes: the body passes unseen.
	passes stepKind = iota
	// holds: it is held until it is complete or longer than the limit.
	holds
	// copies: it passes, and the stage is given what has passed.
	copies
	// counts: it passes, and the stage is told how long the pieces are.
	counts
	// watches: it passes, and the stage sees the pieces.
	watches
	// rewrites: what passes is what the stage makes of it.
	rewrites
	// reads: it passes, and the stage rewrites copies.
	reads
)

// maxCopied is how much is copied where a stage has no limit, as in package inspect.
const maxCopied = 1 << 20

// maxIdle is how much memory a step keeps between streams.
const maxIdle = 64 << 10

func (st *step) forget() {
	*st = step{held: idle(st.held), out: idle(st.out)}
}

func idle(b []byte) []byte {
	if cap(b) > maxIdle {
		return nil
	}
	return b[:0]
}

// motion is a piece of a body on its way.
type motion struct {
	// piece is what has become of it before the stage at its place, and last that it is
	// the last one.
	piece []byte
	last  bool
	at    int
	// moving: it has not come through.
	moving bool
	// output is what came through, and ready that the adapter is to be given it when it
	// asks again.
	output []byte
	ready  bool
}

// want begins a body at a place as the decision on its headers says.
func (f *flow) want(n int, d *policy.Decision) outcome {
	i := f.stage(n)
	inspection := f.inspection.stages[i].inspection
	shadow := d.Mode == policy.Shadow
	st := &f.steps[n]
	st.kind, st.limit, st.held = passes, max(d.BodyLimit, 0), st.held[:0]
	switch d.Body {
	case policy.BodyNone:
		return goesOn
	case policy.BodyWhole:
		st.kind = holds
		if shadow {
			st.kind = copies
			if st.limit == 0 {
				st.limit = maxCopied
			}
		}
	case policy.BodyStream:
		if _, ok := inspection.(policy.Rewriter); !ok {
			return f.inspection.fault(i)
		}
		st.kind, st.gathers = rewrites, d.Gather
		if shadow {
			st.kind = reads
		}
	default:
		if _, ok := inspection.(policy.Watcher); !ok {
			return goesOn
		}
		st.kind = counts
		if d.Body == policy.BodyPieces {
			st.kind = watches
		}
	}
	if f.bodyless {
		kind := st.kind
		st.kind = passes
		switch kind {
		case holds, copies:
			return f.whole(n, nil, true)
		case counts, watches:
			f.show(n, nil, 0, true)
		}
		return goesOn
	}
	if d.HoldHeaders && (st.kind == holds || st.kind == rewrites) {
		f.holder = n
	}
	return goesOn
}

// wish says what all stages together want of the body, for the adapter.
func (f *flow) wish(d *policy.Decision) {
	if f.bodyless {
		return
	}
	var gathers, changes, looks, sizes, all bool
	limit := 0
	for n := range f.next {
		switch st := &f.steps[n]; st.kind {
		case holds:
			gathers = true
			limit, all = max(limit, st.limit), all || st.limit == 0
		case rewrites:
			changes = true
			gathers, all = gathers || st.gathers, all || st.gathers
		case copies, watches, reads:
			looks = true
		case counts:
			sizes = true
		}
	}
	switch {
	case gathers || changes:
		d.Body, d.KeepLength, d.HoldHeaders = policy.BodyStream, true, f.holder >= 0
		// What stages behind the one that holds the headers decide may change them.
		d.Gather = gathers || f.holder >= 0 && f.next < f.count
		if !all {
			d.BodyLimit = limit
		}
	case looks:
		d.Body, d.Mode = policy.BodyStream, policy.Shadow
	case sizes:
		d.Body = policy.BodySizes
	}
}

// passes tells whether what is to come of the body passes all stages unseen.
func (f *flow) passes() bool {
	for n := range f.next {
		if f.steps[n].kind != passes {
			return false
		}
	}
	return f.holder < 0 && f.next == f.count
}

// sized tells stages how long a piece is that nobody needs to see.
func (f *flow) sized(size int, end bool) {
	for n := range f.next {
		if f.steps[n].kind == counts {
			f.show(n, nil, size, end)
		}
	}
}

// show tells a stage that watches of a piece.
func (f *flow) show(n int, piece []byte, size int, end bool) {
	s := f.inspection
	s.at = f.stage(n)
	watcher := s.stages[s.at].inspection.(policy.Watcher)
	if f.response {
		watcher.ResponsePiece(piece, size, end)
	} else {
		watcher.RequestPiece(piece, size, end)
	}
}

// give sends a piece of the body on its way.
func (f *flow) give(piece []byte, end bool) outcome {
	f.motion = motion{piece: piece, last: end, moving: true}
	return f.push()
}

// push moves the piece as far as it goes.
func (f *flow) push() outcome {
	for f.moving && (len(f.piece) > 0 || f.last) {
		if f.holder >= 0 && f.holder < f.at {
			// The stage that held the headers has let something pass.
			f.holder = -1
			if o := f.advance(); o != goesOn {
				return o
			}
			continue
		}
		if f.at >= f.next {
			break
		}
		n := f.at
		f.at++
		if o := f.step(n); o != goesOn {
			return o
		}
	}
	f.moving, f.output = false, f.piece
	return goesOn
}

// step takes the piece past the stage at a place.
func (f *flow) step(n int) outcome {
	st := &f.steps[n]
	kind := st.kind
	if f.last {
		st.kind = passes
	}
	switch kind {
	case holds:
		over := st.limit > 0 && len(st.held)+len(f.piece) > st.limit
		if !f.last && !over {
			st.held = append(st.held, f.piece...)
			f.piece = nil
			return goesOn
		}
		st.kind = passes
		if len(st.held) > 0 {
			st.held = append(st.held, f.piece...)
			f.piece = st.held
		}
		if over {
			return f.whole(n, f.piece[:st.limit], false)
		}
		return f.whole(n, f.piece, true)
	case copies:
		room := st.limit - len(st.held)
		over := len(f.piece) > room
		if f.last && !over && len(st.held) == 0 {
			return f.whole(n, f.piece, true)
		}
		st.held = append(st.held, f.piece[:min(room, len(f.piece))]...)
		if !f.last && !over {
			return goesOn
		}
		st.kind = passes
		return f.whole(n, st.held, !over)
	case counts:
		f.show(n, nil, len(f.piece), f.last)
	case watches:
		f.show(n, f.piece, len(f.piece), f.last)
	case rewrites, reads:
		return f.rewrite(n, kind == rewrites)
	}
	return goesOn
}

// whole gives a body to the stage at a place.
func (f *flow) whole(n int, body []byte, complete bool) outcome {
	s := f.inspection
	s.at = f.stage(n)
	if len(body) == 0 {
		body = nil
	}
	var d policy.Decision
	if f.response {
		d = s.stages[s.at].inspection.ResponseBody(body, complete)
	} else {
		d = s.stages[s.at].inspection.RequestBody(body, complete)
	}
	return f.bodyDecided(n, &d)
}

// bodyDecided carries out what the stage at a place decided on its body.
func (f *flow) bodyDecided(n int, d *policy.Decision) outcome {
	if d.Outcome == policy.Wait {
		return f.waits(n, true, d)
	}
	// The headers are no longer the stage's to change.
	d.Properties, d.RemoveHeaders, d.SetHeaders = nil, nil, nil
	i := f.stage(n)
	f.inspection.take(i, d)
	if denies(d) {
		return isDenied
	}
	if !f.response {
		st := &f.inspection.stages[i]
		st.quiet = st.quiet || d.NoResponse
	}
	return goesOn
}

// rewrite has the stage at a place rewrite the piece, or a copy of it.
func (f *flow) rewrite(n int, changes bool) outcome {
	s, st := f.inspection, &f.steps[n]
	s.at = f.stage(n)
	rewriter := s.stages[s.at].inspection.(policy.Rewriter)
	var d *policy.Decision
	if f.response {
		st.out, d = rewriter.RewriteResponse(st.out[:0], f.piece, f.last)
	} else {
		st.out, d = rewriter.RewriteRequest(st.out[:0], f.piece, f.last)
	}
	if d != nil {
		if d.Outcome == policy.Wait {
			return s.fault(s.at)
		}
		if o := f.bodyDecided(n, d); o != goesOn {
			return o
		}
	}
	if changes {
		f.piece = st.out
	}
	return goesOn
}
