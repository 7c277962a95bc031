package introspect

import (
	"fmt"

	"gatehouse/plugins/internal/config"
)

// Secret is a text that is never printed: not by package fmt with any verb, and not
// as part of another value.
//
//schema:is {"type":"string","minLength":1,"maxLength":4096,"writeOnly":true}
type Secret struct {
	// text is behind a pointer, where package fmt does not look.
	text *string
}

// NewSecret returns text as a Secret.
func NewSecret(text string) *Secret { return &Secret{&text} }

// reveal returns the text, "" if there is none.
func (s *Secret) reveal() string {
	if s == nil || s.text == nil {
		return ""
	}
	return *s.text
}

// Format implements fmt.Formatter, with the same word for every secret.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[secret]") }

// UnmarshalConfig reads the text.
func (s *Secret) UnmarshalConfig(v config.Value) error {
	text := v.Text()
	if v.Kind() != config.String || text == "" || len(text) > 4096 {
		return v.Errorf("want a string of 1 to 4096 bytes")
	}
	*s = *NewSecret(text)
	return nil
}
