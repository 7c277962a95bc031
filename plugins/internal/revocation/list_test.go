package revocation

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/config"
)

// example is the document of List's comment.
const example = `{
  "issued_before": 1767225600,
  "jti": ["9f6c", "0000", "zz"],
  "client_id": ["old-app"],
  "issuers": {
    "https://issuer.example": {
      "issued_before": 1767225700,
      "jti": ["4be1"],
      "sub": ["alice", "\u0061lfred"],
      "client_id": ["other-app"],
      "sub_issued_before": {"bob": 1767312000, "amy": 1767312001.5}
    },
    "https://another.example": {"sub": ["carol"]}
  }
}`

func at(seconds float64) time.Time { return time.UnixMicro(int64(seconds * 1e6)) }

func TestRevoked(t *testing.T) {
	const here, there = "https://issuer.example", "https://another.example"
	late := at(1800000000)
	tests := []struct {
		name                        string
		issuer, subject, client, id string
		issuedAt                    time.Time
		want                        Why
	}{
		{"nothing of it", here, "dave", "app", "1", late, NotRevoked},
		{"an id", "https://third.example", "dave", "app", "9f6c", late, TokenID},
		{"the first id", here, "dave", "app", "0000", late, TokenID},
		{"the last id", here, "dave", "app", "zz", late, TokenID},
		{"an id of the issuer", here, "dave", "app", "4be1", late, TokenID},
		{"an id of another issuer", there, "dave", "app", "4be1", late, NotRevoked},
		{"an id that an id begins with", here, "dave", "app", "9f6", late, NotRevoked},
		{"an id that begins with an id", here, "dave", "app", "9f6c0", late, NotRevoked},
		{"two ids joined", here, "dave", "app", "00009f6c", late, NotRevoked},
		{"an id in another case", here, "dave", "app", "9F6C", late, NotRevoked},
		{"a client", there, "dave", "old-app", "1", late, Client},
		{"a client of the issuer", here, "dave", "other-app", "1", late, Client},
		{"a client of another issuer", there, "dave", "other-app", "1", late, NotRevoked},
		{"a subject", here, "alice", "app", "1", late, Subject},
		{"a subject that was escaped", here, "alfred", "app", "1", late, Subject},
		{"a subject of another issuer", there, "alice", "app", "1", late, NotRevoked},
		{"a subject of the other issuer", there, "carol", "app", "1", late, Subject},
		{"issued before the moment for all", there, "dave", "app", "1", at(1767225599), IssuedBefore},
		{"issued at the moment for all", there, "dave", "app", "1", at(1767225600), NotRevoked},
		{"issued before the moment of the issuer", here, "dave", "app", "1", at(1767225699.5), IssuedBefore},
		{"issued at the moment of the issuer", here, "dave", "app", "1", at(1767225700), NotRevoked},
		{"issued before the moment of the subject", here, "bob", "app", "1", at(1767311999), IssuedBefore},
		{"issued at the moment of the subject", here, "bob", "app", "1", at(1767312000), NotRevoked},
		{"issued before the moment of another subject", here, "dave", "app", "1", at(1767311999), NotRevoked},
		{"issued in the second of the moment", here, "amy", "app", "1", at(1767312001), IssuedBefore},
		{"issued at some time", there, "dave", "app", "1", time.Time{}, IssuedBefore},
		{"issued before 1970", there, "dave", "app", "1", at(-1e9), IssuedBefore},
		{"issued at the end of time", there, "dave", "app", "1", time.Unix(1<<60, 0), NotRevoked},
		{"no claims but the date", "", "", "", "", late, NotRevoked},
		{"no claims", "", "", "", "", time.Time{}, IssuedBefore},
	}
	list, err := ParseList(example)
	if err != nil {
		t.Fatal(err)
	}
	lists := New(&Config{List: list}, 0, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			revoked, got := lists.Revoked(late, tt.issuer, tt.subject, tt.client, tt.id, tt.issuedAt)
			if got != tt.want || revoked != (tt.want != NotRevoked) {
				t.Errorf("Revoked = %v, %v, want %v", revoked, got, tt.want)
			}
		})
	}
}

func TestMomentsAtTheEndOfTime(t *testing.T) {
	for before, want := range map[string]Why{"0": NotRevoked, "-5": NotRevoked, "253402300799": IssuedBefore, "1": NotRevoked} {
		list, err := ParseList(`{"issued_before":` + before + `}`)
		if err != nil {
			t.Fatal(err)
		}
		if got := list.revoked(&token{issuedAt: at(1800000000)}); got != want {
			t.Errorf("before %s: %v, want %v", before, got, want)
		}
	}
}

