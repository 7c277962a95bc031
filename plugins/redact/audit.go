package redact

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/redact/detect"
	"gatehouse/plugins/redact/format"
	"gatehouse/plugins/redact/profile"
)

// Audit finds out, from recorded exchanges, which data stands at which places of an
// API's messages, and what a configuration would make of it. It knows all detectors and
// all profiles, looks at requests and responses alike, and changes nothing. What it
// reports has names and numbers and no values.
type Audit struct {
	// found has all detectors. Each of named has the header fields and the fields of one
	// profile, so that none hides what another says of the same value.
	found *Inspector
	named []*Inspector
	own   *Inspector // nil without a configuration

	operations *match.Table // nil if none are known
	templates  []string

	streams int
	uses    map[use]*tally
	unread  map[unread]int
	refused map[refused]int
}

// auditConfidence is how sure detectors have to be.
const auditConfidence = 60

// DataMap is what an audit found out.
type DataMap struct {
	// Streams are the exchanges that were added.
	Streams int `json:"streams"`
	// Data is what was found, in the order of paths, methods and places.
	Data []Data `json:"data"`
	// Unread are the bodies that could not be read, or not to their end.
	Unread []Unread `json:"unread"`
	// Refused are the messages that the configuration would not let pass; none without
	// one.
	Refused []Refused `json:"refused"`
}

// Data is data of one kind at one place of the messages of one route.
type Data struct {
	// Method and Path of the requests. In the path "{}", or the name that an API's
	// description has for it, stands for what may be data. A method that is not one of
	// RFC 9110 and RFC 5789 is "*".
	Method string `json:"method"`
	Path   string `json:"path"`
	// Place, Field and Kind are those of a sighting: "response.body",
	// "customer.cards[*].number", "card". The kind is "field" where only the name of the
	// field says that it is personal or secret. Two more places are "request.path" and
	// "request.query", with the names of parameters: the plugin changes nothing there.
	Place string `json:"place"`
	Field string `json:"field"`
	Kind  string `json:"kind"`
	// Count is how many values there were, in how many Streams.
	Count   int `json:"count"`
	Streams int `json:"streams"`
	// Action is what the configuration would do with them, in its own word: "mask"; it
	// is "refused" where it would not let the message pass. Empty if it would do nothing,
	// or without a configuration.
	Action string `json:"action"`
	// Rule is the name of the rule for the message, empty for none.
	Rule string `json:"rule"`
	// Clauses of profiles that are about such data.
	Clauses []string `json:"clauses"`
}

// Unread are bodies of one media type that could not be read.
type Unread struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Place  string `json:"place"`
	// MediaType of the bodies, "*" if it is none that could be told here, "-" if they
	// have none.
	MediaType string `json:"media_type"`
	// Reason is "unread" for another type or coding or a part of a whole, "malformed" for
	// bodies that are not what their headers say.
	Reason  string `json:"reason"`
	Streams int    `json:"streams"`
}

// Refused are messages that a configuration would not let pass.
type Refused struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	// Message is "request" or "response".
	Message string `json:"message"`
	Rule    string `json:"rule"`
	Reason  string `json:"reason"`
	Streams int    `json:"streams"`
}

// Exchange is a recorded request and its response.
type Exchange struct {
	Request, Response Message
	// Attributes are what the proxy knew of the stream, by path joined with ".":
	// "gatehouse.identity".
	Attributes map[string][]byte
}

// Message is a request or a response. One without headers did not come.
type Message struct {
	// Headers and Trailers are pairs of name and value, pseudo-header fields included.
	Headers, Trailers [][2]string
	// Body is the pieces of it.
	Body [][]byte
	// Broken says that it broke off behind Body.
	Broken bool
}

// use is a kind of data at a place, as it was found: the path is that of requests.
type use struct {
	method, path, place, field, kind, action, rule, clauses string
}

// tally is how many values there are, and the numbers of the streams that they are in.
type tally struct {
	count   int
	streams []int32
}

// add adds what was counted elsewhere.
func (t *tally) add(other *tally) {
	t.count += other.count
	t.streams = append(t.streams, other.streams...)
}

type unread struct{ method, path, place, mediaType, reason string }

type refused struct{ method, path, message, rule, reason string }

