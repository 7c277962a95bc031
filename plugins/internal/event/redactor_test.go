package event

import (
	"strings"
	"testing"
	"unicode/utf8"

	"gatehouse/plugins/internal/policy"
)

// TestOrdinaryValuesStay has what events are read for.
func TestOrdinaryValuesStay(t *testing.T) {
	values := map[place][]string{
		inPath: {
			"/", "*", "/orders/17", "/api/v1/orders/550e8400-e29b-41d4-a716-446655440000/items/3", "/v2/orders/2024/11/26",
			"/2024/11/26/report.pdf", "/orders/710319/2745", "/api/v1.2.3/health", "/files/logo@2x.png", "/.well-known/openid-configuration",
			"/users/@me/guilds", "/actuator/health", "/v1/projects/my-project-123456/locations/us-east1", "/orders/1000000000000001",
			"/orders/4111111111111112", "/tracking/1Z999AA10123456784", "/snowflake/1234567890123456789", "/ts/1732598400000", "/ts/1732598400",
			"/isbn/9780306406157", "/ean/4006381333931", "/book/978-3-16-148410-0", "/graphql", "/static/js/main.8f3a2b1c.js",
			"/tenants/acme-corp/invoices/INV-2024-000123", "/wp-login.php", "/password/reset", "/password-reset/confirm", "/users/42/password",
			"/api/token/refresh", "/secrets/list", "/maps/52.520008,13.404954", "/zip/94105", "/v1beta1/namespaces/default/pods/web-5d4f8c7b9d-x2x4z",
			"/auth/realms/master/protocol/openid-connect/token", "/sha/9c1185a5c5e9fc54612808977ee8f548b2258d31",
			"/hash/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "/ulid/01ARZ3NDEKTSV4RRFFQ69G5FAV",
			"/ksuid/0ujtsYcgvSTl8PAuAdqWYSMnLOv", "/nanoid/V1StGXR8_Z5jdHi6B-myT", "/mongo/507f1f77bcf86cd799439011", "/range/1000-2000",
			"/orders.v1.Orders/Get", "/caf%C3%A9/men%C3%BC", "/a%2Fb/..;/admin", "/100%/off", "/x/%zz%2", "/12345678-1234-1234-1234-123456789012",
		},
		inValue: {
			"alice", "auth0|5f7c8ec7c33c6c004bbafe82", "google-oauth2|110169484474386276334", "10158269478120456", "waad|a1B2c3D4",
			"00u1a2b3c4D5e6F7g8h9", "system:serviceaccount:orders:web", "system:serviceaccount:kube-system:default", "system:node:ip-10-0-0-1.ec2.internal",
			"spiffe://example.org/ns/orders/sa/web", "001234.0a1b2c3d4e5f60718293a4b5c6d7e8f9.1234", "U4af4980629abcdef0123456789abcdef",
			"f:550e8400-e29b-41d4-a716-446655440000:alice", "arn:aws:iam::123456789012:user/alice", "arn:aws:sts::123456789012:assumed-role/web/i-0abcd1234ef567890",
			"web-app@my-project.iam.gserviceaccount.com", "uid=alice,ou=people,dc=example,dc=com", "123456789", "12345678", "0123456789",
			"repo:octo-org/octo-repo:ref:refs/heads/main", "project_path:group/project:ref_type:branch:ref:main", "client-7",
			"764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com", "dGVzdC1jbGllbnQ", "req-1", "recorded-17", "GET", "PROPFIND",
			"0af7651916cd43dd8448eb211c80319c", "1-5759e988-bd862e3fe1be46a994272793", "urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8", "did:web:example.com",
		},
		inAddress: {
			"api.example.com:8443", "10.0.0.1:8080", "192.0.2.7", "93.184.215.14", "[2001:db8::1]:443", "localhost:8080", "orders.default.svc.cluster.local:80", "xn--bcher-kva.example",
			"https://idp.example.com/realms/master", "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0", "https://accounts.google.com",
			"https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a1B2c3D4", "https://10.0.0.5:8443/realms/orders",
		},
		inLog: {
			`config: audiences: want at least 1 entry`, `config: unknown field "audiance", did you mean "audiences"? (line 1, column 2)`,
			`config: events.pseudonym_key: required when identity is "pseudonym"`, `config: pseudonym_key: 6 characters, want at least 32 (line 1, column 41)`,
			`config: introspection.client_secret: want a text`, `config: keys.k1.secret: required`, `config: password: got a number, want text`,
			`keys of https://10.0.0.5:8443/keys: no answer from cluster idp, tried again in 30s`, `request headers: error status returned by host: not found: request refused`,
		},
	}
	n := 0
	var r Redactor
	for p, list := range values {
		for _, value := range list {
			n++
			if got := r.hide(value, p, maxLine); got != value {
				t.Errorf("hide(%q) = %q, want it as it is", value, got)
			}
		}
	}
	if n < 90 {
		t.Errorf("%d values, want at least 90", n)
	}
}

