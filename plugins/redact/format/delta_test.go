package format

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// keenly replaces a word as ruled does, and settles all that cannot be its beginning.
type keenly struct {
	ruled
	blind bool // it knows nothing of running texts
}

func (k *keenly) Value(p *Path, kind Kind, text []byte, e *Edit) Verdict {
	verdict := k.ruled.Value(p, kind, text, e)
	if verdict != Keep && verdict != Splice || k.blind {
		return verdict
	}
	if e.More {
		e.Settled = len(text)
		for n := min(len(k.word)-1, len(text)); n > 0; n-- {
			if strings.HasPrefix(k.word, string(text[len(text)-n:])) {
				e.Settled = len(text) - n
				break
			}
		}
	}
	return verdict
}

func deltaOptions(t testing.TB, v *keenly) Options {
	deltas, err := Compile(append([]Pattern{{Text: "$"}}, StreamedTexts...))
	if err != nil {
		t.Fatal(err)
	}
	return Options{Paths: v.paths(t), Deltas: deltas}
}

func streamOf(t testing.TB, media Media, v *keenly, l Limits) Rewriter {
	o := deltaOptions(t, v)
	o.Limits = l
	r, err := New(Choice{Media: media, Coding: CodingIdentity}, v, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// chat is an event of a chat completion.
func chat(content string) string {
	return `data: {"id":"x","choices":[{"index":0,"delta":{"content":"` + content + `"}}]}` + "\n\n"
}

func TestDeltas(t *testing.T) {
	message := func(index int, text string) string {
		return fmt.Sprintf("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":%d,\"delta\":{\"type\":\"text_delta\",\"text\":\"%s\"}}\n\n", index, text)
	}
	choice := func(index int, content string) string {
		return fmt.Sprintf("data: {\"choices\":[{\"delta\":{\"content\":%q},\"finish_reason\":null,\"index\":%d}]}\n\n", content, index)
	}
	tests := []struct {
		name, stream, want string
		rules              []rule
	}{
		{"a word in two events", chat("a WO") + chat("RD b"), chat("a **") + chat(" b"), nil},
		{"a word in five events", chat("W") + chat("") + chat("O") + chat("R") + chat("D"), chat("**") + chat("") + chat("") + chat("") + chat(""), nil},
		{"two words", chat("WORDWO") + chat("RDW") + chat("ORD."), chat("****") + chat("**") + chat("."), nil},
		{"escapes", chat(`a\u0057\u004f`) + chat(`\u0052\u0044\n`), chat("a**") + chat(`\n`), nil},
		{"half a word", chat("a WO") + chat("W") + chat(".") + "data: [DONE]\n\n", chat("a WO") + chat("W") + chat(".") + "data: [DONE]\n\n", nil},
		{"half a word at the end", chat("a WO") + "data: [DONE]\n\n", chat("a WO") + "data: [DONE]\n\n", nil},
		{"half a word before the stream breaks off", chat("a WO"), chat("a WO"), nil},
		{"what comes between stays there", chat("a WO") + ": ping\n\nevent: ping\ndata: {\"type\":\"ping\",\"x\":\"WORD\"}\n\nid: 7\n" + chat("RD"),
			chat("a **") + ": ping\n\nevent: ping\ndata: {\"type\":\"ping\",\"x\":\"**\"}\n\nid: 7\n" + chat(""), nil},
		{"choices beside each other", choice(0, "WO") + choice(1, "RD W") + choice(0, "RD") + choice(1, "ORD"), choice(0, "**") + choice(1, "RD **") + choice(0, "") + choice(1, ""), nil},
		{"choices are told apart by their number", choice(0, "WO") + choice(1, "RD") + choice(0, "X"), choice(0, "WO") + choice(1, "RD") + choice(0, "X"), nil},
		{"choices in one event", strings.Repeat("data: {\"choices\":[{\"text\":\"WORDWO\"},{\"text\":\"RDWORD\"}]}\n\n", 2),
			strings.Repeat("data: {\"choices\":[{\"text\":\"**WO\"},{\"text\":\"RD**\"}]}\n\n", 2), nil},
		{"blocks of a message", message(0, "WO") + message(1, "RD") + message(0, "RD"), message(0, "**") + message(1, "RD") + message(0, ""), nil},
		{"a block that ends", message(0, "WO") + "data: {\"type\":\"content_block_stop\",\"index\":0}\n\n" + message(0, "RD"),
			message(0, "WO") + "data: {\"type\":\"content_block_stop\",\"index\":0}\n\n" + message(0, "RD"), nil},
		{"a block that does not end", message(0, "WO") + "data: {\"type\":\"content_block_stop\",\"index\":1}\n\n" + message(0, "RD"),
			message(0, "**") + "data: {\"type\":\"content_block_stop\",\"index\":1}\n\n" + message(0, ""), nil},
		{"a choice that ends", choice(0, "WO") + choice(1, "WO") + "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\",\"index\":1}]}\n\n" + choice(0, "RD") + choice(1, "RD"),
			choice(0, "**") + choice(1, "WO") + "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\",\"index\":1}]}\n\n" + choice(0, "") + choice(1, "RD"), nil},
		{"a response", "data: {\"type\":\"response.output_text.delta\",\"item_id\":\"a\",\"delta\":\"WO\"}\n\ndata: {\"item_id\":\"a\",\"delta\":\"RD\"}\n\ndata: {\"item_id\":\"b\",\"delta\":\"RD\"}\n\n",
			"data: {\"type\":\"response.output_text.delta\",\"item_id\":\"a\",\"delta\":\"**\"}\n\ndata: {\"item_id\":\"a\",\"delta\":\"\"}\n\ndata: {\"item_id\":\"b\",\"delta\":\"RD\"}\n\n", nil},
		{"an event in lines", "data: {\"completion\":\ndata: \"WO\"}\n\ndata: {\"completion\"\ndata: :\"RDx\"}\n\n", "data: {\"completion\":\ndata: \"**\"}\n\ndata: {\"completion\"\ndata: :\"x\"}\n\n", nil},
		{"text that is no JSON", "data: a WO\n\ndata: RD\n\n", "data: a **\n\ndata: \n\n", nil},
		{"strings", "data: \"WO\"\n\ndata: \"RDx\"\n\n", "data: \"**\"\n\ndata: \"x\"\n\n", nil},
		{"a document in a piece", chat(`[\"WORD\"]`) + chat(`{\"delta\":\"WO\"}`) + chat("RD"), chat(`[\"**\"]`) + chat(`{\"delta\":\"WO\"}`) + chat("RD"), nil},
		{"other members", strings.Replace(chat("WO"), `"id":"x"`, `"id":"WORD"`, 1) + chat("RD"), strings.Replace(chat("**"), `"id":"x"`, `"id":"**"`, 1) + chat(""), nil},
		{"a field that is replaced", chat("a") + chat("b") + chat("c"), chat("#") + chat("") + chat(""), []rule{{"choices[*].delta.content", Replace, "#"}}},
		{"a field that is dropped", chat("a") + chat("b"), chat("") + chat(""), []rule{{"choices[0].delta.content", Drop, ""}}},
		{"a field that is skipped", chat("WO") + chat("RD"), chat("WO") + chat("RD"), []rule{{"**.content", Skip, ""}}},
		{"a member that is dropped before a piece", `data: {"choices":[{"delta":{"x":1,"content":"WO"}}]}` + "\n\n" + `data: {"choices":[{"delta":{"content":"RD","x":1}}]}` + "\n\n",
			`data: {"choices":[{"delta":{"content":"**"}}]}` + "\n\n" + `data: {"choices":[{"delta":{"content":""}}]}` + "\n\n", []rule{{"**.x", Drop, ""}}},
		{"a name that is changed", `data: {"choices":[{"delta":{"content":"WO"}}],"WORD":1}` + "\n\n" + `data: {"choices":[{"delta":{"content":"RD"}}]}` + "\n\n",
			`data: {"choices":[{"delta":{"content":"**"}}],"**":1}` + "\n\n" + `data: {"choices":[{"delta":{"content":""}}]}` + "\n\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := allWays(t, tt.stream, func() Rewriter {
				return streamOf(t, MediaEvents, &keenly{ruled: ruled{rules: tt.rules, word: "WORD", with: "**", names: true}}, Limits{})
			})
			if got != tt.want || err != nil {
				t.Errorf("%q\n became %q, %v\n want   %q", tt.stream, got, err, tt.want)
			}
		})
	}
	v := &keenly{ruled: ruled{rules: []rule{{"**.content", Block, ""}}}}
	if got, err := allWays(t, chat("a"), func() Rewriter { return streamOf(t, MediaEvents, v, Limits{}) }); got != "" || err != ErrBlocked {
		t.Errorf("Block: %q, %v", got, err)
	}
}