// NewAudit returns an audit. By the JSON of a [Config], if it is not nil, it says what
// that would do; errors are those of [New] and of [Inspector.UseEnvironment].
func NewAudit(document []byte, environment func(name string) (string, bool)) (*Audit, error) {
	a := &Audit{uses: map[use]*tally{}, unread: map[unread]int{}, refused: map[refused]int{}}
	all := Rule{Name: "map", Unread: "pass"}
	for _, info := range detect.Kinds() {
		all.Detectors = append(all.Detectors, Detector{Type: string(info.Kind), Confidence: auditConfidence, Action: Action{Mask: &Mask{}}})
	}
	var clauses []profileRules
	for _, name := range profile.Names() {
		read, err := readProfiles(map[string]*profileRules{}, Profiles{name})
		if err != nil {
			return nil, err
		}
		p := read[0]
		clauses = append(clauses, profileRules{name: p.name, Detectors: p.Detectors})
		p.Detectors = nil
		p.Headers, p.Fields = slices.Clone(p.Headers), slices.Clone(p.Fields)
		for i := range p.Headers {
			p.Headers[i].Action = Action{Mask: &Mask{}}
		}
		// A container that was dropped would hide what is in it.
		for i := range p.Fields {
			p.Fields[i].Action = Action{Mask: &Mask{}}
		}
		named, err := onlooker(Rule{Name: "map", Unread: "pass"}, []profileRules{p})
		if err != nil {
			return nil, err
		}
		a.named = append(a.named, named)
	}
	var err error
	if a.found, err = onlooker(all, clauses); err != nil || document == nil {
		return a, err
	}
	if a.own, err = New(document); err != nil {
		return nil, err
	}
	// Whatever is refused, the rest is looked at all the same.
	a.own.config.Mode = config.Mode(policy.Shadow)
	a.own.UseHost(nobody{})
	return a, a.own.UseEnvironment(environment)
}

// onlooker is an inspector in shadow mode with one rule for all requests and responses.
func onlooker(r Rule, profiles []profileRules) (*Inspector, error) {
	i, err := New([]byte(`{"mode":"shadow","responses":[{"match":{}}]}`))
	if err != nil {
		return nil, err
	}
	i.UseHost(nobody{})
	made, err := newRule(&r, r.Name, profiles, i, newMaterials(nil, nil))
	if err != nil {
		return nil, err
	}
	// It is to see every value.
	made.paths.Spare(format.Spared{Field: func([]byte, string) (kept, plain bool) { return false, false }})
	table, err := match.New(match.Paths{}, []match.Match{{}})
	i.responses = side{table: table, rules: []*rule{made}}
	i.requests = i.responses
	return i, err
}

// nobody is a host without a memory. What is made of its randomness is thrown away.
type nobody struct{}

func (nobody) Get(string) ([]byte, uint32, bool) { return nil, 0, false }
func (nobody) Set(string, []byte, uint32) bool   { return false }
func (nobody) Random() uint64                    { return 0 }
func (nobody) Now() time.Time                    { return time.Time{} }
func (nobody) VerifySignature(string, []byte, []byte, []byte) (valid, answered bool) {
	return false, false
}

// Operation is one kind of request that an API's description has.
type Operation struct {
	// Method in capitals. Required.
	Method string
	// Path in full, in which "{name}" stands for one segment. Required.
	Path string
}

// UseOperations has paths told by the templates of an API's description, in the order
// in which they are tried. Other paths are told as without one.
func (a *Audit) UseOperations(operations []Operation) error {
	matches := make([]match.Match, len(operations))
	a.templates = make([]string, len(operations))
	for i, o := range operations {
		matches[i] = match.Match{Path: &match.Path{Template: match.PathTemplate(o.Path)}, Methods: []match.Method{match.Method(o.Method)}}
		a.templates[i] = o.Path
	}
	var err error
	if a.operations, err = match.New(everyForm(), matches); err != nil {
		return fmt.Errorf("operations: %w", err)
	}
	return nil
}