// TestDataIsHidden has what an event must not tell, and what it tells instead.
func TestDataIsHidden(t *testing.T) {
	jwt := "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJlLW9mLWFuLWV4YW1wbGU"
	key := "AKIA" + "QYLPMN5HFIQR7XYA"
	tests := []struct {
		place       place
		value, want string
	}{
		{inPath, "/cards/4111111111111111", "/cards/[card]"},
		{inPath, "/cards/4111111111111111/limits", "/cards/[card]/limits"},
		{inPath, "/cards/4111-1111-1111-1111", "/cards/[card]"},
		{inPath, "/cards/4111%201111%201111%201111", "/cards/[card]"},
		{inPath, "/cards/4111+1111+1111+1111", "/cards/[card]"},
		{inPath, "/cards/4111%2D1111%2d1111-1111/x", "/cards/[card]/x"},
		{inPath, "/cards/%34111111111111111", "/cards/[card]"},
		{inPath, "/cards/%34%31%31%31%31%31%31%31%31%31%31%31%31%31%31%31", "/cards/[card]"},
		{inPath, "/cards/411111111111111%31/x", "/cards/[card]/x"},
		{inPath, "/cards/%2534111111111111111", "/cards/[card]"},
		{inPath, "/cards/%252534111111111111111", "/cards/[card]"},
		{inPath, "/cards/%25252525252534111111111111111", "/cards/[card]"},
		{inPath, "/cards/%2%3534111111111111111", "/cards/[card]"},
		{inPath, "/cards/%25%33%34111111111111111", "/cards/[card]"},
		{inPath, "/cards/378282246310005", "/cards/[card]"},
		{inPath, "/cards/5555555555554444,4111111111111111", "/cards/[card],[card]"},
		{inPath, "/pay/card=4111111111111111", "/pay/card=[card]"},
		{inPath, "/cards/4111111111111111%2F4111111111111111", "/cards/[card]%2F[card]"},
		{inPath, "/customers/alice@example.com", "/customers/[email]"},
		{inPath, "/customers/alice%40example.com/orders", "/customers/[email]/orders"},
		{inPath, "/customers/alice%2540example.com/orders", "/customers/[email]/orders"},
		{inPath, "/customers/%61lice%40example%2Ecom/orders", "/customers/[email]/orders"},
		{inPath, "/customers/mailto:alice@example.com", "/customers/mailto:[email]"},
		{inPath, "/customers/jos%C3%A9@example.com/x", "/customers/[email]/x"},
		{inPath, "/users/@alice@mastodon.example", "/users/@[email]"},
		{inPath, "/tel/+14155552671", "/tel/[phone]"},
		{inPath, "/tel/%2B14155552671/calls", "/tel/[phone]/calls"},
		{inPath, "/tel/+49%20170%20123%204567", "/tel/[phone]"},
		{inPath, "/phone/415-555-2671", "/phone/[phone]"},
		{inPath, "/phones/4155552671/17", "/phones/[phone]/17"},
		{inPath, "/ssn/536904399", "/ssn/[us_ssn]"},
		{inPath, "/people/536-90-4399/file", "/people/[us_ssn]/file"},
		{inPath, "/people/536%2D90%2D4399", "/people/[us_ssn]"},
		{inPath, "/people/AB123456C", "/people/[uk_nino]"},
		{inPath, "/cpf/529.982.247-25", "/cpf/[br_cpf]"},
		{inPath, "/pesel/44051401359", "/pesel/[pl_pesel]"},
		{inPath, "/bsn/111222333", "/bsn/[nl_bsn]"},
		{inPath, "/dni/12345678Z", "/dni/[es_dni]"},
		{inPath, "/ahv/756.9217.0769.85", "/ahv/[ch_ahv]"},
		{inPath, "/cz/710319%2F2745", "/cz/[cz_rodne_cislo]"},
		{inPath, "/accounts/DE89370400440532013000", "/accounts/[iban]"},
		{inPath, "/accounts/DE89%203704%200044%200532%200130%2000", "/accounts/[iban]"},
		{inPath, "/accounts/DE89+3704+0044+0532+0130+00/x", "/accounts/[iban]/x"},
		{inPath, "/hosts/93.184.215.14/scan", "/hosts/[ipv4]/scan"},
		{inPath, "/devices/3c:22:fb:9a:41:07", "/devices/[mac]"},
		{inPath, "/devices/3c%3A22%3afb%3A9a%3A41%3A07", "/devices/[mac]"},
		{inPath, "/t/" + jwt, "/t/[jwt]"},
		{inPath, "/t/" + strings.ReplaceAll(jwt, ".", "%2E"), "/t/[jwt]"},
		{inPath, "/k/" + key, "/k/[api_key]"},
		{inPath, "/k/" + key + ".json", "/k/[api_key].json"},
		{inAddress, key + ".example.com", "[api_key].example.com"},
		{inPath, "/x/password=hunter2hunter2", "/x/password=[password]"},
		{inPath, "/x/password%3Dhunter2hunter2", "/x/password%3D[password]"},
		{inPath, "/proxy/https://bob:hunter22@internal/x", "/proxy/https://bob:[password]@internal/x"},
		{inPath, "/x/Bearer%203f1c9a7e5b2d4860", "/x/Bearer%20[secret]"},
		{inPath, "/x/-----BEGIN%20PRIVATE%20KEY-----%0AMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ/a+b/c%0A-----END%20PRIVATE%20KEY-----/y", "/x/[private_key]/y"},
		{inValue, "alice@example.com", "[email]"},
		{inValue, "samlp|acme|alice@example.com", "samlp|acme|[email]"},
		{inValue, "f:550e8400-e29b-41d4-a716-446655440000:alice@example.com", "f:550e8400-e29b-41d4-a716-446655440000:[email]"},
		{inValue, "email:alice@example.com", "email:[email]"},
		{inValue, "uid=alice@example.com,ou=people", "uid=[email],ou=people"},
		{inValue, "+14155552671", "[phone]"},
		{inValue, "536-90-4399", "[us_ssn]"},
		{inValue, "sms|+14155552671", "sms|[phone]"},
		{inValue, "DE89370400440532013000", "[iban]"},
		{inValue, "4111111111111111", "[card]"},
		{inValue, "710319/2745", "[cz_rodne_cislo]"},
		{inValue, "93.184.215.14", "[ipv4]"},
		{inValue, jwt, "[jwt]"},
		{inValue, "client|" + key, "client|[api_key]"},
		{inAddress, "4111111111111111.example.com", "[card].example.com"},
		{inAddress, "4111-1111-1111-1111.example.com:8443", "[card].example.com:8443"},
		{inAddress, "https://idp.example.com/tenants/alice@example.com", "https://idp.example.com/tenants/[email]"},
		{inAddress, "https://bob:hunter22@idp.example.com", "https://bob:[email]"},
		{inLog, `keys of https://bob:hunter22@idp.example.com/keys: no answer`, `keys of https://bob:[email]/keys: no answer`},
		{inLog, `config: unknown field "4111111111111111"`, `config: unknown field "[card]"`},
		{inLog, `config: unknown field "alice@example.com"`, `config: unknown field "[email]"`},
	}
	if len(tests) < 60 {
		t.Errorf("%d values, want at least 60", len(tests))
	}
	var r Redactor
	for _, tt := range tests {
		if got := r.hide(tt.value, tt.place, maxLine); got != tt.want {
			t.Errorf("hide(%q) = %q, want %q", tt.value, got, tt.want)
		}
		if tt.place == inValue && r.Clean(tt.value) {
			t.Errorf("Clean(%q) = true", tt.value)
		}
	}
}