func TestListsThatAreRefused(t *testing.T) {
	many := strings.Repeat(`"a",`, MaxEntries) + `"a"`
	tests := []struct{ name, document, want string }{
		{"no JSON", `jti`, "config: list"},
		{"a list", `[]`, "config: list: want an object"},
		{"an unknown member", `{"jtis":[]}`, "config: list.jtis: unknown member"},
		{"a subject of any issuer", `{"sub":["a"]}`, "config: list.sub: unknown member"},
		{"ids that are no list", `{"jti":"a"}`, "config: list.jti: want a list of strings"},
		{"an id that is no string", `{"jti":["a",1]}`, "config: list.jti: want a list of strings"},
		{"an id that is empty", `{"jti":[""]}`, "config: list.jti: want a list of strings"},
		{"a time that is a string", `{"issued_before":"2026-01-01"}`, "config: list.issued_before: want a time"},
		{"a time that no clock means", `{"issued_before":1e300}`, "config: list.issued_before: want a time"},
		{"issuers that are no object", `{"issuers":["a"]}`, "config: list.issuers: want an object"},
		{"an issuer that is no object", `{"issuers":{"a":["b"]}}`, "config: list.issuers.a: want an object"},
		{"an issuer without a name", `{"issuers":{"":{}}}`, "config: list.issuers: a member without a name"},
		{"an issuer in an issuer", `{"issuers":{"a":{"issuers":{}}}}`, "config: list.issuers.a.issuers: unknown member"},
		{"a time of a subject that is a string", `{"issuers":{"a":{"sub_issued_before":{"b":"1"}}}}`, "config: list.issuers.a.sub_issued_before: want a time"},
		{"too many entries", `{"jti":[` + many + `]}`, "config: list.jti: more than 65536 entries"},
		{"too many entries in two places", `{"jti":["a"],"client_id":[` + many[4:] + `]}`, "config: list.client_id: more than 65536 entries"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c Config
			err := config.Decode([]byte(`{"list":`+tt.document+`}`), &c)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error %v, want %s", err, tt.want)
			}
			if _, err := ParseList(tt.document); err == nil {
				t.Error("as a document of its own it is accepted")
			}
		})
	}
	if _, err := ParseList(`{"jti":["a"],"jti":["b"]}`); err == nil {
		t.Error("a duplicate member is accepted")
	}
	if list, err := ParseList(`{"jti":[` + many[4:] + `]}`); err != nil || list.entries != MaxEntries {
		t.Errorf("as many entries as there may be: %v", err)
	}
}

// FuzzList holds what a list says against a reading by encoding/json.
func FuzzList(f *testing.F) {
	f.Add(example, "https://issuer.example", "bob", "app", "9f6c", int64(1767311999))
	f.Add(`{"issuers":{"a":{"sub":["b","b"]},"b":{}}}`, "a", "b", "", "", int64(0))
	f.Add(`{"jti":["","a"]}`, "", "", "", "a", int64(5))
	type model struct {
		Before     *float64           `json:"issued_before"`
		IDs        []string           `json:"jti"`
		Clients    []string           `json:"client_id"`
		Subjects   []string           `json:"sub"`
		UserBefore map[string]float64 `json:"sub_issued_before"`
		Issuers    map[string]*model  `json:"issuers"`
	}
	says := func(m *model, subject, client, id string, issuedAt int64) bool {
		if m == nil {
			return false
		}
		before := func(moment float64) bool { return moment > 0 && float64(issuedAt) < moment }
		for _, c := range []struct {
			items []string
			item  string
		}{{m.IDs, id}, {m.Subjects, subject}, {m.Clients, client}} {
			for _, item := range c.items {
				if item == c.item {
					return true
				}
			}
		}
		moment, ok := m.UserBefore[subject]
		return m.Before != nil && before(*m.Before) || ok && before(moment)
	}
	f.Fuzz(func(t *testing.T, document, issuer, subject, client, id string, issuedAt int64) {
		list, err := ParseList(document)
		if err != nil {
			return
		}
		var m model
		if err := json.Unmarshal([]byte(document), &m); err != nil {
			t.Fatalf("ParseList(%q) is good, and encoding/json says %v", document, err)
		}
		// Fractions of a second are in the table.
		issuedAt = max(1, issuedAt%4e9)
		want := says(&m, subject, client, id, issuedAt) || says(m.Issuers[issuer], subject, client, id, issuedAt)
		got := list.revoked(&token{issuer, subject, client, id, time.Unix(issuedAt, 0)})
		if (got != NotRevoked) != want && !strings.Contains(document, ".") && !strings.ContainsAny(document, "eE") {
			t.Fatalf("%s: %q %q %q %q %d: %v, want %v", document, issuer, subject, client, id, issuedAt, got, want)
		}
	})
}

// many returns lists of n ids and subjects.
func many(t testing.TB, n int) *Lists {
	t.Helper()
	var ids, subjects []string
	for i := range n / 2 {
		ids = append(ids, fmt.Sprintf(`"%08x-id"`, i*2654435761))
		subjects = append(subjects, fmt.Sprintf(`"user-%d"`, i))
	}
	list, err := ParseList(`{"jti":[` + strings.Join(ids, ",") + `],"issuers":{"https://issuer.example":{"sub":[` + strings.Join(subjects, ",") + `]}}}`)
	if err != nil {
		t.Fatal(err)
	}
	return New(&Config{List: list}, 0, nil)
}

func TestRevokedAllocatesNothing(t *testing.T) {
	lists := many(t, 1000)
	now := at(1800000000)
	if n := testing.AllocsPerRun(100, func() { lists.Revoked(now, "https://issuer.example", "user-x", "app", "1", now) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkRevoked(b *testing.B) {
	lists := many(b, 20000)
	now := at(1800000000)
	b.ReportAllocs()
	for b.Loop() {
		if revoked, why := lists.Revoked(now, "https://issuer.example", "user-x", "app", "1", now); revoked {
			b.Fatal(why)
		}
		if revoked, _ := lists.Revoked(now, "https://issuer.example", "user-4711", "app", "1", now); !revoked {
			b.Fatal("not revoked")
		}
	}
}
