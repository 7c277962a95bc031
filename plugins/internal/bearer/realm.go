package bearer

import "gatehouse/plugins/internal/config"

// Realm is the realm of a challenge (RFC 9110, Section 11.5), as a configuration has it.
//
//schema:is {"type":"string","minLength":1,"maxLength":64,"pattern":"^[ !#-\\[\\]-~]*$"}
type Realm string

// UnmarshalConfig reads the realm.
func (r *Realm) UnmarshalConfig(v config.Value) error {
	text := v.Text()
	ok := v.Kind() == config.String && len(text) >= 1 && len(text) <= 64
	for i := 0; ok && i < len(text); i++ {
		c := text[i]
		ok = c >= ' ' && c <= '~' && c != '"' && c != '\\'
	}
	if !ok {
		return v.Errorf("want 1 to 64 printable ASCII characters without quotation marks and backslashes")
	}
	*r = Realm(text)
	return nil
}