func TestEventsLeaveWhenTheirTextIsSettled(t *testing.T) {
	r := streamOf(t, MediaEvents, &keenly{ruled: ruled{word: "WORD", with: "**"}}, Limits{})
	for _, step := range []struct{ piece, want string }{
		{chat("a"), chat("a")},
		{chat("b WO"), ""},
		{": ping\n\n", ""},
		{chat("W"), chat("b WO") + ": ping\n\n"},
		{chat("x"), chat("W") + chat("x")},
		{chat("WOR"), ""},
		{chat("D"), chat("**") + chat("")},
		{chat("W"), ""},
		{`data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n", chat("W") + `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"},
		{chat("W"), ""},
		{"data: [DONE]\n\n", chat("W") + "data: [DONE]\n\n"},
	} {
		out, err := r.Write(nil, []byte(step.piece))
		if string(out) != step.want || err != nil {
			t.Errorf("%q let %q leave, %v, want %q", step.piece, out, err, step.want)
		}
	}
}

func TestDeltaLines(t *testing.T) {
	line := func(s string) string {
		return `{"model":"m","message":{"role":"assistant","content":"` + s + `"},"done":false}`
	}
	tests := []struct{ name, doc, want string }{
		{"a word in two lines", line("a WO") + "\n" + line("RD b") + "\r\n", line("a **") + "\n" + line(" b") + "\r\n"},
		{"a byte order mark", "\ufeff" + line("WO") + "\n" + line("RD"), "\ufeff" + line("**") + "\n" + line("")},
		{"half a word", line("a WO") + "\n\n" + line("W"), line("a WO") + "\n\n" + line("W")},
		{"the end", line("WO") + "\n" + `{"message":{"content":""},"done":true}` + "\n" + line("RD"), line("WO") + "\n" + `{"message":{"content":""},"done":true}` + "\n" + line("RD")},
		{"two documents in a line", line("WO") + "\n" + line("RD") + line("WO") + "\n" + line("RD WORD"), line("WO") + "\n" + line("RD") + line("WO") + "\n" + line("RD **")},
		{"a document in lines", line("WO") + "\n{\n\"a\":\"WORD\"}\n" + line("RD"), line("WO") + "\n{\n\"a\":\"**\"}\n" + line("RD")},
		{"a text sequence", "\x1e" + line("WORD") + "\n", "\x1e" + line("**") + "\n"},
		{"a long line", line("WO") + "\n" + line(strings.Repeat("WORD ", 100)), line("WO") + "\n" + line(strings.Repeat("** ", 100))},
	}
	for _, tt := range tests {
		got, err := allWays(t, tt.doc, func() Rewriter {
			return streamOf(t, MediaJSONLines, &keenly{ruled: ruled{word: "WORD", with: "**"}}, Limits{Value: 128, Encoded: 256})
		})
		if got != tt.want || err != nil {
			t.Errorf("%s: %q\n became %q, %v\n want   %q", tt.name, tt.doc, got, err, tt.want)
		}
	}
	if _, err := allWays(t, line("WO")+"\n{\"a\":", func() Rewriter {
		return streamOf(t, MediaJSONLines, &keenly{ruled: ruled{word: "WORD"}}, Limits{})
	}); err != ErrTruncated {
		t.Errorf("half a line: %v", err)
	}
}

// TestDeltasOfATextCutAnywhere cuts a text into pieces at random and wants the pieces to
// say together what the text becomes whole.
func TestDeltasOfATextCutAnywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	parts := []string{"WORD", "WO", "RD", "W", " ", "x", "é", "\"", "\n", "WORDWORD", "😀"}
	for range 400 {
		texts := make([]string, 1+r.IntN(3))
		var stream strings.Builder
		for i := range texts {
			for range r.IntN(12) {
				texts[i] += parts[r.IntN(len(parts))]
			}
		}
		left := append([]string(nil), texts...)
		for {
			i := r.IntN(len(left))
			runes := []rune(left[i])
			n := min(len(runes), r.IntN(4))
			piece := appendEscaped(nil, []byte(string(runes[:n])))
			left[i] = string(runes[n:])
			fmt.Fprintf(&stream, "data: {\"choices\":[{\"index\":%d,\"delta\":{\"content\":\"%s\"}}]}\n\n", i, piece)
			if strings.Join(left, "") == "" {
				break
			}
		}
		for _, blind := range []bool{false, true} {
			v := &keenly{ruled: ruled{word: "WORD", with: "**"}, blind: blind}
			doc := []byte(stream.String())
			got, err := rewritten(streamOf(t, MediaEvents, v, Limits{}), doc, r.IntN(len(doc)))
			if err != nil {
				t.Fatalf("%q: %v", doc, err)
			}
			joined := make([]string, len(texts))
			for _, event := range strings.SplitAfter(got, "\n\n") {
				if event == "" {
					continue
				}
				n := parseNode([]byte(strings.TrimPrefix(strings.TrimSpace(event), "data: ")))
				if n == nil {
					t.Fatalf("%q became %q", doc, got)
				}
				c := n.members[0].members[0]
				joined[c.members[0].text[0]-'0'] += c.members[1].members[0].text
			}
			for i, text := range texts {
				if want := strings.ReplaceAll(text, "WORD", "**"); joined[i] != want {
					t.Fatalf("%q became %q\n which says %q, want %q", doc, got, joined[i], want)
				}
			}
			v.word = "nothing of this kind"
			if kept, err := rewritten(streamOf(t, MediaEvents, v, Limits{}), doc); kept != string(doc) || err != nil {
				t.Fatalf("%q became %q, %v", doc, kept, err)
			}
		}
	}
}

