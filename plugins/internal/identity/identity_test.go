package identity

import (
	"fmt"
	"strings"
	"testing"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/policy"
)

// document is what jwt-audience leaves.
const document = `{"iss":"https://idp.example.com","sub":"u","client_id":"shop","azp":"other","exp":2740176000,"scope":"a b",
 "claims":{"tenant":"t\u00e9","level":1.0,"admin":true,"ids":[1,"2",false,1e400],"mixed":["a",null],"none":null,"object":{},"lists":[["a"]],"empty":[],"text":""}}`

func TestRead(t *testing.T) {
	const property, byPath = "gatehouse.identity", "filter_state|wasm.gatehouse.identity"
	both := &Config{JWTAudience: true, PayloadInMetadata: []string{"payload", "other"}}
	payload := metadata("iss", "i", "sub", "s", "azp", "c")
	with := func(a attributes, name, value string) attributes {
		more := attributes{name: value}
		for k, v := range a {
			more[k] = v
		}
		return more
	}
	for _, test := range []struct {
		name       string
		config     *Config
		attributes attributes
		problem    Problem
		want       policy.Identity
	}{
		{"a document", both, attributes{property: document}, "", policy.Identity{Issuer: "https://idp.example.com", Subject: "u", ClientID: "shop"}},
		{"a document by its other name", both, attributes{byPath: document}, "", policy.Identity{Issuer: "https://idp.example.com", Subject: "u", ClientID: "shop"}},
		{"one document by both names", both, attributes{byPath: document, property: document}, "", policy.Identity{Issuer: "https://idp.example.com", Subject: "u", ClientID: "shop"}},
		{"a payload", both, payload, "", policy.Identity{Issuer: "i", Subject: "s", ClientID: "c"}},
		{"nothing", both, attributes{}, Missing, policy.Identity{}},
		{"a document that nobody asks for", &Config{PayloadInMetadata: []string{"payload"}}, attributes{property: document}, Missing, policy.Identity{}},
		{"a payload that nobody asks for", &Config{JWTAudience: true}, payload, Missing, policy.Identity{}},
		{"both", both, with(payload, property, document), Ambiguous, policy.Identity{}},
		{"two payloads", both, with(payload, "metadata|filter_metadata|envoy.filters.http.jwt_authn|other", "x"), Ambiguous, policy.Identity{}},
		{"no JSON", both, attributes{property: "x"}, Malformed, policy.Identity{}},
		{"an empty document", both, attributes{property: ""}, Malformed, policy.Identity{}},
		{"nobody", both, attributes{property: `{"scope":"a"}`}, Malformed, policy.Identity{}},
		{"a claim twice", both, attributes{property: `{"iss":"a","iss":"a"}`}, Malformed, policy.Identity{}},
		{"a subject of another type", both, attributes{property: `{"iss":"a","sub":1}`}, Malformed, policy.Identity{}},
		{"claims of another type", both, attributes{property: `{"iss":"a","claims":[]}`}, Malformed, policy.Identity{}},
		{"a payload of nobody", both, metadata("scope", "a"), Malformed, policy.Identity{}},
		{"a payload with a number for a subject", both, metadata("sub", "\x00\x00\x00\x00\x00\x00\xf0\x3f"), Malformed, policy.Identity{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := New(test.config)
			for range 2 {
				who, problem := r.Read(&policy.Request{Attributes: test.attributes})
				if problem != test.problem || (who == nil) != (problem != "") {
					t.Fatalf("Read = %v, %q, want %q", who, problem, test.problem)
				}
				if who != nil && who.Identity != test.want {
					t.Errorf("identity %+v, want %+v", who.Identity, test.want)
				}
			}
		})
	}
}

func TestScalars(t *testing.T) {
	const number, large, nan = "\x00\x00\x00\x00\x00\x00\xf8\x3f", "\x00\x00\x00\x00\x00\x00\x40\x43", "\x00\x00\x00\x00\x00\x00\xf8\x7f"
	who, problem := New(&Config{JWTAudience: true}).Document([]byte(document))
	if problem != "" {
		t.Fatal(problem)
	}
	inMetadata := read(t, metadata("sub", "u", "tenant", "té", "level", number, "large", large, "nan", nan, "yes", "\x01", "no", "\x00", "two", "\x02", "null", "",
		"ids", packed(number, "", "a", "", "\x01", ""), "ids|0", number, "object", packed("a", "b"), "empty", packed(), "nested", packed(packed("a", ""), ""), "nested|0", packed("a", "")))
	for _, test := range []struct {
		who        *Identity
		path, want string
	}{
		{who, "tenant", "1 té"}, {who, "exp", "1 2740176000"}, {who, "level", "1 1"}, {who, "admin", "1 true"}, {who, "ids", "[1 2 false 0.1e401]"}, {who, "ids.3", "1 0.1e401"}, {who, "ids.#.x", "[]"},
		{who, "mixed", "malformed"}, {who, "none", "[]"}, {who, "object", "malformed"}, {who, "lists", "malformed"}, {who, "lists.#.0", "[a]"}, {who, "empty", "[]"}, {who, "text", "1 "},
		{who, "absent", "[]"}, {who, "claims.level", "1 1"}, {who, "client_id", "1 shop"},
		{inMetadata, "tenant", "1 té"}, {inMetadata, "level", "1 1.5"}, {inMetadata, "large", "1 9007199254740992"}, {inMetadata, "nan", "malformed"}, {inMetadata, "yes", "1 true"},
		{inMetadata, "no", "1 false"}, {inMetadata, "two", "malformed"}, {inMetadata, "null", "1 "}, {inMetadata, "ids", "[1.5 a true]"}, {inMetadata, "object", "malformed"},
		{inMetadata, "empty", "[]"}, {inMetadata, "nested", "malformed"}, {inMetadata, "absent", "[]"},
	} {
		p, err := ParsePath(test.path)
		if err != nil {
			t.Fatal(err)
		}
		found := test.who.Scalars(p, nil)
		got := fmt.Sprint(found.Texts)
		switch {
		case found.Malformed:
			got = "malformed"
		case found.Single && len(found.Texts) == 1:
			got = "1 " + found.Texts[0]
		}
		if got != test.want {
			t.Errorf("%s (metadata: %t) = %q, want %q", test.path, test.who == inMetadata, got, test.want)
		}
	}
}

