//go:build !wasip1

package redact_test

import "strings"

// keys are the keys of recordings.
const keys = `"keys":{"k1":{"secret":"a secret of tests, which nobody uses"},"k0":{"secret":"base64:YW5vdGhlciBzZWNyZXQgb2YgdGVzdHMsIHdoaWNoIGlzIG9sZA=="}}`

// answers is a rule for all responses.
func answers(members string) string { return `"responses":[{"match":{},` + members + `}]` }

// asks is a rule for all requests.
func asks(members string) string { return `"requests":[{"match":{},` + members + `}]` }

// acts is an action on a field "value" of responses and requests, wherever it stands,
// and on what a detector finds.
func acts(action, kind string) string {
	members := `"fields":[{"path":"**.value","action":` + action + `}],"detectors":[` + finds(kind, action) + `]`
	return answers(members) + "," + asks(members) + "," + keys
}

// finds is a detector and its action.
func finds(kind, action string) string {
	if strings.HasPrefix(kind, "{") {
		return strings.TrimSuffix(kind, "}") + `,"action":` + action + `}`
	}
	return `{"type":"` + kind + `","action":` + action + `}`
}

// places are a value at all places where it may stand, and within a text.
func places(value, text string) []exchange {
	return []exchange{
		getsJSON("a string", `{"id":1,"value":"`+value+`","next":2}`),
		getsJSON("several", `{"a":{"value":"`+value+`"},"b":[{"value":"`+value+`"},{"value":null},{"value":true}]}`),
		getsJSON("a container", `{"value":{"x":"`+value+`","y":["`+value+`",null,false,{}],"z":{}}}`),
		getsJSON("a text", `{"note":"it is `+text+`, and then `+text+`"}`),
		getsJSON("an element", `["`+text+`","",1,"`+text+`"]`),
		getsJSON("the document", `"`+text+`"`),
		posts("a request", "application/json", `{"id":1,"value":"`+value+`","note":"it is `+text+`"}`),
		posts("a form", "application/x-www-form-urlencoded", "id=1&value="+strings.ReplaceAll(value, " ", "+")+"&note=it+is+"+strings.ReplaceAll(text, " ", "+")),
		gets("plain text", "text/plain", "it is "+text+".\n"),
	}
}

const card = "4111 1111 1111 1111"

