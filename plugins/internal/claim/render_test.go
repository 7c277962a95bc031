package claim

import (
	"strings"
	"testing"
)

func TestRender(t *testing.T) {
	long := strings.Repeat("x", MaxRendered)
	tests := []struct {
		name, claims, path string
		encoding           Encoding
		want               string
		rendering          Rendering
	}{
		{"string", `{"a":"b c"}`, "a", Plain, "b c", Rendered},
		{"string with escapes", `{"a":"\u0062\/\""}`, "a", Plain, `b/"`, Rendered},
		{"empty string", `{"a":""}`, "a", Plain, "", Rendered},
		{"number", `{"a":-1.50e3}`, "a", Plain, "-1.50e3", Rendered},
		{"boolean", `{"a":true}`, "a", Plain, "true", Rendered},
		{"list", `{"a":["b", "c",1,true]}`, "a", Plain, "b,c,1,true", Rendered},
		{"list of one", `{"a":["b"]}`, "a", Plain, "b", Rendered},
		{"empty list", `{"a":[ ]}`, "a", Plain, "", Rendered},
		{"list in a list", `{"a":["b", [ "c" ]]}`, "a", Plain, `["b",["c"]]`, Rendered},
		{"list with null", `{"a":["b",null]}`, "a", Plain, `["b",null]`, Rendered},
		{"object", "{\"a\":{ \"b\" :\r\n\t\"c  d\" , \"e\":[1]}}", "a", Plain, `{"b":"c  d","e":[1]}`, Rendered},
		{"object outside ASCII", `{"a":{"é":"😀\"\\"}}`, "a", Plain, `{"\u00e9":"\ud83d\ude00\"\\"}`, Rendered},
		{"several values", `{"a":[{"b":"c"},{"b":"d"},{}]}`, "a.#.b", Plain, "c,d", Rendered},
		{"nested", `{"a":{"b":["c","d"]}}`, "a.b", Plain, "c,d", Rendered},
		{"no claim", `{"a":1}`, "b", Plain, "", Missing},
		{"null", `{"a":null}`, "a", Plain, "", Missing},
		{"none of several", `{"a":[]}`, "a.#.b", Plain, "", Missing},
		{"line break", `{"a":"b\r\nx-admin: 1"}`, "a", Plain, "", Unfit},
		{"line feed spelt otherwise", `{"a":"b\u000ac"}`, "a", Plain, "", Unfit},
		{"NUL", `{"a":"b\u0000"}`, "a", Plain, "", Unfit},
		{"tab", `{"a":"b\tc"}`, "a", Plain, "", Unfit},
		{"DEL", "{\"a\":\"b\x7f\"}", "a", Plain, "", Unfit},
		{"outside ASCII", `{"a":"é"}`, "a", Plain, "", Unfit},
		{"space at the beginning", `{"a":" admin"}`, "a", Plain, "", Unfit},
		{"space at the end", `{"a":"admin "}`, "a", Plain, "", Unfit},
		{"comma in an entry", `{"a":["user,admin"]}`, "a", Plain, "", Unfit},
		{"space at the end of an entry", `{"a":["user ","x"]}`, "a", Plain, "", Unfit},
		{"empty entry", `{"a":["","x"]}`, "a", Plain, "", Unfit},
		{"line break in an entry", `{"a":["a\nb","x"]}`, "a", Plain, "", Unfit},
		{"comma in one of several values", `{"a":[{"b":"c,d"}]}`, "a.#.b", Plain, "", Unfit},
		{"as long as it may be", `{"a":"` + long[2:] + `"}`, "a", Plain, long[2:], Rendered},
		{"too long", `{"a":"` + long + `"}`, "a", Plain, "", Unfit},
		{"too long once encoded", `{"a":"` + long[2:] + `"}`, "a", Base64URL, "", Unfit},
		{"claims that cannot be read", `{"a":`, "a", Plain, "", Unfit},
		{"encoded string", `{"a":"é\r\n"}`, "a", Base64URL, "w6kNCg", Rendered},
		{"encoded list", `{"a":["b,c"]}`, "a", Base64URL, "WyJiLGMiXQ", Rendered},
		{"encoded number", `{"a":1}`, "a", Base64URL, "MQ", Rendered},
		{"encoded, no claim", `{"a":1}`, "b", Base64URL, "", Missing},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path, err := ParsePath(test.path)
			if err != nil {
				t.Fatal(err)
			}
			if got, rendering := Render(test.claims, path, test.encoding); got != test.want || rendering != test.rendering {
				t.Errorf("Render = %.60q, %d, want %.60q, %d", got, rendering, test.want, test.rendering)
			}
		})
	}
}
