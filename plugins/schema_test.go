//go:build !wasip1

package plugins_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"gatehouse/plugins/jwtaudience"
	"gatehouse/plugins/quota"
	"gatehouse/plugins/redact"
	"gatehouse/plugins/scope"
)

// published are the plugins whose schema is held against the plugin itself.
var published = []struct {
	dir string
	// start makes the engine, as the plugin does when it is configured.
	start func(document []byte) error
	// example is a good configuration, and edits change one value of it, at a path
	// of keys and indexes, to one that must be refused.
	example string
	edits   []edit
	// documents is how many configurations there are at least among the
	// recordings.
	documents int
}{
	{
		dir:       "jwtaudience",
		start:     func(document []byte) error { _, err := jwtaudience.New(document); return err },
		example:   "testdata/orders.config.json",
		documents: 20,
		edits: []edit{
			{`mode`, `"off"`}, {`mode`, `null`}, {`modes`, `"enforce"`}, {`issuers`, `[]`}, {`issuers`, `{}`}, {`issuers.0`, `"x"`},
			{`issuers.0.issuer`, `""`}, {`issuers.0.issuer`, `1`}, {`issuers.0.audience`, `["x"]`}, {`issuers.0.audiences`, `"x"`}, {`issuers.0.audiences`, `[]`},
			{`issuers.0.audiences`, `[""]`}, {`issuers.0.audiences`, `["x","x"]`}, {`issuers.0.jwks`, `[]`}, {`issuers.0.jwks`, `{}`}, {`issuers.0.jwks.keys`, `{}`},
			{`issuers.0.jwks.keys`, `[]`}, {`issuers.0.jwks.keys.0`, `{}`}, {`issuers.0.algorithms`, `[]`}, {`issuers.0.algorithms`, `["HS256"]`}, {`issuers.0.algorithms`, `["none"]`},
			{`issuers.0.algorithms`, `["rs256"]`}, {`issuers.0.clock_skew`, `60`}, {`issuers.0.clock_skew`, `"60"`}, {`issuers.0.max_lifetime`, `"1 h"`}, {`issuers.0.token_types`, `[]`},
			{`issuers.0.token_types`, `[""]`}, {`issuers.0.token_types`, `["a b"]`}, {`routes`, `{}`}, {`routes.0.match`, `[]`}, {`routes.0.match.path`, `"/x"`}, {`routes.0.match.path.exact`, `"/x"`},
			{`routes.0.match.path`, `{"prefix":"x"}`}, {`routes.0.audiences`, `[]`}, {`routes.0.allow_anonymous`, `"yes"`}, {`routes.0.mode`, `"log"`}, {`routes.0.name`, `""`},
			{`paths`, `{"allow":["slash"]}`}, {`paths`, `[]`}, {`events`, `"some"`}, {`events`, `{"write":"some"}`}, {`events`, `true`}, {`realm`, `""`}, {`realm`, `"a\"b"`}, {`forward_token`, `"true"`},
		},
	},
	{
		dir:       "quota",
		start:     func(document []byte) error { _, err := quota.New(document); return err },
		example:   "testdata/plans.config.json",
		documents: 60,
		edits: []edit{
			{`mode`, `"off"`}, {`limit`, `[]`}, {`limits`, `[]`}, {`limits`, `{}`}, {`limits.0.name`, `""`}, {`limits.0.name`, `"a b"`}, {`limits.0.key`, `"address"`}, {`limits.0.key`, `[]`},
			{`limits.0.key.0`, `"ip"`}, {`limits.0.key.0`, `"header"`}, {`limits.0.key.0`, `"address:x"`}, {`limits.0.missing`, `"allow"`}, {`limits.0.rate`, `5`}, {`limits.0.rate`, `{}`},
			{`limits.0.rate.requests`, `0`}, {`limits.0.rate.requests`, `"5"`}, {`limits.0.rate.per`, `1`}, {`limits.0.rate.per`, `"1 s"`}, {`limits.0.rate.burst`, `0`}, {`limits.0.rates`, `{}`},
			{`limits.0.sliding`, `{"requests":1,"per":"1s"}`}, {`limits.0.near_percent`, `100`}, {`limits.0.delay`, `5`}, {`limits.0.mode`, `"log"`}, {`limits.0.global`, `"yes"`},
			{`limits.0.count`, `{"statuses":[]}`}, {`limits.0.count`, `{"statuses":["4x"]}`}, {`limits.0.count`, `{"statuses":[401]}`}, {`limits.0.cost`, `{"fixed":-1}`}, {`limits.0.cost`, `{"settle":{}}`},
			{`limits.0.cost`, `{"settle":{"header":"x","body":"y"}}`}, {`limits.0.cost`, `{"settle":{"body":"a..b"}}`}, {`limits.1.calendar.per`, `"hour"`}, {`limits.1.calendar.tz`, `""`}, {`limits.2.fixed.burst`, `1`},
			{`plans`, `[]`}, {`plans.claim`, `7`}, {`plans.default`, `"a b"`}, {`plans.free`, `5`}, {`plans.free.per-client`, `5`}, {`plans.free.per-client.requests`, `0`}, {`plans.free.per-client.request`, `1`},
			{`plans.assign`, `[]`}, {`plans.assign.0.plan`, `""`}, {`plans.assign.0.one_of`, `[]`}, {`plans.assign.0.claims`, `"x"`}, {`exempt`, `[]`}, {`exempt.0.addresses`, `["x"]`}, {`exempt.0.clients`, `[]`},
			{`routes`, `{}`}, {`routes.0.match`, `[]`}, {`routes.1.cost`, `-1`}, {`routes.1.cost`, `"20"`}, {`routes.2.limits`, `[]`}, {`routes.2.mode`, `"log"`}, {`routes.0.exempt`, `"yes"`},
			{`client_address.trusted_hops`, `-1`}, {`client_address.header`, `"x-real-ip"`}, {`client_address.ipv6_prefix`, `8`}, {`identity`, `"jwt-audience"`}, {`global`, `{}`}, {`global`, `{"cluster":"c","on_error":"open"}`},
			{`global`, `{"cluster":"c","timeout":"100"}`}, {`global`, `{"cluster":"c","lease":{"most":0}}`}, {`answer.status`, `200`}, {`answer.fields`, `"all"`}, {`answer.fields_on`, `true`}, {`keys`, `10`},
			{`namespace`, `""`}, {`body_limit`, `0`}, {`hold_headers`, `1`}, {`events`, `"some"`},
		},
	},
	{
		dir: "redact",
		start: func(document []byte) error {
			inspector, err := redact.New(document)
			if err != nil {
				return err
			}
			return inspector.UseEnvironment(func(string) (string, bool) { return "", false })
		},
		example:   "testdata/customers.config.json",
		documents: 80,
		edits: []edit{
			{`mode`, `"off"`}, {`mode`, `null`}, {`modes`, `"enforce"`}, {`profile`, `"pci-dss"`}, {`profile`, `["pci","pci"]`}, {`profile`, `7`}, {`profiles`, `["pci"]`}, {`responses`, `[]`}, {`responses`, `{}`},
			{`responses.0`, `{}`}, {`responses.0.name`, `""`}, {`responses.0.match`, `[]`}, {`responses.0.match.path`, `"/x"`}, {`responses.0.profile`, `"gdrp"`}, {`responses.0.header`, `[]`}, {`responses.0.headers`, `[]`},
			{`responses.0.headers.0.name`, `""`}, {`responses.0.headers.0.name`, `7`}, {`responses.0.headers.0.action`, `{}`}, {`responses.0.headers.0.action`, `"drop"`}, {`responses.0.fields`, `{}`},
			{`responses.0.fields`, `[]`}, {`responses.0.fields.0.path`, `""`}, {`responses.0.fields.0.path`, `[]`}, {`responses.0.fields.0.path`, `[7]`}, {`responses.0.fields.0.paths`, `["a"]`},
			{`responses.0.fields.0.action`, `{"drop":true,"null":true}`}, {`responses.0.fields.0.action`, `{"hide":true}`}, {`responses.0.fields.0.action`, `{"mask":true}`},
			{`responses.0.fields.0.action`, `{"mask":{"keep_last":-1}}`}, {`responses.0.fields.0.action`, `{"mask":{"keep_last":"4"}}`}, {`responses.0.fields.0.action`, `{"mask":{"keep":4}}`},
			{`responses.0.fields.0.action`, `{"replace":7}`}, {`responses.0.fields.0.action`, `{"hash":{}}`}, {`responses.0.fields.0.action`, `{"hash":{"salt":"short"}}`}, {`responses.0.fields.0.action`, `{"pseudonym":{}}`},
			{`responses.0.fields.0.action`, `{"pseudonym":{"key":""}}`}, {`responses.0.fields.0.action`, `{"token":"k1"}`}, {`responses.0.fields.0.action`, `{"token":{"key":"k1","retired":[]}}`},
			{`responses.0.fields.0.action`, `{"ff1":{"key":"k1","alphabet":"letters"}}`}, {`responses.0.fields.0.action`, `{"date":"day"}`}, {`responses.0.fields.0.action`, `{"age":0}`}, {`responses.0.fields.0.action`, `{"range":"10"}`},
			{`responses.0.fields.0.action`, `{"postcode":9}`}, {`responses.0.fields.0.action`, `{"coordinate":7}`}, {`responses.0.fields.0.action`, `{"date_shift":{"key":"k1","days":0}}`},
			{`responses.0.fields.0.action`, `{"block":1}`}, {`responses.0.fields.0.unless.scope`, `""`}, {`responses.0.fields.0.unless`, `"scope"`}, {`responses.0.fields.0.unless`, `{"scopes":["a"]}`},
			{`responses.0.fields.0.unless`, `{"clients":[]}`}, {`responses.0.fields.0.unless`, `{"clients":["a","a"]}`}, {`responses.0.fields.0.unless`, `{"claim":"","one_of":["a"]}`}, {`responses.0.fields.0.clause`, `""`},
			{`responses.0.detectors`, `[]`}, {`responses.0.detectors.0.type`, `""`}, {`responses.0.detectors.0.type`, `["card"]`}, {`responses.0.detectors.0.pattern`, `"x"`}, {`responses.0.detectors.0.confidence`, `0`},
			{`responses.0.detectors.0.confidence`, `101`}, {`responses.0.detectors.0.confidence`, `"60"`}, {`responses.0.detectors.0.literals`, `[]`}, {`responses.0.detectors.0.action`, `{}`}, {`responses.0.detectors.0.actions`, `{}`},
			{`responses.0.unread`, `"allow"`}, {`responses.0.unread`, `true`}, {`responses.0.unread_types`, `["*/*"]`}, {`responses.0.unread_types`, `["IMAGE/png"]`}, {`responses.0.unread_types`, `"image/*"`}, {`responses.0.unread_types`, `[]`},
			{`requests`, `[]`}, {`requests.0.match`, `7`}, {`requests.0.fields.0.path`, `{}`}, {`keys`, `[]`}, {`keys.k1`, `"secret"`}, {`keys.k1`, `{}`}, {`keys.k1.env`, `"GATEHOUSE_KEY_K1"`}, {`keys.k1.secret`, `""`},
			{`keys.k1.secret`, `7`}, {`identity`, `"jwt-audience"`}, {`identity`, `{"payload_in_metadata":[]}`}, {`paths`, `{"allow":["slash"]}`}, {`events`, `"some"`}, {`events`, `{"write":"some"}`},
		},
	},
	{
		dir:       "scope",
		start:     func(document []byte) error { _, err := scope.New(document); return err },
		example:   "testdata/orders.config.json",
		documents: 25,
		edits: []edit{
			{`mode`, `"off"`}, {`default`, `"permit"`}, {`defaults`, `"deny"`}, {`hierarchy`, `[]`}, {`hierarchy.orders:admin`, `"orders:write"`}, {`hierarchy.orders:admin`, `[]`},
			{`hierarchy.orders:admin.0`, `"a b"`}, {`hierarchy.orders:admin.0`, `"a*b"`}, {`hierarchy.orders:admin.0`, `7`}, {`hierarchy.orders:admin`, `["a","a"]`}, {`hierarchy.a b`, `["a"]`},
			{`sources`, `[]`}, {`sources.0.claim`, `""`}, {`sources.0.claims`, `"scope"`}, {`sources.2.prefix`, `"a b"`}, {`grant_type_claim`, `""`}, {`identity`, `"jwt-audience"`},
			{`identity`, `{"payload_in_metadata":[]}`}, {`identity`, `{"payload_in_metadata":"payload"}`}, {`routes`, `[]`}, {`routes.0.match`, `[]`}, {`routes.0.all_of`, `"a"`}, {`routes.0.all_of`, `[]`},
			{`routes.0.all_of.0`, `"a b"`}, {`routes.0.all_of.0`, `"orders:*"`}, {`routes.0.all_of.0`, `{}`}, {`routes.0.all_of.0`, `{"one_of":["a"]}`}, {`routes.0.all_of.0`, `{"any_of":["a"],"all_of":["b"]}`},
			{`routes.2.all_of.1.any_of`, `[]`}, {`routes.2.all_of.1.any_of.0`, `7`}, {`routes.0.any_of`, `[]`}, {`routes.3.clients`, `[]`}, {`routes.3.clients`, `["a","a"]`}, {`routes.3.grant_types`, `""`},
			{`routes.4.authenticated`, `"yes"`}, {`routes.5.public`, `1`}, {`routes.6.mode`, `"log"`}, {`routes.6.name`, `""`}, {`allow_cors_preflight`, `"allow"`}, {`paths`, `{"allow":["slash"]}`},
			{`events`, `"some"`}, {`realm`, `"a\"b"`}, {`resource_metadata`, `"http://api.example.com/x"`}, {`resource_metadata`, `"https://api.example.com/#x"`},
		},
	},
}