var recordedActions = []recording{
	{"mask", "A mask hides all, a character for each.", acts(`{"mask":{}}`, "card"), append(places(card, card),
		getsJSON("a number", `{"value":4111111111111111,"pan":4111111111111111}`),
		getsJSON("characters of several bytes", `{"value":"Zoë Müller 😀"}`),
		getsJSON("an empty one", `{"value":""}`))},
	{"mask-keep-last", "A mask that leaves the last four digits, as on a receipt.", acts(`{"mask":{"keep_last":4}}`, "card"), append(places(card, card),
		getsJSON("a number", `{"value":4111111111111111,"pan":4111111111111111}`),
		getsJSON("never more than half", `{"value":"1234567"}`))},
	{"mask-keep-first", "A mask that leaves the country of an IBAN.", acts(`{"mask":{"keep_first":2}}`, "iban"), places("DE89 3704 0044 0532 0130 00", "DE89370400440532013000")},
	{"mask-separators", "A mask that leaves what stands between digits.", acts(`{"mask":{"keep_first":6,"keep_last":2,"separators":true}}`, "card"), places(card, "4111-1111-1111-1111")},
	{"mask-fixed", "A mask of a length that tells nothing.", acts(`{"mask":{"fixed":3}}`, "email"), places("ada@example.com", "ada@example.com")},
	{"drop", "A field goes with its name and its comma, an element with its comma, and what is found goes from a text.", acts(`{"drop":true}`, "email"), append(places("ada@example.com", "ada@example.com"),
		getsJSON("the first", `{"value":1,"a":2}`), getsJSON("the last", `{"a":2,"value":1}`), getsJSON("the only one", `{"value":1}`),
		getsJSON("all", `{"value":1, "value":2}`), getsJSON("with white space", "{\n  \"a\": 1,\n  \"value\": [1, 2],\n  \"b\": 3\n}"))},
	{"null", "A field becomes null.", acts(`{"null":true}`, "email"), append(places("ada@example.com", "ada@example.com"), getsJSON("a number", `{"value":1.5e3}`))},
	{"replace", "A text stands in place of a value.", acts(`{"replace":"[\"removed\"]"}`, "email"), append(places("ada@example.com", "ada@example.com"),
		gets("in XML", "application/xml", `<a><value>x</value><b c="ada@example.com"/></a>`))},
	{"hash", "A salted hash.", acts(`{"hash":{"salt":"a salt of tests, which nobody uses"}}`, "email"), places("ada@example.com", "ada@example.com")},
	{"pseudonym", "Equal values have equal pseudonyms, and keep them.", acts(`{"pseudonym":{"key":"k1"}}`, "email"), append(places("ada@example.com", "ada@example.com"),
		getsJSON("a pseudonym already", `{"value":"psn:k1:ZDEWtwHYMR1IEka4kEr1UDIQSsaYbaDK"}`))},
	{"pseudonym-of-a-namespace", "The same value has another pseudonym in another namespace.",
		answers(`"fields":[{"path":"a","action":{"pseudonym":{"key":"k1","namespace":"a"}}},{"path":"b","action":{"pseudonym":{"key":"k1","namespace":"b"}}},{"path":"c","action":{"pseudonym":{"key":"k0"}}}]`) + "," + keys,
		[]exchange{getsJSON("three", `{"a":"ada@example.com","b":"ada@example.com","c":"ada@example.com"}`)}},
	{"token", "Equal values have equal tokens, which who holds the key can reverse.", acts(`{"token":{"key":"k1"}}`, "card"), places(card, card)},
	{"token-of-a-retired-key", "A token of a key that was in use before stays as it is.", acts(`{"token":{"key":"k1","retired":["k0"]}}`, "card"), []exchange{
		getsJSON("another value", `{"value":"4111111111111111"}`),
		getsJSON("tokens", `{"value":"tok:k0:abc"}`),
	}},
	{"ff1", "Digits become other digits.", acts(`{"ff1":{"key":"k1"}}`, "card"), append(places("12345678", card),
		getsJSON("with separators", `{"value":"1234-5678"}`), getsJSON("a number", `{"value":12345678}`),
		getsJSON("too short to be safe", `{"value":"12345"}`), getsJSON("no digits", `{"value":"1234567x"}`))},
	{"ff1-card", "A card becomes another card with the same last four digits.", acts(`{"ff1":{"key":"k1","alphabet":"card"}}`, "card"), append(places(card, card),
		getsJSON("a number", `{"value":4111111111111111}`))},
	{"ff1-letters", "Letters become other letters.", answers(`"fields":[
		{"path":"lower","action":{"ff1":{"key":"k1","alphabet":"lower"}}},{"path":"upper","action":{"ff1":{"key":"k1","alphabet":"upper","tweak":"u"}}},{"path":"alphanumeric","action":{"ff1":{"key":"k1","alphabet":"alphanumeric"}}}]`) + "," + keys,
		[]exchange{getsJSON("all", `{"lower":"lovelace","upper":"LOVELACE","alphanumeric":"aB3dE5gH"}`), getsJSON("other letters", `{"lower":"Lovelace","upper":"LOVELACÉ","alphanumeric":"aB3dE5g_"}`)}},
	{"date", "Dates become a month, a quarter or a year.", answers(`"fields":[{"path":"m","action":{"date":"month"}},{"path":"q","action":{"date":"quarter"}},{"path":"y","action":{"date":"year"}}]`), []exchange{
		getsJSON("of ISO 8601", `{"m":"1970-05-17","q":"1970-05-17","y":"1970-05-17"}`),
		getsJSON("with a time", `{"m":"1970-05-17T12:30:00Z","q":"1970-05-17T12:30:00+02:00","y":"1970-05-17 12:30:00"}`),
		getsJSON("none", `{"m":"in May","q":"1970-13-40","y":17}`),
		getsJSON("null", `{"m":null,"q":[],"y":{"from":"1970-05-17","to":"1971-01-01"}}`),
	}},
	{"age", "Ages become buckets.", answers(`"fields":[{"path":"**.age","action":{"age":10}}]`), []exchange{
		getsJSON("numbers", `[{"age":0},{"age":9},{"age":10},{"age":42},{"age":89},{"age":90},{"age":104}]`),
		getsJSON("none", `[{"age":-1},{"age":1.5},{"age":"old"},{"age":1000}]`),
	}},
	{"range", "Numbers become ranges.", answers(`"fields":[{"path":"**.salary","action":{"range":10000}}]`), []exchange{
		getsJSON("numbers", `[{"salary":52000},{"salary":0},{"salary":-1},{"salary":59999.99},{"salary":"61000"}]`),
		getsJSON("none", `[{"salary":1e9999},{"salary":"much"}]`),
	}},
	{"postcode", "Postcodes keep their beginning.", answers(`"fields":[{"path":"zip","action":{"postcode":3}}]`), []exchange{
		getsJSON("digits", `{"zip":"10115"}`), getsJSON("a number", `{"zip":10115}`), getsJSON("letters", `{"zip":"SW1A 1AA"}`), getsJSON("short", `{"zip":"12"}`),
	}},
	{"ip", "Addresses become networks.", acts(`{"ip":true}`, "ipv4"), append(places("93.184.215.14", "93.184.215.14"), getsJSON("of IPv6", `{"value":"2001:db8::8a2e:370:7334"}`), getsJSON("none", `{"value":"here"}`))},
	{"coordinate", "Coordinates become less exact.", answers(`"fields":[{"path":["**.lat","**.lon"],"action":{"coordinate":1}}]`), []exchange{
		getsJSON("numbers", `{"lat":52.520008,"lon":-13.404954}`), getsJSON("texts", `{"lat":"52.520008","lon":"13"}`), getsJSON("none", `{"lat":"north","lon":1234.5}`),
	}},
	{"date-shift", "Dates move by days that are the subject's own.", answers(`"fields":[{"path":"**.seen","action":{"date_shift":{"key":"k1","days":30}}}]`) + "," + keys, []exchange{
		getsJSON("one subject", `{"seen":"2024-02-29","next":{"seen":"2024-03-07"}}`).as("a"),
		getsJSON("the same one", `{"seen":"2024-02-29"}`).as("a"),
		getsJSON("another one", `{"seen":"2024-02-29"}`).as("b"),
		getsJSON("nobody", `{"seen":"2024-02-29"}`),
		getsJSON("no date", `{"seen":"soon"}`).as("a"),
	}},
}

// recordedCiphertexts are others each time.
var recordedCiphertexts = []recording{
	{"encrypt", "Ciphertexts, which who holds the key can read.", acts(`{"encrypt":{"key":"k1"}}`, "card"), append(places(card, card),
		getsJSON("a ciphertext already", `{"value":"enc:k1:abc"}`))},
}
