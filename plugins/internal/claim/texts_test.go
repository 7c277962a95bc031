package claim

import (
	"slices"
	"testing"
)

func TestTexts(t *testing.T) {
	const claims = `{"s":"a\u0062","n":1.0,"t":true,"z":null,"o":{},"l":["x",2e0,false,null],"m":["x",{}],"ll":[["x"]],"e":[],"d":[{"k":"a","v":1},{"k":"b","v":2},{"k":"a","v":{}}],"":""}`
	for _, test := range []struct {
		path string
		want []string
		bad  bool
	}{
		{"s", []string{"ab"}, false}, {"n", []string{"1"}, false}, {"t", []string{"true"}, false}, {"z", nil, false}, {"o", nil, true}, {"l", []string{"x", "2", "false"}, false},
		{"l.1", []string{"2"}, false}, {"m", nil, true}, {"ll", nil, true}, {"ll.#.0", []string{"x"}, false}, {"e", nil, false}, {"absent", nil, false}, {"l.#", []string{"4"}, false},
		{`d.#(k=="b").v`, []string{"2"}, false}, {`d.#(k=="a")#.v`, nil, true}, {`d.#.k`, []string{"a", "b", "a"}, false},
	} {
		p, err := ParsePath(test.path)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := p.Texts(claims, nil)
		if ok == test.bad || ok && !slices.Equal(got, test.want) {
			t.Errorf("%s = %q, %t, want %q", test.path, got, ok, test.want)
		}
	}
	p, err := ParsePath("a")
	if err != nil {
		t.Fatal(err)
	}
	for _, broken := range []string{"", "x", "[]", `{"a":[1`, `{"a":[1 2]}`, `{"a":"x}`} {
		if got, ok := p.Texts(broken, nil); ok {
			t.Errorf("%s = %q, want false", broken, got)
		}
	}
}
