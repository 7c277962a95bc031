package pipeline

import "gatehouse/plugins/internal/policy"

// flow is a message on its way through the stages. They have an order in it, in which
// their places are counted from 0.
type flow struct {
	inspection *inspection
	response   bool
	// begun: there is such a message.
	begun bool
	// count is how many stages are to see it, next how many have seen its headers.
	count, next int
	// headers are those that the next stage sees, head what else it sees of a response.
	headers policy.Headers
	head    policy.ResponseHead
	// end: the message ends with its headers. bodyless: no body follows them.
	end, bodyless bool
	// holder is the place of the stage that holds the headers back, -1 for none.
	holder int
	steps  []step
	motion
}

// outcome is what became of a message at a stage.
type outcome uint8

const (
	goesOn outcome = iota
	isDenied
	isWaiting
)

// begin begins a message that count stages are to see.
func (f *flow) begin(headers policy.Headers, count int, end, bodyless bool) {
	f.begun, f.headers, f.count, f.end, f.bodyless = true, headers, count, end, bodyless
	f.next, f.holder = 0, -1
}

// forget makes it no message.
func (f *flow) forget() {
	for i := range f.steps {
		f.steps[i].forget()
	}
	*f = flow{inspection: f.inspection, response: f.response, steps: f.steps}
}

// stage is the index of the stage at a place.
func (f *flow) stage(n int) int {
	if f.response {
		return f.count - 1 - n
	}
	return n
}

// advance shows the headers to the stages that have not seen them, as far as they go.
func (f *flow) advance() outcome {
	s := f.inspection
	for f.next < f.count && f.holder < 0 {
		n := f.next
		f.next++
		i := f.stage(n)
		st := &s.stages[i]
		s.at = i
		var d policy.Decision
		switch {
		case f.response && st.quiet:
			continue
		case f.response:
			st.response = f.head
			st.response.Now, st.response.Headers = s.now, f.headers
			d = st.inspection.ResponseHeaders(&st.response, f.end)
		default:
			st.begun = true
			st.request = policy.Request{Now: s.now, Headers: f.headers, IncidentID: s.request.IncidentID, Attributes: &s.attributes, Overdue: s.request.Overdue && n == 0}
			d = st.inspection.RequestHeaders(&st.request, f.end)
		}
		if o := f.decided(n, &d); o != goesOn {
			return o
		}
	}
	return goesOn
}

// goOn goes on after a wait.
func (f *flow) goOn() outcome {
	if o := f.advance(); o != goesOn {
		return o
	}
	return f.push()
}

// decided carries out what the stage at a place decided on the headers.
func (f *flow) decided(n int, d *policy.Decision) outcome {
	s := f.inspection
	i := f.stage(n)
	if d.Outcome == policy.Wait {
		return f.waits(n, false, d)
	}
	if d.Body == policy.BodyStream && d.Mode != policy.Shadow && (!f.bodyless || f.headers.ContentLength() > 0) {
		d.RemoveHeaders = append(d.RemoveHeaders[:len(d.RemoveHeaders):len(d.RemoveHeaders)], "content-length")
	}
	d.RemoveHeaders = present(d.RemoveHeaders, f.headers)
	s.take(i, d)
	if denies(d) {
		return isDenied
	}
	st := &s.stages[i]
	direction := 0
	if f.response {
		direction = 1
	} else {
		st.quiet = d.NoResponse
	}
	if d.Outcome == policy.Allow {
		for _, p := range d.Properties {
			s.attributes.handOn(p)
		}
		if d.Mode != policy.Shadow && len(d.RemoveHeaders)+len(d.SetHeaders) > 0 {
			st.headers[direction] = changed(st.headers[direction][:0], f.headers, d)
			f.headers = st.headers[direction]
		}
	}
	return f.want(n, d)
}

// waits has the request wait as the stage at a place decided.
func (f *flow) waits(n int, atBody bool, d *policy.Decision) outcome {
	s := f.inspection
	i := f.stage(n)
	if _, ok := s.stages[i].inspection.(policy.Waiting); f.response || !ok {
		return f.inspection.fault(i)
	}
	s.tally(i, d)
	s.waits = waiting{n: n, atBody: atBody, Decision: *d}
	s.waits.WaitAnew = true
	return isWaiting
}

// present are the names of fields that headers have, each once.
func present(names []string, headers policy.Headers) []string {
	found := names[:0:0]
	for i, name := range names {
		if _, ok := headers.First(name); !ok {
			continue
		}
		again := false
		for _, before := range names[:i] {
			again = again || before == name
		}
		if !again {
			found = append(found, name)
		}
	}
	return found
}

// changed appends headers to dst as a decision changes them.
func changed(dst, headers policy.Headers, d *policy.Decision) policy.Headers {
	for _, h := range headers {
		gone := false
		for _, name := range d.RemoveHeaders {
			gone = gone || name == h.Name
		}
		for i := 0; i < len(d.SetHeaders) && !gone; i++ {
			gone = d.SetHeaders[i].Name == h.Name
		}
		if !gone {
			dst = append(dst, h)
		}
	}
	for i, h := range d.SetHeaders {
		// A name that comes again later replaces what was set before.
		replaced := false
		for k := i + 1; k < len(d.SetHeaders); k++ {
			replaced = replaced || d.SetHeaders[k].Name == h.Name && d.SetHeaders[k-1].Name != h.Name
		}
		if !replaced {
			dst = append(dst, h)
		}
	}
	return dst
}
