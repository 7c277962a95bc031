package operator

import (
	"slices"
	"strings"
	"testing"
)

func mustNew(t testing.TB, name, argument, data string) Operator {
	t.Helper()
	op, err := New(name, argument, data)
	if err != nil {
		t.Fatalf("New(%q, %q, %q): %v", name, argument, data, err)
	}
	return op
}

func TestPhrases(t *testing.T) {
	tests := []struct {
		name, op, argument, data string
		want                     []string
	}{
		{"words", "pm", "WebZIP ( ) É", "", []string{"webzip", "(", ")", "é"}},
		{"no quotes, no hexadecimal notation", "pm", `"a b" A|42|C`, "", []string{`"a`, `b"`, "a|42|c"}},
		{"two spaces", "pm", "a  b", "", []string{"a", "", "b"}},
		{"comments and blank lines", "pmFromFile", "f", "# x\n\n  A b \r\n#y\nc#d\n\t#z", []string{"a b", "c#d"}},
		{"another name", "pmf", "f", "a\nb", []string{"a", "b"}},
		{"a dataset keeps its case", "pmFromDataset", "d", "`\nA\n # b\nÉ\n`", []string{"A", "É"}},
		{"an empty file", "pmFromFile", "f", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := Phrases(mustNew(t, tt.op, tt.argument, tt.data))
			if !ok || !slices.Equal(got, tt.want) {
				t.Errorf("Phrases = %q, %v, want %q", got, ok, tt.want)
			}
		})
	}
	if list, ok := Phrases(mustNew(t, "streq", "a", "")); ok {
		t.Errorf("streq has phrases %q", list)
	}
}

// TestEmptyPhrase: every value contains it. Coraza says so too, unless the other
// phrases begin with so few bytes that its matcher looks for these alone.
func TestEmptyPhrase(t *testing.T) {
	for _, argument := range []string{"", "ab  cd"} {
		op := mustNew(t, "pm", argument, "")
		if !op.Match("x", "") || !op.Match("", "") {
			t.Errorf("pm %q does not match", argument)
		}
		if set, n := Requires(op); set != nil || n != 0 {
			t.Errorf("pm %q requires %x, %d bytes", argument, *set, n)
		}
	}
}

func TestLongLine(t *testing.T) {
	data := "a\n" + strings.Repeat("b", maxLine) + "\nc"
	for _, name := range []string{"pmFromFile", "ipMatchFromFile"} {
		if _, err := New(name, "f", data); err == nil || !strings.Contains(err.Error(), "line 2 has 65537 bytes") {
			t.Errorf("New(%q): %v, want an error about line 2", name, err)
		}
	}
}

func TestNumber(t *testing.T) {
	tests := []struct {
		s    string
		want int64
	}{
		{"", 0}, {"12", 12}, {"-12", -12}, {"+12", 12}, {"012", 12}, {"0x12", 0}, {"1_2", 0}, {" 12", 0}, {"12a", 0},
		{"2147483648", 1 << 31}, {"99999999999999999999", 1<<63 - 1}, {"-99999999999999999999", -1 << 63},
	}
	for _, tt := range tests {
		if got := Number(tt.s); got != tt.want {
			t.Errorf("Number(%q) = %d, want %d", tt.s, got, tt.want)
		}
	}
}

// TestNIDWithoutDigits is about candidates that Coraza 3.8.1 panics at.
func TestNIDWithoutDigits(t *testing.T) {
	for _, op := range []string{"cl .*", "us .*"} {
		if mustNew(t, "validateNid", op, "").Match("no digits at all", "") {
			t.Errorf("validateNid %s matches", op)
		}
	}
}
