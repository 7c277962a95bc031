package format

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// suiteRead are the documents that a parser may read or not and that are read: what
// stands in strings need not be Unicode, and numbers may have any size.
var suiteRead = []string{
	"i_number_double_huge_neg_exp", "i_number_huge_exp", "i_number_neg_int_huge_exp", "i_number_pos_double_huge_exp", "i_number_real_neg_overflow", "i_number_real_pos_overflow",
	"i_number_real_underflow", "i_number_too_big_neg_int", "i_number_too_big_pos_int", "i_number_very_big_negative_int", "i_object_key_lone_2nd_surrogate", "i_string_1st_surrogate_but_2nd_missing",
	"i_string_1st_valid_surrogate_2nd_invalid", "i_string_UTF-16LE_with_BOM", "i_string_UTF-8_invalid_sequence", "i_string_UTF8_surrogate_U+D800", "i_string_incomplete_surrogate_and_escape_valid", "i_string_incomplete_surrogate_pair",
	"i_string_incomplete_surrogates_escape_valid", "i_string_invalid_lonely_surrogate", "i_string_invalid_surrogate", "i_string_invalid_utf-8", "i_string_inverted_surrogates_U+1D11E", "i_string_iso_latin_1",
	"i_string_lone_second_surrogate", "i_string_lone_utf8_continuation_byte", "i_string_not_in_unicode_range", "i_string_overlong_sequence_2_bytes", "i_string_overlong_sequence_6_bytes", "i_string_overlong_sequence_6_bytes_null",
	"i_string_truncated-utf-8", "i_string_utf16BE_no_BOM", "i_string_utf16LE_no_BOM", "i_structure_500_nested_arrays", "i_structure_UTF-8_BOM_empty_object",
}

// TestJSONTestSuite reads the documents of the suite, see testdata/JSONTestSuite.
func TestJSONTestSuite(t *testing.T) {
	vectors, err := os.ReadFile("testdata/JSONTestSuite/parsing.txt")
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{
		"n_structure_100000_opening_arrays": strings.Repeat("[", 100000),
		"n_structure_open_array_object":     strings.Repeat(`[{"":`, 50000) + "\n",
	}
	for line := range strings.Lines(string(vectors)) {
		name, quoted, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if docs[name], err = strconv.Unquote(quoted); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if len(docs) != 318 {
		t.Fatalf("%d documents, want 318", len(docs))
	}
	read := map[string]bool{}
	for _, name := range suiteRead {
		if docs[name] == "" {
			t.Errorf("%s is not in the suite", name)
		}
		read[name] = true
	}
	for name, doc := range docs {
		want := strings.HasPrefix(name, "y_") || read[name]
		for _, cuts := range [][]int{nil, everyByte([]byte(doc))} {
			got, err := rewritten(Sniffed(NewJSON(keeper{}, nil, Limits{})), []byte(doc), cuts...)
			switch {
			case name == "n_structure_no_data", name == "n_structure_UTF8_BOM_no_data", name == "n_single_space":
				// No document is no error: there is nothing to read, nor to leak.
				if err != nil || got != doc {
					t.Errorf("%s: %q, %v", name, got, err)
				}
			case want && (err != nil || got != doc):
				t.Errorf("%s: %q became %q, %v", name, doc, got, err)
			case !want && err == nil:
				t.Errorf("%s: %.100q is read", name, doc)
			}
		}
	}
}
