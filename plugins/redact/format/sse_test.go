package format

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestSSE(t *testing.T) {
	rules := []rule{{"card", Drop, ""}, {"**.cvv", Replace, "?"}}
	tests := []struct {
		name, stream, want string
	}{
		{"an event", "data: {\"card\":1,\"x\":\"WORD\"}\n\n", "data: {\"x\":\"**\"}\n\n"},
		{"without a space", "data:{\"card\":1}\n\n", "data:{}\n\n"},
		{"other fields", ": WORD\nevent: WORD\nid: 1\nretry: 10\ndata: \"WORD\"\nid: 2\n\n", ": **\nevent: **\nid: 1\nretry: 10\ndata: \"**\"\nid: 2\n\n"},
		{"other fields around data", "id:WORD WORD\ndata: {\"a\":\ndata: \"WORD\"}\r\nevent: a WORDb\r\nid: WORD", "id:** **\ndata: {\"a\":\ndata: \"**\"}\r\nevent: a **b\r\nid: **"},
		{"text", "data: one WORD\ndata: two WORD\n\n", "data: one **\ndata: two **\n\n"},
		{"the end of a completion", "data: [DONE]\n\n", "data: [DONE]\n\n"},
		{"CR", "data: \"WORD\"\r\rdata: WORD\r\r", "data: \"**\"\r\rdata: **\r\r"},
		{"CR LF", "data: \"WORD\"\r\n\r\ndata: WORD\r\n\r\n", "data: \"**\"\r\n\r\ndata: **\r\n\r\n"},
		{"ends of all kinds", "data: WORD\r\ndata: WORD\rdata: WORD\n\r\ndata: WORD\n\r", "data: **\r\ndata: **\rdata: **\n\r\ndata: **\n\r"},
		{"a document in lines", "data: {\"a\":\ndata: \"WORD\",\ndata:  \"card\": 41,\ndata:  \"b\": [\"WORD\"]}\n\n", "data: {\"a\":\ndata: \"**\",\ndata:  \"b\": [\"**\"]}\n\n"},
		{"the last member goes over lines", "data: {\"a\":1\ndata: ,\ndata: \"card\"\ndata: :{}\ndata: }\n\n", "data: {\"a\":1\ndata: }\n\n"},
		{"a document with an empty line in it", "data: [1,\ndata\ndata: \"WORD\"]\n\n", "data: [1,\ndata\ndata: \"**\"]\n\n"},
		{"text that begins as a document", "data: {WORD\n\n", "data: {**\n\n"},
		{"events without data", "event: WORD\n\nevent: x\n\n\n", "event: **\n\nevent: x\n\n\n"},
		{"an event that is cut off", "data: \"WORD\"\n", "data: \"**\"\n"},
		{"an event that is cut off in a line", "id: 1\ndata: {\"cvv\": 123}", "id: 1\ndata: {\"cvv\": \"?\"}"},
		{"a line that is cut off", "data: 1\n\nevent: x", "data: 1\n\nevent: x"},
		{"a byte order mark", "\xef\xbb\xbfdata: \"WORD\"\n\n", "\xef\xbb\xbfdata: \"**\"\n\n"},
		{"a field that is not data", "datum: WORD\ndata x: WORD\n Data: WORD\n{WORD}\n\n", "datum: **\ndata x: **\n Data: **\n{**}\n\n"},
		{"an encoded document", "data: {\"args\":\"{\\\"cvv\\\":123}\"}\n\n", "data: {\"args\":\"{\\\"cvv\\\":\\\"?\\\"}\"}\n\n"},
		{"no event", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := allWays(t, tt.stream, func() Rewriter {
				v := &ruled{rules: rules, word: "WORD", with: "**"}
				return NewSSE(v, v.paths(t), Limits{})
			})
			if got != tt.want || err != nil {
				t.Errorf("%q\n became %q, %v\n want   %q", tt.stream, got, err, tt.want)
			}
		})
	}
}

