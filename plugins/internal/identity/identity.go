package identity

import (
	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/policy"
)

// Property is the name of the property that jwt-audience hands an identity on as:
// one JSON object with "iss", "sub", "client_id", "scope" and others, and in the
// member "claims" what else of the token it was told to hand on.
const Property = "gatehouse.identity"

// propertyPaths are the names that the property has for later filters.
var propertyPaths = [...][]string{{Property}, {"filter_state", "wasm." + Property}}

// Problem is why a request has no identity to go by, "" if it has one.
type Problem string

const (
	// Missing says that nobody verified who the request is from.
	Missing Problem = "missing"
	// Ambiguous says that more than one did, from two places in the request: which
	// of them the upstream acts for is anyone's guess.
	Ambiguous Problem = "ambiguous"
	// Malformed says that what was left can be read in two ways, or names nobody.
	Malformed Problem = "malformed"
)

// Identity is who a request was found to be from, by whoever verified it: either
// a document or the payload in the metadata of Envoy. One of a document is good
// for ever, one of a payload as long as the Request that it was read from, and its
// claims are read from there.
type Identity struct {
	policy.Identity
	// Attached is what the engine made of the identity. It is kept as long as the
	// identity is, see Kept.
	Attached any

	// document is what jwt-audience left, more its member "claims".
	document, more jose.Object
	// payload is what jwt_authn left.
	payload *payload
	kept    bool
}

// Kept tells whether the next request with the same document gets this very
// Identity, unless it was forgotten meanwhile. Payloads and large documents are
// not kept.
func (i *Identity) Kept() bool { return i.kept }

// Bounds of what is remembered of documents: how many, how large one is and all
// are. What is read of a document comes to less than twice its size and 1 KiB.
const (
	maxDocuments = 256
	maxDocument  = 4 << 10
	maxBytes     = 96 << 10
)

// Reader finds identities. It is not for use by two goroutines at a time.
type Reader struct {
	jwtAudience bool
	payloads    [][]string
	// path is the place in propertyPaths of the one that was found last. Both lead to
	// the same object.
	path int

	// known remembers what was read of documents. A document says the same whenever
	// it comes, so nothing in it is ever stale: when it is there, its token was
	// verified for this very request.
	known map[string]*Identity
	bytes int
}

// New returns a reader by a configuration.
func New(c *Config) *Reader {
	r := &Reader{jwtAudience: c.JWTAudience, known: make(map[string]*Identity)}
	for _, key := range c.PayloadInMetadata {
		r.payloads = append(r.payloads, payloadPath(key))
	}
	return r
}

// Read finds the identity of a request. For a document that was read before it
// parses and allocates nothing.
func (r *Reader) Read(q *policy.Request) (*Identity, Problem) {
	var document []byte
	found := 0
	if r.jwtAudience {
		for i := range propertyPaths {
			// Where the last one was found the next one is.
			at := (r.path + i) % len(propertyPaths)
			var ok bool
			if document, ok = q.Attribute(propertyPaths[at]...); ok {
				r.path = at
				found++
				break
			}
		}
	}
	var inMetadata []string
	for _, path := range r.payloads {
		if p := (payload{q, path}); p.exists() {
			found++
			inMetadata = path
		}
	}
	switch {
	case found == 0:
		return nil, Missing
	case found > 1:
		return nil, Ambiguous
	case inMetadata == nil:
		return r.Document(document)
	}
	return (&payload{q, inMetadata}).identity()
}

// Document reads a document as jwt-audience leaves it, or remembers it. It keeps
// nothing of the slice.
func (r *Reader) Document(document []byte) (*Identity, Problem) {
	if who := r.known[string(document)]; who != nil {
		return who, ""
	}
	text := string(document)
	who, problem := parse(text)
	if problem == "" {
		r.remember(text, who)
	}
	return who, problem
}

func (r *Reader) remember(document string, who *Identity) {
	if len(document) > maxDocument {
		return
	}
	if len(r.known) >= maxDocuments || r.bytes+len(document) > maxBytes {
		// Tokens that are still in use are read again with their next request.
		clear(r.known)
		r.bytes = 0
	}
	who.kept = true
	r.known[document] = who
	r.bytes += len(document)
}

// parse reads a document.
func parse(document string) (*Identity, Problem) {
	o, err := jose.ParseObject(document)
	if err != nil {
		return nil, Malformed
	}
	i := &Identity{document: o}
	if more := o.Get("claims"); more.Kind() == jose.ObjectKind {
		if i.more, err = jose.ParseObject(more.Raw()); err != nil {
			return nil, Malformed
		}
	} else if more.Kind() != jose.Absent {
		return nil, Malformed
	}
	for _, claim := range [...]struct {
		name string
		into *string
	}{{"iss", &i.Issuer}, {"sub", &i.Subject}, {"azp", &i.ClientID}, {"client_id", &i.ClientID}} {
		v := o.Get(claim.name)
		text, ok := v.Text()
		switch {
		case ok && text != "":
			*claim.into = text
		case !ok && v.Kind() != jose.Absent:
			return nil, Malformed
		}
	}
	if i.Issuer == "" && i.Subject == "" && i.ClientID == "" {
		// Nobody verified this.
		return nil, Malformed
	}
	return i, ""
}

// Strings appends the strings at a path to texts, whose memory it uses: a string,
// or the strings of a list. Anything else is malformed. The strings share memory
// with the identity.
func (i *Identity) Strings(p *Path, texts []string) Found {
	return i.read(p, reading{Found: Found{Texts: texts}})
}

// Scalars is Strings that takes numbers and booleans as well. Numbers are exact,
// and equal ones have one text, however they are written: 1, 1.0 and 1e0 are "1".
// Null is no value, except in a list, where it is malformed.
//
// A payload in metadata has its numbers as doubles, and does not tell null from an
// empty string: both are "".
func (i *Identity) Scalars(p *Path, texts []string) Found {
	return i.read(p, reading{Found: Found{Texts: texts}, scalars: true})
}

func (i *Identity) read(p *Path, r reading) Found {
	if i.payload != nil {
		i.payload.read(&r, i.payload.path, p.steps)
		return r.Found
	}
	v := i.document.Get(p.steps[0].name)
	if v.Kind() == jose.Absent {
		v = i.more.Get(p.steps[0].name)
	}
	if v.Kind() != jose.Absent {
		r.read(v.Raw(), p.steps[1:])
	}
	return r.Found
}