// Add takes one exchange.
func (a *Audit) Add(x *Exchange) {
	a.streams++
	r := requestOf(x)
	method, path := a.route(r)
	// Those who look at everything need no path, and refuse none.
	plain := *r
	plain.Headers = slices.DeleteFunc(slices.Clone(r.Headers), func(h policy.Header) bool { return h.Name == ":path" || h.Name == ":authority" })
	plain.Headers = append(plain.Headers, policy.Header{Name: ":path", Value: "/"})
	found := pass(a.found, &plain, x)
	uses := usesOf(found.sightings)
	a.target(r, uses)
	for _, i := range a.named {
		uses.name(pass(i, &plain, x).sightings)
	}
	for n, m := range [...]*Message{&x.Request, &x.Response} {
		if reason := found.missed[n]; reason != "" {
			a.unread[unread{method, path, messageNames[n] + ".body", mediaTypeOf(m.Headers), string(reason)}]++
		}
	}
	var rules [2]string
	if a.own != nil {
		own := pass(a.own, r, x)
		rules = own.rules
		uses.decide(own)
		for n, reason := range own.refused {
			if reason != "" {
				a.refused[refused{method, path, messageNames[n], own.rules[n], string(reason)}]++
			}
		}
	}
	// Parts of the same name are one, and one stream.
	once := map[use]int{}
	for _, u := range uses.list {
		rule := rules[messageOf(u.place)]
		slices.Sort(u.clauses)
		key := use{method: method, path: path, place: u.place, field: u.path, kind: u.kind, rule: rule, clauses: strings.Join(slices.Compact(u.clauses), "\n")}
		if u.count > 0 {
			once[key] += u.count
		}
		for action, count := range u.done {
			key.action = action
			once[key] += count
		}
	}
	for key, count := range once {
		t := a.uses[key]
		if t == nil {
			t = &tally{}
			a.uses[key] = t
		}
		t.count += count
		t.streams = append(t.streams, int32(a.streams))
	}
}

func requestOf(x *Exchange) *policy.Request {
	return &policy.Request{Headers: headersOf(x.Request.Headers), Attributes: recordedAttributes(x.Attributes)}
}

// Hides tells whether the configuration does something with what stands in an exchange,
// or lets one of its messages not pass. Without a configuration it is false.
func (a *Audit) Hides(x *Exchange) bool {
	if a.own == nil {
		return false
	}
	own := pass(a.own, requestOf(x), x)
	return len(own.sightings) > 0 || own.refused != [2]policy.Reason{}
}

var messageNames = [...]string{"request", "response"}

// messageOf is the place in messageNames of the message that a place is in.
func messageOf(place string) int {
	if strings.HasPrefix(place, messageNames[1]) {
		return 1
	}
	return 0
}

// recordedAttributes are those of a recording.
type recordedAttributes map[string][]byte

// Attribute implements policy.Attributes.
func (a recordedAttributes) Attribute(path ...string) ([]byte, bool) {
	value, ok := a[strings.Join(path, ".")]
	return value, ok
}

func headersOf(pairs [][2]string) policy.Headers {
	headers := make(policy.Headers, len(pairs))
	for i, p := range pairs {
		headers[i] = policy.Header{Name: p[0], Value: p[1]}
	}
	return headers
}

// passage is what an inspector says of an exchange, the request first and then the
// response.
type passage struct {
	sightings []policy.Sighting
	rules     [2]string
	// refused is why a message would be refused, and missed why its body was not read to
	// the end.
	refused, missed [2]policy.Reason
}

// pass shows an exchange to an inspector in shadow mode.
func pass(i *Inspector, r *policy.Request, x *Exchange) (p passage) {
	s := i.Inspect().(*inspection)
	d := s.RequestHeaders(r, len(x.Request.Body) == 0)
	if d.Outcome == policy.Deny && s.upload == nil && s.download == nil {
		// No rule could be told.
		p.refused = [2]policy.Reason{d.Reason, d.Reason}
		s.Done()
		return p
	}
	unseen := d.NoResponse && d.Outcome == policy.Allow
	p.message(0, d, s.upload, &x.Request, s.RewriteRequest, s.RequestTrailers)
	if !unseen && len(x.Response.Headers) > 0 {
		head := &policy.ResponseHead{Headers: headersOf(x.Response.Headers), Attributes: r.Attributes}
		status, _ := head.Headers.First(":status")
		head.Status, _ = strconv.Atoi(status)
		d = s.ResponseHeaders(head, len(x.Response.Body) == 0)
		p.message(1, d, s.download, &x.Response, s.RewriteResponse, s.ResponseTrailers)
	}
	p.sightings = s.Done().Sightings
	return p
}

