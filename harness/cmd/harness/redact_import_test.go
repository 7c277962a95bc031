package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"

	"gatehouse/plugins/redact"
)

// found are the sensitive places that a document's schema Root has, as paths.
func found(t *testing.T, schemas string) []string {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData([]byte("openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {}\ncomponents:\n  schemas:\n" + schemas))
	if err != nil {
		t.Fatal(err)
	}
	faulty := func(err error) { t.Error(err) }
	all := newSchemas(document, newMarker(sensitiveExtensions, `{"drop":true}`, true, true, faulty))
	var paths []string
	for _, p := range all.places(document.Components.Schemas["Root"], "components.schemas.Root") {
		paths = append(paths, p.text)
	}
	return paths
}

func TestSensitivePlacesOfSchemas(t *testing.T) {
	tests := []struct{ name, schemas, want string }{
		{"nothing", `    Root: {type: object, properties: {a: {type: string}}}`, ""},
		{"the root", `    Root: {type: string, format: email}`, "$"},
		{"properties, arrays and maps", `    Root: {type: array, items: {properties: {a: {additionalProperties: {x-pii: true}}, b: {prefixItems: [{x-pii: true}]}}}}`, "[*].a.* [*].b[*]"},
		{"a container and what is in it", `    Root: {properties: {a: {x-pii: true, properties: {b: {x-pii: true}}}}}`, "a a.b"},
		{"alternatives", `    Root: {oneOf: [{properties: {a: {x-pii: true}}}, {anyOf: [{properties: {b: {x-pii: true}}}, {allOf: [{properties: {c: {x-pii: true}}}]}]}], if: {}, then: {properties: {d: {x-pii: true}}}}`, "a b c d"},
		{"what must not be is not", `    Root: {not: {properties: {a: {x-pii: true}}}}`, ""},
		{"a reference with a mark", `    Root: {properties: {a: {$ref: "#/components/schemas/A", x-pii: true}, b: {$ref: "#/components/schemas/A"}}}
    A: {type: string}`, "a"},
		{"a reference that takes a mark back", `    Root: {properties: {a: {$ref: "#/components/schemas/A", x-pii: false}, b: {$ref: "#/components/schemas/A"}}}
    A: {type: string, x-pii: true}`, "b"},
		{"a schema in itself", `    Root: {properties: {a: {x-pii: true}, next: {$ref: "#/components/schemas/Root"}}}`, "**.a"},
		{"schemas in one another", `    Root: {properties: {id: {}, b: {$ref: "#/components/schemas/B"}}}
    B: {properties: {a: {type: array, items: {$ref: "#/components/schemas/Root"}}, c: {$ref: "#/components/schemas/C"}}}
    C: {properties: {mail: {format: email}}}`, "**.c.mail"},
		{"a cycle behind names", `    Root: {properties: {tree: {$ref: "#/components/schemas/Tree"}}}
    Tree: {properties: {leaf: {x-pii: true}, left: {$ref: "#/components/schemas/Tree"}}}`, "tree.**.leaf"},
		{"values of any depth", `    Root: {oneOf: [{format: email}, {type: array, items: {$ref: "#/components/schemas/Root"}}]}`, "$ **[*]"},
		{"a marked schema in itself", `    Root: {properties: {person: {$ref: "#/components/schemas/Person"}}}
    Person: {x-pii: true, properties: {child: {$ref: "#/components/schemas/Person"}}}`, "person person.**.child"},
		{"heirs by allOf", `    Root: {type: object, discriminator: {propertyName: k}, properties: {k: {type: string}}}
    Heir: {allOf: [{$ref: "#/components/schemas/Root"}, {properties: {a: {x-pii: true}}}]}`, "a"},
		{"heirs by mapping", `    Root: {type: object, discriminator: {propertyName: k, mapping: {h: "#/components/schemas/Heir", g: Other}}}
    Heir: {properties: {a: {x-pii: true}}}
    Other: {properties: {b: {x-pii: true}}}`, "a b"},
		{"JSON in a string", `    Root: {properties: {a: {contentMediaType: application/json, contentSchema: {properties: {b: {x-pii: true}}}}}}`, "a.b"},
		{"names with a meaning", `    Root: {properties: {"a.b": {x-pii: true}, "*": {x-pii: true}, "17": {x-pii: true}, "q\"\\": {x-pii: true}, "$id": {x-pii: true}}}`,
			`["$id"] ["*"] ["17"] ["a.b"] ["q\"\\"]`},
		{"values of extensions", `    Root: {properties: {a: {x-pii: "no"}, b: {x-pii: none}, c: {x-data-classification: public}, d: {x-pii: []}, e: {x-pii: null}, f: {x-pii: maybe}, g: {x-phi: {level: 1}}, h: {x-redact: 1}}}`, "f g h"},
		{"formats", `    Root: {properties: {a: {format: E-Mail}, b: {format: uuid}, c: {format: us-ssn}, d: {format: date}, e: {format: creditCard}, f: {format: mac}, g: {format: ip}}}`, "a c e f g"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(found(t, tt.schemas), " "); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestManyPlacesAreLookedForAtAnyDepth(t *testing.T) {
	var schemas strings.Builder
	schemas.WriteString("    Root: {properties: {")
	for i := range 30 {
		fmt.Fprintf(&schemas, `a%d: {$ref: "#/components/schemas/A"}, `, i)
	}
	schemas.WriteString("}}\n    A: {properties: {")
	for i := range 30 {
		fmt.Fprintf(&schemas, `b%d: {x-pii: true}, `, i)
	}
	schemas.WriteString("}}\n")
	if got := found(t, schemas.String()); len(got) != 30 || got[0] != "**.b0" {
		t.Errorf("%d places, %q", len(got), got)
	}
}

func TestPathsCoverOthers(t *testing.T) {
	name := func(n string) step { return step{kind: stepName, name: n, fold: folded(n)} }
	a, b, item, anyName, deep := name("card_number"), name("b"), step{kind: stepItem}, step{kind: stepAny}, step{kind: stepDeep}
	tests := []struct {
		p, other places
		want     bool
	}{
		{places{}, places{a}, true},
		{places{a}, places{a}, true},
		{places{a}, places{name("cardNumber"), b}, true},
		{places{a, b}, places{a}, false},
		{places{item}, places{item, a}, true},
		{places{anyName, b}, places{a, b}, true},
		{places{a, b}, places{anyName, b}, false},
		{places{deep, b}, places{a, item, b}, true},
		{places{deep, b}, places{deep, a, b}, true},
		{places{deep, a, b}, places{deep, b}, false},
		{places{a, deep, b}, places{a, b}, true},
		{places{anyName}, places{deep, b}, false},
	}
	for _, tt := range tests {
		if got := tt.p.covers(tt.other); got != tt.want {
			t.Errorf("%s covers %s: %t, want %t", tt.p, tt.other, got, tt.want)
		}
	}
}

func TestFieldsAreFewAndInTheOrderOfTheirMatching(t *testing.T) {
	mask, drop := &mark{action: `{"mask":{}}`, clause: "x"}, &mark{action: `{"drop":true}`, clause: "x"}
	path := func(names ...string) (p places) {
		for _, n := range names {
			p = append(p, step{kind: stepName, name: n, fold: folded(n)})
		}
		return p
	}
	list := tidy([]place{
		newPlace(path("a"), mask), newPlace(path("a", "b"), mask), newPlace(path("c"), mask), newPlace(path("c", "d"), drop), newPlace(path("c", "d", "e"), mask), newPlace(path("c", "f"), mask),
		newPlace(path("g"), mask), newPlace(path("g"), drop), newPlace(path("h_i"), mask), newPlace(path("hI"), mask),
	})
	var got []string
	for _, f := range fields(list, func(err error) { t.Error(err) }) {
		got = append(got, string(f.Action)+strings.Join(f.Path, ","))
	}
	want := []string{`{"drop":true}g`, `{"mask":{}}a,c.d.e,hI`, `{"drop":true}c.d`, `{"mask":{}}c`}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// FuzzSpelled checks that a property is hidden by the path that is made of its name,
// whatever it is, and no other is.
func FuzzSpelled(f *testing.F) {
	for _, seed := range []string{"email", "a.b", "*", "**", "#", "17", "", "a]b[", `q"\`, `\u0041`, "ä ö", "a\nb", "$", "$.x", "@id", "x*y", "-", "_"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if !utf8.ValidString(name) || len(name) > 40 || folded(name) == "" {
			return
		}
		path := places{{kind: stepName, name: name, fold: folded(name)}}
		field, err := compactJSON(importedField{Path: []string{path.String()}, Action: json.RawMessage(`{"drop":true}`), Clause: "x"})
		if err != nil {
			t.Fatal(err)
		}
		audit, err := redact.NewAudit([]byte(`{"responses":[{"match":{},"fields":[`+string(field)+`]}]}`), anySecret)
		if err != nil {
			t.Fatalf("%q: %v", path, err)
		}
		o := sensitiveOperation{apiOperation: &apiOperation{}}
		o.Method, o.Path = "GET", "/"
		for _, tt := range []struct {
			path places
			want bool
		}{{path, true}, {places{{kind: stepName, name: name + "z"}}, false}} {
			x := o.exchanges(1, redact.Message{Headers: [][2]string{{"content-type", "application/json"}}, Body: [][]byte{tt.path.document("x", 0)}})[0]
			if got := audit.Hides(x); got != tt.want {
				t.Errorf("%s hides %s: %t, want %t", path, x.Response.Body[0], got, tt.want)
			}
		}
	})
}
