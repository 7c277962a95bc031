//go:build !wasip1

package body

import (
	"io/fs"
	"net/url"
	"strings"
	"testing"

	"github.com/corazawaf/coraza-coreruleset/v4/tests"
	"sigs.k8s.io/yaml"
)

// suite is a file of the CRS regression tests, as far as bodies go.
type suite struct {
	Tests []struct {
		Stages []struct {
			Input struct {
				URI     string
				Data    string
				Headers map[string]string
			}
		}
	}
}

// TestCRSBodies compares every body, query and cookie of the CRS regression
// tests with the oracle, bodies under each processor.
func TestCRSBodies(t *testing.T) {
	oracles := map[string]*oracle{}
	read := func(processor, contentType, b string) view {
		o := oracles[processor+contentType]
		if o == nil {
			o = newOracle(t, processor, contentType, Limits{})
			oracles[processor+contentType] = o
		}
		return o.read(t, b)
	}
	plain := newOracle(t, "", "text/plain", Limits{})
	form, json, multipart, xml := compare("form"), compare("json"), compare("multipart"), compare("xml")
	queries, cookies := 0, 0
	var r Result
	err := fs.WalkDir(tests.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yaml") {
			return err
		}
		text, err := fs.ReadFile(tests.FS, path)
		if err != nil {
			return err
		}
		var s suite
		if err := yaml.Unmarshal(text, &s); err != nil {
			return err
		}
		for _, test := range s.Tests {
			for _, stage := range test.Stages {
				in := stage.Input
				contentType := ""
				for name, value := range in.Headers {
					switch strings.ToLower(name) {
					case "content-type":
						contentType = value
					case "cookie":
						cookies++
						if d := differ(view{"REQUEST_COOKIES": sorted(Cookies(value, nil))}, plain.cookies(value)); d != "" {
							t.Errorf("%s: Cookies(%q): %s", path, value, d)
						}
					}
				}
				if _, raw, ok := strings.Cut(in.URI, "?"); ok {
					queries++
					r.Reset()
					raw, _, _ = strings.Cut(raw, "#")
					Query(raw, Limits{}, &r)
					got, want := r.view(), plain.query(raw)
					if d := differ(view{"ARGS": got["ARGS"]}, view{"ARGS": want["ARGS"]}); d != "" {
						t.Errorf("%s: Query(%q): %s", path, raw, d)
					}
				}
				if in.Data == "" {
					continue
				}
				r.Reset()
				URLEncoded(in.Data, Limits{}, &r)
				form.body(t, in.Data, r.view(), read("URLENCODED", "", in.Data))
				r.Reset()
				JSON(in.Data, Limits{}, &r)
				json.body(t, in.Data, r.view(), read("JSON", "", in.Data))
				r.Reset()
				XML(in.Data, Limits{}, &r)
				xml.body(t, in.Data, r.view(), read("XML", "", in.Data))
				if strings.Contains(contentType, "multipart/") {
					for _, b := range []string{in.Data, strings.ReplaceAll(in.Data, "\n", "\r\n")} {
						r.Reset()
						Multipart(contentType, b, Limits{}, &r)
						multipart.body(t, b, r.view(), read("MULTIPART", contentType, b))
					}
				}
				if decoded, err := url.QueryUnescape(in.Data); err == nil && decoded != "" {
					r.Reset()
					XML(decoded, Limits{}, &r)
					xml.body(t, decoded, r.view(), read("XML", "", decoded))
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("alike: %d forms, %d JSON (%v), %d XML, %d multipart; %d queries, %d cookies", form.equal, json.equal, json.met, xml.equal, multipart.equal, queries, cookies)
	if form.equal < 2500 || xml.equal < 5000 || multipart.equal < 100 || json.equal < 2600 || len(json.met) > 0 || queries < 1000 || cookies < 50 {
		t.Error("fewer than the tests have")
	}
}