// message shows what follows the headers of a message, about which d is.
func (p *passage) message(n int, d policy.Decision, b *direction, m *Message,
	rewrite func(dst, piece []byte, end bool) ([]byte, *policy.Decision), trailers func(policy.Headers) policy.Decision) {
	if b == nil {
		return
	}
	p.rules[n] = b.rule.name
	if d.Outcome == policy.Deny {
		p.refused[n] = d.Reason
	}
	switch {
	case len(m.Body) == 0:
	case d.Body != policy.BodyStream:
		p.missed[n] = ReasonUnread
	default:
		var out []byte
		for i, piece := range m.Body {
			var refusal *policy.Decision
			if out, refusal = rewrite(out[:0], piece, i == len(m.Body)-1 && !m.Broken); refusal != nil {
				p.refused[n], p.missed[n] = refusal.Reason, refusal.Reason
			}
		}
	}
	if len(m.Trailers) > 0 {
		if d := trailers(headersOf(m.Trailers)); d.Outcome == policy.Deny {
			p.refused[n] = d.Reason
		}
	}
}

// streamUse is data of one kind at one place of a stream.
type streamUse struct {
	place, path, kind string
	clauses           []string
	// count is how many values nothing is done with, and done how many of them are
	// treated in which way.
	count int
	done  map[string]int
}

// take counts values that are treated in some way, at most n of those that are left.
func (u *streamUse) take(action string, n int) int {
	n = min(n, u.count)
	if n <= 0 {
		return 0
	}
	if u.done == nil {
		u.done = map[string]int{}
	}
	u.done[action] += n
	u.count -= n
	return n
}

// streamUses are all data of a stream.
type streamUses struct{ list []*streamUse }

func usesOf(sightings []policy.Sighting) *streamUses {
	s := &streamUses{}
	for i := range sightings {
		s.add(&sightings[i])
	}
	return s
}

func (s *streamUses) add(v *policy.Sighting) *streamUse {
	u := &streamUse{place: v.Place, path: v.Path, kind: v.Kind, clauses: slices.Clone(v.Clauses), count: v.Count}
	s.list = append(s.list, u)
	return u
}

// name adds what the names of fields say. Values in which something was found are not
// counted twice: how many of them there are is known where each is one find.
func (s *streamUses) name(sightings []policy.Sighting) {
	for i := range sightings {
		v := &sightings[i]
		left := v.Count
		var field *streamUse
		for _, u := range s.list {
			if u.place != v.Place || u.path != v.Path {
				continue
			}
			u.clauses = append(u.clauses, v.Clauses...)
			if u.kind == fieldKind {
				field = u
			} else {
				left -= u.count
			}
		}
		switch {
		case left <= 0:
		case field != nil:
			field.count = max(field.count, left)
		default:
			s.add(v).count = left
		}
	}
}

// decide says what a configuration does with the data.
func (s *streamUses) decide(own passage) {
	for n, reason := range own.refused {
		for _, u := range s.list {
			if reason != "" && messageOf(u.place) == n {
				u.take("refused", u.count)
			}
		}
	}
	for i := range own.sightings {
		v := &own.sightings[i]
		if own.refused[messageOf(v.Place)] != "" {
			continue
		}
		left, known := v.Count, false
		for _, u := range s.list {
			switch {
			case u.place != v.Place:
			case v.Kind == fieldKind && below(u.path, v.Path):
				// The whole of each value there, or of what it stands in.
				known = known || u.path != v.Path
				left -= u.take(v.Action, u.count)
			case u.kind == v.Kind && u.path == v.Path:
				left -= u.take(v.Action, left)
			}
		}
		if left > 0 && !known {
			// What no detector and no profile knows.
			u := s.add(&policy.Sighting{Kind: v.Kind, Place: v.Place, Path: v.Path, Count: left, Clauses: v.Clauses})
			u.take(v.Action, left)
		}
	}
}

// below tells whether a path is that of a container, or in it.
func below(path, container string) bool {
	rest, ok := strings.CutPrefix(path, container)
	return ok && (rest == "" || container != "" && (rest[0] == '.' || rest[0] == '['))
}