func TestDeltasAreBounded(t *testing.T) {
	l := Limits{Value: 64, Encoded: 400}
	word := strings.Repeat("W", 200)
	tests := []struct {
		name   string
		stream string
		want   error
	}{
		{"a text that is not settled", strings.Repeat(chat("WWWWWWWW"), 20), ErrSettled},
		{"events behind one", chat("W") + strings.Repeat(": ping\n\n", 400), ErrSize},
		{"texts", func() string {
			var b strings.Builder
			for i := range 1000 {
				fmt.Fprintf(&b, "data: {\"choices\":[{\"index\":%d,\"text\":\"\"}]}\n\n", i)
			}
			return b.String()
		}(), nil},
		{"a long piece", chat(word), ErrSize},
	}
	for _, tt := range tests {
		v := &keenly{ruled: ruled{word: word}}
		got, err := rewritten(streamOf(t, MediaEvents, v, l), []byte(tt.stream))
		if err != tt.want || err != nil && strings.Contains(got, "W") {
			t.Errorf("%s: %q, %v, want %v", tt.name, got, err, tt.want)
		}
	}
}

// BenchmarkDeltas rewrites the stream of a language model, a token an event.
func BenchmarkDeltas(b *testing.B) {
	var doc bytes.Buffer
	for i := range 1000 {
		doc.WriteString(chat([]string{" the", " WO", "RD", " next", "."}[i%5]))
	}
	v := &keenly{ruled: ruled{word: "WORD", with: "**"}}
	o := deltaOptions(b, v)
	var out []byte
	b.SetBytes(int64(doc.Len()))
	b.ReportAllocs()
	for b.Loop() {
		r, err := New(Choice{Media: MediaEvents, Coding: CodingIdentity}, v, o)
		if err != nil {
			b.Fatal(err)
		}
		if out, err = r.Write(out[:0], doc.Bytes()); err == nil {
			out, err = r.Close(out)
		}
		if n := bytes.Count(out, []byte("**")); n != 200 || err != nil {
			b.Fatalf("%d replaced, %v", n, err)
		}
	}
}