// TestNothingIsLeftOfWhatIsCut moves cards over the bound of a path, and over that of what
// is read of it: what is cut off must not keep the rest from being found.
func TestNothingIsLeftOfWhatIsCut(t *testing.T) {
	w := NewWriter(&Config{}, "p", "", new(Redactor))
	const twice = "%25%33%31"
	cards := []string{
		"4111111111111111", "%34111111111111111", "4111-1111-1111-1111", "4111%2D1111%2D1111%2D1111", "411111111111111%2525252531",
		"%25252525341%2531" + strings.Repeat("1", 13), "%25%33%34" + twice + twice + twice + strings.Repeat("1", 12), "4" + strings.Repeat("1", 12) + twice + twice + twice,
	}
	for _, card := range cards {
		for _, bound := range []int{maxPath, maxPath + ahead} {
			for at := bound - 80; at < bound+8; at++ {
				path := "/" + strings.Repeat("a", at) + "/" + card + "/b" + strings.Repeat("c", 2000)
				if at%2 == 0 {
					// What is hidden is shorter than what was sent: more of it is written.
					path = "/" + strings.Repeat(card+"/", 4000/len(card)) + strings.Repeat("b", 2000)
					path = path[at-bound+80:]
				}
				e := Event{Class: APIActivity, Method: "GET", Path: path}
				got := string(w.Append(nil, &e))
				_, got, _ = strings.Cut(got, `"path":"`)
				got, _, _ = strings.Cut(got, `"`)
				// The first card may have lost its beginning.
				if i := strings.IndexByte(got, '/'); at%2 == 0 && i >= 0 {
					got = got[i:]
				}
				if strings.Contains(got, "11") || strings.Contains(got, "31%") || strings.Contains(got, "%34") || strings.Contains(got, "%33") {
					t.Fatalf("%s at %d of %d: %s", card, at, bound, got)
				}
				if !strings.HasSuffix(got, `\u2026`) || len(got) > maxPath+len(`\u2026`) {
					t.Fatalf("%s at %d of %d: %d bytes, and no ellipsis in %s", card, at, bound, len(got), got)
				}
			}
		}
	}
}