// mediaTypeOf is the media type of a body, as far as it can be told: whoever sends it
// makes it up.
func mediaTypeOf(headers [][2]string) string {
	value, _ := only(headersOf(headers), "content-type")
	if value == "" {
		return "-"
	}
	mediaType, _, _ := strings.Cut(strings.ToLower(value), ";")
	kind, subtype, _ := strings.Cut(strings.TrimSpace(mediaType), "/")
	if !slices.Contains([]string{"application", "audio", "font", "image", "message", "model", "multipart", "text", "video"}, kind) {
		return "*"
	}
	if slices.Contains(subtypes, subtype) {
		return kind + "/" + subtype
	}
	for _, suffix := range []string{"+json", "+xml", "+zip", "+cbor", "+proto"} {
		if strings.HasSuffix(subtype, suffix) {
			return kind + "/*" + suffix
		}
	}
	return kind + "/*"
}

// subtypes are those that are told.
var subtypes = []string{
	"avif", "bmp", "byteranges", "calendar", "cbor", "css", "csv", "event-stream", "form-data", "gif", "grpc", "grpc-web", "gzip", "html", "javascript", "jpeg", "json", "json-seq", "markdown", "mixed",
	"mp3", "mp4", "mpeg", "msgpack", "msword", "octet-stream", "ogg", "otf", "pdf", "plain", "png", "problem+json", "problem+xml", "protobuf", "related", "rtf", "svg+xml", "tiff", "ttf", "vcard",
	"vnd.ms-excel", "vnd.openxmlformats-officedocument.spreadsheetml.sheet", "vnd.openxmlformats-officedocument.wordprocessingml.document", "wasm", "wav", "webm", "webp", "woff", "woff2",
	"x-icon", "x-javascript", "x-msgpack", "x-ndjson", "x-protobuf", "x-tar", "x-www-form-urlencoded", "x-yaml", "xml", "yaml", "zip", "zstd",
}

// Map returns what was found out.
func (a *Audit) Map() DataMap {
	m := DataMap{Streams: a.streams, Data: []Data{}, Unread: []Unread{}, Refused: []Refused{}}
	paths := a.paths()
	for u, t := range tellUses(a.uses, func(u use) use { u.path = paths[u.path]; return u }) {
		slices.Sort(t.streams)
		t.streams = slices.Compact(t.streams)
		clauses := []string{}
		if u.clauses != "" {
			clauses = strings.Split(u.clauses, "\n")
		}
		m.Data = append(m.Data, Data{u.method, u.path, u.place, u.field, u.kind, t.count, len(t.streams), u.action, u.rule, clauses})
	}
	slices.SortFunc(m.Data, func(x, y Data) int {
		return cmp.Or(cmp.Compare(x.Path, y.Path), cmp.Compare(x.Method, y.Method), cmp.Compare(x.Place, y.Place), cmp.Compare(x.Field, y.Field),
			cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Action, y.Action), cmp.Compare(x.Rule, y.Rule), slices.Compare(x.Clauses, y.Clauses))
	})
	missed := map[unread]int{}
	for u, n := range a.unread {
		u.path = paths[u.path]
		missed[u] += n
	}
	for u, n := range missed {
		m.Unread = append(m.Unread, Unread{u.method, u.path, u.place, u.mediaType, u.reason, n})
	}
	slices.SortFunc(m.Unread, func(x, y Unread) int {
		return cmp.Or(cmp.Compare(x.Path, y.Path), cmp.Compare(x.Method, y.Method), cmp.Compare(x.Place, y.Place), cmp.Compare(x.MediaType, y.MediaType), cmp.Compare(x.Reason, y.Reason))
	})
	denied := map[refused]int{}
	for r, n := range a.refused {
		r.path = paths[r.path]
		denied[r] += n
	}
	for r, n := range denied {
		m.Refused = append(m.Refused, Refused{r.method, r.path, r.message, r.rule, r.reason, n})
	}
	slices.SortFunc(m.Refused, func(x, y Refused) int {
		return cmp.Or(cmp.Compare(x.Path, y.Path), cmp.Compare(x.Method, y.Method), cmp.Compare(x.Message, y.Message), cmp.Compare(x.Rule, y.Rule), cmp.Compare(x.Reason, y.Reason))
	})
	return m
}