func TestDocumentsAreBounded(t *testing.T) {
	r := New(&Config{JWTAudience: true})
	most := 0
	for i := range 1000 {
		one := fmt.Sprintf(`{"iss":"a","jti":"%d","pad":"%s"}`, i, strings.Repeat("x", i%700))
		who, problem := r.Document([]byte(one))
		again, _ := r.Document([]byte(one))
		if problem != "" || who != again || !who.Kept() {
			t.Fatalf("%v, then %v, %q", who, again, problem)
		}
		sum := 0
		for known := range r.known {
			sum += len(known)
		}
		if most = max(most, sum); sum != r.bytes || sum > maxBytes || len(r.known) > maxDocuments {
			t.Fatalf("%d documents of %d bytes, %d counted", len(r.known), sum, r.bytes)
		}
	}
	if most == 0 {
		t.Error("nothing is remembered")
	}
	before := len(r.known)
	large := `{"iss":"a","x":"` + strings.Repeat("x", maxDocument) + `"}`
	if who, problem := r.Document([]byte(large)); problem != "" || who.Kept() || len(r.known) != before {
		t.Errorf("a large document: %q, %d known", problem, len(r.known))
	}
	for _, bad := range []string{"x", `{}`, `{"iss":"a","iss":"b"}`} {
		if _, problem := r.Document([]byte(bad)); problem != Malformed || len(r.known) != before {
			t.Errorf("%s: %q, %d known", bad, problem, len(r.known))
		}
	}
}

// TestAttached: what is attached to an identity stays with its document.
func TestAttached(t *testing.T) {
	r := New(&Config{JWTAudience: true})
	first, _ := r.Document([]byte(`{"iss":"a"}`))
	first.Attached = 1
	other, _ := r.Document([]byte(`{"iss":"b"}`))
	again, _ := r.Document([]byte(`{"iss":"a"}`))
	if other.Attached != nil || again.Attached != 1 {
		t.Errorf("attached %v and %v", other.Attached, again.Attached)
	}
}

// shared gives out one buffer as the document, as the host does.
type shared []byte

func (s shared) Attribute(path ...string) ([]byte, bool) { return s, path[0] == Property }

// TestReadAllocatesNothing for a document that came before, nor does a claim of it.
func TestReadAllocatesNothing(t *testing.T) {
	r := New(&Config{JWTAudience: true})
	request := &policy.Request{Attributes: shared(document)}
	p, err := ParsePath("client_id")
	if err != nil {
		t.Fatal(err)
	}
	texts := make([]string, 0, 1)
	if n := testing.AllocsPerRun(100, func() {
		who, problem := r.Read(request)
		if problem != "" {
			t.Fatal(problem)
		}
		if found := who.Scalars(p, texts); found.Malformed || found.Texts[0] != "shop" {
			t.Fatalf("found %+v", found)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func TestConfig(t *testing.T) {
	c := &Config{}
	if err := config.Decode([]byte(`{}`), c); err != nil || !c.JWTAudience || c.PayloadInMetadata != nil {
		t.Errorf("defaults %+v, %v", c, err)
	}
	if err := config.Decode([]byte(`{"jwt_audience":false}`), c); err == nil || !strings.Contains(err.Error(), "without either nobody has an identity") {
		t.Errorf("neither: %v", err)
	}
	var one struct {
		Path Path `json:"path"`
	}
	for document, want := range map[string]string{
		`{"path":1}`: "want the path of a claim, such as", `{"path":""}`: "want the path of a claim, such as", `{"path":"a..b"}`: "want no empty name between dots",
		`{"path":"` + strings.Repeat("a", 513) + `"}`: "want the path of a claim, such as", `{"path":"a"}`: "",
	} {
		if err := config.Decode([]byte(document), &one); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want %q", document, err, want)
		}
	}
}

// FuzzDocument checks that documents are read or refused, and that what is read
// reads the same again.
func FuzzDocument(f *testing.F) {
	f.Add(document, "ids")
	f.Add(`{"iss":"a","a":{"b":[1,{"c":null}]}}`, "a.b.#.c")
	r := New(&Config{JWTAudience: true})
	f.Fuzz(func(t *testing.T, document, path string) {
		who, problem := r.Document([]byte(document))
		if (who == nil) != (problem != "") {
			t.Fatalf("%v, %q", who, problem)
		}
		p, err := ParsePath(path)
		if who == nil || err != nil {
			return
		}
		strict, wide := who.Strings(p, nil), who.Scalars(p, nil)
		if !strict.Malformed && (wide.Malformed || fmt.Sprint(strict) != fmt.Sprint(wide)) {
			t.Fatalf("%s of %s: strings %+v, scalars %+v", path, document, strict, wide)
		}
	})
}