// edit replaces the value at a path of a document.
type edit struct{ path, value string }

// TestSchemasAgreeWithPlugins: a configuration that a plugin starts with
// satisfies its schema, and faults of shape are found by both.
func TestSchemasAgreeWithPlugins(t *testing.T) {
	for _, p := range published {
		t.Run(p.dir, func(t *testing.T) {
			schema, err := jsonschema.NewCompiler().Compile(filepath.Join(p.dir, "schema.json"))
			if err != nil {
				t.Fatal(err)
			}
			satisfies := func(document []byte) error {
				v, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
				if err != nil {
					return err
				}
				return schema.Validate(v)
			}
			example, err := os.ReadFile(filepath.Join(p.dir, p.example))
			if err != nil {
				t.Fatal(err)
			}
			documents := configurations(t, filepath.Join(p.dir, "testdata", "replay"))
			if len(documents) < p.documents {
				t.Errorf("%d configurations among the recordings, want at least %d", len(documents), p.documents)
			}
			documents[p.example] = example
			for name, document := range documents {
				started, satisfied := p.start(document), satisfies(document)
				if started != nil || satisfied != nil {
					t.Errorf("%s: the plugin says %v, the schema %v", name, started, satisfied)
				}
			}
			for _, e := range p.edits {
				document := e.apply(t, example)
				if p.start(document) == nil {
					t.Errorf("%s = %s: the plugin starts", e.path, e.value)
				}
				if satisfies(document) == nil {
					t.Errorf("%s = %s: the schema is satisfied", e.path, e.value)
				}
			}
		})
	}
}

// configurations are the plugin configurations of recordings, by file.
func configurations(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".txtar" {
			return err
		}
		archive, err := txtar.ParseFile(file)
		if err != nil {
			return err
		}
		for _, f := range archive.Files {
			if f.Name == "config.json" {
				found[file] = f.Data
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// apply returns the document with the edit made.
func (e edit) apply(t *testing.T, document []byte) []byte {
	t.Helper()
	var root, value any
	if err := json.Unmarshal(document, &root); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(e.value), &value); err != nil {
		t.Fatalf("%s: %v", e.value, err)
	}
	keys := strings.Split(e.path, ".")
	at := root
	for i, key := range keys {
		last := i == len(keys)-1
		switch v := at.(type) {
		case map[string]any:
			if last {
				v[key] = value
			}
			at = v[key]
		case []any:
			index := int(key[0] - '0')
			if last {
				v[index] = value
			}
			at = v[index]
		default:
			t.Fatalf("%s: nothing at %s", e.path, key)
		}
	}
	edited, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return edited
}