// TestLongTextsAreCutBeforeWhatIsUndecided has tokens that are longer than what is read.
func TestLongTextsAreCutBeforeWhatIsUndecided(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 1000)
	var r Redactor
	for _, tt := range []struct{ name, path, want string }{
		{"a token", "/t/eyJhbGciOiJIUzI1NiJ9." + long + "." + long, "/t/…"},
		{"a path", "/" + strings.Repeat("ab/", 5000), "/" + strings.Repeat("ab/", 5000)[:300]},
	} {
		if got := r.hide(tt.path, inPath, 300); !strings.HasPrefix(got, tt.want) && !strings.HasPrefix(tt.want, got) {
			t.Errorf("%s: %.400s, want %s", tt.name, got, tt.want)
		}
	}
}

// FuzzRedactor puts a card into any text at all, and wants it hidden.
func FuzzRedactor(f *testing.F) {
	for _, seed := range []string{"", "/a/%34111111111111111", "%25%32%35", "a+b%2", "alice%40example.com", "%", "%%%"} {
		f.Add(seed, uint8(3))
	}
	var r Redactor
	f.Fuzz(func(t *testing.T, s string, at uint8) {
		for p := inValue; p <= inLog; p++ {
			hidden := r.hide(s, p, maxLine)
			if utf8.ValidString(s) && !utf8.ValidString(hidden) {
				t.Errorf("hide(%q) = %q, which is no UTF-8", s, hidden)
			}
			// With signs around it a card is a card, whatever else there is.
			i := int(at) % (len(s) + 1)
			for i > 0 && i < len(s) && !utf8.RuneStart(s[i]) {
				i--
			}
			const card = "; 4111111111111111; "
			if got := r.hide(s[:i]+card+s[i:], p, maxLine); !strings.Contains(s, " 4") && strings.Contains(got, " 4111111111111111;") {
				t.Errorf("hide(%q) = %q", s[:i]+card+s[i:], got)
			}
			long := strings.Repeat("b ", ahead/2-8) + s[:i] + card + s[i:] + strings.Repeat(" b", 600)
			if got := r.hide(long, p, int(at)); !strings.Contains(s, " 4") && strings.Contains(got, " 4111111111111111;") {
				t.Errorf("hide(%q) = %q", long, got)
			}
		}
	})
}