func TestSSETextVerdicts(t *testing.T) {
	const stream = "data: a\ndata\ndata: b\nid: 1\n\ndata\n\n"
	tests := []struct {
		name string
		v    fixed
		want string
		err  error
	}{
		{"replaced", fixed{value: Replace}, "data: \nid: \n\ndata\n\n", nil},
		{"dropped", fixed{value: Drop}, "data: \nid: \n\ndata\n\n", nil},
		{"nullified", fixed{value: Nullify}, "data: \nid: \n\ndata\n\n", nil},
		{"kept", fixed{}, stream, nil},
		{"blocked", fixed{value: Block}, "", ErrBlocked},
	}
	for _, tt := range tests {
		if got, err := allWays(t, stream, func() Rewriter { return NewSSE(tt.v, nil, Limits{}) }); got != tt.want || err != tt.err {
			t.Errorf("%s: %q, %v, want %q, %v", tt.name, got, err, tt.want, tt.err)
		}
	}
	v := &ruled{rules: []rule{{"$", Replace, "x\ny\r\nz"}}}
	if got, err := allWays(t, stream, func() Rewriter { return NewSSE(v, v.paths(t), Limits{}) }); got != "data: x\ndata: y\ndata: z\nid: 1\n\ndata: x\ndata: y\ndata: z\n\n" || err != nil {
		t.Errorf("text in lines became %q, %v", got, err)
	}
}

func TestSSELeavesWithTheEndOfAnEvent(t *testing.T) {
	s := NewSSE(keeper{}, nil, Limits{})
	for _, step := range []struct{ piece, want string }{
		{": hi", ""}, {"\n", ": hi\n"}, {"event: x\nda", "event: x\n"}, {"ta: 1\n", ""}, {"id: 2\n", ""}, {"\ndata", "data: 1\nid: 2\n\n"}, {": 2\r\n\r", "data: 2\r\n\r"}, {"\n", "\n"},
	} {
		out, err := s.Write(nil, []byte(step.piece))
		if string(out) != step.want || err != nil {
			t.Errorf("%q let %q leave, %v, want %q", step.piece, out, err, step.want)
		}
	}
}

func TestSSEBounds(t *testing.T) {
	for _, stream := range []string{
		"data: " + strings.Repeat("x", 500),
		"data: " + strings.Repeat("x", 210) + "\n\n",
		strings.Repeat("data: x\n", 110) + "\n",
		": " + strings.Repeat("x", 500),
		"data: x\n" + strings.Repeat("id: 1\n", 100) + "\n",
		"data: [[[[[\"" + strings.Repeat("x", 500),
		"data: [[[[[[]]]]]]\n\n",
	} {
		got, err := rewritten(NewSSE(keeper{}, nil, Limits{Value: 40, Encoded: 200, Depth: 5}), []byte(stream))
		if err != ErrSize && err != ErrDepth || strings.Contains(got, "data") {
			t.Errorf("%q: %q, %v", stream, got, err)
		}
	}
}

func TestRandomStreamsStay(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(8, 4))}
	rounds := 10000
	if testing.Short() {
		rounds = 1000
	}
	for range rounds {
		var stream []byte
		for range g.IntN(12) {
			stream = append(stream, []string{"data: ", "data:", "data", "", ": x", "id: 7", "data: {\"a\":1,", "data: \"b\":[2]}"}[g.IntN(8)]...)
			if g.IntN(3) == 0 {
				stream = append(stream, strings.NewReplacer("\n", "", "\r", "").Replace(string(g.value(nil, 3)))...)
			}
			stream = append(stream, []string{"\n", "\r", "\r\n", "\n\n", "\r\n\r\n"}[g.IntN(5)]...)
		}
		cuts := everyByte(stream)
		if got, err := rewritten(NewSSE(keeper{}, nil, Limits{}), stream, cuts...); got != string(stream) || err != nil {
			t.Fatalf("%q became %q, %v", stream, got, err)
		}
		// What is decided in a stream is the same however it is cut.
		d := decider{g.Uint32()}
		want, wantErr := rewritten(NewSSE(d, nil, Limits{}), stream)
		for _, cuts := range [][]int{cuts, {g.IntN(len(stream) + 1)}} {
			if got, err := rewritten(NewSSE(d, nil, Limits{}), stream, cuts...); got != want || err != wantErr {
				t.Fatalf("%q cut at %v became %q, %v, want %q, %v", stream, cuts, got, err, want, wantErr)
			}
		}
	}
}
