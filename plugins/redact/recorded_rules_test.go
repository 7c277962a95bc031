//go:build !wasip1

package redact_test

// secretOf is a rule that hides one field at a path.
func secretOf(name, match string) string {
	return `{"name":"` + name + `","match":` + match + `,"fields":[{"path":"secret","action":{"replace":"[` + name + `]"}}]}`
}

const secretDocument = `{"secret":"hunter2"}`

var recordedRules = []recording{
	{"first-rule", "The first rule that the request meets applies, and no other.", `"responses":[` +
		secretOf("orders", `{"methods":["GET"],"path":{"template":"/orders/{id}"}}`) + "," +
		secretOf("admin", `{"hosts":["admin.example.com"]}`) + "," +
		secretOf("partners", `{"headers":[{"name":"x-partner","present":true}]}`) + "," +
		secretOf("customers", `{"path":{"prefix":"/customers"}}`) + `]`, []exchange{
		getsJSON("by a template", secretDocument).at("/orders/17"),
		{name: "by another method", method: "POST", path: "/orders/17", fields: []string{"Content-Type: application/json"}, body: `{}`, headers: []string{"Content-Type: application/json"}, answer: secretDocument, shown: true},
		{name: "by host", host: "admin.example.com", path: "/", headers: []string{"Content-Type: application/json"}, answer: secretDocument},
		{name: "by a header", path: "/", fields: []string{"X-Partner: 7"}, headers: []string{"Content-Type: application/json"}, answer: secretDocument},
		getsJSON("by a prefix", secretDocument).at("/customers/17?full=1"),
		getsJSON("by a prefix in another spelling", secretDocument).at("/%63ustomers/17"),
		getsJSON("by no rule", secretDocument).at("/public").seen(),
	}},
	{"both-directions", "A request and the response to it, each by its own rules.",
		`"requests":[` + secretOf("to the upstream", `{"methods":["POST"]}`) + `],"responses":[` + secretOf("to the client", `{}`) + `]`, []exchange{
			{name: "both", fields: []string{"Content-Type: application/json"}, body: secretDocument, headers: []string{"Content-Type: application/json"}, answer: secretDocument},
			getsJSON("the response only", secretDocument),
			{name: "a request that nobody reads", method: "PUT", fields: []string{"Content-Type: image/png"}, body: "hunter", headers: []string{"Content-Type: application/json"}, answer: secretDocument},
		}},
	{"first-field", "The first field that matches decides, before those in it and before any detector.", answers(`"fields":[
		{"path":"a.b","action":{"replace":"first"}},{"path":"**.b","action":{"replace":"second"}},{"path":"a","action":{"replace":"third"}},{"path":"whole","action":{"drop":true}},{"path":"whole.x","action":{"replace":"never"}}],
		"detectors":[{"type":"email","action":{"replace":"[e-mail]"}}]`), []exchange{
		getsJSON("all", `{"a":{"b":"ada@example.com","c":"ada@example.com"},"d":{"b":1},"e":"ada@example.com","whole":{"x":"ada@example.com"}}`),
	}},
	{"field-paths", "How fields are named.", answers(`"fields":[
		{"path":"customer.email","action":{"replace":"exact"}},{"path":"items[*].card","action":{"replace":"element"}},{"path":"*.phone","action":{"replace":"any name"}},{"path":["$..token","$.list[*]"],"action":{"replace":"JSONPath"}},
		{"path":"**.*password*","action":{"replace":"part of a name"}},{"path":"**.date_of_birth","action":{"replace":"any case"}}]`), []exchange{
		getsJSON("exact", `{"customer":{"email":"x","Email":"x","E-Mail":"x"},"email":"x","a":{"customer":{"email":"x"}}}`),
		getsJSON("elements", `{"items":[{"card":1},{"card":[1,2]},3],"item":[{"card":1}]}`),
		getsJSON("any name", `{"a":{"phone":1},"phone":2,"b":{"c":{"phone":3}}}`),
		getsJSON("JSONPath", `{"token":1,"a":[{"b":{"token":2}}],"list":["x",{"y":1}]}`),
		getsJSON("parts of names", `{"password":1,"a":{"oldPassword":2,"password_hash":3},"pass":4}`),
		getsJSON("any case", `{"dateOfBirth":1,"DATE-OF-BIRTH":2,"date of birth":3}`),
	}},
	{"unless-scope", "Who has the scope sees the value.", answers(`"fields":[{"path":"salary","action":{"drop":true},"unless":{"scope":"salaries:read"}}],
		"detectors":[{"type":"card","action":{"mask":{"keep_last":4}},"unless":{"scope":"cards:read"}}]`), []exchange{
		getsJSON("has both", `{"salary":1,"card":"4111111111111111"}`).as("audit", `"scope":"cards:read salaries:read"`).seen(),
		getsJSON("has one", `{"salary":1,"card":"4111111111111111"}`).as("desk", `"scope":"salaries:read orders:read"`),
		getsJSON("has another", `{"salary":1,"card":"4111111111111111"}`).as("desk", `"scope":"cards:rea cards:readers"`),
		getsJSON("has none", `{"salary":1,"card":"4111111111111111"}`).as("desk"),
		getsJSON("nobody", `{"salary":1,"card":"4111111111111111"}`),
	}},
	{"unless-client", "One of these clients sees the value.", answers(`"fields":[{"path":"secret","action":{"drop":true},"unless":{"clients":["audit","backup"]}}]`), []exchange{
		getsJSON("a client", secretDocument).as("audit").seen(),
		getsJSON("another one", secretDocument).as("backup").seen(),
		getsJSON("none of them", secretDocument).as("audits"),
		getsJSON("nobody", secretDocument),
	}},
	{"unless-claim", "Who has the role sees the value.", answers(`"fields":[{"path":"secret","action":{"drop":true},"unless":{"claim":"realm_access.roles","one_of":["auditor","owner"]}}]`), []exchange{
		getsJSON("has it", secretDocument).as("a", `"claims":{"realm_access":{"roles":["user","auditor"]}}`).seen(),
		getsJSON("has another", secretDocument).as("a", `"claims":{"realm_access":{"roles":["user"]}}`),
		getsJSON("has something else", secretDocument).as("a", `"claims":{"realm_access":{"roles":{"auditor":true}}}`),
		getsJSON("has none", secretDocument).as("a"),
		{name: "an identity that cannot be read", identity: `{"iss":`, headers: []string{"Content-Type: application/json"}, answer: secretDocument},
	}},
	{"unless-of-a-field-and-detectors", "In a field that is open detectors look nevertheless.", answers(`"fields":[{"path":"note","action":{"drop":true},"unless":{"scope":"notes:read"}}],
		"detectors":[{"type":"card","action":{"mask":{"keep_last":4}}}]`), []exchange{
		getsJSON("who may see notes", `{"note":"paid by 4111111111111111","inner":{"note":1}}`).as("desk", `"scope":"notes:read"`),
		getsJSON("who may not", `{"note":"paid by 4111111111111111","inner":{"note":1}}`).as("desk"),
	}},
	{"detectors-of-its-own", "Patterns and texts that only this company has.", answers(`"detectors":[
		{"name":"case","pattern":"CASE-[0-9]{4,8}","action":{"replace":"[case]"}},{"name":"ticket","pattern":"(?i)\\bt-(?:de|fr)[0-9]+\\b","action":{"mask":{"keep_last":2}}},
		{"name":"project","literals":["Bluebird","Project Heron"],"action":{"replace":"[project]"}}]`), []exchange{
		getsJSON("all", `{"note":"CASE-1234 of T-de123 about Bluebird and Project Heron"}`),
		getsJSON("almost", `{"note":"CASE-123, at-de123, bluebird, Project  Heron"}`),
		getsJSON("behind escapes", `{"note":"\u0043ASE-12345678, Blue\u0062ird"}`),
		gets("in text", "text/plain", "CASE-123456789 Bluebird"),
	}},
	{"confidence", "How sure a find has to be.", answers(`"detectors":[{"type":"card","confidence":100,"action":{"replace":"[card]"}},{"type":"postal_code","confidence":1,"action":{"replace":"[postcode]"}},{"type":"us_ssn","action":{"replace":"[ssn]"}}]`), []exchange{
		getsJSON("all", `{"card":"4111 1111 1111 1111","pan":4111111111111111,"zip":"12345","postal_code":"12345","ssn":"536-90-4399","id":"536904399"}`).seen(),
	}},
	{"what-is-none", "What only looks like data stays.", customers, []exchange{
		getsJSON("numbers", `{"order":4111111111111112,"at":1795165200000,"nanos":1795165200000000000,"price":12345.67,"version":"4.1.11","tracking":"1Z999AA10123456784"}`),
		getsJSON("identifiers", `{"uuid":"550e8400-e29b-41d4-a716-446655440000","hash":"d41d8cd98f00b204e9800998ecf8427e","at":"a@b","sku":"4111-1111-1111"}`),
		getsJSON("a card in a longer number", `{"n":"95500005555555559","m":"55000055555555599999999"}`),
	}},
	{"profile-pci", "The profile of PCI DSS: whole card numbers and codes leave nothing.", `"profile":"pci"`, []exchange{
		getsJSON("a card", `{"card":{"pan":"4111111111111111","cvv":"123","expires":"12/30"},"note":"4111 1111 1111 1111"}`),
		getsJSON("a number", `{"pan":4111111111111111}`).at("/orders/1"),
		getsJSON("what must not be kept", `{"track2":";4111111111111111=30121010000000000000?","pin_block":"x","cvc2":"123","security_code":"123","expiry":"12/30","cardholder_name":"Ada Lovelace"}`),
		getsJSON("nothing of a card", `{"id":17,"status":"open","total":12.5}`),
		gets("a picture", "image/png", "x"),
		gets("text", "text/plain", "4111111111111111"),
	}},
	{"profile-gdpr", "The profile of the GDPR.", `"profile":["gdpr"]`, []exchange{
		getsJSON("a customer", `{"id":17,"first_name":"Ada","contact":{"email":"ada@example.com","phone":"+49 30 901820"},"iban":"DE89370400440532013000","birthDate":"1970-05-17","note":"write to ada@example.com from 93.184.215.14"}`),
		getsJSON("special categories", `{"religion":"x","ethnicity":"x","diagnosis":"x","union_member":true,"political_opinion":"x","sexual_orientation":"x","genetic_data":"x"}`),
		getsJSON("nothing personal", `{"id":17,"status":"open","total":12.5,"items":[{"sku":"teapot","quantity":2}]}`),
	}},
	{"profile-hipaa", "The profile of HIPAA.", `"profile":["hipaa"]`, []exchange{
		getsJSON("a patient", `{"id":17,"name":"Ada Lovelace","address":{"street":"1 Main St","city":"Springfield","zip":"12345"},"birth_date":"1970-05-17","admission_date":"2026-01-02","phone":"+1 415 555 2671","fax":"+1 415 555 2672","email":"ada@example.com","ssn":"536-90-4399","mrn":"MR-000123","health_plan_number":"HP-000123","account_number":"0001234567","license_number":"X0001234","license_plate":"AB 123 C","device_id":"a1b2c3d4","url":"https://ada.example.com/","ip":"93.184.215.14","fingerprint":"x","photo":"x"}`),
		getsJSON("a note", `{"note":"ssn 536-90-4399, mail ada@example.com, call +1 415 555 2671, from 93.184.215.14"}`),
		getsJSON("of great age", `{"age":93,"other":{"age":42}}`),
	}},
	{"profiles", "Several profiles, and rules before and without them.", `"profile":["pci","gdpr"],"responses":[
		{"name":"raw","match":{"path":{"prefix":"/raw"}},"profile":[],"fields":[{"path":"secret","action":{"drop":true}}]},
		{"name":"cards","match":{"path":{"prefix":"/cards"}},"profile":"pci","detectors":[{"type":"card","action":{"replace":"[card]"}}]},
		{"name":"orders","match":{"path":{"prefix":"/orders"}},"fields":[{"path":"cvv","action":{"replace":"[cvv]"}}]}]`, []exchange{
		getsJSON("no profile", `{"secret":"hunter2","cvv":1,"mail":"ada@example.com"}`).at("/raw").seen(),
		getsJSON("one profile, and a detector of the rule's own", `{"cvv":1,"note":"4111111111111111"}`).at("/cards"),
		getsJSON("both, and a field of the rule's own", `{"cvv":1,"note":"4111111111111111","mail":"ada@example.com"}`).at("/orders"),
		getsJSON("no rule", `{"cvv":1,"note":"4111111111111111","mail":"ada@example.com"}`).at("/"),
	}},
	{"shadow", "In shadow mode nothing changes, and all is told.", `"mode":"shadow",` + customers, []exchange{
		getsJSON("a response", `{"cvv":1,"mail":"ada@example.com"}`).with(`ETag: "v1"`, "X-Customer: ada@example.com").seen(),
		posts("a request", "application/json", `{"cvv":1,"mail":"ada@example.com"}`).seen(),
		getsJSON("nothing of it", `{"a":1}`),
		gets("what cannot be read", "image/png", "x"),
		getsJSON("what is broken", `{"cvv":1,]`),
		{name: "a part of a whole", fields: []string{"Range: bytes=0-8"}, status: 206, headers: []string{"Content-Type: application/json", "Content-Range: bytes 0-6/9"}, answer: `{"cvv":`},
	}},
	{"shadow-of-blocking", "What would be refused passes in shadow mode, and is told of once.", `"mode":"shadow",` + answers(`"detectors":[{"type":"card","action":{"block":true}}]`), []exchange{
		getsJSON("a response", `{"card":"4111111111111111","next":"4111111111111111"}`).seen(),
	}},
	{"first-sight", "An event tells of the first sight of a kind at a place, and of denials, where not all are written.", `"events":{"write":"denied"},` + customers, []exchange{
		getsJSON("first", `{"mail":"ada@example.com"}`),
		getsJSON("again", `{"mail":"ada@example.com"}`),
		getsJSON("at another place", `{"other":"ada@example.com","list":["ada@example.com","ada@example.com"]}`),
		getsJSON("again there", `{"other":"ada@example.com","list":["ada@example.com"]}`),
		posts("in the other direction", "application/json", `{"mail":"ada@example.com"}`),
		gets("a denial", "image/png", "x"),
	}},
	{"names-are-data", "Names that may be data themselves are not told.", customers, []exchange{
		getsJSON("a name", `{"by_mail":{"ada@example.com":{"cvv":1,"card":"4111111111111111"}},"Ada Lovelace":{"pin":1}}`),
	}},
}