// TestEventsAreRedacted writes data in every place that somebody else fills.
func TestEventsAreRedacted(t *testing.T) {
	const card, mail = "4111111111111111", "alice@example.com"
	e := Event{Class: Authentication, Reason: "x", Method: card, Host: card + ".example.com", Path: "/" + card + "/alice%40example.com", RequestID: card, Source: "192.0.2.7:4711",
		Identity: policy.Identity{Issuer: "https://idp.example.com/" + card, Subject: mail, ClientID: card}}
	tests := []struct {
		name          string
		config        Config
		subject, want string
	}{
		{"by default", Config{}, `"uid":"[email]"`, `"app_uid":"[card]"`},
		{"plain", Config{Identity: "plain"}, `"uid":"[email]"`, `"ip":"192.0.2.7","port":4711`},
		{"unredacted", Config{Identity: "unredacted"}, `"uid":"alice@example.com"`, `"app_uid":"` + card + `"`},
		{"pseudonyms", Config{Identity: "pseudonym", PseudonymKey: key}, `"uid":"p:`, `"app_uid":"p:`},
		{"no identity", Config{Identity: "omit"}, `"name":"unknown"`, `"path":"/[card]/[email]"`},
		{"a network", Config{Source: "network"}, `"uid":"[email]"`, `"src_endpoint":{"ip":"192.0.2.0"}`},
		{"no source", Config{Source: "omit"}, `"uid":"[email]"`, `"src_endpoint":{"name":"unknown"}`},
	}
	for _, class := range []Class{Authentication, APIActivity, DetectionFinding} {
		for _, tt := range tests {
			e.Class = class
			got := string(NewWriter(&tt.config, "p", "", new(Redactor)).Append(nil, &e))
			if !strings.Contains(got, tt.subject) || !strings.Contains(got, tt.want) {
				t.Errorf("%s: want %s and %s in %s", tt.name, tt.subject, tt.want, got)
			}
			if tt.config.Identity == "unredacted" {
				got = strings.ReplaceAll(got, `"app_uid":"`+card, `"app_uid":"`)
			} else if strings.Contains(got, "alice") {
				t.Errorf("%s: %s in %s", tt.name, mail, got)
			}
			if strings.Contains(got, card) {
				t.Errorf("%s: %s in %s", tt.name, card, got)
			}
			checkOCSF(t, []byte(got))
		}
	}
}

func TestSources(t *testing.T) {
	tests := []struct{ source, network string }{
		{"192.0.2.7:4711", "192.0.2.0"},
		{"192.0.2.7", "192.0.2.0"},
		{"[2001:db8:1:2:3:4:5:6]:443", "2001:db8:1::"},
		{"[::ffff:192.0.2.7]:443", "192.0.2.0"},
		{"[fe80::1%eth0]:443", "fe80::"},
		{"/tmp/a.sock", ""},
		{"", ""},
	}
	for _, tt := range tests {
		if got := (&Writer{source: "network"}).client(tt.source); got != tt.network {
			t.Errorf("network of %q = %q, want %q", tt.source, got, tt.network)
		}
		if got := (&Writer{}).client(tt.source); got != tt.source {
			t.Errorf("%q is written as %q", tt.source, got)
		}
	}
}
