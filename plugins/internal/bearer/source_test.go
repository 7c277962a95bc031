package bearer

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/policy"
)

// sourcesOf decodes a configuration.
func sourcesOf(t testing.TB, document string) Sources {
	t.Helper()
	var c struct {
		Sources Sources `json:"sources"`
	}
	if err := config.Decode([]byte(`{"sources":`+document+`}`), &c); err != nil {
		t.Fatal(err)
	}
	return c.Sources
}

func TestSourcesThatAreRefused(t *testing.T) {
	tests := []struct{ name, document, want string }{
		{"two places in one", `[{"header":"a","cookie":"b"}]`, "config: sources[0]: want exactly one of"},
		{"no place", `[{}]`, "config: sources[0]: want exactly one of"},
		{"a scheme of a cookie", `[{"cookie":"a","schemes":["Bearer"]}]`, "config: sources[0].schemes: only a header has schemes"},
		{"a scheme twice", `[{"header":"authorization","schemes":["Bearer","bearer"]}]`, "config: sources[0].schemes[1]: the same as entry 0"},
		{"a scheme that is none", `[{"header":"authorization","schemes":["a b"]}]`, "config: sources[0].schemes[0]: want an authentication scheme"},
		{"the cookie header", `[{"header":"Cookie"}]`, `config: sources[0].header: want the source "cookie"`},
		{"the host", `[{"header":"host"}]`, "config: sources[0].header: want"},
		{"a place twice", `[{"header":"A"},{"header":"a"}]`, "config: sources[1]: the same place as entry 0"},
		{"a cookie with a space", `[{"cookie":"a b"}]`, "config: sources[0].cookie: want the name of a cookie"},
		{"a parameter without a name", `[{"query":""}]`, "config: sources[0].query: empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c struct {
				Sources Sources `json:"sources"`
			}
			err := config.Decode([]byte(`{"sources":`+tt.document+`}`), &c)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}

// everywhere is a configuration with each kind of source.
const everywhere = `[{"header":"authorization","schemes":["bearer","dpop"]},{"header":"X-Token"},{"header":"x-forwarded-authorization","schemes":["Bearer"]},{"cookie":"__Host-session"},{"query":"access_token"}]`

func TestFindIn(t *testing.T) {
	const path = ":path"
	tests := []struct {
		name    string
		sources string
		headers policy.Headers
		want    Presented
	}{
		{"nothing", everywhere, policy.Headers{{Name: path, Value: "/orders?id=1"}, {Name: "cookie", Value: "a=b"}}, Presented{Source: -1}},
		{"the default", `[]`, policy.Headers{{Name: "authorization", Value: "Bearer abc"}}, Presented{Single, "abc", Bearer, 0}},
		{"the default for one header", `[{"header":"Authorization"}]`, policy.Headers{{Name: "authorization", Value: "Bearer abc"}}, Presented{Single, "abc", Bearer, 0}},
		{"the default takes no DPoP", `[]`, policy.Headers{{Name: "authorization", Value: "DPoP abc"}}, Presented{Source: -1}},
		{"RFC 6750, Section 2.1", everywhere, policy.Headers{{Name: "authorization", Value: "Bearer mF_9.B5f-4.1JqM"}}, Presented{Single, "mF_9.B5f-4.1JqM", Bearer, 0}},
		{"RFC 6750, Section 2.3", everywhere, policy.Headers{{Name: path, Value: "/resource?access_token=mF_9.B5f-4.1JqM"}}, Presented{Single, "mF_9.B5f-4.1JqM", "", 4}},
		{"RFC 6750, Section 2.3, with another parameter", everywhere, policy.Headers{{Name: path, Value: "/resource?access_token=mF_9.B5f-4.1JqM&p=q"}}, Presented{Single, "mF_9.B5f-4.1JqM", "", 4}},
		{"RFC 9449, Section 7.1", everywhere, policy.Headers{{Name: "authorization", Value: "DPoP Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"}}, Presented{Single, "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU", DPoP, 0}},
		{"DPoP in lower case", everywhere, policy.Headers{{Name: "authorization", Value: "dpop abc"}}, Presented{Single, "abc", DPoP, 0}},
		{"a scheme that begins like DPoP", everywhere, policy.Headers{{Name: "authorization", Value: "DPoPx abc"}}, Presented{Source: -1}},
		{"DPoP and Bearer joined", everywhere, policy.Headers{{Name: "authorization", Value: "DPoP abc, Bearer def"}}, Presented{Finding: Repeated, Source: -1}},
		{"DPoP and Bearer in two fields", everywhere, policy.Headers{{Name: "authorization", Value: "DPoP abc"}, {Name: "authorization", Value: "Bearer def"}}, Presented{Finding: Repeated, Source: -1}},
		{"a bare header", everywhere, policy.Headers{{Name: "x-token", Value: " abc\t"}}, Presented{Single, "abc", "", 1}},
		{"a bare header with a scheme", everywhere, policy.Headers{{Name: "x-token", Value: "Bearer abc"}}, Presented{Finding: Malformed, Source: 1}},
		{"a bare header that is empty", everywhere, policy.Headers{{Name: "x-token", Value: ""}}, Presented{Finding: Malformed, Source: 1}},
		{"a bare header twice", everywhere, policy.Headers{{Name: "x-token", Value: "abc"}, {Name: "x-token", Value: "abc"}}, Presented{Finding: Repeated, Source: -1}},
		{"a bare header joined", everywhere, policy.Headers{{Name: "x-token", Value: "abc,abc"}}, Presented{Finding: Repeated, Source: -1}},
		{"another header with a scheme", everywhere, policy.Headers{{Name: "x-forwarded-authorization", Value: "bearer abc"}}, Presented{Single, "abc", Bearer, 2}},
		{"another header with another scheme", everywhere, policy.Headers{{Name: "x-forwarded-authorization", Value: "Basic abc"}}, Presented{Source: -1}},
		{"a cookie", everywhere, policy.Headers{{Name: "cookie", Value: "a=1; __Host-session=abc.def; b=2"}}, Presented{Single, "abc.def", "", 3}},
		{"a cookie alone", everywhere, policy.Headers{{Name: "cookie", Value: "__Host-session=abc"}}, Presented{Single, "abc", "", 3}},
		{"a cookie in quotation marks", everywhere, policy.Headers{{Name: "cookie", Value: `__Host-session="abc"`}}, Presented{Single, "abc", "", 3}},
		{"a cookie without space", everywhere, policy.Headers{{Name: "cookie", Value: "a=1;__Host-session=abc;b=2"}}, Presented{Single, "abc", "", 3}},
		{"a cookie with padding", everywhere, policy.Headers{{Name: "cookie", Value: "__Host-session=abc=="}}, Presented{Single, "abc==", "", 3}},
		{"a cookie of another case", everywhere, policy.Headers{{Name: "cookie", Value: "__host-session=abc"}}, Presented{Source: -1}},
		{"a cookie whose name begins like it", everywhere, policy.Headers{{Name: "cookie", Value: "__Host-session2=abc; x__Host-session=abc"}}, Presented{Source: -1}},
		{"a cookie that is empty", everywhere, policy.Headers{{Name: "cookie", Value: "__Host-session="}}, Presented{Finding: Malformed, Source: 3}},
		{"a cookie that is percent-encoded", everywhere, policy.Headers{{Name: "cookie", Value: "__Host-session=a%62c"}}, Presented{Finding: Malformed, Source: 3}},
		{"a cookie twice", everywhere, policy.Headers{{Name: "cookie", Value: "__Host-session=abc; __Host-session=def"}}, Presented{Finding: Repeated, Source: -1}},
		{"a cookie in two fields", everywhere, policy.Headers{{Name: "cookie", Value: "__Host-session=abc"}, {Name: "cookie", Value: "__Host-session=abc"}}, Presented{Finding: Repeated, Source: -1}},
		{"a cookie inside a quoted one", everywhere, policy.Headers{{Name: "cookie", Value: `a="; __Host-session=def"; __Host-session=abc`}}, Presented{Finding: Repeated, Source: -1}},
		{"cookies in two fields", everywhere, policy.Headers{{Name: "cookie", Value: "a=1"}, {Name: "cookie", Value: "__Host-session=abc"}}, Presented{Single, "abc", "", 3}},
		{"a parameter after others", everywhere, policy.Headers{{Name: path, Value: "/?a=1&access_token=abc"}}, Presented{Single, "abc", "", 4}},
		{"a parameter that is percent-encoded", everywhere, policy.Headers{{Name: path, Value: "/?a=1&%61ccess%5Ftoken=a%2Bb%2fc%3D%3d"}}, Presented{Single, "a+b/c==", "", 4}},
		{"a parameter with a plus sign", everywhere, policy.Headers{{Name: path, Value: "/?access_token=a+b"}}, Presented{Finding: Malformed, Source: 4}},
		{"a parameter with broken percent-encoding", everywhere, policy.Headers{{Name: path, Value: "/?access_token=a%2"}}, Presented{Finding: Malformed, Source: 4}},
		{"a parameter without value", everywhere, policy.Headers{{Name: path, Value: "/?access_token"}}, Presented{Finding: Malformed, Source: 4}},
		{"a parameter twice", everywhere, policy.Headers{{Name: path, Value: "/?access_token=abc&access_token=abc"}}, Presented{Finding: Repeated, Source: -1}},
		{"a parameter twice, once encoded", everywhere, policy.Headers{{Name: path, Value: "/?access_token=abc&access%5ftoken=abc"}}, Presented{Finding: Repeated, Source: -1}},
		{"a parameter twice, once after a semicolon", everywhere, policy.Headers{{Name: path, Value: "/?x=1;access_token=abc&access_token=def"}}, Presented{Finding: Repeated, Source: -1}},
		{"a parameter in the path", everywhere, policy.Headers{{Name: path, Value: "/access_token=abc"}}, Presented{Source: -1}},
		{"a parameter after a second question mark", everywhere, policy.Headers{{Name: path, Value: "/?a=?access_token=abc"}}, Presented{Source: -1}},
		{"a parameter with a name in brackets", everywhere, policy.Headers{{Name: path, Value: "/?access_token[]=abc"}}, Presented{Source: -1}},
		{"a header and a cookie", everywhere, policy.Headers{{Name: "authorization", Value: "Bearer abc"}, {Name: "cookie", Value: "__Host-session=abc"}}, Presented{Finding: Repeated, Source: -1}},
		{"a header and a parameter", everywhere, policy.Headers{{Name: path, Value: "/?access_token=abc"}, {Name: "authorization", Value: "Bearer abc"}}, Presented{Finding: Repeated, Source: -1}},
		{"a bad header and a good cookie", everywhere, policy.Headers{{Name: "authorization", Value: "Bearer a b"}, {Name: "cookie", Value: "__Host-session=abc"}}, Presented{Finding: Repeated, Source: -1}},
		{"another scheme and a cookie", everywhere, policy.Headers{{Name: "authorization", Value: "Basic abc"}, {Name: "cookie", Value: "__Host-session=abc"}}, Presented{Single, "abc", "", 3}},
		{"a place that is not configured", `[{"cookie":"session"}]`, policy.Headers{{Name: "authorization", Value: "Bearer abc"}, {Name: "cookie", Value: "session=def"}}, Presented{Single, "def", "", 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := FindIn(tt.headers, sourcesOf(t, tt.sources)); got != tt.want {
				t.Errorf("FindIn = %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestStrip(t *testing.T) {
	tests := []struct {
		name    string
		headers policy.Headers
		remove  []string
		set     policy.Headers
	}{
		{"nothing", policy.Headers{{Name: ":path", Value: "/?a=b"}, {Name: "cookie", Value: "a=b"}, {Name: "authorization", Value: "Basic abc"}}, nil, nil},
		{"a header", policy.Headers{{Name: "authorization", Value: "Bearer abc"}}, []string{"authorization"}, nil},
		{"a header with a bad token", policy.Headers{{Name: "authorization", Value: "Bearer a b"}}, []string{"authorization"}, nil},
		{"a header twice, once with another scheme", policy.Headers{{Name: "authorization", Value: "Basic abc"}, {Name: "authorization", Value: "Bearer abc"}}, []string{"authorization"}, nil},
		{"two headers", policy.Headers{{Name: "authorization", Value: "DPoP abc"}, {Name: "x-token", Value: ""}}, []string{"authorization", "x-token"}, nil},
		{"the only cookie", policy.Headers{{Name: "cookie", Value: "__Host-session=abc"}}, []string{"cookie"}, nil},
		{"the first cookie", policy.Headers{{Name: "cookie", Value: "__Host-session=abc; a=1;  b"}}, nil, policy.Headers{{Name: "cookie", Value: "a=1;  b"}}},
		{"a cookie between others", policy.Headers{{Name: "cookie", Value: `a=1;b="2" ; __Host-session=abc; c=ä; d`}}, nil, policy.Headers{{Name: "cookie", Value: `a=1;b="2" ; c=ä; d`}}},
		{"the last cookie", policy.Headers{{Name: "cookie", Value: "a=1; __Host-session=abc"}}, nil, policy.Headers{{Name: "cookie", Value: "a=1"}}},
		{"a cookie twice", policy.Headers{{Name: "cookie", Value: "__Host-session=abc; a=1; __Host-session=def"}}, nil, policy.Headers{{Name: "cookie", Value: "a=1"}}},
		{"cookies in two fields", policy.Headers{{Name: "cookie", Value: "a=1"}, {Name: "cookie", Value: "__Host-session=abc; b=2"}}, nil, policy.Headers{{Name: "cookie", Value: "a=1; b=2"}}},
		{"cookies in two fields, none of them the one", policy.Headers{{Name: "cookie", Value: "a=1"}, {Name: "cookie", Value: "b=2"}}, nil, nil},
		{"the only parameter", policy.Headers{{Name: ":path", Value: "/a%20b?access_token=abc"}}, nil, policy.Headers{{Name: ":path", Value: "/a%20b"}}},
		{"the first parameter", policy.Headers{{Name: ":path", Value: "/?access_token=abc&a=%41&&b"}}, nil, policy.Headers{{Name: ":path", Value: "/?a=%41&&b"}}},
		{"a parameter between others", policy.Headers{{Name: ":path", Value: "/?a=+&access_token=abc;b?&c"}}, nil, policy.Headers{{Name: ":path", Value: "/?a=+;b?&c"}}},
		{"the last parameter", policy.Headers{{Name: ":path", Value: "/?a=1&access%5ftoken"}}, nil, policy.Headers{{Name: ":path", Value: "/?a=1"}}},
		{"a parameter twice", policy.Headers{{Name: ":path", Value: "/?access_token=a&b&access_token=c"}}, nil, policy.Headers{{Name: ":path", Value: "/?b"}}},
		{"everything", policy.Headers{{Name: ":path", Value: "/?access_token=a"}, {Name: "authorization", Value: "bearer"}, {Name: "cookie", Value: "__Host-session=a;b=c"}}, []string{"authorization"}, policy.Headers{{Name: "cookie", Value: "b=c"}, {Name: ":path", Value: "/"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			remove, set := Strip(tt.headers, sourcesOf(t, everywhere))
			if !slices.Equal(remove, tt.remove) || !slices.Equal(set, tt.set) {
				t.Errorf("Strip = %q, %q, want %q, %q", remove, set, tt.remove, tt.set)
			}
		})
	}
	if remove, set := Strip(policy.Headers{{Name: "authorization", Value: "Bearer abc"}}, nil); len(remove) != 1 || set != nil {
		t.Errorf("default: %q, %q", remove, set)
	}
}

func TestStripOfTwoOfAKind(t *testing.T) {
	sources := sourcesOf(t, `[{"cookie":"a"},{"cookie":"b"},{"query":"c"},{"query":"d"}]`)
	headers := policy.Headers{{Name: ":path", Value: "/?c=1&x&d=2"}, {Name: "cookie", Value: "a=1; x; b=2"}}
	remove, set := Strip(headers, sources)
	want := policy.Headers{{Name: "cookie", Value: "x"}, {Name: ":path", Value: "/?x"}}
	if remove != nil || !slices.Equal(set, want) {
		t.Errorf("Strip = %q, %q, want %q", remove, set, want)
	}
}

// apply changes headers as the proxy does.
func apply(headers policy.Headers, remove []string, set policy.Headers) (changed policy.Headers) {
	for _, h := range headers {
		replaced := slices.ContainsFunc(set, func(s policy.Header) bool { return s.Name == h.Name })
		if !replaced && !slices.Contains(remove, h.Name) {
			changed = append(changed, h)
		}
	}
	return append(changed, set...)
}

// FuzzStrip: once stripped, a request presents nothing and has nothing to strip. A
// token is one by its syntax, and what the query has besides is what net/url sees.
func FuzzStrip(f *testing.F) {
	f.Add("/?a=1&access_token=abc&b=%2", "a=1; __Host-session=abc", "Bearer abc", "abc")
	f.Add("/?access%5ftoken=a%2Bb;c&&", `__Host-session="abc";;x=`, "DPoP abc==", "")
	f.Add("/?", ";", "Basic a=b,c", ",")
	sources := sourcesOf(f, everywhere)
	f.Fuzz(func(t *testing.T, path, cookie, authorization, token string) {
		headers := policy.Headers{{Name: ":path", Value: path}, {Name: "cookie", Value: cookie}, {Name: "authorization", Value: authorization}, {Name: "x-token", Value: token}}
		p := FindIn(headers, sources)
		if (p.Finding == Single) != (p.Token != "") || p.Token != "" && !isToken68(p.Token) {
			t.Fatalf("FindIn(%q) = %+v", headers, p)
		}
		remove, set := Strip(headers, sources)
		stripped := apply(headers, remove, set)
		if p := FindIn(stripped, sources); p.Finding != None {
			t.Fatalf("%q stripped to %q: %+v", headers, stripped, p)
		}
		if remove, set := Strip(stripped, sources); len(remove) > 0 || len(set) > 0 {
			t.Fatalf("%q stripped to %q: %q, %q", headers, stripped, remove, set)
		}
		// net/url refuses semicolons and broken percent-encoding.
		after, _ := stripped.First(":path")
		_, query, _ := strings.Cut(path, "?")
		_, strippedQuery, _ := strings.Cut(after, "?")
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		values.Del("access_token")
		if left, err := url.ParseQuery(strippedQuery); err != nil || left.Encode() != values.Encode() {
			t.Fatalf("query %q stripped to %q, %v", query, strippedQuery, err)
		}
	})
}

func BenchmarkFindIn(b *testing.B) {
	sources := sourcesOf(b, everywhere)
	headers := policy.Headers{{Name: ":method", Value: "GET"}, {Name: ":path", Value: "/orders?a=b"},
		{Name: "cookie", Value: "a=b; c=d"}, {Name: "authorization", Value: "Bearer " + strings.Repeat("a", 1000)}}
	b.ReportAllocs()
	for b.Loop() {
		if p := FindIn(headers, sources); p.Finding != Single {
			b.Fatal(p)
		}
	}
}
